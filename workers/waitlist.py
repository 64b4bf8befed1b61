"""The waitlist's rounds as a tick: what was freed is offered, what nobody took in time is passed on. Whoever cancels or
moves a visit does the same at once; the tick finds all the rest, such as a leave that was withdrawn, and what a crash
left half done."""

from datetime import datetime

import structlog

from clinic import astir, clock
from clinic.waitlist_round import advance
from workers.context import Context, context, run
from workers.enqueue import enqueue_all
from workers.queues import queue

log = structlog.get_logger()


def waitlist_rounds() -> None:
    """The RQ job: one step of every round."""
    run(rounds_once(context(), clock.now()))


async def rounds_once(context: Context, now: datetime) -> None:
    """Every practice where there is something to do, once. Two at once do no harm: the holds decide."""
    due: list[str] = []
    for tenant_id in await astir.waitlists():
        try:
            due += await advance(tenant_id, now)
        except Exception as error:  # one practice's trouble must not keep the others waiting
            log.error("waitlist left to the next round", tenant=tenant_id, exc_info=error)
    enqueue_all(queue(context.queue), due)
