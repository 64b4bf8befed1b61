"""The front desk, as one chat of one practice meets it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from clinic import booking, callback, chat, notification, offer
from clinic.appointment import Appointment
from clinic.callback import Callback
from clinic.chat import Chat, Consent, Member, Visited
from clinic.directory import Directory, directory_of
from clinic.errors import NotFound
from clinic.hold import Holds
from clinic.notification import Notification
from clinic.opening import due_at
from clinic.patient import Contact, Patient
from clinic.views import (
    AppointmentView,
    ChatView,
    ClinicView,
    DoctorView,
    PatientView,
    Sender,
    ServiceView,
    Slot,
    TenantView,
    Wish,
)
from clinic.visit import view
from clinic.wall_clock import minutes


class FrontDesk:
    """Answers a conversation and takes its orders. It fits ``flows.desk.Desk``.

    ``on_promise`` is told the id of every promise after it is stored, so that a worker need not wait for the sweep.
    """

    def __init__(
        self,
        tenant_id: str,
        sender: Sender,
        *,
        holds: Holds | None = None,
        on_promise: Callable[[str], None] | None = None,
        public_url: str = "",
    ) -> None:
        self.tenant_id, self.sender = tenant_id, sender
        self._holds, self._on_promise, self._public_url = holds, on_promise, public_url

    async def tenant(self) -> TenantView:
        return (await self._directory()).tenant.view()

    async def chat(self) -> ChatView:
        found = await chat.find(self.tenant_id, self.sender)
        return found.view() if found else ChatView()

    async def clinics(self) -> list[ClinicView]:
        return [clinic.view() for clinic in (await self._directory()).clinics.values()]

    async def services(self, clinic_id: str) -> list[ServiceView]:
        return [service.view() for service in (await self._directory()).services_at(clinic_id)]

    async def doctors(self, clinic_id: str, service_id: str) -> list[DoctorView]:
        return [doctor.view() for doctor in (await self._directory()).doctors_for(clinic_id, service_id)]

    async def days(self, wish: Wish, now: datetime) -> list[date]:
        return (await offer.offer(await self._directory(), wish, now)).open_days()

    async def slots(self, wish: Wish, now: datetime, day: date | None = None, limit: int = 500) -> list[Slot]:
        found = await offer.offer(await self._directory(), wish, now)
        starts = found.of_day(day)
        if self._holds:
            starts = await offer.without_held(found, starts, self._holds, self.sender.user_id, limit)
        return found.slots(starts, limit)

    # Redis counts the minutes of a hold by itself; the conversation's desk passes ``now`` to everything that lasts.
    async def hold(self, wish: Wish, slot: Slot, now: datetime) -> bool:  # noqa: ARG002
        if self._holds is None:
            return True
        visit = (await self._directory()).service(wish.service_id).visit
        return await self._holds.take(
            self.tenant_id, slot.doctor_id, visit.cells(minutes(slot.start)), self.sender.user_id
        )

    async def set_language(self, language: str) -> None:
        known = await self._chat()
        if known.language != language:
            await self._change(known, {"$set": {"language": language}})

    async def record_consent(self, version: str, given: bool, now: datetime) -> None:
        known, said = await self._chat(), Consent(version=version, given=given, at=now)
        if known.consent is None or said.model_dump(exclude={"at"}) != known.consent.model_dump(exclude={"at"}):
            entry = said.model_dump()
            await self._change(known, {"$set": {"consent": entry}, "$push": {"consents": entry}})

    async def register(
        self, request_id: str, name: str, birth_date: date | None, is_self: bool, now: datetime
    ) -> PatientView:
        known = await self._chat()
        contacts = [Contact(chat_id=known.id, is_self=is_self)]
        patient = Patient(
            tenant_id=self.tenant_id, name=name, birth_date=birth_date, contacts=contacts, request_id=request_id,
            created_at=now,
        )  # fmt: skip
        patients = Patient.of(self.tenant_id)
        if not await patients.insert_new(patient):
            patient = await patients.find_one({"request_id": request_id}) or patient
        member = Member(patient_id=patient.id, name=patient.name, is_self=is_self)
        absent = {"_id": known.id, "household.patient_id": {"$ne": patient.id}}
        await Chat.of(self.tenant_id).change(absent, {"$push": {"household": member.model_dump()}})
        return PatientView(patient.id, patient.name, is_self)

    async def book(
        self, request_id: str, patient_id: str, wish: Wish, slot: Slot, language: str, now: datetime
    ) -> AppointmentView:
        directory, known = await self._directory(), await self._chat()
        patient = _member(known, patient_id)
        place = booking.Place(wish.clinic_id, wish.service_id, slot.doctor_id, slot.start)
        whom = booking.For(patient.id, patient.name, known.id, language)
        booked = await booking.book(directory, place, whom, booking.Asker(request_id, "patient", "whatsapp"), now)
        await self._promise(booked, known, now)
        await self._remember(booked, known)
        return view(booked, directory, patient, self._public_url)

    async def call_back(
        self, request_id: str, reason: str, step: str, choices: dict[str, str], language: str, now: datetime
    ) -> None:
        known, clinic_id = await self._chat(), choices.get("clinic", "")
        card = Callback(
            tenant_id=self.tenant_id, request_id=request_id, reason=reason, step=step, choices=choices,
            chat_id=known.id, clinic_id=clinic_id, language=language, created_at=now,
            due_at=due_at(await self._directory(), clinic_id, now),
        )  # fmt: skip
        await callback.open_card(card)

    async def _directory(self) -> Directory:
        return await directory_of(self.tenant_id)

    async def _chat(self) -> Chat:
        return await chat.find_or_make(self.tenant_id, self.sender)

    async def _change(self, known: Chat, update: dict[str, Any]) -> None:
        await Chat.of(self.tenant_id).change({"_id": known.id}, update)

    async def _promise(self, booked: Appointment, known: Chat, now: datetime) -> None:
        """The confirmation, where the patient agreed to be contacted. A retry of the request completes what a crash
        left out; a visit that was changed since then is no longer this promise's."""
        if not known.consented_to or booked.version:
            return
        confirmation = Notification(
            tenant_id=self.tenant_id, appointment_id=booked.id, kind="confirmation",
            start_version=booked.start_version, chat_id=known.id, language=booked.language, due_at=now, wake_at=now,
        )  # fmt: skip
        stored = await notification.promise(confirmation)
        if self._on_promise:
            self._on_promise(stored)

    async def _remember(self, booked: Appointment, known: Chat) -> None:
        """For "same as last time"."""
        visited = Visited(
            patient_id=booked.patient_id, clinic_id=booked.clinic_id, service_id=booked.service_id,
            doctor_id=booked.doctor_id,
        )  # fmt: skip
        if visited != known.last_visit:
            await self._change(known, {"$set": {"last_visit": visited.model_dump()}})


def _member(known: Chat, patient_id: str) -> PatientView:
    """One of the chat's own household: nobody books for a stranger."""
    for member in known.household:
        if member.patient_id == patient_id:
            return PatientView(member.patient_id, member.name, member.is_self)
    raise NotFound
