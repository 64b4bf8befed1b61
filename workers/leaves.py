"""The rounds of doctors' leaves: at once when staff begin one, and as a tick, which finds what a crash left half done
and who has not answered in time."""

from datetime import datetime

import structlog

from clinic import astir, clock
from clinic.leave_round import advance
from workers.context import Context, context, run
from workers.enqueue import enqueue_all
from workers.queues import queue

log = structlog.get_logger()


def resolve_leaves(tenant_id: str) -> None:
    """The RQ job: one step of every leave of a practice."""
    run(round_of(tenant_id, context(), clock.now()))


def leave_rounds() -> None:
    """The RQ job: one step of every leave."""
    run(rounds_once(context(), clock.now()))


async def round_of(tenant_id: str, context: Context, now: datetime) -> None:
    """One practice. Two at once do no harm: the holds decide."""
    enqueue_all(queue(context.queue), await advance(tenant_id, now))


async def rounds_once(context: Context, now: datetime) -> None:
    """Every practice where there is something to do, once."""
    for tenant_id in await astir.leaves(now):
        try:
            await round_of(tenant_id, context, now)
        except Exception as error:  # one practice's trouble must not keep the others waiting
            log.error("leaves left to the next round", tenant=tenant_id, exc_info=error)
