"""The calendar: what is answered."""

from datetime import datetime

from pydantic import Field

from api.shapes import Shape
from api.shapes.appointments import AppointmentOut


class HoursOut(Shape):
    """Some hours of a doctor at a clinic, without what is closed."""

    clinic_id: str = Field(examples=["demo-clinic-1"])
    start: datetime
    end: datetime
    capacity: int
    overbooking: int


class ExceptionInCalendar(Shape):
    """What differs from the regular hours."""

    id: str
    kind: str = Field(examples=["leave"])
    start: datetime
    end: datetime
    doctor_id: str
    clinic_id: str
    reason: str


class DoctorsCalendar(Shape):
    """One doctor's part of the calendar."""

    doctor_id: str = Field(examples=["demo-doctor-1"])
    hours: list[HoursOut]
    exceptions: list[ExceptionInCalendar]
    visits: list[AppointmentOut]
