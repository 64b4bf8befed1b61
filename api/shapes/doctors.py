"""Doctors and services as the API takes and shows them."""

from typing import Annotated

from pydantic import Field

from api.shapes import Change, Name, OtherId, Shape, Text
from api.shapes.clinics import Document, Documents, OwnWords, Position
from api.shapes.hours import Language

Specialty = Annotated[Text, Field(max_length=120, examples=["Paediatrician"])]
Room = Annotated[Text, Field(max_length=40, description="Where patients are called to.", examples=["Room 3"])]
Length = Annotated[int, Field(ge=5, le=12 * 60, description="Minutes.", examples=[30])]
Buffer = Annotated[int, Field(ge=0, le=4 * 60, description="Minutes in which the doctor sees nobody else.")]
Fee = Annotated[int, Field(ge=0, le=10**12, description="In the currency's minor unit.", examples=[80_000])]


class OwnTerms(Change):
    """How this doctor offers a service: null is as with everybody."""

    service_id: OtherId
    minutes: Length | None = None
    price: Fee | None = None


class OwnTermsOut(Shape):
    """How this doctor offers a service: null is as with everybody."""

    service_id: str
    minutes: int | None
    price: int | None


class DoctorChange(Change):
    """The fields to change."""

    name: Name | None = Field(None, examples=["Dr Priya Nair"])
    specialty: Specialty | None = None
    room: Room | None = None
    languages: list[Language] | None = Field(None, max_length=20)
    service_ids: list[OtherId] | None = Field(None, max_length=200)
    own_terms: list[OwnTerms] | None = Field(
        None, max_length=200, description="Lengths and fees of services that are others with this doctor."
    )
    active: bool | None = Field(None, description="False: cannot be booked any more.")
    position: Position | None = None


class NewDoctor(DoctorChange):
    """Somebody who can be booked."""

    name: Name = Field(examples=["Dr Priya Nair"])


class DoctorOut(Shape):
    """Somebody who can be booked."""

    id: str
    version: int
    name: str
    specialty: str
    room: str
    languages: list[str]
    service_ids: list[str]
    own_terms: list[OwnTermsOut]
    active: bool
    position: int


class ServiceChange(Change):
    """The fields to change; visits that are booked keep their length."""

    name: Name | None = Field(None, examples=["Consultation"])
    minutes: Length | None = None
    price: Fee | None = Field(None, description="In the currency's minor unit; null: it is not told.")
    buffer_before: Buffer | None = None
    buffer_after: Buffer | None = None
    bring: Documents | None = None
    bring_words: OwnWords | None = None
    active: bool | None = Field(None, description="False: cannot be booked any more.")
    position: Position | None = None


class NewService(ServiceChange):
    """A kind of visit."""

    name: Name = Field(examples=["Consultation"])
    minutes: Length


class ServiceOut(Shape):
    """A kind of visit: its length, its fee, and the buffers around it."""

    id: str
    version: int
    name: str
    minutes: int
    price: int | None
    buffer_before: int
    buffer_after: int
    bring: list[Document]
    bring_words: dict[str, str]
    active: bool
    position: int
