"""Sending once more what failed, by somebody of the staff who has seen why."""

from datetime import datetime

from clinic import callback, news
from clinic.appointment import Appointment
from clinic.delivery import RANK
from clinic.errors import ClinicError
from clinic.notification import Notification
from clinic.slot_offer_made import OFFER

STATUSES = {"cancelled": ("cancelled",), OFFER: ("waitlist",)}  # of the visit, for what is not told of a booked one


class NotFailed(ClinicError):
    """Only what failed is sent again: this one is on its way, has arrived, or was taken back."""

    code = "not_failed"


class NothingToTell(ClinicError):
    """The visit is over, cancelled or moved since: there is nothing to tell any more. Call the patient instead."""

    code = "nothing_to_tell"


async def send_again(tenant_id: str, id: str, now: datetime, who: str = "") -> Notification:
    """Let a failed promise be due once more, while its visit is still ahead; whoever asks wakes a worker. Its card is
    closed, and if it fails again there is a new one. Two at once send it once. Raises ``NotFailed``,
    ``NothingToTell``, ``NotFound``."""
    door = Notification.of(tenant_id)
    failed = await door.get(id)
    if failed.status != "failed":
        raise NotFailed
    visit = await Appointment.of(tenant_id).find_one({"_id": failed.appointment_id})
    if visit is None or not worth_telling(failed, visit, now):
        raise NothingToTell
    due = {"status": "due", "status_rank": RANK["due"], "status_at": now, "wake_at": now, "error": ""}
    again = {"$set": {**due, "handed_on": False}, "$inc": {"resent": 1}}
    if not await door.change({"_id": id, "status": "failed", "attempt": failed.attempt}, again):
        raise NotFailed
    await callback.sent_again(tenant_id, failed.card_id, who, now)
    await news.tell(tenant_id, "notification.changed", id, clinic_id=visit.clinic_id)
    return await door.get(id)


def worth_telling(promise: Notification, visit: Appointment, now: datetime) -> bool:
    """Whether the visit is still ahead as the promise tells it. An offer's version is that of its hold, which the
    worker looks at."""
    same = promise.purpose == OFFER or visit.start_version == promise.start_version
    return visit.start > now and same and visit.status in STATUSES.get(promise.purpose, ("booked",))
