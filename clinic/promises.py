"""What follows from a visit that is booked, moved or cancelled, by whatever way: what the patient is promised, and whom
the time is offered that came free.
"""

from datetime import datetime

import structlog

from clinic import visit_promises
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.directory import Directory
from clinic.visit_promises import booked
from clinic.waitlist_round import advance

__all__ = ["booked", "cancelled", "freed", "moved"]

log = structlog.get_logger()


async def moved(
    directory: Directory, visit: Appointment, now: datetime, chat: Chat | None = None, *, tell: bool = False
) -> list[str]:
    """The ids of the promises to be kept at once. ``tell``: the patient does not know yet, since staff moved it."""
    due = await visit_promises.moved(directory, visit, now, chat, tell=tell)
    return due + await freed(visit.tenant_id, now)


async def cancelled(visit: Appointment, now: datetime, chat: Chat | None = None, *, tell: bool = False) -> list[str]:
    """The ids of the promises to be kept at once. ``tell``: the patient does not know yet, since staff cancelled it."""
    due = await visit_promises.cancelled(visit, now, chat, tell=tell)
    return due + await freed(visit.tenant_id, now)


async def freed(tenant_id: str, now: datetime) -> list[str]:
    """Some time may have come free: offer it to those who wait. Never raises, since the change itself is done; what
    fails here is left to the next round of the workers."""
    try:
        return await advance(tenant_id, now)
    except Exception as error:
        log.error("freed time left to the next round", exc_info=error)
        return []
