"""The job that forgets people, step by step. A worker may die anywhere; the next tick goes on."""

from datetime import datetime

import structlog

from clinic import clock, erasure, erasure_told, erasure_work
from clinic.erasure import Erasure
from clinic.tenant import Tenant
from clinic.vault import Vault
from workers.context import context, run

log = structlog.get_logger()


def erase_people() -> None:
    """The RQ job: what was approved, and what is kept no longer."""
    run(erase_once(clock.now(), context().vault))


def drop_old_visits() -> None:
    """The RQ job: bare facts whose time is over."""
    run(drop_once(clock.now()))


async def erase_once(now: datetime, vault: Vault | None = None) -> int:
    """Everybody whose conversation the bot has forgotten; how many were finished. Two at once do no harm."""
    return sum([await _erase(each, now, vault) for each in await erasure.to_be_done(now)])


async def _erase(asked: Erasure, now: datetime, vault: Vault | None) -> bool:
    if asked.chat_id and asked.chat_cleared_at is None:
        return False
    if await erasure_told.holds_up(asked, now):
        return False
    try:
        await erasure_work.work(asked, now, vault)
    except Exception as error:  # one that cannot be finished must not keep the others
        log.error("erasure left to the next tick", erasure=asked.id, exc_info=error)
        return False
    log.info("person erased", erasure=asked.id)
    return True


async def drop_once(now: datetime) -> int:
    """Every practice by its own years."""
    return sum(
        [await erasure_work.drop_old_visits(each.id, each.retention_years, now) for each in await Tenant.every()]
    )
