"""Changing a clinic, a doctor or a service without leaving booked patients behind unseen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from clinic import edited
from clinic.directory import DIRECTORIES, Directory, fresh_directory
from clinic.doctor import Doctor
from clinic.errors import ClinicError, Impossible
from clinic.place import Clinic
from clinic.scheduling import reasons, seen
from clinic.service import Service
from clinic.stranded import Booked, StrandsPatients, stranded_by, upcoming


class ClinicHasBookings(ClinicError):
    """Visits are still booked there: move or cancel them first, then close the clinic. They are listed."""

    code = "clinic_has_bookings"

    def __init__(self, visits: list[Booked]) -> None:
        super().__init__()
        self.told = StrandsPatients(visits).told


class ZoneInUse(ClinicError):
    """The hours of the clinic's schedules are meant by its old clock: delete its schedules first."""

    code = "zone_in_use"


async def change_clinic(
    tenant_id: str, id: str, changes: Mapping[str, Any], version: int | None, *, accept: bool, now: datetime
) -> tuple[Clinic, Clinic]:
    """Change it. Raises ``NotFound``, ``Stale``, ``Impossible``, ``ZoneInUse``, ``ClinicHasBookings``,
    ``StrandsPatients`` (new holidays)."""
    directory = await fresh_directory(tenant_id)
    old = await seen(Clinic, tenant_id, id, version)
    new = _changed(old, changes)
    if new.zone != old.zone and any(each.clinic_id == id for each in directory.schedules):
        raise ZoneInUse
    if old.active and not new.active:
        await _check_empty(directory, id, now)
    after = directory.changed(clinics={**directory.clinics, id: new})
    await _check_stranded(directory, after, set(directory.doctors), accept, now)
    return await _edit(Clinic, tenant_id, id, changes, version)


async def change_doctor(
    tenant_id: str, id: str, changes: Mapping[str, Any], version: int | None, *, accept: bool, now: datetime
) -> tuple[Doctor, Doctor]:
    """Change him or her. Raises ``NotFound``, ``Stale``, ``Impossible``, ``StrandsPatients`` (who leaves)."""
    directory = await fresh_directory(tenant_id)
    old = await seen(Doctor, tenant_id, id, version)
    new = _changed(old, changes)
    check_services(directory, new)
    after = directory.changed(doctors={**directory.doctors, id: new})
    await _check_stranded(directory, after, {id}, accept, now)
    return await _edit(Doctor, tenant_id, id, changes, version)


async def change_service(
    tenant_id: str, id: str, changes: Mapping[str, Any], version: int | None
) -> tuple[Service, Service]:
    """Change it; visits that are booked keep their length. Raises ``NotFound``, ``Stale``, ``Impossible``."""
    _changed(await seen(Service, tenant_id, id, version), changes)
    return await _edit(Service, tenant_id, id, changes, version)


def check_services(directory: Directory, doctor: Doctor) -> None:
    """Raises ``NotFound`` where the doctor would offer something that there is not."""
    for service_id in (*doctor.service_ids, *(each.service_id for each in doctor.own_terms)):
        directory.service(service_id)


def _changed(old: edited.E, changes: Mapping[str, Any]) -> edited.E:
    wanted = {**old.model_dump(by_alias=True), **changes}
    try:
        new: edited.E = type(old).model_validate({name: value for name, value in wanted.items() if value is not None})
    except ValidationError as error:
        raise Impossible(reasons(error)) from None
    return new


async def _check_empty(directory: Directory, clinic_id: str, now: datetime) -> None:
    visits = await upcoming(directory.tenant.id, directory.doctors, now)
    if there := [visit for visit in visits if visit.clinic_id == clinic_id]:
        raise ClinicHasBookings(there)


async def _check_stranded(before: Directory, after: Directory, doctors: set[str], accept: bool, now: datetime) -> None:
    visits = await stranded_by(before, after, doctors, now)
    if visits and not accept:
        raise StrandsPatients(visits)


async def _edit(
    kind: type[edited.E], tenant_id: str, id: str, changes: Mapping[str, Any], version: int | None
) -> tuple[edited.E, edited.E]:
    both: tuple[edited.E, edited.E] = await edited.edit(kind.of(tenant_id), id, changes, version)
    DIRECTORIES.forget(tenant_id)
    return both
