"""A doctor's regular hours at one place."""

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator
from pymongo import IndexModel

from clinic.practice_record import PracticeRecord
from clinic.record import Day
from clinic.rule import check_rule
from clinic.timetable import Terms, Timetable, clock_minutes


def check_clock(text: str) -> str:
    """``"09:30"`` itself. Raises ``ValueError`` for what no clock shows."""
    clock_minutes(text)
    return text


def check_zone(name: str) -> str:
    """The name of an IANA zone itself. Raises ``ValueError`` for one that there is not."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("not a time zone: write it as IANA does, such as Asia/Kolkata") from error
    return name


Clock = Annotated[str, AfterValidator(check_clock)]
Zone = Annotated[str, AfterValidator(check_zone)]


class Schedule(PracticeRecord):
    """``rule`` (RFC 5545) picks the days, ``hours`` are wall-clock times in ``zone``, such as ``("09:00", "13:00")``;
    hours that end at or before they start end on the next day.

    Hours of a ``hospital_round`` are never offered: they take the doctor away from every clinic.
    """

    doctor_id: str
    clinic_id: str
    kind: Literal["clinic", "hospital_round"] = "clinic"
    rule: str
    hours: list[tuple[Clock, Clock]] = Field(min_length=1)
    zone: Zone
    slot_minutes: int = Field(default=15, gt=0)
    capacity: int = Field(default=1, gt=0)
    overbooking: int = Field(default=0, ge=0)  # seats beyond the capacity, for staff only
    valid_from: Day
    valid_until: Day | None = None  # the last day

    class Settings:
        name = "schedules"
        indexes = [IndexModel([("tenant_id", 1), ("doctor_id", 1)])]

    @model_validator(mode="after")
    def rule_picks_days(self) -> Self:
        """Raises ``ValueError`` for a rule that cannot be followed."""
        check_rule(self.rule, self.valid_from)
        return self

    @property
    def timetable(self) -> Timetable:
        """The same as a pure value."""
        hours = tuple((clock_minutes(start), clock_minutes(end)) for start, end in self.hours)
        terms = Terms(self.slot_minutes, self.capacity, self.overbooking)
        return Timetable(self.rule, hours, self.zone, self.valid_from, self.valid_until, terms)
