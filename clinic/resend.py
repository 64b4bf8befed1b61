"""Sending once more what failed, by somebody of the staff who has seen why."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from clinic import after_visit, call_missed, callback, erasure_request, erasure_told, news, one_time_code
from clinic.appointment import Appointment
from clinic.callback import Callback
from clinic.chat import Chat
from clinic.consent import refusal
from clinic.delivery import RANK
from clinic.erasure import Erasure
from clinic.errors import ClinicError
from clinic.notification import Notification
from clinic.purpose import PURPOSES
from clinic.queue_calls import CAUSED
from clinic.slot_offer_made import OFFER

STATUSES = {"cancelled": ("cancelled",), OFFER: ("waitlist",)}  # of the visit, for what is not told of a booked one


class NotFailed(ClinicError):
    """Only what failed is sent again: this one is on its way, has arrived, or was taken back."""

    code = "not_failed"


class NothingToTell(ClinicError):
    """The visit is over, cancelled or moved since: there is nothing to tell any more. Call the patient instead."""

    code = "nothing_to_tell"


GONE = "What it was about is no longer there: there is nothing to tell any more."
TOO_LATE = "It is too late for this message: call the patient instead, where it matters."
UNWILLING = "The patient does not want to be written to: call where it matters."
CODE = "A one-time code is good for minutes and is never sent twice: the patient asks for a new one in the chat."
UNMARKED = "Staff took back how the visit was marked: there is nothing to tell any more."
MOVED_ON = "The visit is over, cancelled or moved since: there is no turn to tell of any more."
UNDECIDED = "The request was decided anew, or is done: there is nothing to tell any more. Call the patient instead."
OF_A_CALL: Mapping[str, str] = {
    call_missed.RESOLVED: "The callback was dealt with meanwhile: there is nothing to tell any more.",
    call_missed.CALLED_SINCE: "The patient was called once more since: only word of the last call makes sense.",
    call_missed.OVER: TOO_LATE,
}


async def send_again(tenant_id: str, id: str, now: datetime, who: str = "") -> Notification:
    """Let a failed promise be due once more, while there is still something to tell; whoever asks wakes a worker. Its
    card is closed, and if it fails again there is a new one. Two at once send it once. Raises ``NotFailed``,
    ``NothingToTell``, ``NotFound``."""
    door = Notification.of(tenant_id)
    failed = await door.get(id)
    if failed.status != "failed":
        raise NotFailed
    await CHECKS.get(failed.purpose, _ahead)(failed, now)
    due = {"status": "due", "status_rank": RANK["due"], "status_at": now, "wake_at": now, "error": ""}
    again = {"$set": {**due, "handed_on": False}, "$inc": {"resent": 1}}
    if not await door.change({"_id": id, "status": "failed", "attempt": failed.attempt}, again):
        raise NotFailed
    await callback.sent_again(tenant_id, failed.card_id, who, now)
    await news.tell(tenant_id, "notification.changed", id, clinic_id=failed.clinic_id)
    return await door.get(id)


async def _visit(failed: Notification) -> Appointment:
    visit = await Appointment.of(failed.tenant_id).find_one({"_id": failed.appointment_id})
    if visit is None:
        raise NothingToTell(GONE)
    return visit


async def _ahead(failed: Notification, now: datetime) -> None:
    """About a visit that is to come."""
    if not worth_telling(failed, await _visit(failed), now):
        raise NothingToTell


async def _of_the_day(failed: Notification, now: datetime) -> None:
    """What the queue caused: for minutes, also after the visit's planned start."""
    visit = await _visit(failed)
    if visit.start_version != failed.start_version or visit.status in ("cancelled", "waitlist", "noshow", "fulfilled"):
        raise NothingToTell(MOVED_ON)
    _check_in_time(failed, now)


async def _afterwards(failed: Notification, now: datetime) -> None:
    """How the visit was, or that it was missed."""
    if any(after_visit.unwanted(failed, await _visit(failed)).values()):
        raise NothingToTell(UNMARKED)
    _check_in_time(failed, now)


def _check_in_time(failed: Notification, now: datetime) -> None:
    if now > failed.due_at + timedelta(seconds=PURPOSES[failed.purpose].ttl):
        raise NothingToTell(TOO_LATE)


async def _of_a_call(failed: Notification, now: datetime) -> None:
    """That a call did not reach them."""
    card = await Callback.of(failed.tenant_id).find_one({"_id": failed.appointment_id})
    if card is None:
        raise NothingToTell(GONE)
    if reason := call_missed.unwanted(failed, card, await _willing(failed), now):
        raise NothingToTell(OF_A_CALL.get(reason, UNWILLING))


async def _of_a_decision(failed: Notification, now: datetime) -> None:
    """On a wish to be forgotten; what is to be erased waits for it again."""
    asked = await Erasure.of(failed.tenant_id).find_one({"_id": failed.appointment_id})
    if asked is None:
        raise NothingToTell(GONE)
    if erasure_told.TOLD.get(asked.status) != failed.purpose:
        raise NothingToTell(UNDECIDED)
    if now >= erasure_told.useful_until(failed, asked):
        raise NothingToTell(TOO_LATE)
    await _willing(failed)
    await erasure_request.told(asked, "template")


async def _willing(failed: Notification) -> Chat:
    known = await Chat.of(failed.tenant_id).find_one({"_id": failed.chat_id})
    if known is None:
        raise NothingToTell(GONE)
    if refusal(known, failed.purpose):
        raise NothingToTell(UNWILLING)
    return known


async def _never(_: Notification, __: datetime) -> None:
    raise NothingToTell(CODE)


Check = Callable[[Notification, datetime], Awaitable[None]]
CHECKS: Mapping[str, Check] = {
    **dict.fromkeys(CAUSED, _of_the_day),
    **dict.fromkeys(after_visit.AFTER, _afterwards),
    **dict.fromkeys(erasure_told.TOLD.values(), _of_a_decision),
    call_missed.PURPOSE: _of_a_call,
    one_time_code.PURPOSE: _never,
}


def worth_telling(promise: Notification, visit: Appointment, now: datetime) -> bool:
    """Whether the visit is still ahead as the promise tells it. An offer's version is that of its hold, which the
    worker looks at."""
    same = promise.purpose == OFFER or visit.start_version == promise.start_version
    return visit.start > now and same and visit.status in STATUSES.get(promise.purpose, ("booked",))
