"""Word to a patient whom a call did not reach, where the chat may not say so any more: one more promise in the ledger,
about a card and no visit."""

from datetime import datetime, timedelta

from clinic import notification
from clinic.callback import Callback
from clinic.chat import Chat
from clinic.consent import refusal
from clinic.notification import Notification
from clinic.purpose import PURPOSES
from clinic.visit_promises import REMINDER

PURPOSE, UNTIL = "call_missed", "call_missed_until"
RESOLVED, CALLED_SINCE, OVER = "resolved", "called_since", "call_over"
# Cards that were opened for us and not for a wish of the patient's: after a STOP nobody writes about these.
OURS = frozenset({
    "undeliverable", "unread", "stopped", "person_removed", "number_conflict", "low_mark",
    "leave_silent", "leave_no_times", "leave_no_chat", "leave_too_late",
})  # fmt: skip


async def promise(card: Callback, language: str, now: datetime) -> str:
    """Put it into the ledger, due now, once for each call; its id, empty where the patient is not to be told."""
    known = await Chat.of(card.tenant_id).find_one({"_id": card.chat_id}) if card.chat_id else None
    if known is None or unasked(card, known):
        return ""
    return await notification.promise(
        Notification(
            tenant_id=card.tenant_id, appointment_id=card.id, clinic_id=card.clinic_id, kind=PURPOSE,
            start_version=len(card.attempts), chat_id=card.chat_id, language=language or card.language,
            due_at=now, wake_at=now,
        )
    )  # fmt: skip


def unwanted(promise: Notification, card: Callback, known: Chat, now: datetime) -> str:
    """Why it must not be sent any more, if so."""
    reasons = {
        RESOLVED: card.status != "open",
        CALLED_SINCE: len(card.attempts) != promise.start_version,
        OVER: now >= useful_until(promise, card),
    }
    return next((reason for reason, holds in reasons.items() if holds), "") or unasked(card, known)


def useful_until(promise: Notification, card: Callback) -> datetime:
    """Until the next call, or as long as the provider may try to deliver it."""
    over = promise.due_at + timedelta(seconds=PURPOSES[PURPOSE].ttl)
    again = next_try(card)
    return min(over, again) if again else over


def next_try(card: Callback) -> datetime | None:
    """When somebody calls again, where that was agreed."""
    return card.attempts[-1].next_try_at if card.attempts else None


def unasked(card: Callback, known: Chat) -> str:
    """Why nothing may be written about a card that answers no wish of the patient's; empty where it may."""
    return refusal(known, REMINDER) if all(each.reason in OURS for each in card.reasons) else ""
