"""The count of what our numbers send, kept in Redis, as the bot's pipeline reaches it."""

from collections.abc import Iterable
from hashlib import sha1
from typing import Any

from bot.channels.pace import SCRIPT, Pace
from bot.pipeline import Coalesced, Script

PACE = Script("pace", SCRIPT, sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest())


def shared_pace(redis: Coalesced) -> Pace:
    """The pace that all processes share; what is asked joins what else the bot asks of Redis in the same moment."""

    async def ask(tag: str, args: Iterable[str | int]) -> Any:
        return await redis.run(PACE, tag, *args)

    return Pace(ask)
