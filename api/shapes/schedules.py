"""Regular hours and what differs from them, as the API takes and shows them."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from api.shapes import Change, OtherId, Shape
from api.shapes.hours import Day, Reason, VisitHit, WallTime, Windows

Rule = Annotated[
    str,
    Field(
        min_length=1,
        max_length=300,
        pattern=r"^[A-Za-z0-9=;:,+-]+$",
        description="An RFC 5545 rule that picks the days.",
        examples=["FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY;BYDAY=2SA,4SA"],
    ),
]
Kind = Literal["clinic", "hospital_round"]
ExceptionKind = Literal["leave", "block", "hospital_round", "holiday", "extra_hours"]
SlotMinutes = Annotated[int, Field(ge=5, le=12 * 60, description="Between the starts that are offered.")]
Capacity = Annotated[int, Field(ge=1, le=100, description="Patients at once.")]
Overbooking = Annotated[int, Field(ge=0, le=100, description="Seats beyond the capacity, for staff only.")]


class ScheduleChange(Change):
    """The fields to change; null puts one back to what it is without a word."""

    doctor_id: OtherId | None = None
    clinic_id: OtherId | None = None
    kind: Kind | None = None
    rule: Rule | None = None
    hours: Windows | None = Field(None, description="By the clock on the clinic's wall.")
    slot_minutes: SlotMinutes | None = None
    capacity: Capacity | None = None
    overbooking: Overbooking | None = None
    valid_from: Day | None = None
    valid_until: Day | None = Field(None, description="The last day; null: no end.")


class NewSchedule(ScheduleChange):
    """A doctor's regular hours at a clinic. Those of a `hospital_round` take the doctor away from every clinic."""

    doctor_id: OtherId
    clinic_id: OtherId
    rule: Rule
    hours: Windows
    valid_from: Day


class ScheduleAsked(NewSchedule):
    """Hours that are only looked at."""

    replaces: OtherId | None = Field(None, description="The schedule that they would stand in for.")
    service_id: OtherId | None = Field(None, description="Whose length the starts are for; else `slot_minutes`.")
    days: int = Field(14, ge=1, le=92, description="How many days to show.")
    limit: int = Field(50, ge=1, le=500, description="How many starts to show at most.")


class ScheduleOut(Shape):
    """A doctor's regular hours at a clinic."""

    id: str
    version: int
    doctor_id: str
    clinic_id: str
    kind: str
    rule: str
    hours: list[list[str]]
    zone: str
    slot_minutes: int
    capacity: int
    overbooking: int
    valid_from: dt.date
    valid_until: dt.date | None


class NextStart(Shape):
    """A start that would be offered, whether it is booked already or not."""

    start: dt.datetime
    end: dt.datetime
    capacity: int


class SchedulePreview(Shape):
    """What the hours would offer, and whose booked visits would no longer fit."""

    next: list[NextStart]
    stranded: list[VisitHit]


class ExceptionChange(Change):
    """The fields to change."""

    start: WallTime | None = None
    end: WallTime | None = None
    slot_minutes: SlotMinutes | None = None
    capacity: Capacity | None = None
    overbooking: Overbooking | None = None
    reason: Reason | None = Field(None, description="For staff.")


class NewException(ExceptionChange):
    """What differs from the regular hours. Leave, hospital rounds and extra hours are of a doctor; a holiday is of a
    clinic or, without one, of the whole practice; a block is of either."""

    kind: ExceptionKind
    start: WallTime
    end: WallTime
    doctor_id: OtherId | None = None
    clinic_id: OtherId | None = None


class ExceptionOut(Shape):
    """What differs from the regular hours."""

    id: str
    version: int
    kind: str
    start: dt.datetime
    end: dt.datetime
    doctor_id: str
    clinic_id: str
    slot_minutes: int
    capacity: int
    overbooking: int
    reason: str
    hit: list[VisitHit] = Field([], description="On a change: whose visits it leaves without a doctor.")
