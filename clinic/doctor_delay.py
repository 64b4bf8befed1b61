"""How late a doctor is, where staff know it before the queue can show it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from pymongo import IndexModel

from clinic.directory import Directory
from clinic.errors import NotFound
from clinic.queue_stamp import Stamped
from clinic.record import Day, TenantRecord
from clinic.wall_clock import MINUTE, local_day

Row = Mapping[str, Any]


class DoctorDelay(Stamped, TenantRecord):
    """The word for one doctor and local day; the last one counts. ``ready_at``: nobody goes in before. It is void as
    soon as somebody has gone in after it was said: from then on the queue itself shows the pace."""

    doctor_id: str
    day: Day
    minutes: int
    said_at: datetime
    said_by: str
    ready_at: datetime

    class Settings:
        name = "doctor_delays"
        indexes = [IndexModel([("tenant_id", 1), ("doctor_id", 1), ("day", 1)], unique=True)]


async def say_late(
    directory: Directory, doctor_id: str, clinic_id: str, minutes: int, by: str, now: datetime
) -> DoctorDelay:
    """Write down that everything of today will begin so much later than planned; 0 takes an earlier word back. Said
    again it is said anew. Raises ``NotFound``."""
    doctor = directory.doctor(doctor_id)
    day = local_day(now, directory.clinic(clinic_id).zone)
    ready = _begins(directory, doctor.id, clinic_id, day, now) + minutes * MINUTE
    delay = DoctorDelay(
        tenant_id=directory.tenant.id, doctor_id=doctor.id, day=day, minutes=minutes, said_at=now, said_by=by,
        ready_at=ready,
    )  # fmt: skip
    door, facts = DoctorDelay.of(delay.tenant_id), delay.model_dump(exclude={"id", "tenant_id"})
    if not await door.insert_new(delay):
        await door.change({"doctor_id": doctor.id, "day": day.isoformat()}, {"$set": facts})
    return delay


def _begins(directory: Directory, doctor_id: str, clinic_id: str, day: date, now: datetime) -> datetime:
    """Now, or where the doctor's next hours of today have not begun: then."""
    ahead = (shift.time.start for shift in directory.hours(doctor_id, clinic_id, [day]) if shift.time.end > now)
    return max(now, next(ahead, now))


def clinic_today(directory: Directory, doctor_id: str, now: datetime) -> str:
    """Where the doctor works today, or else at all. Raises ``NotFound``."""
    places = [clinic for clinic in directory.active_clinics() if doctor_id in directory.doctors_at(clinic.id)]
    for clinic in places:
        shifts = directory.hours(doctor_id, clinic.id, [local_day(now, clinic.zone)])
        if any(shift.time.end > now for shift in shifts):
            return clinic.id
    if not places:
        raise NotFound("This doctor works at no clinic.")
    return places[0].id


async def said(tenant_id: str, doctors: Iterable[str], days: Iterable[date]) -> dict[str, DoctorDelay]:
    """What was said of these doctors for these days."""
    query = {"doctor_id": {"$in": list(doctors)}, "day": {"$in": [day.isoformat() for day in days]}}
    return {each.doctor_id: each for each in await DoctorDelay.of(tenant_id).find(query)}


def ready(word: DoctorDelay | None, rows: Iterable[Row], now: datetime) -> datetime:
    """From when on patients go in, as far as staff said it. Pure."""
    if word is None or any(row["started_at"] > word.said_at for row in rows if row.get("started_at")):
        return now
    return max(now, word.ready_at if word.minutes else now)


def minutes_until(moment: datetime, now: datetime) -> float:
    """Never less than none."""
    return max(timedelta(), moment - now) / MINUTE
