"""The sweeps: what the ledger says is due and no job knows of gets a job again. Losing RQ loses no promise."""

from datetime import datetime, timedelta

import structlog

from clinic import clock, notification
from workers import metrics
from workers.context import Context, context, run
from workers.enqueue import enqueue_all
from workers.escalate import hand_on
from workers.queues import queue
from workers.second_try import tried_again
from workers.unseen import look_for_unseen

GRACE = timedelta(seconds=3)  # what fell due just now has its job already
LOOK_BACK = timedelta(hours=6)  # for failures that a status told of; longer than a worker's outage should last

log = structlog.get_logger()


def sweep() -> None:
    """The RQ job: give what is overdue a job again, and what failed for good a card."""
    run(sweep_once(context(), clock.now()))


async def sweep_once(context: Context, now: datetime) -> None:
    """One sweep. Two at once do no harm: claims and cards happen once."""
    ids = await notification.overdue(now - GRACE)
    metrics.OVERDUE.set(len(ids))
    ids += await look_for_unseen(now)
    for promise in await notification.failures(now - LOOK_BACK):
        try:
            if not await tried_again(promise, context, now):
                ids += await hand_on(promise, promise.error, now)
        except Exception as error:  # one that cannot have its card must not keep the others from theirs
            log.error("failed promise without a card", kind=promise.kind, exc_info=error)
    enqueue_all(queue(context.queue), ids)
