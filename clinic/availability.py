"""Which visits can still be booked: hours, minus exceptions, plus extra hours, cut into starts, minus what is booked.

Pure functions. Time is whole minutes since 1970 here, and busy time is five-minute cells (``clinic.cells``): a month
of a doctor is a thousand starts, and integers keep it well under a millisecond.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from clinic.cells import CELL, cell_range
from clinic.interval import Interval
from clinic.timetable import Shift
from clinic.wall_clock import instant, minutes


class Start(NamedTuple):
    """A minute at which the doctor's hours let a visit start, and how many may sit there."""

    minute: int
    capacity: int
    seats: int  # with the overbooking seats of the staff


@dataclass(frozen=True, slots=True)
class Visit:
    """How long a service takes: the visit itself lies within the hours, the buffers only must be free of others."""

    minutes: int
    before: int = 0
    after: int = 0

    def cells(self, start: int) -> range:
        """All that a visit starting at this minute uses up, buffers included."""
        return cell_range(start - self.before, start + self.minutes + self.after)

    def reaching(self, first: int, last: int) -> tuple[int, int]:
        """The minutes from which on, and before which, a visit may start that uses any of the cells first to last."""
        return first * CELL - self.minutes - self.after, (last + 1) * CELL + self.before


def hours(shifts: Iterable[Shift], away: Sequence[Interval], extra: Iterable[Shift] = ()) -> list[Shift]:
    """What remains of the shifts, and the extra hours: those hold whatever else is closed."""
    remaining = [rest for shift in shifts for rest in shift.without(away)]
    return sorted([*remaining, *extra], key=lambda shift: shift.time)


def starts(open_hours: Iterable[Shift], length: int) -> list[Start]:
    """Every start that the hours offer for a visit of ``length`` minutes, in order. Of two shifts that offer the same
    minute, the roomier counts."""
    found: dict[int, Start] = {}
    for shift in open_hours:
        for minute in shift.starts(length):
            offer = Start(minute, shift.terms.capacity, shift.terms.seats)
            found[minute] = max(found.get(minute, offer), offer)
    return [found[minute] for minute in sorted(found)]


def free(offered: Sequence[Start], visit: Visit, busy: Mapping[int, int]) -> list[Start]:
    """Those starts at which no cell of the visit is full. ``busy`` tells the used seats of each cell."""
    if not offered:
        return []
    first, last = visit.cells(offered[0].minute).start, visit.cells(offered[-1].minute).stop
    full = {capacity: _full(busy, capacity, first, last) for capacity in {start.capacity for start in offered}}
    reach, length = visit.before, visit.before + visit.minutes + visit.after
    return [
        start
        for start in offered
        if full[start.capacity].find(1, (start.minute - reach) // CELL - first,
                                     -((reach - start.minute - length) // CELL) - first) < 0
    ]  # fmt: skip


def _full(busy: Mapping[int, int], capacity: int, first: int, last: int) -> bytearray:
    """One byte for each cell from ``first``: 1 where ``capacity`` is used up."""
    line = bytearray(last - first)
    for cell, count in busy.items():
        if count >= capacity and first <= cell < last:
            line[cell - first] = 1
    return line


def between(offered: Sequence[Start], first: int, end: int) -> Sequence[Start]:
    """The starts from minute ``first`` up to, but not including, ``end``."""
    return offered[bisect_left(offered, (first,)) : bisect_left(offered, (end,))]


def midnights(days: Sequence[date], zone: str) -> list[int]:
    """The minutes at which consecutive local days begin, and at which the last one ends."""
    return [minutes(instant(day, 0, zone)) for day in (*days, days[-1] + timedelta(days=1))]


def days_with_free(days: Sequence[date], zone: str, offers: Iterable[Sequence[Start]]) -> list[date]:
    """Those of the consecutive ``days`` on which anybody has a free start."""
    lines = midnights(days, zone)
    everybody = list(offers)
    return [
        day
        for day, (first, end) in zip(days, pairwise(lines), strict=True)
        if any(between(offered, first, end) for offered in everybody)
    ]


def any_doctor(
    offers: Mapping[str, Sequence[Start]], lines: Sequence[int], load: Callable[[str, int, int], int], limit: int
) -> list[tuple[int, str]]:
    """The first ``limit`` starts, each once, with the doctor who has the least to do that day: ``load(doctor, first,
    end)`` tells how much, ``lines`` where the days begin and the last one ends, all in minutes. Of equally busy ones
    the first in the order of ``offers``. Days behind the last start that is wanted are not looked at."""
    if len(offers) == 1:
        return [(start.minute, doctor) for doctor, offered in offers.items() for start in offered[:limit]]
    found: list[tuple[int, str]] = []
    for first, end in pairwise(lines):
        if len(found) >= limit:
            break
        there = {doctor: day for doctor, offered in offers.items() if (day := between(offered, first, end))}
        best: dict[int, str] = {}
        for doctor in sorted(there, key=lambda doctor: load(doctor, first, end)):
            for start in there[doctor]:
                best.setdefault(start.minute, doctor)
        found.extend(sorted(best.items()))
    return found[:limit]
