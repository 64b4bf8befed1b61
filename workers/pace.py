"""How fast templates leave: by the count that all processes share, with half of each number's rate left to the chat."""

import asyncio

from clinic.channel import Channel
from workers.context import Context

PATIENCE = 5.0  # seconds that a worker waits with a promise in hand
USUAL = 80.0  # messages a second of a number that has gone


class Held(Exception):
    """It cannot leave for so many seconds: its number is silent, its person has had too much, a limit is reached."""

    def __init__(self, seconds: float, why: str) -> None:
        super().__init__(why)
        self.seconds, self.why = seconds, why


async def leave(context: Context, tenant_id: str, channel_id: str, who: str, *, can_wait: bool = True) -> None:
    """Wait until one more may go through this number to this person (the provider's id of them). ``can_wait``: nobody
    waits for it with the telephone in hand. Raises ``Held``."""
    rate = await _rate(tenant_id, channel_id)
    while wait := await context.pace.take(channel_id, rate, who, can_wait=can_wait):
        if wait > PATIENCE:
            raise Held(wait, "paced")
        await asyncio.sleep(wait)


async def _rate(tenant_id: str, channel_id: str) -> float:
    rows = await Channel.of(tenant_id).rows({"_id": channel_id}, ("messages_per_second",))
    return float(rows[0].get("messages_per_second", USUAL)) if rows else USUAL
