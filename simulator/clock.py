"""The simulator's own clock, which can be moved and frozen to cross a 24-hour window in a second."""

import struct
import time
from pathlib import Path


class Clock:
    """Unix seconds. ``now`` is what messages and windows see; ``running`` never stands still and paces the limits.

    ``file`` tells the programs under test how far ahead it runs, so that they live in the same time.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self.frozen_at: float | None = None
        self.offset = 0.0

    @property
    def offset(self) -> float:
        """Seconds ahead of the real time."""
        return self._offset

    @offset.setter
    def offset(self, seconds: float) -> None:
        self._offset = seconds
        if self.file:
            with self.file.open("r+b" if self.file.exists() else "wb") as told:
                told.write(struct.pack("<d", seconds))

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
