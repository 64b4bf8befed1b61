"""Whom a visit is for, when staff book it: somebody known, or somebody who is registered with it."""

from dataclasses import dataclass
from datetime import date, datetime

from clinic import name_word, phone
from clinic.booking import Asker, For
from clinic.chat import Chat
from clinic.patient import Patient


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A patient who is not known yet."""

    name: str
    phone: str = ""
    birth_date: date | None = None


Whom = str | Newcomer  # the id of a patient, or somebody new


async def whom(tenant_id: str, who: Whom, asker: Asker, now: datetime) -> For:
    """With the chat through which the patient is reached, where there is one. Raises ``NotFound``."""
    if isinstance(who, Newcomer):
        return await _registered(tenant_id, who, asker, now)
    patient = await Patient.of(tenant_id).get(who)
    chat = await chat_of(patient)
    return For(patient.id, patient.name, chat.id if chat else "", chat.language if chat else "")


async def chat_of(patient: Patient) -> Chat | None:
    """The patient's own chat, else that of the household."""
    contacts = sorted(patient.contacts, key=lambda contact: not contact.is_self)
    return await Chat.of(patient.tenant_id).find_one({"_id": contacts[0].chat_id}) if contacts else None


async def _registered(tenant_id: str, who: Newcomer, asker: Asker, now: datetime) -> For:
    """Once, however often the request comes."""
    patients = Patient.of(tenant_id)
    number = phone.e164(who.phone)
    patient = Patient(
        tenant_id=tenant_id, name=who.name, birth_date=who.birth_date, phones=[number] if number else [],
        request_id=asker.request_id, created_at=now,
    )  # fmt: skip
    if not await patients.insert_new(patient):
        patient = await patients.find_one({"request_id": asker.request_id}) or patient
    await name_word.learn(tenant_id, [patient.name])
    return For(patient.id, patient.name, is_new=True)


async def forget(tenant_id: str, patient: For) -> None:
    """Who was registered for a visit that could not be booked, and for nothing else."""
    if patient.is_new:
        await Patient.of(tenant_id).delete({"_id": patient.patient_id})
