"""The waitlist, as the API shows it."""

from datetime import date, datetime
from typing import Self

from pydantic import Field

from api.shapes import Shape
from clinic.slot_offer import Outcome, SlotOffer
from clinic.waitlist import Part, Status, Wait


class OfferOut(Shape):
    """One freed time, offered to one patient."""

    id: str
    doctor_id: str
    start: datetime
    status: Outcome
    offered_at: datetime
    until: datetime = Field(description="For so long it is kept for them.")
    ended_at: datetime | None


class WaitOut(Shape):
    """One wish of one patient. An empty `doctor_id`: any doctor; no `weekdays` (0 is Monday) or `parts`: any."""

    id: str
    patient_id: str
    patient_name: str
    clinic_id: str
    service_id: str
    doctor_id: str
    first_day: date
    last_day: date
    weekdays: list[int] = Field(examples=[[0, 1, 2, 3, 4]])
    parts: list[Part] = Field(examples=[["morning"]])
    status: Status
    created_at: datetime
    ended_at: datetime | None


class WaitDetail(WaitOut):
    """The same, with all that was offered for it, the latest first."""

    offers: list[OfferOut] = []

    @classmethod
    def with_offers(cls, wait: Wait, offers: list[SlotOffer]) -> Self:
        """What the list knows of it."""
        return cls(**WaitOut.of(wait).model_dump(), offers=[OfferOut.of(each) for each in offers])
