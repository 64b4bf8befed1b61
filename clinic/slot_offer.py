"""What was offered to whom. The hold on the time itself is the truth (``clinic.held_slot``); this is its record."""

from datetime import datetime
from typing import Literal

from pymongo import IndexModel

from clinic.record import TenantRecord

Outcome = Literal["open", "accepted", "declined", "expired", "unreachable", "withdrawn"]


class SlotOffer(TenantRecord):
    """One slot, offered to one patient: ``hold_id`` and ``hold_version`` name the hold as it was made for them."""

    wait_id: str
    patient_id: str
    chat_id: str
    hold_id: str
    hold_version: int
    slot: str  # ``clinic.waitlist.slot_key``
    clinic_id: str
    service_id: str
    doctor_id: str
    start: datetime
    status: Outcome = "open"
    promised: bool = False  # whether its message is in the ledger
    offered_at: datetime
    until: datetime
    ended_at: datetime | None = None

    class Settings:
        name = "offers"
        indexes = [
            IndexModel([("tenant_id", 1), ("patient_id", 1), ("slot", 1)], name="no_slot_twice", unique=True),
            IndexModel([("tenant_id", 1), ("slot", 1)]),
            IndexModel([("tenant_id", 1), ("status", 1), ("offered_at", 1)]),
            IndexModel([("tenant_id", 1), ("wait_id", 1)]),
            IndexModel([("status", 1), ("until", 1)]),  # of all practices
        ]


def offer_id(hold_id: str, hold_version: int) -> str:
    """The same wherever it is made, so that a crash between hold and record leaves no second one."""
    return f"{hold_id}{hold_version:04d}"


async def close(tenant_id: str, id: str, outcome: Outcome, now: datetime) -> bool:
    """Write down how it ended, once."""
    ended = {"status": outcome, "ended_at": now}
    return await SlotOffer.of(tenant_id).change({"_id": id, "status": "open"}, {"$set": ended})


async def refused(tenant_id: str, patient_id: str) -> set[str]:
    """The slots that the patient was ever offered."""
    rows = await SlotOffer.of(tenant_id).rows({"patient_id": patient_id}, fields=("slot",))
    return {str(row["slot"]) for row in rows}
