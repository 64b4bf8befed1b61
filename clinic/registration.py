"""Whom a visit is for, when staff book it: somebody known, or somebody who is registered with it."""

from dataclasses import dataclass
from datetime import date, datetime

from clinic import registry
from clinic.booking import Asker, For
from clinic.chat import Chat
from clinic.directory import Directory
from clinic.patient import Patient


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A patient who is not known yet."""

    name: str
    phone: str = ""
    birth_date: date | None = None


Whom = str | Newcomer  # the id of a patient, or somebody new


async def whom(directory: Directory, who: Whom, clinic_id: str, asker: Asker, now: datetime) -> For:
    """With the chat through which the patient is reached, where there is one. Raises ``NotFound``, ``BadPhone``."""
    if isinstance(who, Newcomer):
        return await _registered(directory, who, clinic_id, asker, now)
    patient = await Patient.of(directory.tenant.id).get(who)
    if patient.status == "merged":
        patient = await Patient.of(directory.tenant.id).get(patient.merged_into)
    chat = await chat_of(patient)
    return For(patient.id, patient.name, chat.id if chat else "", chat.language if chat else "")


async def chat_of(patient: Patient) -> Chat | None:
    """The patient's own chat, else that of the household."""
    contacts = sorted(patient.contacts, key=lambda contact: not contact.is_self)
    return await Chat.of(patient.tenant_id).find_one({"_id": contacts[0].chat_id}) if contacts else None


async def _registered(directory: Directory, who: Newcomer, clinic_id: str, asker: Asker, now: datetime) -> For:
    """Once, however often the request comes."""
    phones = registry.numbers([who.phone] if who.phone else [], registry.region(directory, clinic_id))
    patient, _ = await registry.register(
        Patient(
            tenant_id=directory.tenant.id, name=who.name, birth_date=who.birth_date, phones=phones,
            request_id=asker.request_id, created_at=now,
        )
    )  # fmt: skip
    return For(patient.id, patient.name, is_new=True)


async def forget(tenant_id: str, patient: For) -> None:
    """Who was registered for a visit that could not be booked, and for nothing else."""
    if patient.is_new:
        await Patient.of(tenant_id).delete({"_id": patient.patient_id})
