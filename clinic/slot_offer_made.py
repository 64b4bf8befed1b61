"""From a hold to the offer that tells of it, and to how it ended. Each step may be repeated."""

from datetime import datetime

from clinic import metrics, notification, slot_offer, visit_promises, waitlist
from clinic.appointment import Appointment
from clinic.directory import Directory
from clinic.notification import Notification
from clinic.slot_offer import SlotOffer, offer_id
from clinic.views import Slot
from clinic.waitlist import Wait, slot_key
from clinic.waitlist_match import told_at

OFFER = "offer"


async def announce(directory: Directory, held: Appointment, now: datetime) -> list[str] | None:
    """Write the offer down and promise its message, once; the promise's id if it is new and due. None where the patient
    was offered the slot before."""
    offers, made = SlotOffer.of(held.tenant_id), _offer(held, now)
    if not await offers.insert_new(made):
        stored = await offers.find_one({"_id": made.id})
        if stored is None or stored.promised:
            return None if stored is None else []
    due_at = told_at(directory.clinic(held.clinic_id), now)
    promised = await notification.promise(_promise(held, due_at))
    await offers.change({"_id": made.id}, {"$set": {"promised": True}})
    metrics.OFFERS.labels("made").inc()
    return [promised] if due_at <= now else []


async def settle(directory: Directory, now: datetime) -> list[str]:
    """Write down how offers ended whose end was lost on the way; the ids of the promises to be kept at once."""
    due: list[str] = []
    for made in await SlotOffer.of(directory.tenant.id).find({"status": "open"}):
        visit = await Appointment.of(made.tenant_id).find_one({"_id": made.hold_id})
        if visit is not None and became(visit, made):
            due += await accepted(directory, made, visit, now)
        elif visit is None or visit.status != "waitlist" or visit.version != made.hold_version:
            await slot_offer.close(made.tenant_id, made.id, "expired", now)
    return due


async def accepted(directory: Directory, made: SlotOffer, visit: Appointment, now: datetime) -> list[str]:
    """What follows from an acceptance; the ids of the promises to be kept at once."""
    if await slot_offer.close(made.tenant_id, made.id, "accepted", now):
        metrics.OFFERS.labels("accepted").inc()
    wait = await Wait.of(made.tenant_id).find_one({"_id": made.wait_id})
    if wait:
        await waitlist.end(wait, "booked", now)
    return await visit_promises.booked(directory, visit, now)


def became(visit: Appointment, made: SlotOffer) -> bool:
    """Whether the offer was accepted and the visit is, or was, theirs."""
    return visit.status != "waitlist" and (visit.wait_id, visit.patient_id) == (made.wait_id, made.patient_id)


def _offer(held: Appointment, now: datetime) -> SlotOffer:
    return SlotOffer(
        id=offer_id(held.id, held.version), tenant_id=held.tenant_id, wait_id=held.wait_id,
        patient_id=held.patient_id, chat_id=held.chat_id, hold_id=held.id, hold_version=held.version,
        slot=slot_key(Slot(held.start, held.end, held.doctor_id)), clinic_id=held.clinic_id,
        service_id=held.service_id, doctor_id=held.doctor_id, start=held.start, offered_at=now,
        until=held.offer_until or held.start,
    )  # fmt: skip


def _promise(held: Appointment, due_at: datetime) -> Notification:
    return Notification(
        tenant_id=held.tenant_id, appointment_id=held.id, kind=OFFER, start_version=held.version,
        doctor_id=held.doctor_id, clinic_id=held.clinic_id,
        chat_id=held.chat_id, language=held.language, due_at=due_at, wake_at=due_at,
    )  # fmt: skip
