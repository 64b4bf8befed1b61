"""Which other time suits a patient: learnt from the visits they had, as one number per time. Pure.

The number is told in days of trouble, so that the weights can be talked about: a doctor whom they do not know is as
unwelcome as a visit three days off. ``docs/leave.md`` tells it to owners; a test keeps that table equal to this one.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from clinic.views import Slot
from clinic.waitlist import PARTS, Part
from clinic.wall_clock import local_day

WEIGHTS: Mapping[str, float] = {
    "day_later": 1.0,  # for each day after the visit
    "day_sooner": 1.5,  # for each day before it: they may not be free so soon
    "hour_apart": 0.25,  # for each hour between the two times of day
    "other_weekday": 2.0,  # than they have ever come on; less, the more often they came on it
    "other_part": 3.0,  # of the day, likewise
    "other_doctor": 3.0,
    "other_clinic": 8.0,
    "same_day_again": 2.5,  # for each time that is kept for them on that day: three of one day are one choice
}


@dataclass(frozen=True, slots=True, order=True)
class Time:
    """A slot at a clinic."""

    slot: Slot
    clinic_id: str
    zone: str = field(compare=False)

    @property
    def weekday(self) -> int:
        """By the clinic's calendar; Monday is 0."""
        return local_day(self.slot.start, self.zone).weekday()

    @property
    def clock(self) -> time:
        """What the clock on the clinic's wall shows."""
        return self.slot.start.astimezone(ZoneInfo(self.zone)).time()

    @property
    def part(self) -> Part:
        """Of the day."""
        return next((part for part, (first, end) in PARTS.items() if first <= self.clock < end), "evening")


@dataclass(frozen=True, slots=True)
class Habits:
    """How large a share of somebody's visits was on each day of the week, and in each part of the day."""

    weekdays: Mapping[int, float]
    parts: Mapping[Part, float]


def habits(visits: Collection[Time]) -> Habits:
    """Of the visits that somebody had, or has ahead; without any, nothing is a habit."""
    weekdays = Counter(visit.weekday for visit in visits)
    parts = Counter(visit.part for visit in visits)
    return Habits(
        {day: count / len(visits) for day, count in weekdays.items()},
        {part: count / len(visits) for part, count in parts.items()},
    )


def trouble(time: Time, visit: Time, usual: Habits, kept: Sequence[Time] = ()) -> float:
    """How unwelcome a time is in place of a visit, where ``kept`` are offered already; 0 is the visit itself."""
    day = local_day(time.slot.start, time.zone)
    later = (day - local_day(visit.slot.start, visit.zone)).days
    measured = {
        "day_later": max(0, later),
        "day_sooner": max(0, -later),
        "hour_apart": abs(_hours(time.clock) - _hours(visit.clock)),
        "other_weekday": 1 - usual.weekdays.get(time.weekday, 0.0),
        "other_part": 1 - usual.parts.get(time.part, 0.0),
        "other_doctor": time.slot.doctor_id != visit.slot.doctor_id,
        "other_clinic": time.clinic_id != visit.clinic_id,
        "same_day_again": sum(local_day(each.slot.start, each.zone) == day for each in kept),
    }
    return sum(weight * measured[name] for name, weight in WEIGHTS.items())


def ranked(times: Iterable[Time], visit: Time, usual: Habits, kept: Sequence[Time] = ()) -> list[Time]:
    """The most welcome first; of equals the earliest."""
    return sorted(times, key=lambda time: (trouble(time, visit, usual, kept), time))


def overlaps(time: Time, busy: Iterable[tuple[datetime, datetime]]) -> bool:
    """Whether the patient is somewhere else then."""
    return any(start < time.slot.end and time.slot.start < end for start, end in busy)


def _hours(clock: time) -> float:
    return clock.hour + clock.minute / 60
