"""Reminders that nobody has read by their deadline: the visit is still ahead, so there is time for another way."""

from datetime import datetime

import structlog

from clinic import notification
from clinic.appointment import Appointment
from clinic.notification import Notification
from workers.escalate import UNDELIVERABLE, escalate
from workers.ways import SMS

UNREAD = "unread"
# Where there is nothing more to wait for: a failure goes its own way, and nobody tells whether a text message was read.
DONE = {False: {"read", "withdrawn", "failed"}, True: {"sent", "delivered", "withdrawn", "failed"}}

log = structlog.get_logger()


async def look_for_unseen(now: datetime) -> list[str]:
    """Every promise whose deadline has passed, once; the ids of those that are due instead."""
    due: list[str] = []
    for promise in await notification.past_deadline(now):
        try:
            due += await _look(promise, now)
            await notification.deadline_met(promise)
        except Exception as error:  # one that cannot be looked at must not keep the others waiting
            log.error("unseen promise left to the next sweep", kind=promise.kind, exc_info=error)
    return due


async def _look(promise: Notification, now: datetime) -> list[str]:
    told = await _told_by(promise)
    visit = await Appointment.of(promise.tenant_id).find_one({"_id": promise.appointment_id})
    if visit is None or not _still_asks(promise, visit, now) or told.status in DONE[told.channel == SMS]:
        return []
    reason = UNREAD if told.status == "delivered" else UNDELIVERABLE
    log.warning("reminder not seen", kind=promise.kind, status=told.status)
    return await escalate(promise, reason, f"{told.status} by the deadline", now)


async def _told_by(promise: Notification) -> Notification:
    """The promise whose message tells this one."""
    if promise.status != "included":
        return promise
    return await Notification.of(promise.tenant_id).find_one({"_id": promise.included_in}) or promise


def _still_asks(promise: Notification, visit: Appointment, now: datetime) -> bool:
    """Whether the visit is as it was promised, and the patient has not answered by any way."""
    same = visit.status == "booked" and visit.start_version == promise.start_version
    return same and visit.start > now and visit.coming_at is None
