"""Booking, moving and cancelling visits. The database itself refuses what would be one too many.

There is no check and then an insert: an appointment carries its five-minute cells, each with a seat, and a unique index
over them turns every overlap into a duplicate key, however many processes race. All that is read before only spares a
vain attempt. Nothing here is locked, so nothing can stay locked.
"""

from bisect import bisect_left
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from clinic import diary
from clinic.appointment import Appointment, new_reference
from clinic.availability import Start
from clinic.cells import choose
from clinic.directory import Directory
from clinic.errors import (
    ClinicError,
    NotChangeable,
    SlotNotOffered,
    SlotTaken,
    TooFarAhead,
    TooManyBookings,
    TooSoon,
)
from clinic.history import Change
from clinic.wall_clock import local_day, minutes

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants it, by which way, and the id of the message or request: asking again with it changes nothing. ``staff``
    may overbook, and is not held to notice, horizon and the limit of open bookings."""

    request_id: str
    by: str  # "patient", "staff:<id>", "system"
    via: str  # "whatsapp", "console", "api"
    staff: bool = False

    def change(self, what: str, now: datetime, **more: Any) -> Change:
        """The entry for the appointment's history."""
        return Change(what=what, by=self.by, via=self.via, at=now, request_id=self.request_id, **more)


@dataclass(frozen=True, slots=True)
class Place:
    """A time of a doctor at a clinic, for a service."""

    clinic_id: str
    service_id: str
    doctor_id: str
    start: datetime


@dataclass(frozen=True, slots=True)
class For:
    """Whom it is for."""

    patient_id: str
    patient_name: str = ""
    chat_id: str = ""
    language: str = ""


async def book(directory: Directory, place: Place, whom: For, asker: Asker, now: datetime) -> Appointment:
    """Book the visit.

    Raises ``SlotTaken``, ``SlotNotOffered``, ``TooSoon``, ``TooFarAhead``, ``TooManyBookings``, ``NotFound``.
    """
    try:
        offered = check_place(directory, place, asker.staff, now)
        await check_limit(directory, whom, asker.staff, now)
        return await _insert(_appointment(directory, place, whom, asker, now), directory, place, offered, asker, now)
    except ClinicError as refusal:
        if earlier := await asked_before(directory.tenant.id, place.doctor_id, asker.request_id):
            return earlier
        if isinstance(refusal, SlotTaken):
            diary.forget(directory.tenant.id, place.doctor_id, now)
        raise


async def move(
    directory: Directory, appointment_id: str, version: int, place: Place, asker: Asker, now: datetime
) -> Appointment:
    """Move a visit whose ``version`` the asker has seen; its old time is free in the same write.

    Raises what ``book`` raises, and ``NotChangeable``.
    """
    old = await Appointment.of(directory.tenant.id).get(appointment_id)
    if _has_done(old, asker):
        return old
    _check_changeable(old, version, asker, now)
    offered = check_place(directory, place, asker.staff, now)
    entry = asker.change("moved", now, was=old.start)

    async def write(cells: list[str]) -> Appointment:
        changed = {"clinic_id": place.clinic_id, "doctor_id": place.doctor_id, "service_id": place.service_id}
        times = {"start": place.start, "end": _end(directory, place)}
        update = {"$set": {**changed, **times, "cells": cells}, "$inc": {"version": 1, "start_version": 1}}
        return await _compare_and_set(old, update, entry, now)

    moved = await _take(directory, place, offered, asker, now, write, own=frozenset(old.cells or ()))
    diary.forget(moved.tenant_id, moved.doctor_id, now)
    return moved


async def cancel(
    tenant_id: str, appointment_id: str, version: int, asker: Asker, now: datetime, reason: str = ""
) -> Appointment:
    """Cancel a visit whose ``version`` the asker has seen; its time is free at once. Raises ``NotChangeable``."""
    old = await Appointment.of(tenant_id).get(appointment_id)
    if _has_done(old, asker):
        return old
    _check_changeable(old, version, asker, now)
    update = {"$set": {"status": "cancelled"}, "$unset": {"cells": 1}, "$inc": {"version": 1}}
    return await _compare_and_set(old, update, asker.change("cancelled", now, reason=reason), now)


async def asked_before(tenant_id: str, doctor_id: str, request_id: str) -> Appointment | None:
    """What this request has booked already."""
    return await Appointment.of(tenant_id).find_one({"doctor_id": doctor_id, "request_id": request_id})


def check_place(directory: Directory, place: Place, staff: bool, now: datetime) -> Start:
    """What the doctor's hours offer at that time. Raises ``TooSoon``, ``TooFarAhead``, ``SlotNotOffered``."""
    clinic = directory.clinic(place.clinic_id)
    if not staff and place.start < now + clinic.notice_minutes * MINUTE:
        raise TooSoon
    if not staff and place.start > now + timedelta(days=clinic.horizon_days):
        raise TooFarAhead
    if place.doctor_id not in {doctor.id for doctor in directory.doctors_for(place.clinic_id, place.service_id)}:
        raise SlotNotOffered
    today = local_day(place.start, clinic.zone)
    offered = directory.offered(place.doctor_id, place.clinic_id, place.service_id, today, 1)
    minute = minutes(place.start)
    at = bisect_left(offered, (minute,))
    if place.start.second or place.start.microsecond or at == len(offered) or offered[at].minute != minute:
        raise SlotNotOffered
    return offered[at]


async def check_limit(directory: Directory, whom: For, staff: bool, now: datetime) -> None:
    """Raises ``TooManyBookings``. A policy and no guarantee: two chats of one patient may pass it side by side."""
    if staff:
        return
    query = {"patient_id": whom.patient_id, "start": {"$gte": now}}
    ahead = await Appointment.of(directory.tenant.id).rows(query, fields=("status",))
    if sum(row["status"] == "booked" for row in ahead) >= directory.tenant.max_open_bookings:
        raise TooManyBookings


def _appointment(directory: Directory, place: Place, whom: For, asker: Asker, now: datetime) -> Appointment:
    return Appointment(
        tenant_id=directory.tenant.id,
        request_id=asker.request_id,
        clinic_id=place.clinic_id,
        doctor_id=place.doctor_id,
        service_id=place.service_id,
        patient_id=whom.patient_id,
        patient_name=whom.patient_name,
        chat_id=whom.chat_id,
        language=whom.language,
        start=place.start,
        end=_end(directory, place),
        history=[asker.change("booked", now)],
    )


async def _insert(
    wanted: Appointment, directory: Directory, place: Place, offered: Start, asker: Asker, now: datetime
) -> Appointment:
    async def write(cells: list[str]) -> Appointment:
        booked: Appointment = wanted.model_copy(update={"cells": cells})
        try:
            await Appointment.of(booked.tenant_id).insert(booked)
        except DuplicateKeyError as error:
            if _refused_by(error, "request_id"):
                earlier = await asked_before(booked.tenant_id, booked.doctor_id, booked.request_id)
                return earlier or booked
            if not _refused_by(error, "reference"):
                raise
            wanted.reference = new_reference()
            return await write(cells)
        diary.enter(booked.tenant_id, booked.doctor_id, cells, now)
        return booked

    return await _take(directory, place, offered, asker, now, write)


async def _take(
    directory: Directory,
    place: Place,
    offered: Start,
    asker: Asker,
    now: datetime,
    write: Callable[[list[str]], Awaitable[Appointment]],
    own: frozenset[str] = frozenset(),
) -> Appointment:
    """Write with one choice of seats after another. Raises ``SlotTaken`` when there is none left.

    Every refusal means that somebody took a seat after we looked, so as many attempts as there are seats are enough.
    """
    cells = directory.service(place.service_id).visit.cells(minutes(place.start))
    capacity = offered.seats if asker.staff else offered.capacity
    taken = await _taken(directory.tenant.id, place, cells, now)
    for _ in range(1 + len(cells) * offered.seats):
        chosen = choose(cells, taken - own, capacity)
        if chosen is None:
            break
        try:
            return await write(chosen)
        except DuplicateKeyError as error:
            if not _refused_by(error, "cells"):
                raise
        taken = await _seats(directory.tenant.id, place)
    raise SlotTaken


async def _taken(tenant_id: str, place: Place, cells: range, now: datetime) -> frozenset[str]:
    """The seats taken around the visit; not looked up where the diary in memory knows of none."""
    known = diary.known(tenant_id, place.doctor_id, now)
    if known and not known.load(cells.start, cells.stop):
        return frozenset()
    return await _seats(tenant_id, place)


async def _seats(tenant_id: str, place: Place) -> frozenset[str]:
    nearby = (place.start - diary.LONGEST, place.start + diary.LONGEST)
    return frozenset(await diary.taken_cells(tenant_id, place.doctor_id, *nearby))


def _refused_by(error: DuplicateKeyError, field: str) -> bool:
    """Whether it was the unique index over this field."""
    return field in (error.details or {}).get("keyPattern", {})


def _end(directory: Directory, place: Place) -> datetime:
    return place.start + directory.service(place.service_id).minutes * MINUTE


def _has_done(appointment: Appointment, asker: Asker) -> bool:
    return any(entry.request_id == asker.request_id for entry in appointment.history[1:])


def _check_changeable(appointment: Appointment, version: int, asker: Asker, now: datetime) -> None:
    over = not asker.staff and appointment.start <= now
    if over or appointment.status != "booked" or appointment.version != version:
        raise NotChangeable


async def _compare_and_set(old: Appointment, update: dict[str, Any], entry: Change, now: datetime) -> Appointment:
    """The change and its entry in the history in one write, refused if anybody changed the visit since ``old``."""
    appointments = Appointment.of(old.tenant_id)
    seen = {"_id": old.id, "status": old.status, "version": old.version}
    changed = await appointments.change(seen, {**update, "$push": {"history": entry.model_dump(exclude_none=True)}})
    diary.forget(old.tenant_id, old.doctor_id, now)
    current = await appointments.get(old.id)
    if not changed and all(done.request_id != entry.request_id for done in current.history[1:]):
        raise NotChangeable
    return current
