"""When a doctor sees patients: a calendar rule for the days, and what the clock on the clinic's wall shows."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import lru_cache
from itertools import islice

from dateutil.rrule import rrulestr

from clinic.interval import Interval, interval
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


PICKS_DAYS = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}")
DATE = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
NUMBERS = re.compile(r"[-+]?[0-9]{1,3}(,[-+]?[0-9]{1,3})*")
WEEKDAYS = re.compile(r"[-+]?[0-9]{0,2}(MO|TU|WE|TH|FR|SA|SU)(,[-+]?[0-9]{0,2}(MO|TU|WE|TH|FR|SA|SU))*")
COUNTED = re.compile(r"[1-9][0-9]{0,3}")
SEARCHED = 30  # years in which a rule must pick a day
PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST",
    "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYWEEKNO", "BYYEARDAY",
}  # fmt: skip


@lru_cache(maxsize=4096)
def dates_of_year(rule: str, since: date, year: int) -> tuple[date, ...]:
    """The days of a year that a rule picks.

    Kept, since dateutil counts every rule from its beginning, and each of its dates costs ten microseconds.
    """
    parts = rule_parts(rule)
    end = min(parts.pop("UNTIL", "9999")[:8], f"{year}1231")
    count = parts.pop("COUNT", None)
    bounded = ";".join(f"{name}={value}" for name, value in {**parts, "UNTIL": end}.items())
    found = islice(rrulestr(bounded, dtstart=datetime.combine(since, time.min)), int(count) if count else None)
    return tuple(each.date() for each in found if each.year == year)


def rule_parts(rule: str) -> dict[str, str]:
    """The parts of one RFC 5545 recurrence rule. Raises ``ValueError`` for one that does not pick days."""
    pairs = [part.partition("=")[::2] for part in rule.upper().removeprefix("RRULE:").split(";") if part]
    parts = dict(pairs)
    if len(parts) < len(pairs):
        raise ValueError("a schedule's rule says each part once")
    if unknown := parts.keys() - PARTS:
        raise ValueError(f"a schedule's rule picks days, it cannot say {', '.join(sorted(unknown))[:100]}")
    if parts.get("FREQ") not in PICKS_DAYS:
        raise ValueError(f"a schedule's rule repeats {', '.join(PICKS_DAYS)}, such as FREQ=WEEKLY;BYDAY=MO,WE")
    for name, value in parts.items():
        if not SHAPES.get(name, NUMBERS).fullmatch(value):
            raise ValueError(f"a schedule's rule cannot say this of {name}")
    return parts


SHAPES = {
    "FREQ": re.compile("|".join(PICKS_DAYS)), "INTERVAL": COUNTED, "COUNT": COUNTED, "UNTIL": DATE, "BYDAY": WEEKDAYS,
    "WKST": re.compile("MO|TU|WE|TH|FR|SA|SU"),
}  # fmt: skip


def check_rule(rule: str, since: date) -> str:
    """The rule itself, if it can be read and picks any day. Raises ``ValueError`` otherwise: dateutil would search for
    the first "30 February" to the year 9999, every time."""
    parts = rule_parts(rule)
    if "UNTIL" in parts and _day(parts["UNTIL"]) < since:
        raise ValueError("a schedule's rule ends before the schedule is valid: put UNTIL after it")
    last = date(min(since.year + SEARCHED, date.max.year), 12, 31)
    endless = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
    bounded = ";".join(f"{name}={value}" for name, value in {**endless, "UNTIL": f"{last:%Y%m%d}"}.items())
    if next(iter(rrulestr(bounded, dtstart=datetime.combine(since, time.min))), None) is None:
        raise ValueError(f"a schedule's rule picks some day: {rule}")
    return rule


def _day(until: str) -> date:
    return date(int(until[:4]), int(until[4:6]), int(until[6:8]))


def clock_minutes(text: str) -> int:
    """``"09:30"`` as minutes after midnight; ``"24:00"`` is the next midnight."""
    if not CLOCK.fullmatch(text):
        raise ValueError('a time of day is written as "09:30"')
    hour, minute = map(int, text.split(":"))
    if not (0 <= minute < 60 and 0 <= hour * 60 + minute <= 24 * 60):
        raise ValueError(f"not a time of day: {text}")
    return hour * 60 + minute
