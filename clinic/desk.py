"""The front desk, as one chat of one practice meets it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from clinic import (
    arrival,
    booking,
    callback,
    consent,
    consent_stop,
    conversation,
    erasure_request,
    feedback,
    leave_answer,
    name_word,
    notification,
    offer,
    personal_data,
    phone,
    possible_duplicate,
    promises,
    start_code,
    waitlist_answer,
    whereabouts,
)
from clinic.acquaintance import Acquaintance, meet
from clinic.appointment import Appointment
from clinic.callback import Callback
from clinic.chat import Chat, Consent
from clinic.coming import confirm_coming
from clinic.directory import Directory, directory_of
from clinic.errors import NotFound
from clinic.hold import Holds
from clinic.household_desk import HouseholdDesk
from clinic.opening import calling, due_at
from clinic.patient import Contact, Patient
from clinic.throttle import Throttle
from clinic.views import (
    AppointmentView,
    ChatView,
    ClinicView,
    DataView,
    DoctorView,
    ErasureView,
    LastVisit,
    OpenDay,
    PatientView,
    PracticeView,
    Proof,
    QueueView,
    Sender,
    ServiceView,
    Slot,
    StartView,
    TenantView,
    WaitTerms,
    Wish,
)
from clinic.visit import of_household, view
from clinic.waitlist import Wait, end_of
from clinic.wall_clock import minutes


class FrontDesk(HouseholdDesk):
    """Answers a conversation and takes its orders. It fits ``flows.desk.Desk``.

    ``on_promise`` is told the id of every promise after it is stored, so that a worker need not wait for the sweep.
    ``known`` is who the sender is, from an earlier turn, or looked up; it follows the desk's own orders. ``on_urgent``
    is told of what somebody waits for with the telephone in hand.
    """

    def __init__(
        self,
        tenant_id: str,
        sender: Sender,
        *,
        holds: Holds | None = None,
        on_promise: Callable[[str], None] | None = None,
        public_url: str = "",
        known: Acquaintance | None = None,
        on_urgent: Callable[[str], None] | None = None,
        secret_key: str = "",
        throttle: Throttle | None = None,
    ) -> None:
        self.tenant_id, self.sender, self.known = tenant_id, sender, known
        self._holds, self._on_promise, self._public_url = holds, on_promise, public_url
        self._on_urgent, self.secret_key, self.throttle = on_urgent or on_promise, secret_key, throttle
        self._registered: set[str] = set()  # by this desk, that is in this turn

    async def tenant(self) -> TenantView:
        return (await self._directory()).view()

    async def chat(self) -> ChatView:
        return (await self._met()).view()

    async def clinics(self) -> list[ClinicView]:
        return [clinic.view() for clinic in (await self._directory()).active_clinics()]

    async def services(self, clinic_id: str) -> list[ServiceView]:
        return [service.view() for service in (await self._directory()).services_at(clinic_id)]

    async def doctors(self, clinic_id: str, service_id: str) -> list[DoctorView]:
        return [doctor.view() for doctor in (await self._directory()).doctors_for(clinic_id, service_id)]

    async def practice(self) -> PracticeView:
        return (await self._directory()).practice

    async def week(self, clinic_id: str, now: datetime, doctor_id: str = "") -> list[OpenDay]:
        return (await self._directory()).week(clinic_id, now, doctor_id)

    async def days(self, wish: Wish, now: datetime) -> list[date]:
        return (await offer.offer(await self._directory(), wish, now)).open_days()

    async def slots(self, wish: Wish, now: datetime, day: date | None = None, limit: int = 500) -> list[Slot]:
        found = await offer.offer(await self._directory(), wish, now)
        starts = found.of_day(day)
        if self._holds:
            starts = await offer.without_held(found, starts, self._holds, self.sender.user_id, limit, now)
        return found.slots(starts, limit)

    async def hold(self, wish: Wish, slot: Slot, now: datetime) -> bool:
        if self._holds is None:
            return True
        visit = (await self._directory()).service(wish.service_id, slot.doctor_id).visit
        return await self._holds.take(
            self.tenant_id, slot.doctor_id, visit.cells(minutes(slot.start)), self.sender.user_id, now
        )

    async def set_language(self, language: str) -> None:
        known = await self._met()
        if known.stored and known.chat.language != language:
            await self._change(known, {"$set": {"language": language}})
        self.known = known.now(language=language)

    async def record_consent(self, version: str, given: bool, now: datetime) -> None:
        before = (await self._met()).chat.consent
        if before is None or (before.version, before.given) != (version, given):
            await self._say(Consent(version=version, given=given, at=now), now)

    async def stop_messages(self, now: datetime) -> None:
        version = (await self._directory()).tenant.consent_version
        await self._say(Consent(version=version, given=False, at=now, stop=True), now)

    async def allow_messages(self, now: datetime) -> None:
        version = (await self._directory()).tenant.consent_version
        await self._say(Consent(version=version, given=True, at=now), now)

    async def open_waits(self) -> int:
        return len(await waitlist_answer.of_chat(self.tenant_id, (await self._met()).chat.id))

    async def end_waits(self, now: datetime) -> None:
        for wait in await waitlist_answer.of_chat(self.tenant_id, (await self._met()).chat.id):
            self._hand_over(await waitlist_answer.leave(wait, now))

    async def my_data(self, request_id: str, now: datetime) -> DataView:
        await self._checked("data", now)
        return await personal_data.shown((await self._met()).chat, request_id, self._public_url, now)

    async def forget_me(self, request_id: str, now: datetime) -> ErasureView:
        known = (await self._kept()).chat
        return await erasure_request.by_chat(await self._directory(), known, request_id, now)

    async def register(
        self, request_id: str, name: str, birth_date: date | None, is_self: bool, now: datetime
    ) -> PatientView:
        known = await self._kept()
        contacts = [Contact(chat_id=known.chat.id, is_self=is_self)]
        patient = Patient(
            tenant_id=self.tenant_id, name=name, birth_date=birth_date, contacts=contacts, request_id=request_id,
            phones=_phones(known.chat), created_at=now,
        )  # fmt: skip
        patients = Patient.of(self.tenant_id)
        if await patients.insert_new(patient):
            self._registered.add(patient.id)
            await name_word.learn(self.tenant_id, [name])
            await possible_duplicate.flag(patient, now)
        else:
            patient = await patients.find_one({"request_id": request_id}) or patient
        person = PatientView(patient.id, patient.name, is_self)
        if all(member.id != person.id for member in known.household):
            self.known = replace(known, household=(*known.household, person))
        return person

    async def book(
        self, request_id: str, patient_id: str, wish: Wish, slot: Slot, language: str, now: datetime
    ) -> AppointmentView:
        await self._checked("book", now)
        directory, known = await self._directory(), await self._kept()
        patient = _member(known, patient_id)
        place = booking.Place(wish.clinic_id, wish.service_id, slot.doctor_id, slot.start)
        whom = booking.For(patient.id, patient.name, known.chat.id, language, patient.id in self._registered)
        booked = await booking.book(directory, place, whom, self._asker(request_id), now)
        await self._promise(booked, known.chat, now)
        self.known = replace(known, last_visit=LastVisit(patient.id, wish.clinic_id, wish.service_id, slot.doctor_id))
        return view(booked, directory, patient, self._public_url)

    async def appointments(self, now: datetime) -> list[AppointmentView]:
        household = (await self._met()).household
        found = await of_household(self.tenant_id, household, now) if household else []
        return [await self._told(visit) for visit in found]

    async def appointment(self, appointment_id: str) -> AppointmentView:
        return await self._told(await self._own(appointment_id))

    async def move(
        self, request_id: str, appointment_id: str, version: int, wish: Wish, slot: Slot, now: datetime
    ) -> AppointmentView:
        directory, known = await self._directory(), await self._met()
        await self._own(appointment_id)
        await self._checked("move", now)
        place = booking.Place(wish.clinic_id, wish.service_id, slot.doctor_id, slot.start)
        moved = await booking.move(directory, appointment_id, version, place, self._asker(request_id), now)
        self._hand_over(await promises.moved(directory, moved, now, tell=moved.chat_id != known.chat.id))
        return await self._told(moved)

    async def cancel(
        self, request_id: str, appointment_id: str, version: int, reason: str, now: datetime
    ) -> AppointmentView:
        known = await self._met()
        await self._own(appointment_id)
        await self._checked("cancel", now)
        gone = await booking.cancel(self.tenant_id, appointment_id, version, self._asker(request_id), now, reason)
        self._hand_over(await promises.cancelled(gone, now, tell=gone.chat_id != known.chat.id))
        return await self._told(gone)

    async def confirm_coming(
        self, request_id: str, appointment_id: str, start_version: int, now: datetime
    ) -> AppointmentView:
        await self._own(appointment_id)
        return await self._told(
            await confirm_coming(self.tenant_id, appointment_id, start_version, self._asker(request_id), now)
        )

    async def told_together(self, promise_id: str) -> list[tuple[str, int]]:
        chat_id = (await self._met()).chat.id
        told = await notification.told_together(self.tenant_id, promise_id, chat_id)
        return [(each.appointment_id, each.start_version) for each in told]

    async def wait(
        self, request_id: str, patient_id: str, wish: Wish, terms: WaitTerms, language: str, now: datetime
    ) -> None:
        known, zone = await self._kept(), (await self._directory()).clinic(wish.clinic_id).zone
        patient = _member(known, patient_id)
        await waitlist_answer.enter(
            Wait(
                tenant_id=self.tenant_id, request_id=request_id, patient_id=patient.id, patient_name=patient.name,
                chat_id=known.chat.id, language=language, clinic_id=wish.clinic_id, service_id=wish.service_id,
                doctor_id=wish.doctor_id, first_day=terms.first, last_day=terms.last, weekdays=list(terms.weekdays),
                parts=list(terms.parts), created_at=now, ends_at=end_of(terms.last, zone),
            ),
            now,
        )  # fmt: skip

    async def accept_offer(self, request_id: str, offer_id: str, now: datetime) -> AppointmentView:
        chat_id = (await self._met()).chat.id
        visit, due = await waitlist_answer.accept(self.tenant_id, offer_id, chat_id, self._asker(request_id), now)
        self._hand_over(due)
        return await self._told(visit)

    async def decline_offer(self, offer_id: str, now: datetime) -> None:
        chat_id = (await self._met()).chat.id
        self._hand_over(await waitlist_answer.decline(self.tenant_id, offer_id, chat_id, now))

    async def stop_waiting(self, offer_id: str, now: datetime) -> None:
        chat_id = (await self._met()).chat.id
        self._hand_over(await waitlist_answer.stop(self.tenant_id, offer_id, chat_id, now))

    async def take_alternative(
        self, request_id: str, appointment_id: str, start_version: int, number: int, now: datetime
    ) -> AppointmentView:
        visit = await Appointment.of(self.tenant_id).get(appointment_id)
        _member(await self._met(), visit.patient_id)
        taken, due = await leave_answer.take(visit, start_version, number, self._asker(request_id), now)
        self._hand_over(due + await promises.freed(self.tenant_id, now))
        return await self._told(taken)

    async def today(self, now: datetime) -> list[QueueView]:
        household = (await self._met()).household
        return await whereabouts.today(await self._directory(), household, now) if household else []

    async def arrive(self, request_id: str, appointment_id: str, proof: Proof, now: datetime) -> None:
        visit = await self._own(appointment_id)
        await arrival.arrive(await self._directory(), visit, proof, self._asker(request_id), now)

    async def at_door(self, text: str) -> str:
        return arrival.clinic_of(await self._directory(), text)

    async def start_in(self, text: str) -> StartView | None:
        return start_code.start_in((await self._directory()).start_codes, text)

    async def mark(self, appointment_id: str, mark: int, now: datetime) -> None:
        await feedback.give(await self._own(appointment_id), (await self._met()).chat.id, mark, now)

    async def add_words(self, appointment_id: str, words: str) -> None:
        await feedback.add_words(await self._own(appointment_id), words)

    async def call_back(
        self, request_id: str, reason: str, step: str, choices: dict[str, str], language: str, now: datetime
    ) -> None:
        known, clinic_id = (await self._kept()).chat, choices.get("clinic", "")
        card = Callback(
            tenant_id=self.tenant_id, request_id=request_id, reason=reason, step=step, choices=choices,
            chat_id=known.id, clinic_id=clinic_id, appointment_id=choices.get("visit", ""), language=language,
            created_at=now, due_at=due_at(await self._directory(), clinic_id, now),
        )  # fmt: skip
        await callback.open_card(card)
        if reason == "doctor_away":
            await leave_answer.call_me(await self._own(card.appointment_id), now)

    async def calls_from(self, clinic_id: str, now: datetime) -> datetime | None:
        return calling(await self._directory(), clinic_id, now).opens_at

    async def handed_over(self, request_id: str, asked_by: str, by: str, until: datetime, now: datetime) -> None:
        chat_id = (await self._met()).chat.id
        await conversation.handed_over(self.tenant_id, chat_id, self.sender, request_id, asked_by, by, until, now)

    async def handed_back(self, request_id: str, asked_by: str) -> None:
        await conversation.handed_back(self.tenant_id, (await self._met()).chat.id, request_id, asked_by)

    async def unanswered(self) -> None:
        await conversation.unanswered(self.tenant_id, (await self._met()).chat.id)

    async def _directory(self) -> Directory:
        return await directory_of(self.tenant_id)

    async def _met(self) -> Acquaintance:
        if self.known is None:
            self.known = await meet(self.tenant_id, self.sender)
        return self.known

    async def _kept(self) -> Acquaintance:
        """Somebody of whom there is something to remember."""
        known = await self._met()
        if not known.stored:
            new = await Chat.of(self.tenant_id).insert_new(known.chat)  # else another process has just met them, too
            known = self.known = replace(known, stored=True) if new else await meet(self.tenant_id, self.sender)
        return known

    async def _say(self, said: Consent, now: datetime) -> None:
        """What the patient said to being written to, and what follows from it. The history has it once."""
        known = await self._met()
        if not known.stored and (begun := await consent.begin(known.chat, said)):
            self.known = replace(known, chat=begun, stored=True)
            return
        kept = await self._kept()
        after, due = await consent_stop.said(kept.chat, said, now)
        self.known = kept.now(consent=after.consent, consents=after.consents)
        self._hand_over(due)

    async def _change(self, known: Acquaintance, update: dict[str, Any]) -> None:
        await Chat.of(self.tenant_id).change({"_id": known.chat.id}, update)

    async def _promise(self, booked: Appointment, known: Chat, now: datetime) -> None:
        """A retry of the request completes what a crash left out."""
        self._hand_over(await promises.booked(await self._directory(), booked, now, known))

    def _asker(self, request_id: str) -> booking.Asker:
        """Who orders: the patient."""
        return booking.Asker(request_id, "patient", "whatsapp")

    def _hand_over(self, due: list[str], urgent: bool = False) -> None:
        """What is due now need not wait for the sweep."""
        if tell := self._on_urgent if urgent else self._on_promise:
            for promise in due:
                tell(promise)

    async def _own(self, appointment_id: str) -> Appointment:
        """A visit of the household, or what stands in its place. Raises ``NotFound`` for anybody else's."""
        visit = await Appointment.of(self.tenant_id).get(appointment_id)
        while visit.replaced_by:
            visit = await Appointment.of(self.tenant_id).get(visit.replaced_by)
        _member(await self._met(), visit.patient_id)
        return visit

    async def _told(self, visit: Appointment) -> AppointmentView:
        return view(visit, await self._directory(), _member(await self._met(), visit.patient_id), self._public_url)


def _phones(chat: Chat) -> list[str]:
    """The number behind the chat, also of a child's or a parent's: there the patient is reached."""
    number = phone.of_wa_id(chat.wa_id)
    return [number] if number else []


def _member(known: Acquaintance, patient_id: str) -> PatientView:
    """One of the chat's own household: nobody books for a stranger."""
    for member in known.household:
        if member.id == patient_id:
            return member
    raise NotFound
