"""Where the people behind a chat stand today: in the queue, or how late it will be until they are."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain

from clinic.appointment import Appointment
from clinic.arrival import opens_at
from clinic.attendance import HERE
from clinic.directory import Directory
from clinic.queue_day import Place, day_queue, days_now
from clinic.queue_entry import QueueEntry
from clinic.queue_promises import coming, likely_times
from clinic.views import PatientView, QueueView
from clinic.wall_clock import MINUTE, local_day

EXPECTED = ("booked", "noshow", *HERE)


async def today(directory: Directory, household: Sequence[PatientView], now: datetime) -> list[QueueView]:
    """Whoever of the household has a visit or a number today, in the order of their visits."""
    names = {each.id: each.name for each in household}
    days = days_now(directory, now)
    known = await QueueEntry.of(directory.tenant.id).find({"patient_id": {"$in": list(names)}})
    queued = [entry for entry in known if entry.day in days]
    visits = await _visits(directory, list(names), days, now)
    numbered = {entry.appointment_id for entry in queued}
    found = [await _queued(directory, entry, names[entry.patient_id], now) for entry in queued]
    found += [
        await _expected(directory, visit, names[visit.patient_id], now) for visit in visits if visit.id not in numbered
    ]
    return sorted(found, key=lambda each: (each.start or now, each.token))


async def _visits(directory: Directory, people: list[str], days: Sequence[date], now: datetime) -> list[Appointment]:
    near = {"start": {"$gte": now - 1440 * MINUTE, "$lt": now + 1440 * MINUTE}}
    theirs = [await Appointment.of(directory.tenant.id).find({"patient_id": each, **near}) for each in people]
    found = sorted(chain.from_iterable(theirs), key=lambda each: each.start)
    of_today = (each for each in found if each.status in EXPECTED and each.clinic_id in directory.clinics)
    return [each for each in of_today if local_day(each.start, directory.clinic(each.clinic_id).zone) in days]


async def _queued(directory: Directory, entry: QueueEntry, name: str, now: datetime) -> QueueView:
    queue = await day_queue(directory, [entry.day], now, entry.doctor_id)
    place = next((each for each in queue if each.row["_id"] == entry.id), Place({}))
    doctor, wait = directory.doctor(entry.doctor_id), place.wait
    return QueueView(
        entry.appointment_id or "", name, doctor.name, directory.clinic(entry.clinic_id).view(), entry.planned_at,
        entry.status, entry.token, place.position or 0, (wait.optimistic, wait.pessimistic) if wait else None,
        room=doctor.room,
    )  # fmt: skip


async def _expected(directory: Directory, visit: Appointment, name: str, now: datetime) -> QueueView:
    """Who is not here yet, for all that the desk knows."""
    clinic = directory.clinic(visit.clinic_id)
    day = local_day(visit.start, clinic.zone)
    queue = await day_queue(directory, [day], now, visit.doctor_id)
    visits = await coming(directory, visit.doctor_id, day, now)
    likely = await likely_times(directory, visit.doctor_id, day, queue, visits, now)
    late = (likely.get(visit.id, visit.start) - visit.start) // MINUTE
    doctor = directory.doctor(visit.doctor_id)
    return QueueView(
        visit.id, name, doctor.name, clinic.view(), visit.start, "", late=late, opens=opens_at(clinic, visit.start),
        room=doctor.room,
    )  # fmt: skip
