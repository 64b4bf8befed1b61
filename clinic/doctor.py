"""Somebody who can be booked."""

from pydantic import BaseModel, Field
from pymongo import IndexModel

from clinic.practice_record import PracticeRecord
from clinic.service import Service
from clinic.views import DoctorView


class OwnTerms(BaseModel):
    """How one doctor offers a service: what is left out is as with everybody."""

    service_id: str
    minutes: int | None = Field(default=None, gt=0, le=12 * 60)
    price: int | None = None  # in the currency's minor unit


class Doctor(PracticeRecord):
    """One person, whatever the place: a doctor is never in two at once."""

    name: str
    specialty: str = ""
    room: str = ""  # where patients are called to: "Room 3"
    languages: list[str] = []  # spoken
    service_ids: list[str] = []
    own_terms: list[OwnTerms] = []
    active: bool = True
    position: int = 0  # in lists

    class Settings:
        name = "doctors"
        indexes = [IndexModel([("tenant_id", 1), ("position", 1)])]

    def offering(self, service: Service) -> Service:
        """The service as this doctor offers it."""
        own = next((each for each in self.own_terms if each.service_id == service.id), None)
        return service.model_copy(update=own.model_dump(exclude={"service_id"}, exclude_none=True)) if own else service

    def view(self) -> DoctorView:
        """What the chat may know."""
        terms = tuple((each.service_id, each.minutes, each.price) for each in self.own_terms)
        return DoctorView(self.id, self.name, self.specialty, terms=terms)
