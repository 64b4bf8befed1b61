"""A freed slot, held for one who waits: an appointment with the status ``waitlist`` that carries the slot's cells.

So the claim is the booking lock itself: what is held cannot be booked by anybody else, by whatever way, and no store
but the one that keeps the visits is needed for it. Every change is a compare and set of the hold's version: of an
acceptance and an expiry that meet, one happens.
"""

from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from clinic import diary
from clinic.appointment import Appointment, new_reference
from clinic.booking import Asker, Place, room_for
from clinic.directory import Directory
from clinic.errors import SlotTaken
from clinic.record import ANY_MOMENT, new_id
from clinic.seats import refused_by, take
from clinic.views import Slot
from clinic.waitlist import Wait
from clinic.wall_clock import MINUTE

VIA = "waitlist"


async def holds(tenant_id: str) -> list[Appointment]:
    """All that is held, what runs out first first."""
    query = {"offer_until": ANY_MOMENT}
    return await Appointment.of(tenant_id).find(query, sort=[("offer_until", 1)])


async def hold(directory: Directory, wait: Wait, slot: Slot, until: datetime, now: datetime) -> Appointment | None:
    """Take the slot for one who waits; None where somebody was faster, or they are just being offered another one.
    Raises what ``booking.room_for`` raises."""
    place, asker = _place(wait, slot), _asker()
    room = room_for(directory, place, asker, now)
    made = Appointment(
        tenant_id=wait.tenant_id, request_id=asker.request_id, status="waitlist", start=slot.start,
        history=[asker.change("held", now)], **_theirs(directory, wait, slot, until),
    )  # fmt: skip

    async def write(cells: list[str]) -> Appointment:
        held: Appointment = made.model_copy(update={"cells": cells, "reference": new_reference()})
        await Appointment.of(wait.tenant_id).insert(held)
        diary.enter(held.tenant_id, held.doctor_id, cells, now)
        return held

    try:
        return await take(room, write, now)
    except SlotTaken:
        diary.forget(wait.tenant_id, slot.doctor_id, now)
        return None
    except DuplicateKeyError as error:
        if not (refused_by(error, "patient_id") or refused_by(error, "reference")):
            raise
        return None


async def hand_on(directory: Directory, held: Appointment, wait: Wait, until: datetime, now: datetime) -> bool:
    """Hold it for the next one from now on, in one write: the time is nobody else's in between. False where it is not
    held like that any more, or cannot be. Raises what ``booking.room_for`` raises."""
    slot = Slot(held.start, held.end, held.doctor_id)
    asker = _asker()
    room = room_for(directory, _place(wait, slot), asker, now)

    async def write(cells: list[str]) -> bool:
        theirs = _theirs(directory, wait, slot, until) | {"cells": cells}
        return await _change(held, {"$set": theirs}, asker, "handed_on", now)

    try:
        return await take(room, write, now, own=frozenset(held.cells or ()))
    except SlotTaken:
        return False
    except DuplicateKeyError as error:
        if not refused_by(error, "patient_id"):
            raise
        return False
    finally:
        diary.forget(held.tenant_id, held.doctor_id, now)


async def release(held: Appointment, now: datetime) -> bool:
    """Free it for all; whether it was still held like that. It never was a visit: nothing of it is kept."""
    gone = await Appointment.of(held.tenant_id).delete(_as_seen(held))
    diary.forget(held.tenant_id, held.doctor_id, now)
    return bool(gone)


async def claim(held_id: str, tenant_id: str, version: int, asker: Asker, now: datetime) -> bool:
    """Turn it into a booked visit; whether it was still held like that."""
    update = {"$set": {"status": "booked"}, "$unset": {"offer_until": 1}}
    seen = {"_id": held_id, "status": "waitlist", "version": version}
    return await Appointment.of(tenant_id).change(seen, _noted(update, asker, "booked", now))


async def _change(held: Appointment, update: dict[str, Any], asker: Asker, what: str, now: datetime) -> bool:
    return await Appointment.of(held.tenant_id).change(_as_seen(held), _noted(update, asker, what, now))


def _as_seen(held: Appointment) -> dict[str, Any]:
    return {"_id": held.id, "status": "waitlist", "version": held.version}


def _noted(update: dict[str, Any], asker: Asker, what: str, now: datetime) -> dict[str, Any]:
    entry = asker.change(what, now).model_dump(exclude_none=True)
    return {**update, "$inc": {"version": 1}, "$push": {"history": entry}}


def _asker() -> Asker:
    return Asker(f"hold.{new_id()}", "system", VIA)


def _place(wait: Wait, slot: Slot) -> Place:
    return Place(wait.clinic_id, wait.service_id, slot.doctor_id, slot.start)


def _theirs(directory: Directory, wait: Wait, slot: Slot, until: datetime) -> dict[str, Any]:
    """Whom and what it is held for."""
    length = directory.service(wait.service_id, slot.doctor_id).minutes * MINUTE
    return {
        "clinic_id": wait.clinic_id,
        "doctor_id": slot.doctor_id,
        "service_id": wait.service_id,
        "patient_id": wait.patient_id,
        "patient_name": wait.patient_name,
        "chat_id": wait.chat_id,
        "language": wait.language,
        "end": slot.start + length,
        "wait_id": wait.id,
        "offer_until": until,
    }
