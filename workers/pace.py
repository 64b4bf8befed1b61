"""How fast templates leave: by the count that all processes share, with half of each number's rate left to the chat."""

import asyncio

from clinic.channel import rate_of
from workers.context import Context

PATIENCE = 5.0  # seconds that a worker waits with a promise in hand


class Held(Exception):
    """It cannot leave for so many seconds: its number is silent, its person has had too much, a limit is reached."""

    def __init__(self, seconds: float, why: str) -> None:
        super().__init__(why)
        self.seconds, self.why = seconds, why


async def leave(context: Context, tenant_id: str, channel_id: str, who: str, *, can_wait: bool = True) -> None:
    """Wait until one more may go through this number to this person (the provider's id of them). ``can_wait``: nobody
    waits for it with the telephone in hand. Raises ``Held``."""
    rate = await rate_of(tenant_id, channel_id)
    while wait := await context.pace.take(channel_id, rate, who, can_wait=can_wait):
        if wait > PATIENCE:
            raise Held(wait, "paced")
        await asyncio.sleep(wait)
