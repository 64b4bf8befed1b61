"""The practice's own facts: places, services, doctors and their hours. Read often, changed rarely, so kept a moment."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from math import inf
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from clinic.availability import Start, hours, starts
from clinic.doctor import Doctor
from clinic.errors import NotFound
from clinic.exception import ScheduleException
from clinic.fresh import Fresh
from clinic.holiday import public_holidays
from clinic.interval import Interval, merge
from clinic.opening_hours import stated
from clinic.place import Clinic
from clinic.practice_record import PracticeRecord
from clinic.record import Record, TenantRecord
from clinic.schedule import Schedule
from clinic.service import Service
from clinic.start_code import Codes, codes_of
from clinic.tenant import Tenant
from clinic.text_override import TextOverride, by_language
from clinic.timetable import Shift
from clinic.views import OpenDay, PracticeView, TenantView, Texts, Wish
from clinic.wall_clock import days_from, local_day

SECONDS = 15.0  # how old it may be: what staff change shows in the chat after this
ALL_AGAIN = 300.0  # seconds after which all is read although nothing seems to have changed
GRIDS = 10_000  # lists of offered starts that are kept
SOME_YEAR = 2027
WEEK = 7  # days

R = TypeVar("R", bound=Record)
T = TypeVar("T", bound=TenantRecord)


@dataclass(frozen=True)
class Directory:
    """All of it, each kind in the order of its lists."""

    tenant: Tenant
    clinics: dict[str, Clinic]
    services: dict[str, Service]
    doctors: dict[str, Doctor]
    schedules: list[Schedule]
    exceptions: list[ScheduleException]
    texts: Texts = field(default_factory=dict)
    _grids: dict[tuple[str, str, str, date, int], list[Start]] = field(default_factory=dict, repr=False, compare=False)

    def view(self) -> TenantView:
        """The practice as the chat knows it, with its own texts."""
        return self.tenant.view(self.texts)

    @property
    def horizon(self) -> timedelta:
        """How far ahead any of the clinics lets patients book."""
        return timedelta(days=max((clinic.horizon_days for clinic in self.clinics.values()), default=0))

    def doctors_for(self, clinic_id: str, service_id: str) -> list[Doctor]:
        """Who offers the service there, while the clinic is active."""
        if not self.is_open(clinic_id):
            return []
        there = self.doctors_at(clinic_id)
        offering = (each for each in self.doctors.values() if each.active and service_id in each.service_ids)
        return [each for each in offering if each.id in there]

    def doctors_at(self, clinic_id: str) -> set[str]:
        """Who has hours there, whatever they offer."""
        there = {each.doctor_id for each in self.schedules if each.clinic_id == clinic_id and each.kind == "clinic"}
        extra = (each for each in self.exceptions if each.clinic_id == clinic_id and each.kind == "extra_hours")
        return there | {each.doctor_id for each in extra}

    def services_at(self, clinic_id: str) -> list[Service]:
        """What anybody offers there."""
        active = (each for each in self.services.values() if each.active)
        return [each for each in active if self.doctors_for(clinic_id, each.id)]

    def hours(self, doctor_id: str, clinic_id: str, days: list[date]) -> list[Shift]:
        """When the doctor sees patients there, on these consecutive local days."""
        own = [each for each in self.schedules if each.doctor_id == doctor_id]
        regular = [each for each in own if each.kind == "clinic" and each.clinic_id == clinic_id]
        rounds = [each for each in own if each.kind == "hospital_round"]
        concerned = [each for each in self.exceptions if each.concerns(doctor_id, clinic_id)]
        away = [each.time for each in concerned if each.kind != "extra_hours"]
        away += self.clinics[clinic_id].closed(days) if clinic_id in self.clinics else []
        away += [shift.time for each in rounds for shift in each.timetable.shifts(days)]
        extra = [each.shift for each in concerned if each.kind == "extra_hours"]
        return hours([shift for each in regular for shift in each.timetable.shifts(days)], away, extra)

    def offered(self, doctor_id: str, clinic_id: str, service_id: str, today: date, count: int) -> list[Start]:
        """All starts that the hours offer on ``count`` days from ``today``, booked or not. Kept, since they change only
        with the directory. The day before is looked at too: its hours may reach past midnight."""
        key = (doctor_id, clinic_id, service_id, today, count)
        if key not in self._grids:
            if len(self._grids) >= GRIDS:
                self._grids.clear()
            days = days_from(today - timedelta(days=1), count + 1)
            self._grids[key] = starts(
                self.hours(doctor_id, clinic_id, days), self.service(service_id, doctor_id).minutes
            )
        return self._grids[key]

    def opening(self, clinic_id: str, days: list[date]) -> list[Interval]:
        """When the clinic is open on these consecutive local days: as it says itself, holidays left out, else when any
        of its doctors is there."""
        clinic = self.clinic(clinic_id)
        if clinic.opening_hours:
            closed = clinic.closed(days)
            return merge(rest for time in stated(clinic.opening_hours, days, clinic.zone) for rest in time - closed)
        active = (doctor.id for doctor in self.doctors.values() if doctor.active)
        return merge(shift.time for doctor_id in active for shift in self.hours(doctor_id, clinic_id, days))

    @cached_property
    def practice(self) -> PracticeView:
        """All that can be booked, made once."""
        active = {each.id for each in self.services.values() if each.active}
        offers = [
            Wish(clinic.id, service_id, doctor.id)
            for clinic in self.active_clinics()
            for there in (self.doctors_at(clinic.id),)
            for doctor in self.doctors.values()
            if doctor.active and doctor.id in there
            for service_id in doctor.service_ids
            if service_id in active
        ]
        doctors, services = {each.doctor_id for each in offers}, {each.service_id for each in offers}
        return PracticeView(
            tuple(each.view() for each in self.doctors.values() if each.id in doctors),
            tuple(each.view() for each in self.services.values() if each.id in services),
            tuple(offers),
        )

    @cached_property
    def start_codes(self) -> Codes:
        """By which links and posters begin a conversation."""
        return codes_of(self.tenant.id, [each.id for each in self.active_clinics()], self.practice)

    def week(self, clinic_id: str, now: datetime, doctor_id: str = "") -> list[OpenDay]:
        """The hours of the clinic, or of a doctor there, on seven local days from today."""
        zone = self.clinic(clinic_id).zone
        days = days_from(local_day(now, zone), WEEK)
        if doctor_id:
            open_times = merge(shift.time for shift in self.hours(doctor_id, clinic_id, days))
        else:
            open_times = self.opening(clinic_id, days)
        return [open_day(day, open_times, zone) for day in days]

    def is_open(self, clinic_id: str) -> bool:
        """Whether the clinic is there, and was not closed for good."""
        return clinic_id in self.clinics and self.clinics[clinic_id].active

    def active_clinics(self) -> list[Clinic]:
        """Those where patients are seen."""
        return [clinic for clinic in self.clinics.values() if clinic.active]

    def changed(self, **kinds: Any) -> "Directory":
        """As it would be with these kinds of records instead; nothing that was computed is taken along."""
        return replace(self, **kinds, _grids={})

    def clinic(self, id: str) -> Clinic:
        """The place. Raises ``NotFound``, as do the next two."""
        return _found(self.clinics, id)

    def service(self, id: str, doctor_id: str = "") -> Service:
        """The service, with the length and fee that it has with that doctor."""
        doctor, service = self.doctors.get(doctor_id), _found(self.services, id)
        return doctor.offering(service) if doctor else service

    def doctor(self, id: str) -> Doctor:
        """The doctor."""
        return _found(self.doctors, id)


def open_day(day: date, times: Sequence[Interval], zone: str) -> OpenDay:
    """The times that begin on a local day."""
    clock = ZoneInfo(zone)
    local = [(each.start.astimezone(clock), each.end.astimezone(clock)) for each in times]
    return OpenDay(day, tuple((start.time(), end.time()) for start, end in local if start.date() == day))


def _found(records: dict[str, R], id: str) -> R:
    if id not in records:
        raise NotFound
    return records[id]


KINDS: Sequence[type[PracticeRecord]] = (Clinic, Service, Doctor, Schedule, ScheduleException, TextOverride)
_last: dict[str, tuple[float, Directory]] = {}  # when all of it was read


async def _load(tenant_id: str) -> Directory:
    """Where the tenant counts no change the same object again, with all that was computed from it. A crash may leave
    one uncounted: now and then all is read all the same."""
    tenant, now = await Tenant.load(tenant_id), time.monotonic()
    read_at, known = _last.get(tenant_id, (now, None))
    if known is None or known.tenant != tenant or now - read_at > ALL_AGAIN:
        rows = await asyncio.gather(*(kind.of(tenant_id).rows() for kind in KINDS))
        read = _directory(tenant, rows)
        await asyncio.to_thread(_learn_holidays, read)
        known = known if known == read else read
        _last[tenant_id] = (now, known)
    return known


def _directory(tenant: Tenant, rows: Sequence[list[dict[str, Any]]]) -> Directory:
    clinics, services, doctors, schedules, exceptions, texts = rows
    return Directory(
        tenant,
        _listed(Clinic, clinics),
        _listed(Service, services),
        _listed(Doctor, doctors),
        [Schedule.model_validate(row) for row in schedules],
        [ScheduleException.model_validate(row) for row in exceptions],
        by_language(map(TextOverride.model_validate, texts)),
    )


def _learn_holidays(directory: Directory) -> None:
    """A country's rules take a third of a second to load: not while somebody waits for the loop."""
    for rules in (clinic.holidays for clinic in directory.clinics.values()):
        if rules.country:
            public_holidays(rules.country, rules.subdivision, SOME_YEAR)


def _listed(kind: type[T], rows: list[dict[str, Any]]) -> dict[str, T]:
    records = (kind.model_validate(row) for row in sorted(rows, key=lambda row: (row.get("position", 0), row["_id"])))
    return {record.id: record for record in records}


DIRECTORIES: Fresh[str, Directory] = Fresh(_load, SECONDS)


async def directory_of(tenant_id: str) -> Directory:
    """The tenant's directory, a few seconds old at most. Raises ``NotFound``."""
    return await DIRECTORIES.get(tenant_id)


def _distrust(tenant_id: str) -> None:
    DIRECTORIES.forget(tenant_id)
    if tenant_id in _last:
        _last[tenant_id] = (-inf, _last[tenant_id][1])


async def fresh_directory(tenant_id: str) -> Directory:
    """The same, all of it read again: for those who are about to change it."""
    _distrust(tenant_id)
    return await directory_of(tenant_id)
