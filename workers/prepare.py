"""From a promise to what is sent: looked up, and looked at once more, right before it leaves."""

from collections.abc import Sequence
from datetime import datetime

from clinic import notification
from clinic.errors import NotFound
from clinic.notification import Notification
from clinic.queue_promises import MOVED_ON, moved_on
from workers import alternatives, answers, ways
from workers.answers import Answer
from workers.letter import NotApproved, Visit, letter, visit_of
from workers.provider import Letter
from workers.sms import Text
from workers.text_letter import text
from workers.wanted import Unwanted, unwanted


async def prepare(
    promise: Notification, others: Sequence[Notification], now: datetime
) -> tuple[Visit | Answer, Letter | Text] | Unwanted:
    """What to send, or why not; of the others only what is still wanted. Raises ``NotApproved``."""
    if promise.purpose in answers.PREPARED:
        return await answers.prepare(promise, now)
    visit = await _wanted(promise, now)
    if isinstance(visit, Unwanted):
        return visit
    told = [each for other in others if (each := await _told(other, now))]
    if await ways.is_text(promise, visit):
        return visit, await text(promise, visit, now, told)
    try:
        return visit, await letter(promise, visit, now, told)
    except NotApproved:
        if not told:
            raise
    await notification.release(promise, now)  # no words for several: then each by itself
    return visit, await letter(promise, visit, now)


async def _told(other: Notification, now: datetime) -> Visit | None:
    """A visit that is told along; one that is not wanted any more is dropped."""
    visit = await _wanted(other, now)
    if isinstance(visit, Unwanted):
        await notification.drop(other, visit.reason, now)
        return None
    return visit


async def _wanted(promise: Notification, now: datetime) -> Visit | Unwanted:
    try:
        visit = await visit_of(promise)
    except NotFound:
        return Unwanted("gone")
    if found := unwanted(promise, visit.chat, visit.appointment, now):
        return found
    if reason := await alternatives.unwanted(promise):
        return Unwanted(reason)
    return Unwanted(MOVED_ON) if await moved_on(promise, visit.appointment, now) else visit
