"""Appointments: what is sent and answered."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from api.shapes import Change, Moment, Name, Note, OtherId, Shape, Text
from api.span import BirthDay
from clinic.appointment import Status
from clinic.registration import Newcomer, Whom

WHEN = datetime.fromisoformat("2027-01-04T03:30:00+00:00")
Phone = Annotated[Text, Field(max_length=20, pattern=r"^(\+?[0-9][0-9 ().-]{3,18})?$", examples=["+919820012345"])]


class NewPatient(Change):
    """Somebody who is not known yet: registered with the visit."""

    name: Annotated[Name, Field(examples=["Meera Joshi"])]
    phone: Phone = ""
    birth_date: BirthDay | None = Field(None, examples=["1980-05-17"])


class ForWhom(Change):
    """Either the id of a patient, or a new one."""

    patient_id: OtherId | None = None
    patient: NewPatient | None = None

    @model_validator(mode="after")
    def one_of_them(self) -> Self:
        """Exactly one is sent."""
        if (self.patient_id is None) == (self.patient is None):
            raise ValueError("send either patient_id or patient")
        return self

    def who(self) -> Whom:
        """As the domain takes it."""
        if self.patient is not None:
            return Newcomer(self.patient.name, self.patient.phone, self.patient.birth_date)
        return self.patient_id or ""


class NewAppointment(ForWhom):
    """A visit to be booked."""

    doctor_id: Annotated[OtherId, Field(examples=["demo-doctor-1"])]
    service_id: Annotated[OtherId, Field(examples=["demo-service-1"])]
    clinic_id: Annotated[OtherId, Field(examples=["demo-clinic-1"])]
    start: Moment = Field(examples=[WHEN], description="One of the starts that `GET /slots` tells.")
    overbook: bool = Field(False, description="Take a seat beyond the capacity: needs `appointments:approve`.")


class MoveTo(Change):
    """Where a visit goes; what is not sent stays as it is."""

    start: Moment = Field(examples=[WHEN])
    doctor_id: OtherId | None = None
    service_id: OtherId | None = None
    clinic_id: OtherId | None = None
    overbook: bool = Field(False, description="Take a seat beyond the capacity: needs `appointments:approve`.")


class Because(Change):
    """Why."""

    reason: Annotated[Note, Field(examples=["The doctor is ill."])] = ""


class ChangeOut(Shape):
    """What happened, by whom and by which way."""

    what: str = Field(examples=["booked"])
    by: str = Field(examples=["staff:67a1b2c3d4e5f60718293a4b"])
    via: str = Field(examples=["api"])
    at: datetime
    reason: str = ""
    was: datetime | None = Field(None, description="The start before a move.")
    detail: str = ""


class AppointmentOut(Shape):
    """A visit. `source` is the way by which it was booked; times are UTC."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    reference: str = Field(examples=["K7P-4QX"])
    status: Status
    clinic_id: str = Field(examples=["demo-clinic-1"])
    doctor_id: str = Field(examples=["demo-doctor-1"])
    service_id: str = Field(examples=["demo-service-1"])
    patient_id: str
    patient_name: str = Field("", examples=["Meera Joshi"])
    start: datetime = Field(examples=[WHEN])
    end: datetime
    source: str = Field("", validation_alias="via", examples=["whatsapp"])
    coming_at: datetime | None = Field(None, description="When the patient said that they will come.")
    replaces: str | None = Field(None, description="The visit in whose place it stands, since its doctor was away.")
    replaced_by: str | None = Field(None, description="The visit that stands in its place.")
    version: int = 0


class AppointmentDetail(AppointmentOut):
    """A visit with its history."""

    history: list[ChangeOut] = []


class CheckedIn(AppointmentOut):
    """A visit whose patient is here, and the number in their hand."""

    token: int = Field(0, examples=[7])
    queue_id: str = ""


class SlotOut(Shape):
    """A time that can be booked, at this doctor's."""

    start: datetime = Field(examples=[WHEN])
    end: datetime
    doctor_id: str = Field(examples=["demo-doctor-1"])
