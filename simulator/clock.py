"""The simulator's own clock, which can be moved and frozen to cross a 24-hour window in a second."""

import time


class Clock:
    """Unix seconds. ``now`` is what messages and windows see; ``running`` never stands still and paces the limits."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.frozen_at: float | None = None

    def now(self) -> float:
        """The time that people see."""
        return self.frozen_at if self.frozen_at is not None else self.running()

    def running(self) -> float:
        """The time that rate limits count with: moved, but never frozen."""
        return time.time() + self.offset

    def move(self, seconds: float) -> None:
        """Move on by ``seconds`` (back, if negative)."""
        self.offset += seconds
        if self.frozen_at is not None:
            self.frozen_at += seconds

    def freeze(self) -> None:
        """Stand still."""
        self.frozen_at = self.now()

    def thaw(self) -> None:
        """Run on from where it stood."""
        if self.frozen_at is not None:
            self.offset = self.frozen_at - time.time()
            self.frozen_at = None

    def reset(self) -> None:
        """Back to the real time."""
        self.offset, self.frozen_at = 0.0, None
