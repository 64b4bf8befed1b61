"""Appointments: the day's list, booking, moving, cancelling, and who came."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query

from api.etag import EditTag, Tag
from api.house import InHouse, Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.appointments import (
    AppointmentDetail,
    AppointmentOut,
    Because,
    CheckedIn,
    MoveTo,
    NewAppointment,
)
from api.sight import asker, check_seen, within
from api.span import Day, Edge, of_day, span
from api.staff import Staff, may
from clinic import attendance, reception
from clinic.appointment import Appointment, Status
from clinic.booking import Place
from clinic.directory import Directory
from clinic.interval import Interval
from clinic.paging import page_of_rows
from clinic.wall_clock import local_day

router = desk_router("/appointments", "appointments")

Reading = Annotated[Staff, may("appointments:read")]
Creating = Annotated[Staff, may("appointments:create")]
Updating = Annotated[Staff, may("appointments:update")]
LONGEST = 366  # days of one list
AUDITED = ("status", "start", "doctor_id", "service_id", "clinic_id")
Filter = Annotated[str, Query(max_length=64)]


@router.get("")
async def list_appointments(
    staff: Reading,
    asked: Asked,
    now: Now,
    date: Annotated[Day | None, Query(description="A local day of the clinic.")] = None,
    from_: Annotated[
        Edge | None, Query(alias="from", description="A day or a moment; without it, and `to`: all.")
    ] = None,
    to: Annotated[Edge | None, Query(description="A day (all of it) or a moment.")] = None,
    doctor_id: Filter = "",
    clinic_id: Filter = "",
    patient_id: Filter = "",
    status: Annotated[list[Status] | None, Query(max_length=7, description="Without: all but held times.")] = None,
    source: Annotated[str, Query(max_length=20, description="The way: `whatsapp`, `api`, ...")] = "",
) -> Page[AppointmentOut]:
    """Visits by start. Of a patient: the whole history of visits."""
    directory = await staff.directory()
    named = {"doctor_id": doctor_id, "clinic_id": clinic_id, "patient_id": patient_id, "via": source}
    query: dict[str, Any] = {name: value for name, value in named.items() if value}
    if time := _asked_time(date, from_, to, _zone(directory, clinic_id), now):
        query["start"] = {"$gte": time.start, "$lt": time.end}
    query["status"] = {"$in": status} if status else {"$ne": "waitlist"}
    if seen := within(staff, directory, "appointments:read"):
        query["$and"] = [seen]
    rows, following = await page_of_rows(
        Appointment.of(staff.tenant_id), query, sort="start", cursor=asked.cursor, limit=asked.limit
    )
    staff.touched("appointments", "", {}, {"shown": [row["_id"] for row in rows]})
    return Page(items=[AppointmentOut.of({**row, "id": row["_id"]}) for row in rows], next=following)


def _asked_time(day: Day | None, first: Edge | None, last: Edge | None, zone: str, now: datetime) -> Interval | None:
    """One day, or from one edge to the other; None where all is asked for."""
    if day:
        return of_day(day, zone)
    if first is None and last is None:
        return None
    return span(first or local_day(now, zone), last, zone, now, days=LONGEST, most=LONGEST)


def _zone(directory: Directory, clinic_id: str) -> str:
    """Of the clinic, or of the practice's first one."""
    clinic = directory.clinics.get(clinic_id) or next(iter(directory.clinics.values()), None)
    return clinic.zone if clinic else "UTC"


@router.get("/{id}")
async def get_appointment(id: Id, staff: Reading, tag: Tag) -> AppointmentDetail:
    """One visit with its history: who did what, when, from where."""
    visit = await _visit(staff, id, "appointments:read")
    staff.touched("appointments", id)
    tag.set(visit.version)
    return AppointmentDetail.of(visit)


@router.post("", status_code=201)
async def book_appointment(new: NewAppointment, staff: Creating, house: InHouse, tag: Tag, now: Now) -> AppointmentOut:
    """Book a visit for a patient known or new; they get the confirmation where they agreed to be contacted. The same
    start of the same doctor is never given to more than the schedule's capacity."""
    directory = await staff.directory()
    check_seen(staff, directory, "appointments:create", new.clinic_id, new.doctor_id)
    place = Place(new.clinic_id, new.service_id, new.doctor_id, new.start.astimezone(UTC))
    who_asks = asker(staff, new.clinic_id, overbook=new.overbook)
    kept = await reception.book(directory, place, new.who(), who_asks, now)
    await house.keep_soon(kept.due)
    return _changed(staff, tag, None, kept.visit)


@router.post("/{id}/cancel")
async def cancel_appointment(
    id: Id, staff: Updating, house: InHouse, tag: Tag, now: Now, told: Because | None = None
) -> AppointmentOut:
    """Cancel a visit: its time is free at once, the patient is told, and the time offered to those who wait."""
    visit = await _visit(staff, id, "appointments:update")
    kept = await reception.cancel(visit, staff.asker, now, told.reason if told else "", tag.version)
    await house.keep_soon(kept.due)
    return _changed(staff, tag, visit, kept.visit)


@router.post("/{id}/move")
async def move_appointment(
    id: Id, where: MoveTo, staff: Updating, house: InHouse, tag: Tag, now: Now
) -> AppointmentOut:
    """Move a visit: the new time is taken and the old one freed in one write, and the patient is told."""
    visit, directory = await _visit(staff, id, "appointments:update"), await staff.directory()
    clinic_id, doctor_id = where.clinic_id or visit.clinic_id, where.doctor_id or visit.doctor_id
    check_seen(staff, directory, "appointments:update", clinic_id, doctor_id)
    goal = reception.Elsewhere(where.start.astimezone(UTC), doctor_id, where.service_id or "", clinic_id)
    who_asks = asker(staff, clinic_id, overbook=where.overbook)
    kept = await reception.move(directory, visit, goal, who_asks, now, tag.version)
    await house.keep_soon(kept.due)
    return _changed(staff, tag, visit, kept.visit)


@router.post("/{id}/check-in")
async def check_in_appointment(id: Id, staff: Updating, tag: Tag, now: Now) -> CheckedIn:
    """The patient is here: they get the next number of the doctor's day. Again: the same number."""
    visit, directory = await _visit(staff, id, "appointments:update"), await staff.directory()
    here, entry = await attendance.check_in(directory, visit, staff.asker, now, tag.version)
    shown = _changed(staff, tag, visit, here)
    return CheckedIn(**{**shown.model_dump(), "via": shown.source}, token=entry.token, queue_id=entry.id)


@router.post("/{id}/no-show")
async def mark_no_show(id: Id, staff: Updating, tag: Tag, now: Now) -> AppointmentOut:
    """The patient did not come, or left before being seen. From the start of the visit on."""
    visit = await _visit(staff, id, "appointments:update")
    return _changed(staff, tag, visit, await attendance.no_show(visit, staff.asker, now, tag.version))


@router.post("/{id}/undo")
async def undo_attendance(id: Id, staff: Updating, tag: Tag, now: Now) -> AppointmentOut:
    """Take back a no-show, or a check-in by mistake: the visit is booked again."""
    visit = await _visit(staff, id, "appointments:update")
    return _changed(staff, tag, visit, await attendance.undo(visit, staff.asker, now, tag.version))


async def _visit(staff: Staff, id: str, permission: str) -> Appointment:
    """Raises ``NotFound``, also for what is not theirs to see."""
    visit = await Appointment.of(staff.tenant_id).get(id)
    check_seen(staff, await staff.directory(), permission, visit.clinic_id, visit.doctor_id)
    return visit


def _changed(staff: Staff, tag: EditTag, before: Appointment | None, after: Appointment) -> AppointmentOut:
    staff.touched("appointments", after.id, _audited(before), _audited(after))
    tag.set(after.version)
    return AppointmentOut.of(after)


def _audited(visit: Appointment | None) -> dict[str, Any]:
    return visit.model_dump(mode="json", include=set(AUDITED)) if visit else {}
