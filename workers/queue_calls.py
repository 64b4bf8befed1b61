"""The queue's messages as a tick: time goes on also where nobody presses a button, and so do waits and delays."""

from datetime import datetime

import structlog

from clinic import astir, clock
from clinic.queue_promises import advance_all
from workers.context import Context, context, run
from workers.enqueue import enqueue_all
from workers.queues import queue

log = structlog.get_logger()


def queue_rounds() -> None:
    """The RQ job: look at every queue of today."""
    run(queues_once(context(), clock.now()))


async def queues_once(context: Context, now: datetime) -> None:
    """Every practice where somebody waits, or is expected, once. Two at once do no harm: the ledger decides."""
    due: list[str] = []
    for tenant_id in await astir.queues(now):
        try:
            due += await advance_all(tenant_id, now)
        except Exception as error:  # one practice's trouble must not keep the others waiting
            log.error("queues left to the next tick", tenant=tenant_id, exc_info=error)
    enqueue_all(queue(context.queue), due)
