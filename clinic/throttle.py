"""Guessing made slow: tries are counted in Redis by account and by address, and too many lock it for longer and longer.

A try counts before it is known whether it is right, so that many at once count, too. Accounts are named by a hash of
what was typed, whether or not there is one.
"""

from dataclasses import dataclass
from datetime import datetime

from redis.asyncio import Redis

from clinic.errors import ClinicError
from clinic.secret_token import hashed

KEPT = 24 * 3600  # seconds after the last try for which the count is kept

# KEYS[1]: a hash of `tries` and `until` (ms). ARGV: now (ms), free tries, first lock and longest (ms), seconds kept.
# Answers the ms to wait, 0 where the try may be made.
TRY = """
local now, free = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = tonumber(redis.call('HGET', KEYS[1], 'until') or 0) - now
if wait > 0 then return wait end
local over = redis.call('HINCRBY', KEYS[1], 'tries', 1) - free
if over >= 0 then
  local lock = math.min(tonumber(ARGV[3]) * 2 ^ math.min(over, 30), tonumber(ARGV[4]))
  redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + lock))
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 0
"""
# A try that was right does not count, nor does the lock that it began.
FORGIVE = """
if redis.call('HINCRBY', KEYS[1], 'tries', -1) <= 0 then return redis.call('DEL', KEYS[1]) end
return redis.call('HDEL', KEYS[1], 'until')
"""


class TooManyTries(ClinicError):
    """Too many tries: wait as long as Retry-After says, then try again."""

    code, status = "too_many_tries", 429

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.retry_after = seconds


@dataclass(frozen=True, slots=True)
class Rule:
    """``free`` tries before the first lock, of ``first`` seconds; each further try doubles it, up to ``longest``."""

    free: int
    first: int
    longest: int


# An address may be a whole clinic's, so that it has more tries; a locked account is open again after an hour at most,
# because the lock is also a way to keep its owner out.
RULES = {
    "account": Rule(free=5, first=15, longest=3600),
    "address": Rule(free=50, first=15, longest=900),
    "second_factor": Rule(free=5, first=15, longest=3600),
    "mail": Rule(free=3, first=300, longest=3600),  # to one account
    "mails": Rule(free=20, first=300, longest=3600),  # asked for from one address
    "code_chat": Rule(free=3, first=60, longest=3600),  # one-time codes asked for by one chat
    "code_number": Rule(free=3, first=60, longest=3600),  # and sent to one number
}


@dataclass(frozen=True, slots=True)
class Throttle:
    """The counts of this installation."""

    redis: "Redis"

    async def attempt(self, now: datetime, **whose: str) -> None:
        """Count a try of each: ``attempt(now, address=..., account=...)``. Raises ``TooManyTries``."""
        for rule, who in whose.items():
            if wait := await self._try(RULES[rule], _key(rule, who), now):
                raise TooManyTries(-(-wait // 1000))

    async def forgive(self, **whose: str) -> None:
        """The try was right."""
        for rule, who in whose.items():
            await self.redis.eval(FORGIVE, 1, _key(rule, who))

    async def forget(self, **whose: str) -> None:
        """Begin anew: they have proved who they are."""
        await self.redis.delete(*(_key(rule, who) for rule, who in whose.items()))

    async def _try(self, rule: Rule, key: str, now: datetime) -> int:
        args = [int(now.timestamp() * 1000), rule.free, rule.first * 1000, rule.longest * 1000, KEPT]
        return int(await self.redis.eval(TRY, 1, key, *args))


def _key(rule: str, who: str) -> str:
    return f"throttle:{rule}:{hashed(who)}"
