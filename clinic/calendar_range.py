"""A stretch of the calendar: each doctor's hours, what differs from them, and the visits."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clinic import indexed
from clinic.appointment import Appointment
from clinic.directory import Directory
from clinic.exception import ScheduleException
from clinic.interval import Interval
from clinic.record import Query
from clinic.timetable import Shift
from clinic.wall_clock import days_from, local_day

LONGEST = timedelta(hours=12)  # of one visit


@dataclass(frozen=True, slots=True)
class Hours:
    """Some hours at a place."""

    clinic_id: str
    shift: Shift


@dataclass(frozen=True, slots=True)
class Diary:
    """One doctor's part."""

    doctor_id: str
    hours: list[Hours]
    exceptions: list[ScheduleException]
    visits: list[dict[str, Any]]  # stored rows, by start


async def calendar(
    directory: Directory, time: Interval, doctors: Iterable[str], clinics: Iterable[str], scope: Query | None = None
) -> list[Diary]:
    """What touches the time, of those doctors at those clinics. One indexed read for any number of doctors. ``scope``
    leaves out visits that the asker may not see."""
    places, people = list(clinics), list(doctors)
    query = {
        "start": {"$gte": time.start - LONGEST, "$lt": time.end},
        "end": {"$gt": time.start},
        "status": {"$ne": "cancelled"},
        "$and": [{"clinic_id": {"$in": places}}, dict(scope or {})],
    }
    of_doctor = {"doctor_id": people[0]} if len(people) == 1 else {"doctor_id": {"$in": people}}
    rows = await indexed.found(Appointment.of(directory.tenant.id), {**of_doctor, **query}, "start")
    visits: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        visits[row["doctor_id"]].append(row)
    return [
        Diary(
            doctor,
            _hours(directory, doctor, places, time),
            _exceptions(directory, doctor, places, time),
            visits[doctor],
        )
        for doctor in people
    ]


def _hours(directory: Directory, doctor_id: str, clinics: Iterable[str], time: Interval) -> list[Hours]:
    found = (
        Hours(clinic_id, shift)
        for clinic_id in clinics
        for shift in directory.hours(doctor_id, clinic_id, _days(time, directory.clinic(clinic_id).zone))
        if shift.time.overlaps(time)
    )
    return sorted(found, key=lambda hours: hours.shift.time)


def _days(time: Interval, zone: str) -> list[Any]:
    """The local days, and the one before: its hours may reach past midnight."""
    first = local_day(time.start, zone) - timedelta(days=1)
    return days_from(first, (local_day(time.end, zone) - first).days + 1)


def _exceptions(
    directory: Directory, doctor_id: str, clinics: Iterable[str], time: Interval
) -> list[ScheduleException]:
    found = (each for each in directory.exceptions if any(each.concerns(doctor_id, clinic) for clinic in clinics))
    return sorted((each for each in found if each.time.overlaps(time)), key=lambda each: each.start)
