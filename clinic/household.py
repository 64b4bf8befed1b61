"""The people behind a chat: renamed, taken off it, shared with another chat. The patients' records stay with staff."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from clinic import audit, edited, news, notification, registry, waitlist_answer
from clinic.appointment import Appointment
from clinic.audit import Entry
from clinic.callback import Callback, open_card
from clinic.chat import Chat, find, unknown
from clinic.directory import directory_of
from clinic.edited import Stale
from clinic.errors import ClinicError
from clinic.opening import due_at
from clinic.patient import Contact, Patient
from clinic.patient_keys import same_name
from clinic.views import Sender
from clinic.waitlist import Wait

BY_CHAT = "patient"  # who acts, in the audit
ATTEMPTS = 5
LONGEST_VISIT = timedelta(days=1)


class TooManyChats(ClinicError):
    """This patient is reached through as many chats as can be kept: take one of them off first."""

    code = "too_many_chats"


MOST_CHATS = 20


async def rename(tenant_id: str, id: str, name: str, now: datetime) -> Patient:
    """Give one of the household another name, also on the visits. Raises ``NotFound``, ``IsMerged``."""
    before, after = await registry.edit(tenant_id, id, {"name": name})
    await Appointment.of(tenant_id).change_all({"patient_id": id}, {"$set": {"patient_name": after.name}})
    if after.version != before.version:
        await _written(tenant_id, "rename_person", id, {"name": [before.name, after.name]}, now)
    return after


async def link(tenant_id: str, id: str, chat_id: str, is_self: bool, now: datetime, by: str = BY_CHAT) -> Patient:
    """Let the patient be reached, and booked for, through a chat, too. Raises ``NotFound``, ``IsMerged``,
    ``TooManyChats``."""

    def linked(contacts: Sequence[Contact]) -> list[Contact]:
        kept = [each for each in contacts if each.chat_id != chat_id]
        if len(kept) >= MOST_CHATS:
            raise TooManyChats
        return [*kept, Contact(chat_id=chat_id, is_self=is_self)]

    return await _contacts(tenant_id, id, linked, "link_chat" if by == BY_CHAT else "", now)


async def unlink(tenant_id: str, id: str, chat_id: str, now: datetime, by: str = BY_CHAT) -> Patient:
    """The chat no longer shows the patient, whose record and visits stay; done twice it counts once. What was promised
    to the chat about the visits is taken back, and where no chat is left somebody calls about those ahead. Raises
    ``NotFound``."""
    patient = await Patient.of(tenant_id).get(id)
    if all(contact.chat_id != chat_id for contact in patient.contacts):
        return patient
    others = [contact.chat_id for contact in patient.contacts if contact.chat_id != chat_id]
    await _take_back(patient, chat_id, others, now)

    def unlinked(contacts: Sequence[Contact]) -> list[Contact]:
        return [each for each in contacts if each.chat_id != chat_id]

    return await _contacts(tenant_id, id, unlinked, "unlink_chat" if by == BY_CHAT else "", now)


async def _take_back(patient: Patient, chat_id: str, others: Sequence[str], now: datetime) -> None:
    """Before the chat is taken off, so that who does it again after a crash completes it."""
    visits = await visits_ahead(patient.tenant_id, patient.id, now)
    for visit in visits:
        if visit.chat_id == chat_id:
            await notification.withdraw(patient.tenant_id, visit.id, "person_removed", now)
    for wait in await Wait.of(patient.tenant_id).find({"patient_id": patient.id, "status": "waiting"}):
        if wait.chat_id == chat_id:
            await waitlist_answer.leave(wait, now)
    if visits and any(visit.chat_id == chat_id for visit in visits):
        await _call(visits[0], chat_id, others, now)


async def _call(visit: Appointment, chat_id: str, others: Sequence[str], now: datetime) -> None:
    """Somebody sees to it how the patient learns of the visit. The card belongs to a chat that still shows them."""
    directory = await directory_of(visit.tenant_id)
    due = due_at(directory, visit.clinic_id, now)
    await open_card(
        Callback(
            tenant_id=visit.tenant_id, request_id=f"removed.{visit.patient_id}.{chat_id}.{visit.id}",
            reason="person_removed", chat_id=others[0] if others else chat_id, clinic_id=visit.clinic_id,
            appointment_id=visit.id, language=visit.language, created_at=now,
            due_at=min(due, visit.start) if visit.start > now else due,
        )
    )  # fmt: skip


async def visits_ahead(tenant_id: str, id: str, now: datetime) -> list[Appointment]:
    """The patient's, that are still to come, the next one first."""
    found = await Appointment.of(tenant_id).find({"patient_id": id, "start": {"$gte": now - LONGEST_VISIT}})
    ahead = [each for each in found if each.status == "booked" and each.end > now]
    return sorted(ahead, key=lambda each: each.start)


async def chat_at(tenant_id: str, number: str) -> Chat:
    """The chat of a number (E.164), which begins now if nobody has written from there yet."""
    digits = number.lstrip("+")
    sender = Sender(digits, digits)
    if known := await find(tenant_id, sender):
        return known
    await Chat.of(tenant_id).insert_new(unknown(tenant_id, sender))
    return await find(tenant_id, sender) or unknown(tenant_id, sender)


def is_there(names: Sequence[str], name: str) -> bool:
    """Whether somebody of the household has the name already."""
    return any(same_name(each) == same_name(name) for each in names)


async def _contacts(
    tenant_id: str, id: str, change: Callable[[Sequence[Contact]], list[Contact]], action: str, now: datetime
) -> Patient:
    patients = Patient.of(tenant_id)
    for _ in range(ATTEMPTS):
        patient = await patients.get(id)
        if patient.status == "merged":
            raise registry.IsMerged
        after = change(patient.contacts)
        if after == patient.contacts:
            return patient
        try:
            _, kept = await edited.edit(
                patients, id, {"contacts": [each.model_dump() for each in after]}, patient.version
            )
        except Stale:
            continue
        if action:
            told = [[each.chat_id for each in contacts] for contacts in (patient.contacts, after)]
            await _written(tenant_id, action, id, {"chats": told}, now)
        await news.tell(tenant_id, "patient.changed", id)
        return kept
    raise Stale(await patients.get(id))


async def _written(tenant_id: str, action: str, id: str, difference: Mapping[str, object], now: datetime) -> None:
    await audit.append(tenant_id, [Entry(now, BY_CHAT, action, "patients", id, difference)])
