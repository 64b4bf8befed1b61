"""Doctors: who can be booked, and for what."""

from typing import Annotated, Any

from api.etag import Tag
from api.house import Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.doctors import DoctorChange, DoctorOut, NewDoctor
from api.shapes.hours import AcceptStranded
from api.staff import Staff, may
from clinic import absence, news, premises
from clinic.directory import DIRECTORIES, fresh_directory
from clinic.doctor import Doctor
from clinic.paging import page

router = desk_router("/doctors", "doctors")


@router.get("")
async def list_doctors(
    staff: Annotated[Staff, may("doctors:read")], asked: Asked, active: bool | None = None
) -> Page[DoctorOut]:
    """The doctors of the practice, those who left too, unless `active` says otherwise."""
    query = {} if active is None else {"active": active}
    found, following = await page(Doctor.of(staff.tenant_id), query, cursor=asked.cursor, limit=asked.limit)
    return Page(items=[DoctorOut.of(each) for each in found], next=following)


@router.post("", status_code=201)
async def create_doctor(new: NewDoctor, staff: Annotated[Staff, may("doctors:create")], tag: Tag) -> DoctorOut:
    """Add a doctor. Give hours with `POST /schedules`."""
    facts = {name: value for name, value in new.given().items() if value is not None}
    doctor = Doctor(tenant_id=staff.tenant_id, **facts)
    premises.check_services(await fresh_directory(staff.tenant_id), doctor)
    await Doctor.of(staff.tenant_id).insert(doctor)
    DIRECTORIES.forget(staff.tenant_id)
    answer = DoctorOut.of(doctor)
    staff.touched("doctors", doctor.id, {}, answer.model_dump())
    await news.tell(staff.tenant_id, "doctor.created", doctor.id, doctor_id=doctor.id)
    tag.set(doctor.version)
    return answer


@router.get("/{id}")
async def get_doctor(id: Id, staff: Annotated[Staff, may("doctors:read")], tag: Tag) -> DoctorOut:
    """One doctor."""
    doctor = await Doctor.of(staff.tenant_id).get(id)
    tag.set(doctor.version)
    return DoctorOut.of(doctor)


@router.patch("/{id}")
async def edit_doctor(
    id: Id,
    change: DoctorChange,
    staff: Annotated[Staff, may("doctors:update")],
    tag: Tag,
    now: Now,
    accept_stranded: AcceptStranded = False,
) -> DoctorOut:
    """Change a doctor. Who leaves while patients are booked is refused with `strands_patients`."""
    return await _changed(id, change.given(), staff, tag, now, accept_stranded)


@router.delete("/{id}")
async def delete_doctor(
    id: Id,
    staff: Annotated[Staff, may("doctors:delete")],
    tag: Tag,
    now: Now,
    accept_stranded: AcceptStranded = False,
) -> DoctorOut:
    """Let a doctor go: kept for the visits that were, never offered again."""
    return await _changed(id, {"active": False}, staff, tag, now, accept_stranded)


async def _changed(
    id: str, changes: dict[str, Any], staff: Staff, tag: Tag, now: Now, accept_stranded: bool
) -> DoctorOut:
    places = absence.places(await staff.directory(), id, "")
    accept = accept_stranded and all(staff.may("schedules:approve", place) for place in places)
    before, after = await premises.change_doctor(staff.tenant_id, id, changes, tag.version, accept=accept, now=now)
    was, answer = DoctorOut.of(before), DoctorOut.of(after)
    staff.touched("doctors", id, was.model_dump(), answer.model_dump())
    await news.tell(staff.tenant_id, "doctor.changed", id, doctor_id=id)
    tag.set(after.version)
    return answer
