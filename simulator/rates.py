"""Meta's two speed limits: messages a second for a number, and for one number and one person together."""

from simulator.errors import Refusal

THROUGHPUT = "Cloud API message throughput has been reached."
PAIR = (
    "Message failed to send because there were too many messages sent from this phone number to the same phone number "
    "in a short period of time"
)


class Bucket:
    """Tokens that trickle in at ``per_second`` up to ``size``."""

    __slots__ = ("at", "per_second", "size", "tokens")

    def __init__(self, size: float, per_second: float, now: float) -> None:
        self.size, self.per_second = size, per_second
        self.tokens, self.at = size, now

    def take(self, now: float) -> bool:
        """Take one, if there is one."""
        self.tokens = min(self.size, self.tokens + max(0.0, now - self.at) * self.per_second)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Rates:
    """The buckets of all numbers and pairs. A pair that has rested is full again, and forgotten."""

    def __init__(self, pair_burst: int, pair_seconds: float) -> None:
        self.pair_burst, self.pair_seconds = pair_burst, pair_seconds
        self._numbers: dict[str, Bucket] = {}
        self._pairs: dict[tuple[str, str], Bucket] = {}

    def check(self, number: str, person: str, per_second: float, now: float) -> None:
        """Count one message, or refuse it."""
        if per_second and not self._number(number, per_second, now).take(now):
            raise Refusal(130429, THROUGHPUT)
        if self.pair_burst and not self._pair((number, person), now).take(now):
            raise Refusal(131056, PAIR)

    def _number(self, number: str, per_second: float, now: float) -> Bucket:
        bucket = self._numbers.get(number)
        if bucket is None or bucket.per_second != per_second:
            bucket = self._numbers[number] = Bucket(per_second, per_second, now)
        return bucket

    def _pair(self, pair: tuple[str, str], now: float) -> Bucket:
        if len(self._pairs) > 50_000:
            self._forget_rested(now)
        bucket = self._pairs.get(pair)
        if bucket is None:
            bucket = self._pairs[pair] = Bucket(self.pair_burst, 1 / self.pair_seconds, now)
        return bucket

    def _forget_rested(self, now: float) -> None:
        full = self.pair_burst * self.pair_seconds
        self._pairs = {pair: bucket for pair, bucket in self._pairs.items() if now - bucket.at < full}
