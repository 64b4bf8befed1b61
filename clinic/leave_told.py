"""What patients are told about a leave, as promises in the ledger, and the card for those who must be called."""

from datetime import datetime

from clinic import alternative, notification
from clinic.appointment import Appointment
from clinic.callback import Callback, open_card
from clinic.chat import Chat
from clinic.directory import Directory
from clinic.leave_visit import LeaveVisit, turn
from clinic.notification import Notification
from clinic.opening import due_at

OFFER, BACK = "leave_offer", "leave_over"
UNSENT = ("due", "withdrawn", "failed")


def kind(purpose: str, case: LeaveVisit) -> str:
    """Of the ledger: each leave may tell of a visit once."""
    return f"{purpose}:{case.leave_id}"


async def reachable(visit: Appointment) -> bool:
    """Whether there is a chat that agreed to be contacted."""
    chat = await Chat.of(visit.tenant_id).find_one({"_id": visit.chat_id}) if visit.chat_id else None
    return chat is not None and bool(chat.consented_to)


async def promise(purpose: str, case: LeaveVisit, visit: Appointment, due: datetime, now: datetime) -> list[str]:
    """Promise to tell the patient, once; the id, where it is due now."""
    made = Notification(
        tenant_id=visit.tenant_id, appointment_id=visit.id, kind=kind(purpose, case),
        start_version=visit.start_version, doctor_id=visit.doctor_id, clinic_id=visit.clinic_id,
        chat_id=visit.chat_id, language=visit.language,
        due_at=due, wake_at=due,
    )  # fmt: skip
    promised = await notification.promise(made)
    return [promised] if due <= now else []


async def take_back(case: LeaveVisit, reason: str, now: datetime) -> bool:
    """Let the offer not be sent any more; whether it may have been."""
    key = {
        "appointment_id": case.appointment_id, "kind": kind(OFFER, case), "start_version": case.start_version,
    }  # fmt: skip
    made = await Notification.of(case.tenant_id).find_one(key)
    if made is None or await notification.withdraw_one(made, reason, now):
        return False
    stored = await Notification.of(case.tenant_id).get(made.id)
    return stored.status not in UNSENT


async def to_call(directory: Directory, case: LeaveVisit, visit: Appointment, reason: str, now: datetime) -> None:
    """Free what was kept and put the patient on the callback queue, before the visit; done twice it counts once. Who
    has chosen a time just now need not be called: the next round completes that."""
    await alternative.free(await alternative.kept_for(case.tenant_id, [visit.id]), now)
    if await alternative.kept_for(case.tenant_id, [visit.id]):
        return
    await take_back(case, reason, now)
    due = due_at(directory, visit.clinic_id, now)
    card = Callback(
        tenant_id=visit.tenant_id, request_id=f"leave.{case.id}", reason=reason, chat_id=visit.chat_id,
        clinic_id=visit.clinic_id, appointment_id=visit.id, language=visit.language, created_at=now,
        due_at=min(due, visit.start) if visit.start > now else due,
    )  # fmt: skip
    await open_card(card)
    await turn(case, "to_call", now, reason=reason)
