"""What patients thought of a visit: one mark, and words where they like."""

from datetime import datetime

from pymongo import IndexModel

from clinic import news
from clinic.appointment import Appointment
from clinic.errors import NotChangeable
from clinic.record import TenantRecord

LONGEST = 1000  # characters of the words


class Feedback(TenantRecord):
    """One for each visit; who changes their mind changes it. ``mark`` is from 1, the worst, to 5."""

    appointment_id: str
    clinic_id: str
    doctor_id: str
    patient_id: str
    chat_id: str
    mark: int
    words: str = ""
    at: datetime

    class Settings:
        name = "feedback"
        indexes = [
            IndexModel([("tenant_id", 1), ("appointment_id", 1)], name="one_per_visit", unique=True),
            IndexModel([("tenant_id", 1), ("at", 1)]),
        ]


async def give(visit: Appointment, chat_id: str, mark: int, now: datetime) -> None:
    """Keep the mark. Raises ``NotChangeable`` for a visit that did not take place, or not yet."""
    if visit.status in ("cancelled", "noshow", "waitlist") or visit.start > now:
        raise NotChangeable
    wanted = Feedback(
        tenant_id=visit.tenant_id, appointment_id=visit.id, clinic_id=visit.clinic_id, doctor_id=visit.doctor_id,
        patient_id=visit.patient_id, chat_id=chat_id, mark=mark, at=now,
    )  # fmt: skip
    if not await Feedback.of(visit.tenant_id).insert_new(wanted):
        await _change(visit, {"mark": mark, "at": now})
    await news.tell(visit.tenant_id, "feedback.given", visit.id, clinic_id=visit.clinic_id, doctor_id=visit.doctor_id)


async def add_words(visit: Appointment, words: str) -> None:
    """Keep what was written about it beside its mark."""
    await _change(visit, {"words": words[:LONGEST]})


async def _change(visit: Appointment, fields: dict[str, object]) -> None:
    await Feedback.of(visit.tenant_id).change({"appointment_id": visit.id}, {"$set": fields})
