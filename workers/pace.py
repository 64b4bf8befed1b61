"""How fast templates leave through one number, shared by all workers: its next moment is drawn in Redis.

Without Redis each worker keeps to its own part, and where that guess is wrong the provider says so.
"""

import asyncio

from redis import Redis
from redis.exceptions import RedisError

PER_SECOND = 40.0  # of Meta's 80: the other half is left to those who are looking at the chat
ALONE = 8 / PER_SECOND  # seconds to wait without Redis: eight are sent at once
KEPT = 60_000  # ms
# ARGV: ms between two. Answers in how many ms the caller may send; each is given a moment of its own.
DRAW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], at + tonumber(ARGV[1]), 'PX', at - now + tonumber(ARGV[2]))
return at - now
"""


async def leave(redis: Redis, channel_id: str, per_second: float = PER_SECOND) -> None:
    """Wait until one more may go through this number."""
    try:
        wait = await asyncio.to_thread(_draw, redis, f"pace:{channel_id}", round(1000 / per_second))
    except (RedisError, OSError):
        wait = ALONE
    await asyncio.sleep(wait)


def _draw(redis: Redis, key: str, apart: int) -> float:
    return float(redis.eval(DRAW, 1, key, str(apart), str(KEPT))) / 1000
