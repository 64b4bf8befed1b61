"""What differs from the regular hours: leave, blocks, holidays, extra hours."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator
from pymongo import IndexModel

from clinic.interval import Interval
from clinic.practice_record import PracticeRecord
from clinic.timetable import Shift, Terms

Kind = Literal["leave", "block", "hospital_round", "holiday", "extra_hours"]


class ScheduleException(PracticeRecord):
    """A stretch of time (UTC). ``leave``, ``block`` and a ``hospital_round`` are a doctor's (a block without one is a
    clinic's); a ``holiday`` is a clinic's, or with no clinic the whole practice's; ``extra_hours`` open a doctor's time
    at a clinic whatever else is closed."""

    kind: Kind
    start: datetime
    end: datetime
    doctor_id: str = ""  # empty: every doctor
    clinic_id: str = ""  # empty: every clinic
    slot_minutes: int = Field(default=15, gt=0)  # of extra hours, as are the next two
    capacity: int = Field(default=1, gt=0)
    overbooking: int = Field(default=0, ge=0)
    reason: str = ""  # for staff

    class Settings:
        name = "exceptions"
        indexes = [IndexModel([("tenant_id", 1), ("end", 1)])]

    @model_validator(mode="after")
    def extra_hours_are_somebodys(self) -> Self:
        """Extra hours need a doctor and a place."""
        if self.kind == "extra_hours" and not (self.doctor_id and self.clinic_id):
            raise ValueError("extra hours are of one doctor at one clinic")
        return self

    @property
    def time(self) -> Interval:
        """From when to when."""
        return Interval(self.start, self.end)

    @property
    def shift(self) -> Shift:
        """Extra hours as a shift of their own."""
        return Shift(self.time, Terms(self.slot_minutes, self.capacity, self.overbooking), self.start)

    def concerns(self, doctor_id: str, clinic_id: str) -> bool:
        """Whether it is about this doctor at this clinic."""
        return self.doctor_id in ("", doctor_id) and self.clinic_id in ("", clinic_id)
