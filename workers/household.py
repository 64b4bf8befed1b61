"""Several visits of a household on one day are told in one message.

Whoever sends the first of such promises takes the others along that fall due soon; they are "included" in it. Of two
that are being sent at the same moment, by whichever workers, the one with the smaller id takes the other along.
"""

import asyncio
from datetime import datetime, timedelta

from clinic import notification
from clinic.notification import Notification

DAY_BEFORE = timedelta(hours=12)  # steps from here on tell of the whole day
SAME_DAY = timedelta(hours=4)  # of the others: a visit in the evening keeps its own reminder
AGAIN = timedelta(seconds=5)
LOOKS = 5
BETWEEN = 0.2  # seconds


def ahead(kind: str) -> timedelta:
    """How much later than the first one those that it takes along may be due."""
    step = kind.partition("@")[0].partition(":")[2]
    hours = timedelta(hours=int(step[:-1])) if step.endswith("h") and step[:-1].isdigit() else timedelta()
    return timedelta(days=1) if hours >= DAY_BEFORE else SAME_DAY


async def take_along(promise: Notification, now: datetime) -> list[Notification] | None:
    """The other promises that its message tells; None where another one's message will tell it: it is due again in a
    moment, in case that one fails."""
    if promise.day is None:
        return []
    for _ in range(LOOKS):
        included = await notification.include(promise, now, now + ahead(promise.kind))
        rivals = await notification.under_way(promise)
        if any(each.id < promise.id for each in rivals):
            await notification.release(promise, now)
            await notification.defer(promise, now + AGAIN)
            return None
        if not rivals:  # and one that gave way to this one between the two looks
            return await notification.include(promise, now, now + ahead(promise.kind))
        await asyncio.sleep(BETWEEN)
    return included
