"""What the chat could not finish: a card for a person, with all that is known."""

from datetime import datetime
from typing import Literal

from pymongo import IndexModel

from clinic import metrics
from clinic.record import TenantRecord


class Callback(TenantRecord):
    """One card. The transcript is the chat's (``clinic.message.transcript``)."""

    request_id: str  # of the message that asked, or of the promise that failed
    reason: str  # asked, misunderstood, no_slots, too_many_bookings, failed, undeliverable, ...
    step: str = ""  # where the conversation stood
    choices: dict[str, str] = {}
    chat_id: str
    clinic_id: str = ""
    appointment_id: str = ""
    language: str = ""
    detail: str = ""  # of a failure, without personal data
    status: Literal["open", "done"] = "open"
    created_at: datetime
    due_at: datetime  # by when somebody should have called

    class Settings:
        name = "callbacks"
        indexes = [
            IndexModel([("tenant_id", 1), ("request_id", 1)], name="one_per_request", unique=True),
            IndexModel([("tenant_id", 1), ("status", 1), ("due_at", 1)]),
        ]


async def open_card(card: Callback) -> bool:
    """Put the card on the desk; whether it was not there yet."""
    is_new = await Callback.of(card.tenant_id).insert_new(card)
    if is_new:
        metrics.CALLBACKS.labels(card.reason).inc()
    return is_new
