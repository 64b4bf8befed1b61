"""When a clinic says that it is open, where it says so itself instead of letting its doctors' hours tell."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from clinic.interval import Interval, interval
from clinic.schedule import Clock
from clinic.timetable import clock_minutes
from clinic.wall_clock import instant

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
WEEK: tuple[Weekday, ...] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MIDNIGHT = 24 * 60


class OpeningHours(BaseModel):
    """The same hours on some days of the week, as the clock on the clinic's wall shows them; hours that end at or
    before they start end on the next day."""

    days: list[Weekday] = Field(min_length=1, max_length=7)
    hours: list[tuple[Clock, Clock]] = Field(min_length=1, max_length=12)

    def on(self, day: date, zone: str) -> Iterator[Interval]:
        """These hours of one day, as UTC."""
        if WEEK[day.weekday()] not in self.days:
            return
        for start, end in ((clock_minutes(start), clock_minutes(end)) for start, end in self.hours):
            closing = end if end > start else end + MIDNIGHT
            if time := interval(instant(day, start, zone), instant(day, closing, zone)):
                yield time


def stated(opening: Sequence[OpeningHours], days: Sequence[date], zone: str) -> list[Interval]:
    """All stated hours on these days."""
    return [time for day in days for each in opening for time in each.on(day, zone)]
