"""What the operator sees of a starting desk: one line a part, rewritten in a terminal, plain elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Screen:
    """Writes to standard output; ``since`` measures how long a start takes."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()

    def say(self, line: str = "") -> None:
        """A line that stays."""
        print(line, flush=True)

    @contextmanager
    def step(self, what: str) -> Iterator[list[str]]:
        """Announce ``what`` and tick it off when it is done, with whatever was found out meanwhile and put into the
        list."""
        since, found = time.monotonic(), [what]
        if self._live:
            print(f"  … {what}", end="", flush=True)
        try:
            yield found
        except BaseException:
            if self._live:
                print(f"\r  ✗ {what}", flush=True)
            raise
        mark = "\r  ✓" if self._live else "  ok"
        print(f"{mark} {': '.join(found)} ({time.monotonic() - since:.1f} s)", flush=True)
