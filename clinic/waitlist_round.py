"""The rounds of the waitlist: a freed slot is held and offered to the one who has waited longest and whom it suits; at
their no, or at the end of their time, to the next; when nobody is left it is free for all.

``advance`` may be called at any time, by anybody, any number of times: it looks at what is stored and takes the next
steps. What a crash left between two writes is completed by the next call.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from clinic import held_slot, metrics, slot_offer, waitlist
from clinic.appointment import Appointment
from clinic.directory import Directory, directory_of
from clinic.errors import ClinicError
from clinic.held_slot import holds
from clinic.slot_offer import Outcome, offer_id
from clinic.slot_offer_made import announce, settle
from clinic.views import Slot
from clinic.waitlist import Wait, slot_key
from clinic.waitlist_match import free_slots, is_for, may_book, offered_until, still_offered


class NotWaiting(ClinicError):
    """This wish is not on the waitlist any more: it was met, withdrawn, or its last day is over."""

    code = "not_waiting"


class BeingOffered(ClinicError):
    """This patient is being offered a time at this moment: wait for their answer."""

    code = "being_offered"


class NothingToOffer(ClinicError):
    """There is no free time that suits this wish and was not offered before, or the patient may not be written to: book
    another time for them, or call."""

    code = "nothing_to_offer"


async def advance(tenant_id: str, now: datetime) -> list[str]:
    """One step of every round of a practice; the ids of the promises to be kept at once."""
    directory = await directory_of(tenant_id)
    due = await settle(directory, now)
    held, waits = await holds(tenant_id), await _still_waiting(tenant_id, now)
    for each in held:
        due += await _look_after(directory, each, waits, now)
    return due + await _offer_free(directory, waits, now) if waits else due


async def pass_on(held: Appointment, outcome: Outcome, now: datetime) -> list[str]:
    """Take the slot from the one it is held for, and offer it to the next or free it for all; the ids of the promises
    to be kept at once. Nothing happens where it is not held like that any more."""
    waits = await _still_waiting(held.tenant_id, now)
    return await _pass_on(await directory_of(held.tenant_id), held, waits, outcome, now)


async def offer_now(wait: Wait, now: datetime) -> list[str]:
    """Hold and offer the earliest free time that suits, whoever else waits, also one that was free when the wish was
    made; the ids of the promises to be kept at once. Raises ``NotWaiting``, ``BeingOffered``, ``NothingToOffer``."""
    if wait.status != "waiting" or wait.ends_at <= now:
        raise NotWaiting
    if any(each.patient_id == wait.patient_id for each in await holds(wait.tenant_id)):
        raise BeingOffered
    directory = await directory_of(wait.tenant_id)
    held = await _hold_best(directory, wait.model_copy(update={"seen": []}), now)
    if held is None:
        raise NothingToOffer
    return await announce(directory, held, now) or []


async def _still_waiting(tenant_id: str, now: datetime) -> list[Wait]:
    """Those whose time is not over yet, the longest waiting first."""
    waits = await waitlist.waiting(tenant_id)
    for wait in waits:
        if wait.ends_at <= now:
            await waitlist.end(wait, "expired", now)
    return [wait for wait in waits if wait.ends_at > now]


async def _look_after(directory: Directory, held: Appointment, waits: Sequence[Wait], now: datetime) -> list[str]:
    """Complete what a crash left out, and pass on what was not taken in time, or is not to be had any more."""
    wanted = any(wait.id == held.wait_id for wait in waits) and still_offered(directory, held, now)
    due = await announce(directory, held, now) if wanted else None
    if due is None:
        return await _pass_on(directory, held, waits, "withdrawn", now)
    if held.offer_until and held.offer_until <= now:
        return await _pass_on(directory, held, waits, "expired", now)
    return due


async def _pass_on(
    directory: Directory, held: Appointment, waits: Sequence[Wait], outcome: Outcome, now: datetime
) -> list[str]:
    if not (await _hand_on(directory, held, waits, now) or await held_slot.release(held, now)):
        return []
    if await slot_offer.close(held.tenant_id, offer_id(held.id, held.version), outcome, now):
        metrics.OFFERS.labels(outcome).inc()
    seen = {"_id": held.id, "status": "waitlist", "version": held.version + 1}
    theirs = await Appointment.of(held.tenant_id).find_one(seen)
    return (await announce(directory, theirs, now) or []) if theirs else []


async def _hand_on(directory: Directory, held: Appointment, waits: Sequence[Wait], now: datetime) -> bool:
    async for wait in _next(directory, held, waits, now):
        until = offered_until(directory.clinic(wait.clinic_id), held.start, now)
        try:
            if await held_slot.hand_on(directory, held, wait, until, now):
                return True
        except ClinicError:  # the doctor does not offer their service at that time
            continue
    return False


async def _next(directory: Directory, held: Appointment, waits: Sequence[Wait], now: datetime) -> AsyncIterator[Wait]:
    """Who may be offered the held slot next, the longest waiting first."""
    busy = {each.patient_id for each in await holds(held.tenant_id)}
    slot = Slot(held.start, held.end, held.doctor_id)
    for wait in waits:
        if wait.clinic_id == held.clinic_id and wait.patient_id not in busy and is_for(directory, wait, slot, now):
            refused = await slot_offer.refused(wait.tenant_id, wait.patient_id)
            if slot_key(slot) not in refused and await may_book(directory, wait, slot, now):
                yield wait


async def _offer_free(directory: Directory, waits: Sequence[Wait], now: datetime) -> list[str]:
    """Look for a free slot for each who waits and is offered none at present."""
    busy = {each.patient_id for each in await holds(directory.tenant.id)}
    due: list[str] = []
    for wait in waits:
        held = None if wait.patient_id in busy else await _hold_best(directory, wait, now)
        if held:
            busy.add(wait.patient_id)
            due += await announce(directory, held, now) or []
    return due


async def _hold_best(directory: Directory, wait: Wait, now: datetime) -> Appointment | None:
    """Hold the earliest slot that suits and was not offered before."""
    try:
        free = await free_slots(directory, wait, now)
        await waitlist.forget_seen(wait, {slot_key(slot) for slot in free})
        fitting = [slot for slot in free if slot_key(slot) not in wait.seen and is_for(directory, wait, slot, now)]
        refused = await slot_offer.refused(wait.tenant_id, wait.patient_id) if fitting else set()
        for slot in fitting:
            if slot_key(slot) not in refused and await may_book(directory, wait, slot, now):
                until = offered_until(directory.clinic(wait.clinic_id), slot.start, now)
                if held := await held_slot.hold(directory, wait, slot, until, now):
                    return held
    except ClinicError:  # the clinic has withdrawn the place, the service or the doctor
        return None
    return None
