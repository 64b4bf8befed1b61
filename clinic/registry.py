"""The practice's patients as staff keep them: registered, corrected, noted on, compared with each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic import edited, name_word, news, patient_keys, phone
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.directory import Directory
from clinic.errors import ClinicError
from clinic.patient import Note, Patient
from clinic.patient_search import FIELDS, likeness
from clinic.record import Day, as_kept
from clinic.spelling import words

ALIKE = 0.8  # of 1: names of what may be one person
NOTES = 200  # of one patient


class ReferenceTaken(ClinicError):
    """Another patient has this reference of the other system: look them up by it first."""

    code = "reference_taken"


class BadPhone(ClinicError):
    """That is no telephone number: write it as it is dialled, or with + and the country code."""

    code, status = "bad_phone", 422


class TooManyNotes(ClinicError):
    """There are as many notes on this patient as can be kept: remove one that is no longer needed."""

    code = "too_many_notes"


class IsMerged(ClinicError):
    """This patient was merged into another: change that one."""

    code = "patient_merged"


@dataclass(frozen=True, slots=True)
class Likeness:
    """Somebody who may be the same person, and why: ``same_phone``, ``same_birth_date``, ``similar_name``."""

    row: Mapping[str, Any]
    reasons: tuple[str, ...]
    score: float


def region(directory: Directory, clinic_id: str = "") -> str:
    """The country in which a number without a country code is dialled: the clinic's, else the first one's."""
    clinics = directory.clinics
    chosen = clinics.get(clinic_id) or next(iter(clinics.values()), None)
    return phone.region_of(chosen.phone) if chosen else ""


def numbers(typed: Iterable[str], region: str) -> list[str]:
    """As they are kept, each once. Raises ``BadPhone``."""
    found = [phone.e164(each, region) for each in typed]
    if None in found:
        raise BadPhone
    return list(dict.fromkeys(number for number in found if number))


async def register(patient: Patient) -> tuple[Patient, bool]:
    """Store it; the patient, and whether it is new: the same request registers once. Raises ``ReferenceTaken``."""
    patients = Patient.of(patient.tenant_id)
    patient.created_at = as_kept(patient.created_at)
    if await patients.insert_new(patient):
        await name_word.learn(patient.tenant_id, [patient.name])
        await news.tell(patient.tenant_id, "patient.registered", patient.id)
        return patient, True
    earlier = await patients.find_one({"request_id": patient.request_id})
    if earlier is None:
        raise ReferenceTaken
    return earlier, False


async def edit(
    tenant_id: str, id: str, changes: Mapping[str, Any], version: int | None = None
) -> tuple[Patient, Patient]:
    """Before and after. Raises ``NotFound``, ``Stale``, ``ReferenceTaken``, ``IsMerged``."""
    patients = Patient.of(tenant_id)
    if (await patients.get(id)).status == "merged":
        raise IsMerged
    reference = changes.get("external_reference")
    if reference and await patients.rows({"external_reference": reference, "_id": {"$ne": id}}, ("_id",), limit=1):
        raise ReferenceTaken
    before, after = await edited.edit(patients, id, changes, version)
    if after.version != before.version:
        await name_word.learn(tenant_id, [after.name])
        await news.tell(tenant_id, "patient.changed", id)
    return before, after


async def note(tenant_id: str, id: str, text: str, by: str, now: datetime) -> tuple[Patient, Note]:
    """Put a note on the patient. Raises ``NotFound``, ``TooManyNotes``, ``IsMerged``."""
    patient = await Patient.of(tenant_id).get(id)
    if len(patient.notes) >= NOTES:
        raise TooManyNotes
    new = Note(text=text, by=by, at=as_kept(now))
    _, after = await edit(tenant_id, id, {"notes": [*_plain(patient.notes), new.model_dump()]}, patient.version)
    return after, new


async def unnote(tenant_id: str, id: str, note_id: str) -> tuple[Patient, Patient]:
    """Take a note away. Raises ``NotFound``, ``IsMerged``."""
    patient = await Patient.of(tenant_id).get(id)
    kept = [each for each in patient.notes if each.id != note_id]
    return await edit(tenant_id, id, {"notes": _plain(kept)}, patient.version)


def _plain(notes: Iterable[Note]) -> list[dict[str, Any]]:
    return [each.model_dump() for each in notes]


async def file(tenant_id: str) -> int:
    """Give those patients their keys who were stored before there were any; how many."""
    patients = Patient.of(tenant_id)
    old = await patients.find({"keys": None}, limit=1000)
    await name_word.learn(tenant_id, [each.name for each in old])
    fresh = (({"_id": each.id, "keys": None}, {"$set": {"keys": each.keys, "version": each.version}}) for each in old)
    if old:
        await patients.change_each(fresh)
    return len(old)


async def household(patient: Patient) -> list[Patient]:
    """The others behind the patient's chats."""
    chats = [contact.chat_id for contact in patient.contacts]
    others = {"contacts.chat_id": {"$in": chats}, "_id": {"$ne": patient.id}}
    return await Patient.of(patient.tenant_id).find(others, [("_id", 1)]) if chats else []


async def chats(patient: Patient) -> list[Chat]:
    """The chats through which the patient is reached; what was consented to stands there."""
    ids = [contact.chat_id for contact in patient.contacts]
    return await Chat.of(patient.tenant_id).find({"_id": {"$in": ids}}, [("_id", 1)]) if ids else []


async def seen_by(tenant_id: str, doctor_id: str, ids: Iterable[str]) -> set[str]:
    """Those of the patients who have, or had, a visit with the doctor."""
    rows = await Appointment.of(tenant_id).rows({"patient_id": {"$in": list(ids)}}, ("patient_id", "doctor_id"))
    return {row["patient_id"] for row in rows if row["doctor_id"] == doctor_id}


async def duplicates(
    tenant_id: str, name: str, phones: Iterable[str], birth_date: Day | None, but: str = ""
) -> list[Likeness]:
    """Who may be the same person, the likeliest first: who shares the number, the day of birth with a similar name, or
    very nearly the name. For people to decide; nobody is ever merged by this."""
    own = set(phones)
    keys = [patient_keys.phone_key(each.lstrip("+")) for each in own] + patient_keys.pair_keys(
        words(name)[: patient_keys.WORDS]
    )
    keys += [patient_keys.birth_key(birth_date)] if birth_date else []
    rows = await Patient.of(tenant_id).rows({"keys": {"$in": keys}}, FIELDS) if keys else []
    found = (_compared(row, name, own, birth_date) for row in rows if row["_id"] != but)
    return sorted((each for each in found if each), key=lambda each: -each.score)[:20]


def _compared(row: Mapping[str, Any], name: str, phones: set[str], birth_date: Day | None) -> Likeness | None:
    alike = min(likeness(name, row["name"]), likeness(row["name"], name))
    shares = bool(phones & set(row.get("phones", ())))
    born = birth_date is not None and row.get("birth_date") == birth_date.isoformat()
    differs = birth_date is not None and row.get("birth_date") is not None and not born
    facts = {"same_phone": shares, "same_birth_date": born, "similar_name": alike >= ALIKE}
    if not shares and (alike < ALIKE or differs):
        return None
    reasons = tuple(reason for reason, holds in facts.items() if holds)
    return Likeness(row, reasons, round((alike + shares + born) / 3, 3))
