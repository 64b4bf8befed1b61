"""How fast we may speak: so many messages a second through a number, and to one person not on and on.

Kept in this process alone: several processes share a number's rate by each taking its part (``share``); where that
guess is wrong the provider says so (130429, 131056), and the sender waits.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

PAIR_BURST, PAIR_RATE = 45.0, 1 / 6  # Meta's: a burst of 45 to one person, then one every six seconds
SLOWEST = 0.1  # of a number's rate
RECOVERY = 60.0  # seconds until a slowed number is back at its full rate
CROWD, SWEEP = 20_000, 10.0  # pairs remembered before the full ones are forgotten, and seconds between that


@dataclass(slots=True)
class Bucket:
    """Holds up to ``burst`` messages and refills at ``rate`` a second."""

    rate: float
    burst: float
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one more may go; 0: now."""
        self._refill(now)
        return max(0.0, (1.0 - self.level) / self.rate)

    def use(self, now: float) -> None:
        """One goes."""
        self._refill(now)
        self.level -= 1.0

    def full(self, now: float) -> bool:
        """Whether it may be forgotten: a new one would be no different."""
        self._refill(now)
        return self.level >= self.burst

    def _refill(self, now: float) -> None:
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now


@dataclass(slots=True)
class _Speed:
    bucket: Bucket
    rate: float
    slowed_at: float = 0.0


@dataclass(slots=True)
class Pace:
    """All numbers and all pairs."""

    share: float = 1.0
    clock: Callable[[], float] = monotonic
    _numbers: dict[str, _Speed] = field(default_factory=dict)
    _pairs: dict[str, Bucket] = field(default_factory=dict)
    _swept_at: float = -SWEEP

    def wait(self, number: str, rate: float, chat: str) -> float:
        """Take leave to send one message; 0: go, else the seconds after which to ask again."""
        now = self.clock()
        speed, pair = self._speed(number, rate * self.share, now), self._pair(chat, now)
        wait = max(speed.bucket.wait(now), pair.wait(now))
        if wait == 0.0:
            speed.bucket.use(now)
            pair.use(now)
        return wait

    def slow(self, number: str) -> None:
        """The provider found us too fast: half the rate, which then recovers."""
        if speed := self._numbers.get(number):
            speed.bucket.rate = max(speed.rate * SLOWEST, speed.bucket.rate / 2)
            speed.bucket.level = 0.0
            speed.slowed_at = self.clock()

    def _speed(self, number: str, rate: float, now: float) -> _Speed:
        speed = self._numbers.get(number)
        if speed is None or speed.rate != rate:
            speed = self._numbers[number] = _Speed(Bucket(rate, rate, rate, now), rate)
        elif speed.bucket.rate < rate and now - speed.slowed_at > RECOVERY:
            speed.bucket.rate, speed.slowed_at = min(rate, speed.bucket.rate * 2), now
        return speed

    def _pair(self, chat: str, now: float) -> Bucket:
        if (pair := self._pairs.get(chat)) is None:
            if len(self._pairs) >= CROWD and now - self._swept_at > SWEEP:
                self._swept_at = now
                self._pairs = {chat: pair for chat, pair in self._pairs.items() if not pair.full(now)}
            pair = self._pairs[chat] = Bucket(PAIR_RATE, PAIR_BURST, PAIR_BURST, now)
        return pair
