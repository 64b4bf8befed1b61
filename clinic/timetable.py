"""When a doctor sees patients: a calendar rule for the days, and what the clock on the clinic's wall shows."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from clinic.interval import Interval, interval
from clinic.rule import dates_of_year
from clinic.wall_clock import instant, minutes

Hours = tuple[int, int]  # minutes after local midnight; an end at or before the start lies on the next day


@dataclass(frozen=True, slots=True)
class Terms:
    """How visits are laid out in some hours. ``overbooking`` are seats beyond ``capacity`` that only staff may take."""

    step: int = 15  # minutes between the starts that are offered
    capacity: int = 1
    overbooking: int = 0

    @property
    def seats(self) -> int:
        """All that may sit in one cell, for staff."""
        return self.capacity + self.overbooking


@dataclass(frozen=True, slots=True)
class Shift:
    """Some hours of one day. ``anchor`` is where the grid of starts begins: a shift that is cut keeps its grid."""

    time: Interval
    terms: Terms
    anchor: datetime

    def without(self, away: Iterable[Interval]) -> "Iterator[Shift]":
        """What is left of it."""
        return (replace(self, time=rest) for rest in self.time - away)

    def starts(self, length: int) -> range:
        """The minutes (since 1970) at which a visit of ``length`` minutes may start."""
        first, end, anchor = minutes(self.time.start), minutes(self.time.end), minutes(self.anchor)
        return range(anchor - (anchor - first) // self.terms.step * self.terms.step, end - length + 1, self.terms.step)


@dataclass(frozen=True, slots=True)
class Timetable:
    """``rule`` is an RFC 5545 recurrence rule that picks the days ("every 2nd and 4th Saturday" is
    ``FREQ=MONTHLY;BYDAY=2SA,4SA``), counted from ``valid_from``; ``hours`` are wall-clock hours in ``zone`` (IANA)."""

    rule: str
    hours: tuple[Hours, ...]
    zone: str
    valid_from: date
    valid_until: date | None = None  # the last day
    terms: Terms = Terms()

    def shifts(self, days: list[date]) -> list[Shift]:
        """The hours of those of the consecutive ``days`` that the rule picks, as UTC."""
        picked = self.dates(days[0], min(days[-1], self.valid_until or days[-1])) if days else ()
        return [shift for day in picked for hours in self.hours for shift in self._shift(day, hours)]

    def dates(self, first: date, last: date) -> tuple[date, ...]:
        """The days from ``first`` to ``last`` that the rule picks."""
        years = range(first.year, last.year + 1)
        found = tuple(day for year in years for day in dates_of_year(self.rule, self.valid_from, year))
        return found[bisect_left(found, first) : bisect_right(found, last)]

    def _shift(self, day: date, hours: Hours) -> Iterator[Shift]:
        start, end = hours
        opened = instant(day, start, self.zone)
        if time := interval(opened, instant(day, end if end > start else end + 24 * 60, self.zone)):
            yield Shift(time, self.terms, opened)


CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}")


def clock_minutes(text: str) -> int:
    """``"09:30"`` as minutes after midnight; ``"24:00"`` is the next midnight."""
    if not CLOCK.fullmatch(text):
        raise ValueError('a time of day is written as "09:30"')
    hour, minute = map(int, text.split(":"))
    if not (0 <= minute < 60 and 0 <= hour * 60 + minute <= 24 * 60):
        raise ValueError(f"not a time of day: {text}")
    return hour * 60 + minute
