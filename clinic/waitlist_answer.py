"""How one gets on the waitlist, what they say to an offer, by a button that may be weeks old, and how they leave."""

from datetime import datetime

from clinic import held_slot, metrics, waitlist
from clinic.appointment import Appointment
from clinic.booking import Asker
from clinic.directory import directory_of
from clinic.errors import NotFound, OfferOver
from clinic.held_slot import holds
from clinic.slot_offer import Outcome, SlotOffer
from clinic.slot_offer_made import accepted, became
from clinic.waitlist import Wait, slot_key
from clinic.waitlist_match import free_slots, still_offered
from clinic.waitlist_round import pass_on


async def enter(wait: Wait, now: datetime) -> Wait:
    """Put a wish on the list; as it stands there. What is free already did not suit, or it would have been booked: it
    is offered only once it has been taken and freed again. Raises ``TooManyWaits``, ``NotFound``."""
    free = await free_slots(await directory_of(wait.tenant_id), wait, now)
    return await waitlist.join(wait.model_copy(update={"seen": [slot_key(slot) for slot in free]}))


async def accept(
    tenant_id: str, offer_id: str, chat_id: str, asker: Asker, now: datetime
) -> tuple[Appointment, list[str]]:
    """Book what is held; the visit as it is now (a repeated tap may find it moved or cancelled meanwhile), and the ids
    of the promises to be kept at once. As long as nobody else was offered it, a late yes counts.

    Raises ``OfferOver``, ``NotFound``.
    """
    made, visit = await _offered(tenant_id, offer_id, chat_id)
    directory = await directory_of(tenant_id)
    if visit and visit.status == "waitlist" and still_offered(directory, visit, now):
        if await held_slot.claim(made.hold_id, tenant_id, made.hold_version, asker, now):
            metrics.BOOKINGS.labels(asker.via).inc()
        visit = await Appointment.of(tenant_id).find_one({"_id": made.hold_id})
    if visit is None or not became(visit, made):
        raise OfferOver
    return visit, await accepted(directory, made, visit, now)


async def decline(tenant_id: str, offer_id: str, chat_id: str, now: datetime) -> list[str]:
    """No to this slot, and still waiting; the ids of the promises to be kept at once. Raises ``NotFound``."""
    return await _let_go(tenant_id, offer_id, chat_id, "declined", now)


async def stop(tenant_id: str, offer_id: str, chat_id: str, now: datetime) -> list[str]:
    """No, and wait no more. Raises ``NotFound``."""
    made, _ = await _offered(tenant_id, offer_id, chat_id)
    return await leave(await Wait.of(tenant_id).get(made.wait_id), now)


async def of_chat(tenant_id: str, chat_id: str) -> list[Wait]:
    """What is waited for through a chat."""
    return await Wait.of(tenant_id).find({"chat_id": chat_id, "status": "waiting"})


async def leave(wait: Wait, now: datetime) -> list[str]:
    """Take a wish off the list, and what is held for it on to the next."""
    await waitlist.end(wait, "withdrawn", now)
    due: list[str] = []
    for held in await holds(wait.tenant_id):
        if held.wait_id == wait.id:
            due += await pass_on(held, "withdrawn", now)
    return due


async def unreachable(tenant_id: str, hold_id: str, hold_version: int, now: datetime) -> list[str]:
    """The message cannot be delivered: the next one need not wait for the end of it."""
    seen = {"_id": hold_id, "status": "waitlist", "version": hold_version}
    held = await Appointment.of(tenant_id).find_one(seen)
    return await pass_on(held, "unreachable", now) if held else []


async def _let_go(tenant_id: str, offer_id: str, chat_id: str, outcome: Outcome, now: datetime) -> list[str]:
    made, held = await _offered(tenant_id, offer_id, chat_id)
    if held is None or held.status != "waitlist" or held.version != made.hold_version:
        return []
    return await pass_on(held, outcome, now)


async def _offered(tenant_id: str, offer_id: str, chat_id: str) -> tuple[SlotOffer, Appointment | None]:
    """The chat's own offer and what is held for it, or has become of it."""
    made = await SlotOffer.of(tenant_id).get(offer_id)
    if made.chat_id != chat_id:
        raise NotFound
    return made, await Appointment.of(tenant_id).find_one({"_id": made.hold_id})
