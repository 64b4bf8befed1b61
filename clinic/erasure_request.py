"""How an erasure is asked for, and how staff decide."""

from datetime import datetime, timedelta
from typing import Any

from clinic import news
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.directory import Directory
from clinic.edited import edit
from clinic.erasure import Erasure
from clinic.errors import ClinicError
from clinic.patient import Patient
from clinic.views import ErasureView

DELAY = timedelta(minutes=2)  # after the approval: until then the patient has been told, and the transcript is written


class VisitsAhead(ClinicError):
    """This person has visits ahead: cancel them first, or send `cancel_visits: true` to have that done."""

    code = "visits_ahead"


class Decided(ClinicError):
    """This request was decided on already."""

    code = "erasure_decided"


class NobodyToForget(ClinicError):
    """This patient was merged into another, or is reached by no chat of their own: name the record that stays."""

    code = "nobody_to_forget"


async def by_chat(directory: Directory, known: Chat, request_id: str, now: datetime) -> ErasureView:
    """What the person who writes there asks for. One that is open stays the one."""
    asked = Erasure(
        tenant_id=known.tenant_id, request_id=request_id, chat_id=known.id, thread=known.id, language=known.language,
        requested_at=now, due_at=now + timedelta(days=directory.tenant.erasure_days),
    )  # fmt: skip
    stored = await _open(asked)
    return ErasureView(stored.due_at, stored.request_id == request_id)


async def by_staff(directory: Directory, patient: Patient, request_id: str, now: datetime) -> Erasure:
    """What somebody asked for at the desk, for one person. Raises ``NobodyToForget``."""
    if patient.status == "merged":
        raise NobodyToForget
    own = next((contact.chat_id for contact in patient.contacts if contact.is_self), "")
    return await _open(
        Erasure(
            tenant_id=patient.tenant_id, request_id=request_id, source="staff", chat_id=own, patient_id=patient.id,
            thread=own or patient.id, language=patient.language, requested_at=now,
            due_at=now + timedelta(days=directory.tenant.erasure_days),
        )
    )  # fmt: skip


async def _open(asked: Erasure) -> Erasure:
    door = Erasure.of(asked.tenant_id)
    if await door.insert_new(asked):
        await news.tell(asked.tenant_id, "erasure.opened", asked.id)
        return asked
    query = (
        {"thread": asked.thread} if await door.find_one({"thread": asked.thread}) else {"request_id": asked.request_id}
    )
    return await door.find_one(query) or asked


async def patients_of(asked: Erasure) -> list[Patient]:
    """Whom it is about: the one whom staff named, else everybody behind the chat."""
    door = Patient.of(asked.tenant_id)
    if asked.patient_id:
        return await door.find({"_id": asked.patient_id})
    return await door.find({"contacts.chat_id": asked.chat_id}, [("_id", 1)])


async def visits_ahead(asked: Erasure, now: datetime) -> list[Appointment]:
    """The booked visits that would be cancelled."""
    ids = [patient.id for patient in await patients_of(asked) if is_only_theirs(patient, asked)]
    query = {"patient_id": {"$in": ids}, "start": {"$gt": now}}
    rows = await Appointment.of(asked.tenant_id).find(query) if ids else []
    return [visit for visit in rows if visit.status == "booked"]


def is_only_theirs(patient: Patient, asked: Erasure) -> bool:
    """Not somebody who is reached by another chat, too, and did not ask. Whom staff name is meant."""
    return patient.id == asked.patient_id or all(contact.chat_id == asked.chat_id for contact in patient.contacts)


async def approve(asked: Erasure, by: str, now: datetime, version: int | None = None) -> tuple[Erasure, Erasure]:
    """Decide that it is done; as it was and is. Raises ``Decided``, ``Stale``."""
    changes = {"status": "approved", "erase_at": now + DELAY, "decided_by": by, "decided_at": now, "thread": None}
    return await _decide(asked, changes, version)


async def refuse(
    asked: Erasure, by: str, reason: str, now: datetime, version: int | None = None
) -> tuple[Erasure, Erasure]:
    """Decide that it is not done, and why. Raises ``Decided``, ``Stale``."""
    changes = {"status": "refused", "reason": reason, "decided_by": by, "decided_at": now, "thread": None}
    return await _decide(asked, changes, version)


async def _decide(asked: Erasure, changes: dict[str, Any], version: int | None) -> tuple[Erasure, Erasure]:
    if asked.status != "open":
        raise Decided
    before, after = await edit(Erasure.of(asked.tenant_id), asked.id, changes, version or asked.version)
    await news.tell(asked.tenant_id, "erasure.decided", asked.id)
    return before, after


async def told(asked: Erasure, how: str) -> None:
    """How the patient learned of the decision."""
    await Erasure.of(asked.tenant_id).change({"_id": asked.id}, {"$set": {"told": how}})
