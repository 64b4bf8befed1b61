"""What a message could not do goes by the next channel that the practice has named, else to a person who calls."""

from contextlib import suppress
from datetime import datetime

from clinic import consent, leave_told, notification
from clinic.after_visit import AFTER
from clinic.appointment import Appointment
from clinic.callback import Callback, open_card
from clinic.chat import Chat, Consent
from clinic.consent_stop import StillLeaving, said
from clinic.directory import directory_of
from clinic.leave_answer import call_me
from clinic.notification import Notification
from clinic.one_time_code import PURPOSE
from clinic.opening import due_at
from clinic.purpose import ANSWERS
from clinic.queue_calls import CAUSED
from clinic.tenant import Tenant
from clinic.waitlist_answer import unreachable
from workers import answers, codes
from workers.ways import connected, next_channel

OPTED_OUT = {"131050", "63014"}  # WhatsApp's code, and Twilio's for it
UNSUBSCRIBED = "21610"  # Twilio's: they answered a text message with STOP
UNDELIVERABLE = "undeliverable"


async def escalate(promise: Notification, reason: str, detail: str, now: datetime) -> list[str]:
    """The ids of the promises that are now due instead; none where a person was asked to call. Done twice it counts
    once. An offer goes to the next one who waits, word of the queue and after the visit to nobody; a leave has a card
    of its own."""
    if promise.purpose == PURPOSE:
        return await codes.hand_on(promise, now)
    if promise.purpose == "offer":
        return await unreachable(promise.tenant_id, promise.appointment_id, promise.start_version, now)
    if promise.purpose in ANSWERS:  # a card asks already to call, or the list of decisions shows it
        await answers.untold(promise)
        return []
    if promise.purpose in CAUSED | AFTER:  # too late for a call, or nothing to call for
        return []
    if promise.purpose == leave_told.OFFER and await _called(promise, reason, now):
        return []
    channels = (await Tenant.load(promise.tenant_id)).notify_by
    if channel := next_channel(channels, promise.channel, await connected(promise.tenant_id)):
        return [await notification.promise(_by(channel, promise, now))]
    await ask_to_call(promise, reason, detail, now)
    return []


async def _called(promise: Notification, reason: str, now: datetime) -> bool:
    """Whether a leave's own card asks to call the patient, who could not be told of the times that were kept."""
    visit = await Appointment.of(promise.tenant_id).find_one({"_id": promise.appointment_id})
    return visit is not None and await call_me(visit, now, reason)


async def hand_on(promise: Notification, detail: str, now: datetime) -> list[str]:
    """The same for one that failed for good, and that is noted with it."""
    codes_told = set(detail.split())
    if codes_told & OPTED_OUT:
        await _opted_out(promise, now)
    if UNSUBSCRIBED in codes_told:
        await _unsubscribed(promise, now)
    due = await escalate(promise, UNDELIVERABLE, detail, now)
    await notification.handed_on(promise)
    return due


async def _opted_out(promise: Notification, now: datetime) -> None:
    """WhatsApp refused it since the patient ended what businesses send: the same as if it had told us by an event."""
    chat = await Chat.of(promise.tenant_id).find_one({"_id": promise.chat_id})
    if chat is None:
        return
    if heard := await consent.of_whatsapp(promise.tenant_id, consent.sender_of(chat), False, now):
        await _stop(*heard, now)


async def _unsubscribed(promise: Notification, now: datetime) -> None:
    """They wrote STOP to our text messages, and Twilio keeps to that: it is a STOP to all that nobody asked for."""
    chat = await Chat.of(promise.tenant_id).find_one({"_id": promise.chat_id})
    if chat and not chat.stopped:
        version = (await Tenant.load(promise.tenant_id)).consent_version
        word = Consent(version=version, given=False, at=now, channel="sms", source="provider", stop=True)
        await _stop(chat, word, now)


async def _stop(chat: Chat, word: Consent, now: datetime) -> None:
    with suppress(StillLeaving):  # whatever leaves at this moment is refused as well
        await said(chat, word, now)


def _by(channel: str, promise: Notification, now: datetime) -> Notification:
    """The same promise, by another way."""
    kind = f"{promise.kind.partition('@')[0]}@{channel}"
    return Notification(
        tenant_id=promise.tenant_id, appointment_id=promise.appointment_id, kind=kind, channel=channel,
        start_version=promise.start_version, doctor_id=promise.doctor_id, clinic_id=promise.clinic_id,
        chat_id=promise.chat_id,
        language=promise.language, day=promise.day, due_at=now, wake_at=now,
    )  # fmt: skip


async def ask_to_call(promise: Notification, reason: str, detail: str, now: datetime) -> bool:
    """Put a promise that no message can keep on the callback queue; whether it was not there yet."""
    visit = await Appointment.of(promise.tenant_id).find_one({"_id": promise.appointment_id})
    clinic_id = visit.clinic_id if visit else ""
    due = due_at(await directory_of(promise.tenant_id), clinic_id, now)
    card = Callback(
        tenant_id=promise.tenant_id,
        request_id=promise.card_id,
        reason=reason,
        chat_id=promise.chat_id,
        clinic_id=clinic_id,
        appointment_id=promise.appointment_id,
        language=promise.language,
        detail=detail,
        created_at=now,
        due_at=min(due, visit.start) if visit and visit.start > now else due,
    )
    return await open_card(card)
