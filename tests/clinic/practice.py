"""A small practice to test with, in a tenant of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from clinic.booking import Asker, For, Place
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES, Directory, directory_of
from clinic.doctor import Doctor
from clinic.exception import ScheduleException
from clinic.place import Clinic
from clinic.record import TenantRecord, new_id
from clinic.schedule import Schedule
from clinic.service import Service
from clinic.tenant import Tenant
from clinic.views import PatientView, Sender, Wish

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)  # a Monday, 07:30 in Kolkata
DAY = date(2027, 1, 4)
NINE = datetime(2027, 1, 4, 3, 30, tzinfo=UTC)  # 09:00 in Kolkata


@dataclass
class Practice:
    """What was opened."""

    tenant: Tenant
    clinic: Clinic
    services: list[Service]
    doctors: list[Doctor]
    asked: int = field(default=0)

    @property
    def id(self) -> str:
        return self.tenant.id

    async def directory(self) -> Directory:
        return await directory_of(self.id)

    async def add(self, *records: TenantRecord) -> None:
        """More facts, seen at once."""
        for record in records:
            await type(record).of(self.id).insert(record)
        DIRECTORIES.forget(self.id)

    async def close(self, start: datetime, end: datetime, **more: Any) -> None:
        """An exception; a doctor's leave unless told otherwise."""
        facts = {"kind": "leave", "doctor_id": self.doctors[0].id, **more}
        await self.add(ScheduleException(tenant_id=self.id, start=start, end=end, **facts))

    def wish(self, service: int = 0, doctor: int | None = None) -> Wish:
        return Wish(self.clinic.id, self.services[service].id, "" if doctor is None else self.doctors[doctor].id)

    def place(self, start: datetime, service: int = 0, doctor: int = 0) -> Place:
        return Place(self.clinic.id, self.services[service].id, self.doctors[doctor].id, start)

    def patient(self) -> For:
        """Somebody new."""
        return For(new_id(), "Ann", new_id(), "en")

    def asker(self, request_id: str = "", staff: bool = False) -> Asker:
        self.asked += 1
        return Asker(
            request_id or f"request-{self.asked}", "staff:1" if staff else "patient", "whatsapp", staff, overbook=staff
        )

    async def guest(self, name: str = "Ann", **more: Any) -> tuple[FrontDesk, PatientView]:
        """A new chat with a patient who agreed to be contacted."""
        desk = FrontDesk(self.id, Sender(new_id()), **more)
        await desk.record_consent("1", True, NOW)
        return desk, await desk.register(new_id(), name, None, True, NOW)


async def open_practice(
    *,
    minutes: Sequence[int] = (30,),
    buffers: tuple[int, int] = (0, 0),
    doctors: int = 1,
    hours: Sequence[tuple[str, str]] = (("09:00", "13:00"),),
    rule: str = "FREQ=DAILY",
    zone: str = "Asia/Kolkata",
    step: int = 15,
    capacity: int = 1,
    overbooking: int = 0,
    limit: int = 3,
    horizon_days: int = 30,
    **more: Any,
) -> Practice:
    """Doctors who all work the same hours at one clinic and offer services of the given lengths."""
    tenant = Tenant(id=new_id(), name="Practice", max_open_bookings=limit)
    clinic = Clinic(
        tenant_id=tenant.id,
        name="Clinic",
        address="1 Road",
        zone=zone,
        currency="INR",
        horizon_days=horizon_days,
        **more,
    )
    before, after = buffers
    services = [
        Service(
            tenant_id=tenant.id, name=f"{length} minutes", minutes=length, position=number, buffer_before=before,
            buffer_after=after,
        )
        for number, length in enumerate(minutes)
    ]  # fmt: skip
    offered = [service.id for service in services]
    people = [
        Doctor(tenant_id=tenant.id, name=f"Dr {number}", service_ids=offered, position=number)
        for number in range(doctors)
    ]
    practice = Practice(tenant, clinic, services, people)
    await tenant.add()
    schedules = [
        Schedule(
            tenant_id=tenant.id, doctor_id=doctor.id, clinic_id=clinic.id, rule=rule, hours=list(hours), zone=zone,
            slot_minutes=step, capacity=capacity, overbooking=overbooking, valid_from=DAY - timedelta(days=364),
        )
        for doctor in people
    ]  # fmt: skip
    await practice.add(clinic, *services, *people, *schedules)
    return practice
