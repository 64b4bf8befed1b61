"""Days and hours as they are said: the plain values that the rules of ``grammar`` work with."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time, timedelta

PARTS = {
    "morning": (time(6), time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), time(21)),
}


@dataclass(frozen=True, slots=True)
class Days:
    """One day (``last`` is None) or several. ``dated``: said by its date, which beats a weekday."""

    first: date
    last: date | None = None
    dated: bool = False
    # "monday", "tomorrow": what may contradict a date beside it
    named: str = field(default="", compare=False)

    @property
    def end(self) -> date:
        return self.last or self.first

    def later(self, days: int) -> "Days":
        """The same so many days later."""
        shift = timedelta(days=days)
        return Days(self.first + shift, self.last and self.last + shift, self.dated)


@dataclass(frozen=True, slots=True)
class Hour:
    """A time as it was said. ``half``: "am", "pm", "24" where nothing is left to guess, or empty."""

    hour: int
    minute: int = 0
    half: str = ""

    def read(self, part: str = "") -> time:
        """The time meant, where need be by the part of the day that was named beside it.

        A bare hour is read as a clinic means it: 1 to 6 are afternoon, 9 to 12 as they stand; so are 7 and 8, which
        are evening only where "pm" or a word for the evening says so."""
        return time(_HALVES.get(self.half or part, clinic_hour)(self.hour), self.minute)

    def open(self, part: str = "") -> bool:
        """Whether it may be morning or evening: a bare 7 or 8."""
        return self.hour in (7, 8) and not (self.half or part)


@dataclass(frozen=True, slots=True)
class Span:
    """From one time to another; None: open."""

    start: Hour | None
    end: Hour | None


def clinic_hour(hour: int) -> int:
    """A bare hour as a clinic means it."""
    return hour + 12 if 1 <= hour <= 6 else hour % 24


_HALVES: dict[str, Callable[[int], int]] = {
    "24": lambda hour: hour % 24,
    "am": lambda hour: 0 if hour == 12 else hour % 24,
    "pm": lambda hour: hour + 12 if hour < 12 else hour % 24,
    "morning": lambda hour: hour % 24,
    "afternoon": lambda hour: hour + 12 if 1 <= hour <= 8 else hour % 24,
    "evening": lambda hour: hour + 12 if 1 <= hour < 12 else hour % 12,
}


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def next_month(day: date) -> date:
    """The first of the month after."""
    return month_end(day) + timedelta(days=1)


def upcoming(weekday: int, today: date) -> date:
    """The next such day after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def stretch(first: date, part: str) -> Days:
    """The beginning, the middle or the end of a month: ten days each, the last ones being the month's rest."""
    begins, ends = {
        "start_of": (1, 10),
        "middle_of": (11, 20),
        "end_of": (21, month_end(first).day),
        "last_of": (month_end(first).day, 0),
    }[part]
    return Days(first.replace(day=begins), first.replace(day=ends) if ends else None)


def next_monday(today: date) -> date:
    return upcoming(0, today)


def on(day: int, month: int, year: int | None, today: date) -> date | None:
    """A day of a month; without a year the next one. A month above 12 must be the day, and the day the month."""
    if month > 12:
        day, month = month, day
    for candidate in (year,) if year else (today.year, today.year + 1):
        found = _date(candidate if candidate >= 100 else candidate + 2000, month, day)
        if found and (year or found >= today):
            return found
    return None


def day_of_month(day: int, today: date) -> date | None:
    """The next month that has such a day; one that has passed means next month."""
    first = today.replace(day=1)
    for _ in range(3):
        found = _date(first.year, first.month, day)
        if found and found >= today:
            return found
        first = next_month(first)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
