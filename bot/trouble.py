"""Word of a number that is silent, or speaks again, waits in Redis for the database as account events do."""

from typing import Any

import orjson

from bot.channels.directory import Number
from bot.payload import AccountEvent
from bot.silence import Told
from bot.streams import Streams
from clinic import number_state

FIELD = "opdesk.number"  # no provider has such a field


def into(streams: Streams) -> Told:
    """Keeps it there."""

    async def told(number: Number, code: int) -> None:
        value = {"tenant_id": number.tenant_id, "channel_id": number.channel_id, "code": code}
        await streams.keep([AccountEvent(number.account, FIELD, orjson.dumps({"field": FIELD, "value": value}))])

    return told


async def heard(value: dict[str, Any], at: Any) -> None:
    """Write it down."""
    tenant_id, channel_id, code = (value[name] for name in ("tenant_id", "channel_id", "code"))
    if code:
        await number_state.silenced(tenant_id, channel_id, code, at)
    else:
        await number_state.speaks(tenant_id, channel_id)
