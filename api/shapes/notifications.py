"""The ledger of what was promised and sent, as the API shows it."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from api.shapes import Shape
from clinic.delivery_reasons import reason_of
from clinic.notification import Notification


class ReasonOut(Shape):
    """Why it did not arrive, or was not sent."""

    code: str = Field(examples=["131026"])
    says: str = Field(examples=["The number cannot be reached on WhatsApp: check it with the patient, or call."])


class NotificationOut(Shape):
    """One message that was promised: what became of it, and why."""

    id: str
    appointment_id: str
    clinic_id: str
    chat_id: str
    kind: str = Field(examples=["reminder:24h"])
    purpose: str = Field(examples=["reminder"])
    channel: str
    language: str
    status: str = Field(examples=["delivered"])
    reason: ReasonOut | None = None
    due_at: datetime
    status_at: datetime | None
    accepted_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    attempt: int
    deadline_at: datetime | None = Field(description="By when it should have been read.")
    included_in: str = Field(description="The notification whose message tells this one, too.")
    handed_on: bool = Field(description="It failed, and goes by another way or to a person.")
    category: str = Field("", description="As WhatsApp charges it.")

    @classmethod
    def of(cls, record: Notification) -> Self:
        """With its reason in a sentence."""
        shown = super().of(record)
        if reason := reason_of(record.error):
            shown.reason = ReasonOut.of(reason)
        shown.category = str((record.pricing or {}).get("category") or "")
        return shown


class CountsOut(BaseModel):
    """How a day's messages fared: by purpose and status, and all together."""

    date: date
    total: dict[str, int] = Field(examples=[{"delivered": 41, "read": 30, "failed": 1}])
    by_purpose: dict[str, dict[str, int]] = Field(examples=[{"reminder": {"delivered": 12, "failed": 1}}])
