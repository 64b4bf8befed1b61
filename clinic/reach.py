"""Whom a business has written to first in the last 24 hours: WhatsApp limits how many patients those may be.

Counted in Redis, by the numbers that share a limit. The last of it is kept for what cannot wait: each message says up
to which part of the limit it may go.
"""

from dataclasses import dataclass
from math import floor

from redis.asyncio import Redis

from clinic.number_state import UNLIMITED

DAY = 24 * 3600  # seconds

# KEYS[1]: chats by the time when they were last written to first. ARGV: the chat, how many there may be (-1: any),
# seconds of the day. Answers {1 where it may be written to, how many there are, seconds until there is room}.
TAKE = """
local now, day = tonumber(redis.call('TIME')[1]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - day)
local count, most = redis.call('ZCARD', KEYS[1]), tonumber(ARGV[2])
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  if most >= 0 and count >= most then
    local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    return {0, count, first[2] and math.max(1, tonumber(first[2]) + day - now) or day}
  end
  count = count + 1
end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('EXPIRE', KEYS[1], day)
return {1, count, 0}
"""
COUNT = """
local now = tonumber(redis.call('TIME')[1])
return redis.call('ZCOUNT', KEYS[1], '(' .. (now - tonumber(ARGV[1])), '+inf')
"""


@dataclass(frozen=True, slots=True)
class Reached:
    """``taken``: the message may leave, and its patient counts; else ``wait`` seconds until the next look."""

    taken: bool
    count: int
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Reach:
    """The counts of this installation."""

    redis: "Redis"

    async def take(self, shared: str, chat_id: str, limit: int | None, part: float = 1.0) -> Reached:
        """Count a chat, unless ``part`` of the limit is used up; one that was counted today costs nothing more."""
        most = UNLIMITED if limit is None or limit == UNLIMITED else max(1, floor(limit * part))
        taken, count, wait = await self.redis.eval(TAKE, 1, _key(shared), chat_id, most, DAY)
        return Reached(bool(taken), count, float(wait))

    async def count(self, shared: str) -> int:
        """How many patients there were."""
        return int(await self.redis.eval(COUNT, 1, _key(shared), DAY))


def _key(shared: str) -> str:
    return f"reached:{shared}"
