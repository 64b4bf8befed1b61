"""Booking, moving and cancelling visits. The database itself refuses what would be one too many.

There is no check and then an insert: an appointment carries its five-minute cells, each with a seat, and a unique index
over them turns every overlap into a duplicate key, however many processes race. All that is read before only spares a
vain attempt. Nothing here is locked, so nothing can stay locked.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from clinic import diary, metrics, news
from clinic.appointment import Appointment, new_reference
from clinic.availability import Start
from clinic.directory import Directory, directory_of
from clinic.errors import (
    ClinicError,
    NotChangeable,
    SlotNotOffered,
    SlotTaken,
    TooFarAhead,
    TooLateToCancel,
    TooLateToMove,
    TooManyBookings,
    TooSoon,
)
from clinic.history import Change
from clinic.seats import Room, refused_by, take
from clinic.wall_clock import MINUTE, local_day, minutes, moment

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants it, by which way, and the id of the message or request: asking again with it changes nothing. ``staff``
    is not held to notice, horizon and the limit of open bookings; with ``overbook`` they take a seat beyond the
    capacity where there is none within it."""

    request_id: str
    by: str  # "patient", "staff:<id>", "system"
    via: str  # "whatsapp", "console", "api"
    staff: bool = False
    overbook: bool = False

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
    """Whom it is for. ``is_new``: registered just now, so that there is nothing to count yet."""

    patient_id: str
    patient_name: str = ""
    chat_id: str = ""
    language: str = ""
    is_new: bool = False


async def book(directory: Directory, place: Place, whom: For, asker: Asker, now: datetime) -> Appointment:
    """Book the visit.

    Raises ``SlotTaken``, ``SlotNotOffered``, ``TooSoon``, ``TooFarAhead``, ``TooManyBookings``, ``NotFound``.
    """
    try:
        room = room_for(directory, place, asker, now)
        await check_limit(directory, whom, asker, now, place.clinic_id)
        return await _insert(_appointment(directory, place, whom, asker, now), room, now)
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
    if has_done(old, asker):
        return old
    _check_changeable(old, version, asker, now)
    _check_in_time(old, directory, asker, now, "move_limit_minutes", TooLateToMove)
    room = room_for(directory, place, asker, now)
    entry = asker.change("moved", now, was=old.start)

    async def write(cells: list[str]) -> Appointment:
        where = {"clinic_id": place.clinic_id, "doctor_id": place.doctor_id, "service_id": place.service_id}
        when = {"start": place.start, "end": _end(directory, place), "cells": cells}
        update = {"$set": {**where, **when, "coming_at": None}, "$inc": {"version": 1, "start_version": 1}}
        return await compare_and_set(old, update, entry, now)

    try:
        return await take(room, write, now, own=_seats_of(old, place))
    except SlotTaken:
        current = await Appointment.of(old.tenant_id).get(old.id)
        if has_done(current, asker):  # it was this very request, a moment ahead of us
            return current
        raise
    finally:
        diary.forget(old.tenant_id, place.doctor_id, now)


async def cancel(
    tenant_id: str, appointment_id: str, version: int, asker: Asker, now: datetime, reason: str = ""
) -> Appointment:
    """Cancel a visit whose ``version`` the asker has seen; its time is free at once. Raises ``NotChangeable``."""
    old = await Appointment.of(tenant_id).get(appointment_id)
    if has_done(old, asker):
        return old
    _check_changeable(old, version, asker, now)
    _check_in_time(old, await directory_of(tenant_id), asker, now, "cancel_limit_minutes", TooLateToCancel)
    update = {"$set": {"status": "cancelled"}, "$unset": {"cells": 1}, "$inc": {"version": 1}}
    return await compare_and_set(old, update, asker.change("cancelled", now, reason=reason), now)


async def asked_before(tenant_id: str, doctor_id: str, request_id: str) -> Appointment | None:
    """What this request has booked already."""
    return await Appointment.of(tenant_id).find_one({"doctor_id": doctor_id, "request_id": request_id})


def room_for(directory: Directory, place: Place, asker: Asker, now: datetime) -> Room:
    """The time that the visit would use up. Raises ``TooSoon``, ``TooFarAhead``, ``SlotNotOffered``, ``NotFound``."""
    clinic = directory.clinic(place.clinic_id)
    if not asker.staff and place.start < now + clinic.notice_minutes * MINUTE:
        raise TooSoon
    if not asker.staff and place.start > now + timedelta(days=clinic.horizon_days):
        raise TooFarAhead
    offered = _offered(directory, place)
    cells = directory.service(place.service_id, place.doctor_id).visit.cells(offered.minute)
    capacity = offered.seats if asker.staff and asker.overbook else offered.capacity
    return Room(directory.tenant.id, place.doctor_id, place.start, cells, capacity)


def _offered(directory: Directory, place: Place) -> Start:
    """What the doctor's hours offer at that time, booked or not."""
    if place.doctor_id not in {doctor.id for doctor in directory.doctors_for(place.clinic_id, place.service_id)}:
        raise SlotNotOffered
    day = local_day(place.start, directory.clinic(place.clinic_id).zone)
    offered = directory.offered(place.doctor_id, place.clinic_id, place.service_id, day, 1)
    at = bisect_left(offered, (minutes(place.start),))
    if at == len(offered) or moment(offered[at].minute) != place.start:
        raise SlotNotOffered
    return offered[at]


async def check_limit(directory: Directory, whom: For, asker: Asker, now: datetime, clinic_id: str = "") -> None:
    """Raises ``TooManyBookings``, by the limit of the practice or of the clinic. A policy and no guarantee: two chats
    of one patient may pass it side by side."""
    if asker.staff or whom.is_new:
        return
    query = {"patient_id": whom.patient_id, "start": {"$gte": now}}
    ahead = await Appointment.of(directory.tenant.id).rows(query, fields=("status", "clinic_id"))
    places = [row["clinic_id"] for row in ahead if row["status"] == "booked"]
    limit = directory.clinics[clinic_id].max_open_bookings if clinic_id in directory.clinics else None
    if len(places) >= directory.tenant.max_open_bookings or (limit is not None and places.count(clinic_id) >= limit):
        raise TooManyBookings


def _appointment(directory: Directory, place: Place, whom: For, asker: Asker, now: datetime) -> Appointment:
    return Appointment(
        tenant_id=directory.tenant.id,
        request_id=asker.request_id,
        via=asker.via,
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


async def _insert(wanted: Appointment, room: Room, now: datetime) -> Appointment:
    appointments = Appointment.of(wanted.tenant_id)

    async def write(cells: list[str]) -> Appointment:
        booked: Appointment = wanted.model_copy(update={"cells": cells})
        try:
            await appointments.insert(booked)
        except DuplicateKeyError as error:
            if refused_by(error, "reference"):
                wanted.reference = new_reference()
                return await write(cells)
            earlier = await asked_before(booked.tenant_id, booked.doctor_id, booked.request_id)
            if earlier is None:
                raise
            return earlier
        diary.enter(booked.tenant_id, booked.doctor_id, cells, now)
        metrics.BOOKINGS.labels(booked.history[0].via).inc()
        await tell(booked, "booked")
        return booked

    return await take(room, write, now)


def _seats_of(old: Appointment, place: Place) -> frozenset[str]:
    """What a move to that place gives up there."""
    return frozenset(old.cells or ()) if old.doctor_id == place.doctor_id else frozenset()


def _end(directory: Directory, place: Place) -> datetime:
    return place.start + directory.service(place.service_id, place.doctor_id).minutes * MINUTE


def has_done(appointment: Appointment, asker: Asker) -> bool:
    """Whether this very request has changed the visit already."""
    return any(entry.request_id == asker.request_id for entry in appointment.history[1:])


def _check_changeable(appointment: Appointment, version: int, asker: Asker, now: datetime) -> None:
    over = not asker.staff and appointment.start <= now
    if over or appointment.status != "booked" or appointment.version != version:
        raise NotChangeable


def _check_in_time(
    old: Appointment, directory: Directory, asker: Asker, now: datetime, limit: str, refusal: type[ClinicError]
) -> None:
    """The clinic's limit in minutes before the start, for patients."""
    clinic = directory.clinics.get(old.clinic_id)
    if clinic and asker.by != SYSTEM and not asker.staff and old.start - getattr(clinic, limit) * MINUTE < now:
        raise refusal


async def compare_and_set(old: Appointment, update: dict[str, Any], entry: Change, now: datetime) -> Appointment:
    """The change and its entry in the history in one write, refused if anybody changed the visit since ``old``."""
    appointments = Appointment.of(old.tenant_id)
    seen = {"_id": old.id, "status": old.status, "version": old.version}
    changed = await appointments.change(seen, {**update, "$push": {"history": entry.model_dump(exclude_none=True)}})
    diary.forget(old.tenant_id, old.doctor_id, now)
    current = await appointments.get(old.id)
    if not changed and all(done.request_id != entry.request_id for done in current.history[1:]):
        raise NotChangeable
    if changed:
        await tell(current, entry.what)
    return current


async def tell(visit: Appointment, what: str) -> None:
    """Let the screens of the staff look again."""
    await news.tell(
        visit.tenant_id, f"appointment.{what}", visit.id, clinic_id=visit.clinic_id, doctor_id=visit.doctor_id
    )
