"""The five-minute diary cells that a visit uses up. A unique index over them is what stops double booking.

A stored cell is text, its UTC start and a seat: ``20270104T0330#0``. Inside, a cell is an integer: five-minute steps
since 1970.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from functools import lru_cache

from clinic.interval import Interval
from clinic.wall_clock import EPOCH, minutes, moment

CELL = 5  # minutes
PER_DAY = 24 * 60 // CELL


def cell_range(first_minute: int, end_minute: int) -> range:
    """The cells that a stretch of minutes since 1970 touches."""
    return range(first_minute // CELL, -(-end_minute // CELL))


def cells_of(taken: Interval) -> range:
    """The cells that an interval touches, wholly or in part."""
    return cell_range(minutes(taken.start), minutes(taken.end))


def label(cell: int, seat: int) -> str:
    """A cell and a seat as they are stored."""
    return f"{moment(cell * CELL):%Y%m%dT%H%M}#{seat}"


@lru_cache(maxsize=4096)
def _first_cell(day: str) -> int:
    return (date(int(day[:4]), int(day[4:6]), int(day[6:])) - EPOCH.date()) // timedelta(days=1) * PER_DAY


def cell_of(stored: str) -> int:
    """The cell of a stored label."""
    return _first_cell(stored[:8]) + int(stored[9:11]) * (60 // CELL) + int(stored[11:13]) // CELL


def used(labels: Iterable[str]) -> Counter[int]:
    """How many seats are used up in each cell."""
    return Counter(map(cell_of, labels))


def choose(cells: Iterable[int], taken: Collection[str], capacity: int) -> list[str] | None:
    """A free seat in every cell, each cell on its own, or None where one is full: ``capacity`` may sit there at once,
    on whatever seats. Seats may differ from cell to cell, so whenever no cell is full there is a way.
    """
    counts = used(taken)
    chosen = []
    for cell in cells:
        if counts[cell] >= capacity:
            return None
        chosen.append(next(stored for seat in range(capacity) if (stored := label(cell, seat)) not in taken))
    return chosen
