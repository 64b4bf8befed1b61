"""Making and changing a doctor's regular hours, without leaving booked patients behind unseen."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from clinic import edited
from clinic.availability import Start, starts
from clinic.directory import DIRECTORIES, Directory, fresh_directory
from clinic.errors import ClinicError, Impossible, NotFound
from clinic.interval import Interval, merge
from clinic.schedule import Schedule
from clinic.stranded import Booked, StrandsPatients, stranded_by
from clinic.timetable import clock_minutes
from clinic.wall_clock import days_from, local_day

LOOKED_AHEAD = 400  # days in which two schedules are compared
MIDNIGHT = 24 * 60


class Overlaps(ClinicError):
    """The doctor has other hours at that time: change those first, or choose another time. Their ids are listed."""

    code = "overlaps"

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__()
        self.told = {"overlaps": list(ids)}


def made(directory: Directory, facts: Mapping[str, Any], now: datetime) -> Schedule:
    """A schedule of these facts, in its clinic's zone. Raises ``Impossible``, ``Overlaps``, ``NotFound``."""
    clinic = directory.clinic(facts["clinic_id"])
    try:
        given = {name: value for name, value in facts.items() if value is not None}
        wanted = Schedule(tenant_id=directory.tenant.id, zone=clinic.zone, **given)
    except ValidationError as error:
        raise Impossible(reasons(error)) from None
    check(directory, wanted, now)
    return wanted


def remade(directory: Directory, old: Schedule, changes: Mapping[str, Any], now: datetime) -> Schedule:
    """The schedule with these changes. Raises what ``made`` raises."""
    kept = old.model_dump(exclude={"id", "revision_id", "tenant_id", "zone", "version"})
    new = made(directory, {**kept, **changes, "id": old.id}, now)
    new.version = old.version
    return new


def reasons(error: ValidationError) -> str:
    """What a document says against its facts, without the values."""
    said = (f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False, include_input=False))  # fmt: skip
    return "; ".join(said)


def check(directory: Directory, wanted: Schedule, now: datetime) -> None:
    """Raises ``Impossible`` for hours that cannot be, ``Overlaps`` where the doctor is elsewhere, ``NotFound``."""
    if not directory.doctor(wanted.doctor_id).active or not directory.is_open(wanted.clinic_id):
        raise NotFound
    _check_hours(wanted)
    last = min(wanted.valid_until or date.max, wanted.valid_from + timedelta(days=9 * 366))
    if wanted.valid_until and wanted.valid_until < wanted.valid_from:
        raise Impossible("valid_until lies before valid_from: exchange them, or leave valid_until out")
    if not wanted.timetable.dates(wanted.valid_from, last):
        raise Impossible("the rule picks no day between valid_from and valid_until: change the rule or the dates")
    if others := _overlapping(directory, wanted, now):
        raise Overlaps(others)


def _check_hours(wanted: Schedule) -> None:
    spans = sorted((clock_minutes(start), clock_minutes(end)) for start, end in wanted.hours)
    times = [(start, end if end > start else end + MIDNIGHT) for start, end in spans]
    if any(earlier[1] > later[0] for earlier, later in pairwise(times)):
        raise Impossible("two of the hours overlap: make one of them, or move them apart")
    if any(end - start < wanted.slot_minutes for start, end in times):
        raise Impossible("some hours are shorter than slot_minutes: lengthen them, or choose shorter slots")


def _overlapping(directory: Directory, wanted: Schedule, now: datetime) -> list[str]:
    """The doctor's other schedules that share any time with this one. Rounds take hours away wherever they are: only
    two rounds, or two sets of hours, are in each other's way."""
    first = max(local_day(now, wanted.zone), wanted.valid_from)
    days = days_from(first, LOOKED_AHEAD)
    own = merge(shift.time for shift in wanted.timetable.shifts(days))
    others = (
        each
        for each in directory.schedules
        if (each.doctor_id, each.kind) == (wanted.doctor_id, wanted.kind) and each.id != wanted.id
    )
    return [each.id for each in others if meet(own, (shift.time for shift in each.timetable.shifts(days)))]


def meet(own: Sequence[Interval], others: Any) -> bool:
    """Whether any of the others overlaps one of ``own``, which are in order and apart."""
    beginnings = [each.start for each in own]
    for other in others:
        at = bisect_left(beginnings, other.end)
        if at and own[at - 1].overlaps(other):
            return True
    return False


def replaced(directory: Directory, id: str, wanted: Schedule | None) -> Directory:
    """The practice with this schedule in place of the one with that id, or without it."""
    rest = [each for each in directory.schedules if each.id != id]
    return directory.changed(schedules=[*rest, wanted] if wanted else rest)


async def would_strand(directory: Directory, old: Schedule | None, new: Schedule | None, now: datetime) -> list[Booked]:
    """Whom the change from ``old`` to ``new`` leaves without a doctor."""
    both = [each for each in (old, new) if each]
    after = replaced(directory, both[0].id, new)
    return await stranded_by(directory, after, {each.doctor_id for each in both}, now)


def next_starts(directory: Directory, schedule: Schedule, minutes: int, first: date, count: int) -> list[Start]:
    """What the schedule would offer on ``count`` days from ``first``, less what closes them, booked or not."""
    alone = directory.changed(schedules=[each for each in directory.schedules if each.kind == "hospital_round"])
    shown = alone.changed(schedules=[*alone.schedules, schedule])
    return starts(shown.hours(schedule.doctor_id, schedule.clinic_id, days_from(first, count)), minutes)


async def add(directory: Directory, wanted: Schedule, *, accept: bool, now: datetime) -> Schedule:
    """Store it. Raises ``StrandsPatients``: a round may take booked hours away."""
    _refuse(await would_strand(directory, None, wanted, now), accept)
    await Schedule.of(wanted.tenant_id).insert(wanted)
    DIRECTORIES.forget(wanted.tenant_id)
    return wanted


async def change(
    tenant_id: str, id: str, changes: Mapping[str, Any], version: int | None, *, accept: bool, now: datetime
) -> tuple[Schedule, Schedule]:
    """Change it; as it was, and as it is. Raises what ``made`` raises, ``Stale``, ``StrandsPatients``."""
    directory = await fresh_directory(tenant_id)
    old = await seen(Schedule, tenant_id, id, version)
    new = remade(directory, old, changes, now)
    _refuse(await would_strand(directory, old, new, now), accept)
    both = await edited.edit(Schedule.of(tenant_id), id, {**changes, "zone": new.zone}, version)
    DIRECTORIES.forget(tenant_id)
    return both


async def remove(tenant_id: str, id: str, version: int | None, *, accept: bool, now: datetime) -> Schedule:
    """Delete it. Raises ``NotFound``, ``Stale``, ``StrandsPatients``."""
    directory = await fresh_directory(tenant_id)
    old = await seen(Schedule, tenant_id, id, version)
    _refuse(await would_strand(directory, old, None, now), accept)
    await Schedule.of(tenant_id).delete({"_id": id})
    DIRECTORIES.forget(tenant_id)
    return old


async def seen(kind: type[edited.E], tenant_id: str, id: str, version: int | None) -> edited.E:
    """The document as its editor has seen it. Raises ``NotFound``, ``Stale``."""
    found: edited.E = await kind.of(tenant_id).get(id)
    if version is not None and found.version != version:
        raise edited.Stale(found)
    return found


def _refuse(visits: Sequence[Booked], accept: bool) -> None:
    if visits and not accept:
        raise StrandsPatients(visits)
