"""Making and changing what differs from the regular hours; every answer tells who is hit."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from clinic import edited
from clinic.directory import DIRECTORIES, Directory, fresh_directory
from clinic.errors import Impossible, NotFound
from clinic.exception import ScheduleException
from clinic.interval import merge
from clinic.scheduling import Overlaps, meet, reasons, seen
from clinic.stranded import Booked, StrandsPatients, stranded_by
from clinic.wall_clock import days_from, instant, local_day

LONGEST = timedelta(days=2 * 366)
LONGEST_EXTRA = timedelta(days=1)
AHEAD = timedelta(days=5 * 366)
NEEDS_DOCTOR = {"leave": True, "hospital_round": True, "extra_hours": True, "holiday": False}
WHOSE = {
    True: "leave, hospital rounds and extra hours are of one doctor: give doctor_id",
    False: "a holiday is of a clinic or of the whole practice: leave doctor_id out, or make it a leave",
}


def zone_of(directory: Directory, doctor_id: str, clinic_id: str) -> str:
    """Whose clock is meant by a time without an offset: the clinic's, or the one that all the doctor's clinics share.
    Raises ``Impossible`` where they differ, ``NotFound``."""
    if clinic_id:
        return directory.clinic(clinic_id).zone
    zones = {directory.clinic(each).zone for each in places(directory, doctor_id, clinic_id)}
    if len(zones) != 1:
        raise Impossible("the clinics are in different time zones: name the clinic, or give the times with an offset")
    return zones.pop()


def places(directory: Directory, doctor_id: str, clinic_id: str) -> list[str]:
    """The clinics whose hours it touches."""
    if clinic_id:
        return [clinic_id]
    known = {each.clinic_id for each in directory.schedules if each.doctor_id == doctor_id}
    return sorted(known) if doctor_id and known else [clinic.id for clinic in directory.active_clinics()]


def moment_of(said: datetime, zone: str) -> datetime:
    """A time as it was said, to the minute, as UTC: without an offset it is what the clock in ``zone`` shows."""
    if said.tzinfo is None:
        return instant(said.date(), said.hour * 60 + said.minute, zone)
    return said.astimezone(UTC).replace(second=0, microsecond=0)


def made(directory: Directory, facts: Mapping[str, Any], now: datetime) -> ScheduleException:
    """An exception of these facts. Raises ``Impossible``, ``Overlaps``, ``NotFound``."""
    doctor_id, clinic_id = facts.get("doctor_id") or "", facts.get("clinic_id") or ""
    said = [facts["start"], facts["end"]]
    local = any(each.tzinfo is None for each in said)
    zone = zone_of(directory, doctor_id, clinic_id) if local else "UTC"
    start, end = (moment_of(each, zone) for each in said)
    given = {name: value for name, value in facts.items() if value is not None}
    try:
        wanted = ScheduleException(tenant_id=directory.tenant.id, **{**given, "start": start, "end": end})
    except ValidationError as error:
        raise Impossible(reasons(error)) from None
    check(directory, wanted, now)
    return wanted


def remade(
    directory: Directory, old: ScheduleException, changes: Mapping[str, Any], now: datetime
) -> ScheduleException:
    """The exception with these changes. Raises what ``made`` raises."""
    kept = old.model_dump(exclude={"id", "revision_id", "tenant_id", "version"})
    new = made(directory, {**kept, **changes, "id": old.id}, now)
    new.version = old.version
    return new


def check(directory: Directory, wanted: ScheduleException, now: datetime) -> None:
    """Raises ``Impossible``, ``Overlaps``, ``NotFound``."""
    if wanted.doctor_id and not directory.doctor(wanted.doctor_id).active:
        raise NotFound
    if wanted.clinic_id and not directory.is_open(wanted.clinic_id):
        raise NotFound
    _check_whose(wanted)
    _check_length(wanted, now)
    if others := _overlapping(directory, wanted):
        raise Overlaps(others)


def _check_whose(wanted: ScheduleException) -> None:
    needs = NEEDS_DOCTOR.get(wanted.kind, bool(wanted.doctor_id))
    if needs != bool(wanted.doctor_id):
        raise Impossible(WHOSE[needs])
    if wanted.kind == "block" and not (wanted.doctor_id or wanted.clinic_id):
        raise Impossible("a block is of a doctor or of a clinic: give doctor_id or clinic_id")


def _check_length(wanted: ScheduleException, now: datetime) -> None:
    length = wanted.end - wanted.start
    longest = LONGEST_EXTRA if wanted.kind == "extra_hours" else LONGEST
    if length <= timedelta(0):
        raise Impossible("it ends before it starts: exchange start and end")
    if wanted.end <= now:
        raise Impossible("it is over already: choose an end that is still to come")
    if wanted.start > now + AHEAD:
        raise Impossible("it starts more than five years ahead: check the year")
    if length > longest:
        raise Impossible(f"it lasts longer than {longest.days} days: check the dates, or make several of it")


def _overlapping(directory: Directory, wanted: ScheduleException) -> list[str]:
    """The same said already, or extra hours while the doctor sees patients elsewhere."""
    whose = (wanted.kind, wanted.doctor_id) if wanted.kind == "extra_hours" else _whose(wanted)
    others = [
        each.id
        for each in directory.exceptions
        if (each.kind, each.doctor_id, each.clinic_id)[: len(whose)] == whose
        and each.id != wanted.id
        and each.time.overlaps(wanted.time)
    ]
    return others + (_elsewhere(directory, wanted) if wanted.kind == "extra_hours" else [])


def _whose(each: ScheduleException) -> tuple[str, ...]:
    return each.kind, each.doctor_id, each.clinic_id


def _elsewhere(directory: Directory, wanted: ScheduleException) -> list[str]:
    """The doctor's schedules at other clinics that hold at that time."""
    found = []
    for each in directory.schedules:
        if each.doctor_id == wanted.doctor_id and each.clinic_id != wanted.clinic_id and each.kind == "clinic":
            days = days_from(local_day(wanted.start - timedelta(days=1), each.zone), 4)
            if meet(merge(shift.time for shift in each.timetable.shifts(days)), [wanted.time]):
                found.append(each.id)
    return found


def replaced(directory: Directory, id: str, wanted: ScheduleException | None) -> Directory:
    """The practice with this exception in place of the one with that id, or without it."""
    rest = [each for each in directory.exceptions if each.id != id]
    return directory.changed(exceptions=[*rest, wanted] if wanted else rest)


async def hit(
    directory: Directory, old: ScheduleException | None, new: ScheduleException | None, now: datetime
) -> list[Booked]:
    """Whose visits the change from ``old`` to ``new`` leaves without a doctor."""
    both = [each for each in (old, new) if each]
    doctors = {each.doctor_id for each in both}
    concerned = set(directory.doctors) if "" in doctors else doctors
    return await stranded_by(directory, replaced(directory, both[0].id, new), concerned, now)


async def add(directory: Directory, wanted: ScheduleException, now: datetime) -> list[Booked]:
    """Store it, whoever is hit: a doctor who is ill is ill. Tells whose visits those are."""
    found = await hit(directory, None, wanted, now)
    await ScheduleException.of(wanted.tenant_id).insert(wanted)
    DIRECTORIES.forget(wanted.tenant_id)
    return found


async def change(
    tenant_id: str, id: str, changes: Mapping[str, Any], version: int | None, now: datetime
) -> tuple[ScheduleException, ScheduleException, list[Booked]]:
    """Change it; as it was, as it is, and who is hit. Raises what ``made`` raises, ``Stale``."""
    directory = await fresh_directory(tenant_id)
    old = await seen(ScheduleException, tenant_id, id, version)
    new = remade(directory, old, changes, now)
    found = await hit(directory, old, new, now)
    times = {"start": new.start, "end": new.end}
    before, after = await edited.edit(ScheduleException.of(tenant_id), id, {**changes, **times}, version)
    DIRECTORIES.forget(tenant_id)
    return before, after, found


async def remove(tenant_id: str, id: str, version: int | None, *, accept: bool, now: datetime) -> ScheduleException:
    """Delete it. Raises ``NotFound``, ``Stale``, and, of extra hours that are booked, ``StrandsPatients``."""
    directory = await fresh_directory(tenant_id)
    old = await seen(ScheduleException, tenant_id, id, version)
    found = await hit(directory, old, None, now)
    if found and not accept:
        raise StrandsPatients(found)
    await ScheduleException.of(tenant_id).delete({"_id": id})
    DIRECTORIES.forget(tenant_id)
    return old
