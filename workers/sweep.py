"""The sweeps: what the ledger says is due and no job knows of gets a job again. Losing RQ loses no promise."""

from datetime import UTC, datetime, timedelta

import structlog

from clinic import notification
from clinic.notification import Notification
from workers import metrics
from workers.context import Context, context, run
from workers.enqueue import BATCH, enqueue
from workers.notifications import ask_to_call
from workers.queues import queue

GRACE = timedelta(seconds=3)  # what fell due just now has its job already
LOOK_BACK = timedelta(hours=6)  # for failures that a status told of; longer than a worker's outage should last

log = structlog.get_logger()


def sweep() -> None:
    """The RQ job: give what is overdue a job again, and what failed for good a card."""
    run(sweep_once(context(), datetime.now(UTC)))


async def sweep_once(context: Context, now: datetime) -> None:
    """One sweep. Two at once do no harm: claims and cards happen once."""
    ids = await notification.overdue(now - GRACE)
    metrics.OVERDUE.set(len(ids))
    for start in range(0, len(ids), BATCH):
        enqueue(queue(context.queue), ids[start : start + BATCH])
    for promise in await failures(now):
        try:
            if await ask_to_call(promise, promise.error, now):
                log.info("failed promise has its card", kind=promise.kind)
        except Exception as error:  # one that cannot have its card must not keep the others from theirs
            log.error("failed promise without a card", kind=promise.kind, exc_info=error)


async def failures(now: datetime) -> list[Notification]:
    """Promises that failed a short while ago, whoever told."""
    return await notification.ledger().find({"status": "failed", "status_at": {"$gte": now - LOOK_BACK}})
