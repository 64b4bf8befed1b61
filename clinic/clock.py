"""The time of day, for the edges: bot, workers, API. The domain and the flows never look: they are told ``now``.

A demo's clock can be moved, for all its processes at once: they share a file that holds how far it is ahead.
"""

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

SHAPE = struct.Struct("<d")  # seconds ahead of the real time

_shared: mmap.mmap | None = None


def now() -> datetime:
    """Aware, UTC."""
    real = datetime.now(UTC)
    return real if _shared is None else real + timedelta(seconds=SHAPE.unpack_from(_shared)[0])


def elapsing() -> float:
    """Seconds that only count: for how long something was kept. A demo's clock moves them, too, also back."""
    return time.monotonic() + (0.0 if _shared is None else float(SHAPE.unpack_from(_shared)[0]))


def follow(file: Path | None) -> None:
    """From now on be as far ahead as that file says; without one, not at all. It is made where there is none."""
    global _shared
    _shared = None if file is None else _mapped(file)


def _mapped(file: Path) -> mmap.mmap:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+b") as opened:
        if opened.tell() < SHAPE.size:
            opened.write(SHAPE.pack(0.0))
            opened.flush()
        return mmap.mmap(opened.fileno(), SHAPE.size, access=mmap.ACCESS_READ)
