"""Patients: registered, found, corrected, noted on, compared, and their visits."""

from typing import Annotated, Any

from fastapi import Query

from api.etag import EditTag, Tag
from api.house import Now
from api.own_patients import patient_of, seen_of
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id, OtherId
from api.shapes.appointments import AppointmentOut
from api.shapes.patients import (
    ChatOut,
    Duplicate,
    MergeInto,
    NewNote,
    NewPatient,
    NoteOut,
    PatientChange,
    PatientCreated,
    PatientFound,
    PatientOut,
)
from api.sight import sees_own_patients_only, within
from api.staff import Staff, may
from clinic import merge, patient_list, patient_search, possible_duplicate, registry
from clinic.appointment import Appointment
from clinic.paging import page_of_rows
from clinic.patient import Patient

router = desk_router("/patients", "patients")

Reading = Annotated[Staff, may("patients:read")]
Creating = Annotated[Staff, may("patients:create")]
Updating = Annotated[Staff, may("patients:update")]
Approving = Annotated[Staff, may("patients:approve")]
Typed = Annotated[
    str,
    Query(
        max_length=100, examples=["mira joshi"],
        description="A name in any script or spelling, the end of a phone number (four digits at least), a day of "
        "birth (1980-05-17), the reference of a visit or of the other system.",
    ),
]  # fmt: skip


@router.get("")
async def list_patients(
    staff: Reading,
    asked: Asked,
    now: Now,
    search: Typed = "",
    tag: Annotated[str, Query(max_length=40, description="Only those with this tag.")] = "",
) -> Page[PatientFound]:
    """Find a patient: the one who fits best comes first, at most `limit`, in one page; slips of the finger are
    forgiven. Without `search`: all patients, those registered last first."""
    if search.strip():
        found = await patient_search.search(staff.tenant_id, search, asked.limit)
        shown = await seen_of(staff, [each.row["_id"] for each in found])
        fits = [each for each in found if not tag or tag in each.row.get("tags", ())]
        items, following = [PatientFound.found(each) for each in fits if each.row["_id"] in shown], None
    else:
        items, following = await _all(staff, asked.cursor, asked.limit, tag, now)
    staff.touched("patients", "", {}, {"shown": [each.id for each in items]})
    return Page(items=items, next=following)


async def _all(staff: Staff, cursor: str, limit: int, tag: str, now: Now) -> tuple[list[PatientFound], str | None]:
    query: dict[str, Any] = {"status": {"$ne": "merged"}} | ({"tags": tag} if tag else {})
    if sees_own_patients_only(staff, await staff.directory(), "patients:read"):
        visits = await Appointment.of(staff.tenant_id).rows({"doctor_id": staff.doctor_id}, ("patient_id",))
        query["_id"] = {"$in": sorted({visit["patient_id"] for visit in visits})}
    rows, following = await patient_list.newest(staff.tenant_id, query, cursor, limit, now)
    return [PatientFound.listed(row) for row in rows], following


@router.post("", status_code=201)
async def create_patient(new: NewPatient, staff: Creating, tag: Tag, now: Now) -> PatientCreated:
    """Register a patient. `possible_duplicates` tells who may be the same person: nobody is refused for it, and nobody
    is merged by it."""
    facts = await _numbers(staff, {name: value for name, value in new.facts().items() if value is not None})
    patient = Patient(tenant_id=staff.tenant_id, request_id=staff.request_id, created_at=now, **facts)
    alike = await _duplicates(staff, patient)
    kept, is_new = await registry.register(patient)
    answer = PatientOut.of(kept)
    if is_new:
        staff.touched("patients", kept.id, {}, _audited(kept))
    tag.set(kept.version)
    return PatientCreated(**answer.model_dump(), possible_duplicates=[each for each in alike if each.id != kept.id])


@router.get("/{id}")
async def get_patient(id: Id, staff: Reading, tag: Tag) -> PatientOut:
    """One patient with notes and tags."""
    patient = await _read(staff, id)
    tag.set(patient.version)
    return PatientOut.of(patient)


@router.patch("/{id}")
async def edit_patient(id: Id, change: PatientChange, staff: Updating, tag: Tag) -> PatientOut:
    """Correct a patient's facts."""
    await patient_of(staff, id, "patients:update")
    facts = await _numbers(staff, change.facts())
    return _changed(staff, tag, *await registry.edit(staff.tenant_id, id, facts, tag.version))


@router.post("/{id}/notes", status_code=201)
async def add_patient_note(id: Id, new: NewNote, staff: Updating, now: Now) -> NoteOut:
    """Put a note on the patient, with your name and the time."""
    await patient_of(staff, id, "patients:update")
    _, note = await registry.note(staff.tenant_id, id, new.text, staff.user_id, now)
    staff.touched("patients", id, {}, {"note": note.model_dump(mode="json")})
    return NoteOut.of(note)


@router.delete("/{id}/notes/{note_id}")
async def remove_patient_note(id: Id, note_id: OtherId, staff: Updating, tag: Tag) -> PatientOut:
    """Take a note away. The audit keeps it."""
    await patient_of(staff, id, "patients:update")
    return _changed(staff, tag, *await registry.unnote(staff.tenant_id, id, note_id))


@router.get("/{id}/household")
async def list_household(id: Id, staff: Reading) -> Page[PatientFound]:
    """The others behind the patient's chats: those for whom one phone books."""
    others = await registry.household(await _read(staff, id))
    shown = await seen_of(staff, [each.id for each in others])
    return Page(items=[PatientFound.of(each) for each in others if each.id in shown])


@router.get("/{id}/chats")
async def list_patient_chats(id: Id, staff: Reading) -> Page[ChatOut]:
    """The chats through which the patient is reached, and all that was said there to being contacted."""
    patient = await _read(staff, id)
    chats = await registry.chats(patient)
    return Page(items=[ChatOut.of_chat(chat, patient.is_self(chat.id)) for chat in chats])


@router.get("/{id}/appointments")
async def list_patient_appointments(
    id: Id, staff: Annotated[Staff, may("patients:read")], asked: Asked
) -> Page[AppointmentOut]:
    """The patient's visits at your clinics, the latest first."""
    patient = await _read(staff, id)
    query: dict[str, Any] = {"patient_id": patient.id, "status": {"$ne": "waitlist"}}
    staff_sees = within(staff, await staff.directory(), "appointments:read")
    rows, following = await page_of_rows(
        Appointment.of(staff.tenant_id), {"$and": [query, staff_sees]} if staff_sees else query, sort="start",
        descending=True, cursor=asked.cursor, limit=asked.limit,
    )  # fmt: skip
    return Page(items=[AppointmentOut.of({**row, "id": row["_id"]}) for row in rows], next=following)


@router.get("/{id}/duplicates")
async def list_duplicates(id: Id, staff: Reading) -> Page[Duplicate]:
    """Who may be the same person: the same phone, the same day of birth with a similar name, or nearly the name."""
    return Page(items=await _duplicates(staff, await _read(staff, id)))


@router.post("/{id}/merge")
async def merge_patient(id: Id, stays: MergeInto, staff: Approving, now: Now) -> PatientOut:
    """Merge this patient into another, who gets their chats, numbers, tags and visits and is answered. Notes stay where
    they are. `POST /patients/{id}/unmerge` takes it back."""
    await patient_of(staff, id, "patients:approve")
    await patient_of(staff, stays.into, "patients:approve")
    before, after, left = await merge.merge(staff.tenant_id, id, stays.into, staff.user_id, now)
    await possible_duplicate.merged(staff.tenant_id, id, stays.into, staff.user_id, now)
    staff.touched("patients", id, {"status": "active"}, {"status": "merged", "merged_into": left.merged_into})
    staff.touched("patients", after.id, _audited(before), _audited(after))
    return PatientOut.of(after)


@router.post("/{id}/unmerge")
async def unmerge_patient(id: Id, staff: Approving, now: Now) -> PatientOut:
    """Take a merge back: the patient is as they were before, with the visits of then."""
    await patient_of(staff, id, "patients:approve")
    restored = await merge.take_back(staff.tenant_id, id, now)
    staff.touched("patients", id, {"status": "merged"}, {"status": "active"})
    return PatientOut.of(restored)


async def _read(staff: Staff, id: str) -> Patient:
    patient = await patient_of(staff, id)
    staff.touched("patients", id)
    return patient


async def _numbers(staff: Staff, facts: dict[str, Any]) -> dict[str, Any]:
    """With phones as they are kept. Raises ``BadPhone``."""
    if "phones" not in facts:
        return facts
    return {**facts, "phones": registry.numbers(facts["phones"], registry.region(await staff.directory()))}


async def _duplicates(staff: Staff, patient: Patient) -> list[Duplicate]:
    found = await registry.duplicates(staff.tenant_id, patient.name, patient.phones, patient.birth_date, but=patient.id)
    shown = await seen_of(staff, [each.row["_id"] for each in found])
    return [Duplicate.like(each) for each in found if each.row["_id"] in shown]


def _changed(staff: Staff, tag: EditTag, before: Patient, after: Patient) -> PatientOut:
    staff.touched("patients", after.id, _audited(before), _audited(after))
    tag.set(after.version)
    return PatientOut.of(after)


def _audited(patient: Patient) -> dict[str, Any]:
    return PatientOut.of(patient).model_dump(mode="json", exclude={"id", "created_at"}, exclude_defaults=True)
