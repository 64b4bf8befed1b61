"""The desk as a conversation sees it: what it may ask and order. The domain's desk fits it; so does the tests' fake."""

from datetime import date, datetime
from typing import Protocol

from clinic.views import (
    AppointmentView,
    ChatView,
    ClinicView,
    DoctorView,
    PatientView,
    ServiceView,
    Slot,
    TenantView,
    Wish,
)


class Desk(Protocol):
    """Bound to one tenant and one chat. Lists come in the order in which they are to be shown. ``request_id`` is the id
    of the message that asked: asking again with it changes nothing and answers the same."""

    async def tenant(self) -> TenantView: ...

    async def chat(self) -> ChatView: ...

    async def clinics(self) -> list[ClinicView]: ...

    async def services(self, clinic_id: str) -> list[ServiceView]: ...

    async def doctors(self, clinic_id: str, service_id: str) -> list[DoctorView]: ...

    async def days(self, wish: Wish, now: datetime) -> list[date]:
        """The days (local to the clinic) that have a free slot, earliest first, up to the clinic's horizon."""

    async def slots(self, wish: Wish, now: datetime, day: date | None = None, limit: int = 500) -> list[Slot]:
        """Free slots, earliest first: of one local day, or of all days up to the horizon. Of "any doctor", each start
        once, with the doctor who has the least to do that day."""

    async def hold(self, wish: Wish, slot: Slot, now: datetime) -> bool:
        """Keep the slot off other patients' lists while its owner confirms: a courtesy of a few minutes, not a promise.
        False: somebody else holds it."""

    async def set_language(self, language: str) -> None: ...

    async def record_consent(self, version: str, given: bool, now: datetime) -> None: ...

    async def register(
        self, request_id: str, name: str, birth_date: date | None, is_self: bool, now: datetime
    ) -> PatientView:
        """A new person behind this chat."""

    async def book(
        self, request_id: str, patient_id: str, wish: Wish, slot: Slot, language: str, now: datetime
    ) -> AppointmentView:
        """Book, and write the confirmation into the ledger where the patient agreed to be contacted.

        Raises ``SlotTaken``, ``SlotNotOffered``, ``TooSoon``, ``TooFarAhead``, ``TooManyBookings``."""

    async def call_back(
        self, request_id: str, reason: str, step: str, choices: dict[str, str], language: str, now: datetime
    ) -> None:
        """Ask a person to call: reasons ``asked`` (the patient did), ``misunderstood``, ``no_slots``,
        ``too_many_bookings``, ``failed``."""
