"""The messages after the visit as a tick: what was not promised when the visit was marked is promised now."""

from datetime import datetime

import structlog

from clinic import astir, clock
from clinic.after_visit import complete
from workers.context import Context, context, run
from workers.enqueue import enqueue_all
from workers.queues import queue

log = structlog.get_logger()


def after_visit_rounds() -> None:
    """The RQ job: look at the visits of the last days."""
    run(rounds_once(context(), clock.now()))


async def rounds_once(context: Context, now: datetime) -> None:
    """Every practice with visits of the last days once. Two at once do no harm: the ledger decides."""
    due: list[str] = []
    for tenant_id in await astir.visited(now):
        try:
            due += await complete(tenant_id, now)
        except Exception as error:  # one practice's trouble must not keep the others waiting
            log.error("words after the visit left to the next tick", tenant=tenant_id, exc_info=error)
    enqueue_all(queue(context.queue), due)
