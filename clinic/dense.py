"""Long lists whose rows are numbered 1, 2, 3, ... without a gap: their end, a moment and a part of them are found by
asking for a few numbers at a time. The embedded store reads all that matches, however few rows a sorted query wants."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar

from clinic import indexed
from clinic.record import Door, Query, Record

R = TypeVar("R", bound=Record)
Row = dict[str, Any]
SPLIT = 32  # numbers asked for at once
HIGHEST = 2**40  # far more rows than anybody has
WIDTH, GROWTH = 200, 4  # of the stretches in which a list is read backwards


class Dense(Generic[R]):
    """The rows behind ``door``, numbered in the field ``seq``."""

    def __init__(self, door: Door[R]) -> None:
        self._door = door

    async def last(self, known: int = 0) -> int:
        """The highest number, 0 without any; ``known`` is one that is there."""
        leaps = [known + 2**power for power in range(HIGHEST.bit_length())]
        low = max((row["seq"] for row in await self._at(leaps)), default=known)
        return await self._split(low, known + 2 * max(low - known, 1), lambda row: row is not None)

    async def last_before(self, moment: datetime, last: int) -> int:
        """The highest number whose row, by its ``at``, is older than ``moment``; 0 if none is. The rows' order is
        taken to be that of time."""
        return await self._split(0, last + 1, lambda row: row is not None and row["at"] < moment)

    async def backwards(self, query: Query, below: int, limit: int, above: int = 0) -> list[Row]:
        """The last ``limit`` rows that match, newest first, with numbers between ``above`` and ``below``, without
        these two."""
        rows, width = list[Row](), WIDTH
        while len(rows) < limit and below > above + 1:
            start = max(above, below - 1 - width)
            stretch = {**query, "seq": {"$gt": start, "$lt": below}}
            rows += reversed(await indexed.found(self._door, stretch, "seq"))
            below, width = start + 1, width * GROWTH
        return rows[:limit]

    async def _split(self, low: int, high: int, holds: Callable[[Row | None], bool]) -> int:
        """The highest number from ``low`` up to, but not including, ``high`` for which it holds, as it does for all up
        to it; ``low`` is taken to be one."""
        while high - low > 1:
            step = max(1, (high - low) // SPLIT)
            asked = range(low + step, high, step)
            found = {row["seq"]: row for row in await self._at(asked)}
            holding = [number for number in asked if holds(found.get(number))]
            low = max(holding, default=low)
            high = min(high, low + step)
        return low

    async def _at(self, numbers: Iterable[int]) -> list[Row]:
        return await self._door.rows({"seq": {"$in": list(numbers)}}, ("seq", "at"))
