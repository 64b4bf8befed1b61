"""Two records of one person become one, because somebody on the staff says so. What was moved is written down, so that
it can be taken back."""

from datetime import datetime
from typing import Any

from pymongo import IndexModel

from clinic import edited, merged_records, name_word, news
from clinic.errors import ClinicError, NotFound
from clinic.patient import Contact, Note, Patient
from clinic.record import TenantRecord

JOINED = ("phones", "tags")


class SamePatient(ClinicError):
    """A patient is not merged into themselves, nor into one who was merged away: name the one who stays."""

    code = "same_patient"


class NotMerged(ClinicError):
    """This patient is not merged into another."""

    code = "not_merged"


class PatientMerge(TenantRecord):
    """What a merge moved: ``records`` by kind (``clinic.merged_records``), and what the one who stays has got of the
    other's."""

    from_id: str
    into_id: str
    by: str
    at: datetime
    contacts: list[Contact] = []  # that the other had
    joined: dict[str, list[str]] = {}  # what the one who stays did not have
    joined_chats: list[str] = []
    notes: list[Note] = []  # that the other had
    appointment_ids: list[str] = []  # of merges before all else went along, too
    records: dict[str, list[str]] = {}
    taken_back_at: datetime | None = None

    class Settings:
        name = "patient_merges"
        indexes = [
            IndexModel([("tenant_id", 1), ("from_id", 1)]),
            IndexModel([("tenant_id", 1), ("into_id", 1)]),
        ]


async def merge(tenant_id: str, id: str, into_id: str, by: str, now: datetime) -> tuple[Patient, Patient, Patient]:
    """``id`` becomes a pointer to ``into_id``, who gets the chats, numbers, tags, notes, visits, places in
    queues, waits and marks of the other. The one who stays before and after, and the other. Asking again completes
    what a crash left half-done.

    Raises ``NotFound``, ``SamePatient``, ``Stale``.
    """
    patients = Patient.of(tenant_id)
    gone, stays = await patients.get(id), await patients.get(into_id)
    if id == into_id or stays.status == "merged" or gone.merged_into not in ("", into_id):
        raise SamePatient
    record = await _record(gone, stays, by, now)
    leaves = {"status": "merged", "merged_into": into_id, "contacts": []}
    _, left = await edited.edit(patients, id, leaves, None if gone.status == "merged" else gone.version)
    before, after = await edited.edit(patients, into_id, _joined(stays, record), stays.version)
    for ids in (record.records, await merged_records.found(tenant_id, id)):  # and what has come since
        await merged_records.give(tenant_id, ids, into_id, after.name, of=id)
    await _tell(tenant_id, id, into_id)
    return before, after, left


async def take_back(tenant_id: str, id: str, now: datetime) -> Patient:
    """The patient as they were before the merge, with their visits of then. Raises ``NotFound``, ``NotMerged``."""
    patients, merges = Patient.of(tenant_id), PatientMerge.of(tenant_id)
    gone = await patients.get(id)
    record = await _standing(tenant_id, id)
    if record is None:
        raise NotMerged
    stays = await patients.get(record.into_id)
    await edited.edit(patients, stays.id, _without(stays, record))
    contacts = [contact.model_dump() for contact in record.contacts]
    back = {"status": "active", "merged_into": "", "contacts": contacts}
    _, restored = await edited.edit(patients, id, back)
    theirs = record.records or {"appointments": record.appointment_ids}
    await merged_records.give(tenant_id, theirs, id, gone.name, of=record.into_id)
    await merges.change({"_id": record.id}, {"$set": {"taken_back_at": now}})
    await name_word.learn(tenant_id, [gone.name])
    await _tell(tenant_id, id, record.into_id)
    return restored


async def _standing(tenant_id: str, id: str) -> PatientMerge | None:
    """The merge of this patient that was not taken back."""
    merges = await PatientMerge.of(tenant_id).find({"from_id": id})
    return next((each for each in merges if each.taken_back_at is None), None)


async def _record(gone: Patient, stays: Patient, by: str, now: datetime) -> PatientMerge:
    """Written before anything is moved; one that is there already says what was."""
    merges = PatientMerge.of(gone.tenant_id)
    if earlier := await _standing(gone.tenant_id, gone.id):
        return earlier
    if gone.status == "merged":
        raise NotFound
    known = {contact.chat_id for contact in stays.contacts}
    record = PatientMerge(
        tenant_id=gone.tenant_id, from_id=gone.id, into_id=stays.id, by=by, at=now, contacts=gone.contacts,
        joined={name: [each for each in getattr(gone, name) if each not in getattr(stays, name)] for name in JOINED},
        joined_chats=[contact.chat_id for contact in gone.contacts if contact.chat_id not in known],
        notes=gone.notes, records=await merged_records.found(gone.tenant_id, gone.id),
    )  # fmt: skip
    await merges.insert(record)
    return record


def _joined(stays: Patient, record: PatientMerge) -> dict[str, Any]:
    """Each once, also where this was done before."""
    known = {contact.chat_id for contact in stays.contacts}
    new = [contact for contact in record.contacts if contact.chat_id not in known]
    joined = {name: list(dict.fromkeys([*getattr(stays, name), *record.joined[name]])) for name in JOINED}
    written = {note.id for note in stays.notes}
    notes = sorted([*stays.notes, *(note for note in record.notes if note.id not in written)], key=lambda each: each.at)
    return {
        "contacts": [contact.model_dump() for contact in [*stays.contacts, *new]],
        "notes": [note.model_dump() for note in notes],
        **joined,
    }


def _without(stays: Patient, record: PatientMerge) -> dict[str, Any]:
    kept = [contact for contact in stays.contacts if contact.chat_id not in record.joined_chats]
    own = {name: [each for each in getattr(stays, name) if each not in record.joined[name]] for name in JOINED}
    theirs = {note.id for note in record.notes}
    notes = [note.model_dump() for note in stays.notes if note.id not in theirs]
    return {"contacts": [contact.model_dump() for contact in kept], "notes": notes, **own}


async def _tell(tenant_id: str, *patient_ids: str) -> None:
    for each in patient_ids:
        await news.tell(tenant_id, "patient.changed", each)
