"""The ledger: what patients were promised, what of it arrived, and sending again what did not."""

from collections import Counter
from datetime import date
from typing import Annotated, Literal

import structlog
from fastapi import Query
from redis.exceptions import RedisError

from api.house import InHouse, Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.notifications import CountsOut, NotificationOut
from api.sight import check_seen, within
from api.staff import Staff, may
from clinic import resend
from clinic.job import SEND_PROMISE
from clinic.ledger_search import because_of, both, counted, for_purpose, of_day
from clinic.notification import Notification
from clinic.paging import page

router = desk_router("/notifications", "notifications")
Read = Annotated[Staff, may("notifications:read")]
Status = Literal["", "due", "sending", "accepted", "sent", "delivered", "read", "failed", "withdrawn", "included"]
Purpose = Annotated[str, Query(max_length=40, pattern=r"^[a-z_]*$", examples=["reminder"])]
Reason = Annotated[
    str, Query(max_length=40, pattern=r"^[a-z0-9_]*$", description="Why it did not arrive.", examples=["131026"])
]
AnyId = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]
Day = Annotated[date, Query(ge=date(1970, 1, 1), le=date(2200, 1, 1), examples=["2027-01-04"])]


@router.get("")
async def list_notifications(
    staff: Read, asked: Asked,
    status: Status = "", purpose: Purpose = "", reason: Reason = "", appointment_id: AnyId = "", clinic_id: AnyId = "",
    day: Annotated[Day | None, Query(alias="date", description="Due on this day, on the clinic's clock.")] = None,
) -> Page[NotificationOut]:  # fmt: skip
    """What was promised to patients of your clinics, the latest first."""
    plain = {"status": status, "appointment_id": appointment_id, "clinic_id": clinic_id}
    query = both(
        within(staff, await staff.directory(), "notifications:read"),
        {name: value for name, value in plain.items() if value},
        for_purpose(purpose) if purpose else {},
        because_of(reason) if reason else {},
        of_day(day, await _zone(staff, clinic_id)) if day else {},
    )
    found, following = await page(
        Notification.of(staff.tenant_id), query, sort="due_at", descending=True, cursor=asked.cursor, limit=asked.limit
    )
    return Page(items=[NotificationOut.of(each) for each in found], next=following)


@router.get("/counts")
async def count_notifications(
    staff: Read, day: Annotated[Day, Query(alias="date")], clinic_id: AnyId = ""
) -> CountsOut:
    """How the messages due on a day fared."""
    here = {"clinic_id": clinic_id} if clinic_id else {}
    query = both(
        within(staff, await staff.directory(), "notifications:read"), here, of_day(day, await _zone(staff, clinic_id))
    )
    by_purpose = await counted(staff.tenant_id, query)
    total: Counter[str] = Counter()
    for counts in by_purpose.values():
        total.update(counts)
    return CountsOut(date=day, total=dict(total), by_purpose=by_purpose)


@router.get("/{id}")
async def get_notification(id: Id, staff: Read) -> NotificationOut:
    """One promise, and what became of it."""
    return NotificationOut.of(await _seen(staff, id, "notifications:read"))


@router.post("/{id}/retry")
async def retry_notification(
    id: Id, staff: Annotated[Staff, may("notifications:update")], house: InHouse, now: Now
) -> NotificationOut:
    """Send once more what failed, while there is something to tell: the visit is still ahead, or, of what is about
    none, it is not too late. A one-time code is never sent twice. Two at once send it once."""
    await _seen(staff, id, "notifications:update")
    again = await resend.send_again(staff.tenant_id, id, now, staff.user_id)
    staff.touched("notifications", id, {"status": "failed"}, {"status": again.status})
    try:
        await house.jobs.ask(SEND_PROMISE, id)
    except (RedisError, OSError) as error:  # the sweep finds it in a moment
        structlog.get_logger().warning("promise left to the sweep", error=type(error).__name__)
    return NotificationOut.of(again)


async def _seen(staff: Staff, id: str, permission: str) -> Notification:
    """Raises ``NotFound``, also where it is of a clinic that the asker may not see."""
    found = await Notification.of(staff.tenant_id).get(id)
    if staff.clinics(permission) is not None:
        staff.require(permission, found.clinic_id or "none")
    check_seen(staff, await staff.directory(), permission, found.clinic_id, found.doctor_id)
    return found


async def _zone(staff: Staff, clinic_id: str) -> str:
    """By whose clock a day is meant: the clinic's, else that of the practice's first. Raises ``NotFound``."""
    directory = await staff.directory()
    if clinic_id:
        return directory.clinic(clinic_id).zone
    return next((clinic.zone for clinic in directory.clinics.values()), "UTC")
