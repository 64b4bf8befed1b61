"""The calendar of a range: hours, what differs from them, visits."""

from typing import Annotated

from fastapi import Query

from api.house import Now
from api.paging import Page
from api.routing import desk_router
from api.shapes.appointments import AppointmentOut
from api.shapes.calendar import DoctorsCalendar, ExceptionInCalendar, HoursOut
from api.sight import within
from api.span import Edge, span
from api.staff import Staff, may
from clinic.calendar_range import Diary, calendar
from clinic.directory import Directory
from clinic.errors import NotFound

router = desk_router("/calendar", "appointments")
DAYS, MOST = 7, 42


@router.get("")
async def get_calendar(
    staff: Annotated[Staff, may("appointments:read")],
    now: Now,
    from_: Annotated[Edge | None, Query(alias="from", description="A local day or a moment; now without it.")] = None,
    to: Annotated[
        Edge | None, Query(description="A day (all of it) or a moment; a week without it, 42 days most.")
    ] = None,
    doctor_id: Annotated[str, Query(max_length=64)] = "",
    clinic_id: Annotated[str, Query(max_length=64)] = "",
) -> Page[DoctorsCalendar]:
    """Each doctor's hours, exceptions and visits that touch the range; cancelled visits are left out."""
    directory = await staff.directory()
    clinics = _clinics(staff, directory, clinic_id)
    first = next((directory.clinic(clinic) for clinic in clinics), None)
    if first is None:
        return Page(items=[], next=None)
    time = span(from_, to, first.zone, now, days=DAYS, most=MOST)
    doctors = [directory.doctor(doctor_id).id] if doctor_id else _there(directory, clinics)
    found = await calendar(directory, time, doctors, clinics, within(staff, directory, "appointments:read"))
    return Page(items=[_shown(each) for each in found], next=None)


def _clinics(staff: Staff, directory: Directory, clinic_id: str) -> list[str]:
    """Those that are meant and may be seen. Raises ``NotFound`` for one that may not."""
    seen = [clinic for clinic in directory.clinics if staff.may("appointments:read", clinic)]
    if clinic_id and clinic_id not in seen:
        raise NotFound
    return [clinic_id] if clinic_id else seen


def _there(directory: Directory, clinics: list[str]) -> list[str]:
    working = set().union(*map(directory.doctors_at, clinics))
    return [doctor.id for doctor in directory.doctors.values() if doctor.id in working and doctor.active]


def _shown(diary: Diary) -> DoctorsCalendar:
    hours = [
        HoursOut(
            clinic_id=each.clinic_id, start=each.shift.time.start, end=each.shift.time.end,
            capacity=each.shift.terms.capacity, overbooking=each.shift.terms.overbooking,
        )
        for each in diary.hours
    ]  # fmt: skip
    visits = [AppointmentOut.of({**row, "id": row["_id"]}) for row in diary.visits]
    exceptions = [ExceptionInCalendar.of(each) for each in diary.exceptions]
    return DoctorsCalendar(doctor_id=diary.doctor_id, hours=hours, exceptions=exceptions, visits=visits)
