"""What is wrong with our numbers by their providers' word, for ``opdesk check``."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from clinic import clock
from clinic.channel import Channel
from clinic.number_alarm import alarms
from clinic.number_state import NumberState, state_of
from clinic.reach import Reach
from opdesk.finding import Finding


async def numbers(redis: "Redis") -> list[Finding]:
    """A line for each alarm. One through which nothing leaves fails the check."""
    return [each for channel in await Channel.every() for each in await _findings(channel, Reach(redis))]


async def _findings(channel: Channel, reach: Reach) -> list[Finding]:
    state = await state_of(channel.tenant_id, channel.id)
    said = alarms(state, await _reached(state, reach), clock.now())
    what = f"number {channel.phone_number_id} of {channel.tenant_id}"
    return [Finding(what, each, warning=not (state.silent_code and n == 0)) for n, each in enumerate(said)]


async def _reached(state: NumberState, reach: Reach) -> int:
    try:
        return await reach.count(state.shares_limit_with)
    except (RedisError, OSError):
        return 0
