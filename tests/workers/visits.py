"""Visits of a household ahead, with all that the desk promises about them, in a practice that has our templates."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from promises import Practice

from clinic import visit_promises
from clinic.appointment import Appointment
from clinic.chat import Chat, Consent
from clinic.directory import DIRECTORIES, directory_of
from clinic.doctor import Doctor
from clinic.history import Change
from clinic.notification import Notification
from clinic.patient import Patient
from clinic.place import Clinic
from clinic.record import new_id
from clinic.template import Template, starter

DAY = timedelta(days=1)


def tomorrow(hour: int = 12) -> datetime:
    """An hour of the day after tomorrow, UTC: its reminder of the day before is not due yet."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + 2 * DAY + timedelta(hours=hour)


@dataclass
class Household:
    """One chat and the visits that were booked through it."""

    practice: Practice
    chat: Chat

    @property
    def id(self) -> str:
        return self.practice.id

    async def visit(self, start: datetime, name: str = "Meera Iyer", *, promise: bool = True) -> Appointment:
        """Book a visit of somebody, a week ago."""
        booked = datetime.now(UTC) - 7 * DAY
        patient = Patient(tenant_id=self.id, name=name, request_id=new_id(), created_at=booked)
        await Patient.of(self.id).insert(patient)
        made = Appointment(
            tenant_id=self.id, request_id=new_id(), clinic_id=f"{self.id}-c", doctor_id=f"{self.id}-d",
            service_id=f"{self.id}-s", patient_id=patient.id, patient_name=name, chat_id=self.chat.id, start=start,
            end=start + timedelta(minutes=30), language="en",
            history=[Change(what="booked", by="patient", via="whatsapp", at=booked)],
        )  # fmt: skip
        await Appointment.of(self.id).insert(made)
        if promise:
            await self.promise(made)
        return made

    async def promise(self, visit: Appointment) -> None:
        """As the desk does, but for the confirmation."""
        await visit_promises.booked(await directory_of(self.id), visit, visit.history[0].at, self.chat)
        await Notification.of(self.id).delete({"kind": "confirmation"})

    async def due(self, kind: str = "reminder:24h", ago: timedelta = timedelta(seconds=5)) -> list[str]:
        """Let all reminders of a step be due now; their ids."""
        now = datetime.now(UTC)
        await Notification.of(self.id).change_all({"kind": kind, "status": "due"}, {"$set": {"wake_at": now - ago}})
        return [each.id for each in await self.ledger(kind=kind)]

    async def ledger(self, **query: Any) -> list[Notification]:
        return await Notification.of(self.id).find(query, sort=[("_id", 1)])

    async def statuses(self, kind: str = "reminder:24h") -> list[str]:
        return sorted(each.status for each in await self.ledger(kind=kind))


async def household(practice: Practice, *, consent: bool = True) -> Household:
    """Somebody who agreed to be contacted, in a practice with its reminders approved, whose clock is UTC."""
    said = Consent(version="1", given=consent, at=datetime.now(UTC) - 30 * DAY)
    chat = Chat(tenant_id=practice.id, user_id=new_id(), wa_id="919876543210", channel_id=practice.channel_id,
                consent=said, language="en")  # fmt: skip
    await Chat.of(practice.id).insert(chat)
    for purpose in ("reminder", "reminder_soon", "reminder_household", "reminder_household_soon", "offer"):
        await Template.of(practice.id).insert_new(starter(practice.id, purpose, "en"))
    awake = {"zone": "UTC", "quiet_from": "00:00", "quiet_until": "00:00"}
    await Clinic.of(practice.id).change({"_id": f"{practice.id}-c"}, {"$set": awake})
    await Doctor.of(practice.id).change({"_id": f"{practice.id}-d"}, {"$set": {"active": True}})
    DIRECTORIES.forget(practice.id)
    return Household(practice, chat)
