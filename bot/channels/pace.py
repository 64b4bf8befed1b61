"""How fast we may speak: so many messages a second through a number, and to one person not on and on.

All processes share one count in Redis (``pace.lua``). Tokens are taken a few at a time: those of a number are good for
a twentieth of a second, those of a person for half a minute, so that a busy process asks Redis a few times a second and
not for every message. What a process that dies had taken is lost for as long as it would have been used up. While Redis
does not answer each process keeps to half the rate by itself; where that guess is wrong the provider says so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.resources import files
from math import ceil
from time import monotonic
from typing import Any

import structlog
from redis.exceptions import RedisError

SCRIPT = files("bot.channels").joinpath("pace.lua").read_text()
PAIR_BURST, PAIR_SECONDS = 40, 6.0  # Meta's: a burst of 45 to one person, then one every six seconds
PAIR_AT_ONCE, PAIR_GOOD = 3, 30.0  # tokens of one person taken at once, seconds for which they are good
GOOD = 0.05  # seconds for which a number's tokens are good
LEASES = 16  # a process takes no more than this part of a second's tokens at once
CROWD = 20_000  # persons remembered
AWAY = 2.0  # seconds for which Redis is not asked again once it did not answer
ALONE = 0.5  # of the rate: what each process takes for its part then
LONGEST = 900.0  # seconds for which a number is silent at most
LOOK = 2.0  # seconds until a silent number is asked for again: another process may have found it speaking

log = structlog.get_logger()
Ask = Callable[[str, Iterable[str | int]], Awaitable[Any]]  # runs the script: by the hash tag and the arguments


def tag_of(number: str) -> str:
    """The hash tag of a number's keys."""
    return f"{{pace:{number}}}"


def _hidden(who: str) -> str:
    """A stand-in for a person: their number is no name of a key."""
    return blake2b(who.encode(), digest_size=9).hexdigest()


@dataclass(slots=True)
class Bucket:
    """Holds up to ``burst`` messages and refills at ``rate`` a second."""

    rate: float
    burst: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """Take one; 0: it is taken, else the seconds until there is one."""
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1.0:
            return (1.0 - self.level) / self.rate
        self.level -= 1.0
        return 0.0


@dataclass(slots=True)
class _Lease:
    """Tokens in hand; ``size`` is how many are asked for next time."""

    left: int = 0
    until: float = 0.0
    size: int = 1
    asking: "asyncio.Task[float] | None" = None
    waiting: int = 0


@dataclass(slots=True)
class Pace:
    """All numbers and all persons. ``ask`` reaches Redis; without it each process is by itself."""

    ask: Ask | None = None
    clock: Callable[[], float] = monotonic
    _numbers: dict[tuple[str, bool], _Lease] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], _Lease] = field(default_factory=dict)
    _alone: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    _silent: dict[str, tuple[float, float]] = field(default_factory=dict)  # until when; when to ask again
    _crowd: int = CROWD
    _away_until: float = 0.0

    async def take(self, number: str, rate: float, who: str, *, can_wait: bool = False) -> float:
        """Take leave to send one message; 0: go, else the seconds after which to ask again. ``rate``: the number's
        messages a second. ``can_wait``: nobody is looking at the chat, so half of the rate is left to those."""
        now = self.clock()
        if self._silent and (silent := self._silent.get(number)) and silent[1] > now:
            return max(silent[0] - now, GOOD)
        lease = self._numbers.get((number, can_wait)) or self._numbers.setdefault((number, can_wait), _Lease())
        pair = self._pairs.get((number, who)) or self._stranger(number, who, now)
        if not (pair.left > 0 and pair.until > now) and (wait := await self._pair(number, who, pair)):
            return wait
        if not (lease.left > 0 and lease.until > self.clock()):
            if wait := await self._number(number, rate, lease, can_wait):
                return wait
            if lease.left < 1:  # others of the same moment were faster
                return GOOD
        lease.left -= 1
        pair.left -= 1
        return 0.0

    def _stranger(self, number: str, who: str, now: float) -> _Lease:
        if len(self._pairs) >= self._crowd:
            self._pairs = {key: pair for key, pair in self._pairs.items() if pair.until > now}
            self._crowd = max(CROWD, 2 * len(self._pairs))  # where all are of the last moments, not at each one more
        return self._pairs.setdefault((number, who), _Lease())

    async def _pair(self, number: str, who: str, pair: _Lease) -> float:
        asked_at = self.clock()
        answer = await self._asked(number, "pair", _hidden(who), PAIR_AT_ONCE, PAIR_BURST, int(PAIR_SECONDS * 1000))
        if answer is None:
            wait = self._by_itself(number, who, 1 / PAIR_SECONDS, PAIR_BURST / 2)
            pair.left, pair.until = int(wait == 0.0), asked_at + PAIR_GOOD
            return wait
        pair.left, pair.until = answer[0], asked_at + PAIR_GOOD
        return float(answer[1]) / 1000

    async def _number(self, number: str, rate: float, lease: _Lease, can_wait: bool) -> float:
        """One question at a time for each number, for all that wait for its answer."""
        lease.waiting += 1
        if lease.asking is None:
            lease.asking = asyncio.ensure_future(self._refill(number, rate, lease, can_wait))
        return await asyncio.shield(lease.asking)

    async def _refill(self, number: str, rate: float, lease: _Lease, can_wait: bool) -> float:
        await asyncio.sleep(0)  # those of the same moment ask along
        asked_at = self.clock()
        wanted = max(lease.waiting, self._wanted(lease, rate))
        try:
            answer = await self._asked(number, "take", ceil(rate), wanted, int(can_wait), int(GOOD * 1000))
            if answer is None:
                wait = self._by_itself(number, "", rate * ALONE, max(1.0, rate * ALONE / 4))
                lease.left, lease.until = int(wait == 0.0), asked_at + AWAY
                return wait
            lease.left, lease.until = answer[0], asked_at + GOOD
            wait = float(answer[1]) / 1000
            if answer[2]:
                self._silent[number] = (asked_at + wait, asked_at + min(wait, LOOK))
            return wait
        finally:
            lease.asking, lease.waiting = None, 0

    def _wanted(self, lease: _Lease, rate: float) -> int:
        """Twice as many where the last ones were all used, half as many where they were not."""
        most = max(1, ceil(rate / LEASES))
        lease.size = max(1, min(most, lease.size * 2 if lease.left == 0 else lease.size // 2))
        return lease.size

    def _by_itself(self, number: str, who: str, rate: float, burst: float) -> float:
        now = self.clock()
        bucket = self._alone.get((number, who))
        if bucket is None or bucket.rate != rate:
            if len(self._alone) >= CROWD:
                self._alone.clear()
            bucket = self._alone[number, who] = Bucket(rate, burst, burst, now)
        return bucket.take(now)

    async def slow(self, number: str) -> None:
        """The provider found us too fast: half the rate, for all processes, which then recovers."""
        for each in (False, True):
            self._numbers.pop((number, each), None)
        if await self._asked(number, "slow"):
            log.warning("number slowed", channel=number)

    async def halt(self, number: str, seconds: float, longest: float = LONGEST, *, told: bool = False) -> float:
        """The number is silent for a while, for all processes, and longer each time in a row; for how many seconds.
        ``told``: by a status, so that only a status can end it."""
        for each in (False, True):
            self._numbers.pop((number, each), None)
        most = int(max(longest, seconds) * 1000)
        answer = await self._asked(number, "halt", int(seconds * 1000), most, int(told))
        silent = seconds if answer is None else float(answer) / 1000
        now = self.clock()
        self._silent[number] = (now + silent, now + (silent if answer is None else min(silent, LOOK)))
        return silent

    def silent(self, number: str) -> bool:
        """Whether this process has found it silent, and has not heard that this is over."""
        return number in self._silent

    async def went(self, number: str, *, told: bool = False) -> bool:
        """A message went through this number, as the provider's answer or (``told``) a status says; whether that ended
        a silence."""
        if number not in self._silent:
            return False
        answer = await self._asked(number, "speaks", int(told))
        if answer != 0:  # over, or Redis does not know: then what went through is the best that is known
            self._silent.pop(number, None)
        return answer in (None, 1)

    async def _asked(self, number: str, *args: str | int) -> Any:
        """Redis' answer; None: it does not answer just now."""
        if self.ask is None or self._away_until > self.clock():
            return None
        try:
            return await self.ask(tag_of(number), args)
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = self.clock() + AWAY
            log.warning("pace kept alone", why=type(error).__name__)
            return None
