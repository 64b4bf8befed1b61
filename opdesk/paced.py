"""The pace of our numbers, for a process that has no pipeline to Redis as the bot has."""

from collections.abc import Iterable
from typing import Any

from redis.asyncio import Redis

from bot.channels.pace import SCRIPT, Pace


def pace_of(redis: "Redis") -> Pace:
    """The same count as the bots'. The script is sent by its digest, and taught where Redis does not know it."""
    script = redis.register_script(SCRIPT)

    async def ask(tag: str, args: Iterable[str | int]) -> Any:
        return await script(keys=[tag], args=list(args))

    return Pace(ask)
