"""Looks again and again at how our numbers stand: webhooks tell of changes, but nobody tells what a lost one said."""

import structlog

from bot.channels.errors import SendError
from clinic import clock, number_news
from clinic.channel import Channel
from clinic.number_state import NEAR, NumberState, state_of
from clinic.reach import Reach
from clinic.seal import SealBroken
from workers import metrics, number_mail
from workers.context import Context, context, run

log = structlog.get_logger()


def watch_numbers() -> None:
    """The RQ job: ask for every number."""
    run(watch(context()))


async def watch(context: Context) -> None:
    """One after the other. What goes wrong with one leaves the others alone, and its state as it is."""
    states = [await _look(each, context) for each in await Channel.every()]
    for each in states if context.post else []:
        await _mail(each)
    used = [part for each in states if (part := await _used(each, context.reach)) is not None]
    metrics.NUMBERS_SILENT.set(sum(bool(each.silent_code) for each in states))
    metrics.NUMBERS_LOW.set(sum(each.quality == "RED" for each in states))
    metrics.LIMIT_USED.set(max(used, default=0.0))
    metrics.NUMBERS_NEAR.set(sum(part >= NEAR for part in used))


async def _look(channel: Channel, context: Context) -> NumberState:
    try:
        told = await (await context.provider(channel.tenant_id, channel.id)).condition()
        return await number_news.learned(channel, told, clock.now())
    except (SendError, SealBroken) as error:
        log.warning("number not looked at", channel=channel.id, why=type(error).__name__)
    except Exception as error:
        log.error("number not looked at", channel=channel.id, exc_info=error)
    return await state_of(channel.tenant_id, channel.id)


async def _mail(state: NumberState) -> None:
    try:
        await number_mail.tell(state, clock.now())
    except Exception as error:
        log.error("owners not told of a number", channel=state.id, exc_info=error)


async def _used(state: NumberState, reach: Reach | None) -> float | None:
    """The part of the day's limit that is used up; None where there is none."""
    if reach is None or state.daily_limit is None or state.daily_limit < 1:
        return None
    return await reach.count(state.shares_limit_with) / state.daily_limit
