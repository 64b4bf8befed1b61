"""Clocks, calendars and who would be stranded, as clinics, schedules and exceptions show them."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import AfterValidator, Field

from api.shapes import Change, OtherId, Shape, Text

Clock = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["09:30"])]
Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
Window = Annotated[list[Clock], Field(min_length=2, max_length=2, description="From when to when.")]
Windows = Annotated[
    list[Window], Field(min_length=1, max_length=12, examples=[[["09:00", "13:00"], ["17:00", "20:30"]]])
]
Zone = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_+/-]+$", examples=["Asia/Kolkata"])]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$", examples=["hi"])]
Phone = Annotated[str, Field(pattern=r"^(\+?[0-9][0-9 ()-]{2,24})?$", examples=["+91 22 5550 0001"])]
Url = Annotated[str, Field(max_length=500, pattern=r"^(https://[!-~]+)?$", examples=["https://asha.example/logo.png"])]


def _near(day: date) -> date:
    if not 2000 <= day.year <= 2100:
        raise ValueError("a year from 2000 to 2100")
    return day


def _sane(moment: datetime) -> datetime:
    if not 2000 <= moment.year <= 2100:
        raise ValueError("a year from 2000 to 2100")
    return moment


MOMENT = "^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?(Z|[+-][01][0-9]:[0-5][0-9])?$"
Day = Annotated[date, AfterValidator(_near)]
WallTime = Annotated[
    datetime,
    AfterValidator(_sane),
    Field(
        description="With an offset, or without: then it is what the clock on the clinic's wall shows.",
        examples=["2027-01-04T09:00", "2027-01-04T09:00:00+05:30"],
        json_schema_extra={"format": "date-time-or-wall-clock", "pattern": MOMENT},
    ),
]
AcceptStranded = Annotated[
    bool,
    Query(description="Go on although booked patients are left without a doctor (needs `schedules:approve`)."),
]


class OpeningHours(Change):
    """The same hours on some days of the week."""

    days: list[Weekday] = Field(min_length=1, max_length=7, examples=[["MO", "TU", "WE"]])
    hours: Windows


class OpeningHoursOut(Shape):
    """The same hours on some days of the week."""

    days: list[str]
    hours: list[list[str]]


class OpenTime(Shape):
    """A time at which the clinic is open."""

    start: datetime
    end: datetime


class VisitHit(Shape):
    """A booked visit, without its patient: ask `/appointments/{id}` for that."""

    id: str
    reference: str
    clinic_id: str
    doctor_id: str
    service_id: str
    start: datetime
    end: datetime


class Hit(Shape):
    """Whose visits are left without a doctor."""

    appointments: list[VisitHit]


class Named(Shape):
    """What was deleted."""

    id: OtherId


Reason = Annotated[Text, Field(max_length=200)]
