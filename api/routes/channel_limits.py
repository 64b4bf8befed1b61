"""How the practice's numbers stand with their providers."""

from typing import Annotated

from redis.exceptions import RedisError

from api.house import InHouse, Now
from api.routing import desk_router
from api.shapes import Id
from api.shapes.channel_limits import ChannelLimitsOut
from api.staff import Staff, may
from clinic.channel import Channel
from clinic.number_state import state_of
from clinic.reach import Reach

router = desk_router("/channels", "channels")


@router.get("/{id}/limits")
async def get_channel_limits(
    id: Id, staff: Annotated[Staff, may("channels:read")], house: InHouse, now: Now
) -> ChannelLimitsOut:
    """A number's quality and limits, how much of the day's limit is used up, and what is wrong with it."""
    channel = await Channel.of(staff.tenant_id).get(id)
    state = await state_of(staff.tenant_id, id)
    try:
        reached = await Reach(house.redis).count(state.shares_limit_with)
    except (RedisError, OSError):  # the rest is worth seeing without it
        reached = 0
    return ChannelLimitsOut.shown(channel, state, reached, now)
