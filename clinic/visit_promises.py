"""What is promised about a visit itself: its confirmation, its reminders, word of its changes. Written into the ledger.

Every one of these may be repeated: a promise is written once, and what a crash left out is completed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from clinic import notification
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.directory import Directory
from clinic.interval import Interval
from clinic.notification import Notification
from clinic.place import Clinic
from clinic.reminder import LONGEST_CLOSED, Due, Rules, plan
from clinic.timetable import clock_minutes
from clinic.wall_clock import EPOCH, days_from, local_day

REMINDER = "reminder"
SEEN_WITHIN = timedelta(hours=6)  # a reminder that nobody read for so long, or for half the time to the visit


async def booked(directory: Directory, visit: Appointment, now: datetime, chat: Chat | None = None) -> list[str]:
    """The confirmation and the reminders, where the patient agreed to be contacted; the ids of what is due now. A
    confirmation tells the first start only: a visit that was moved meanwhile has no more need of it."""
    first = [_promise(visit, "confirmation", now)] if visit.start_version == 0 else []
    return await _keep(visit, [*first, *reminders(directory, visit, now)], now, chat)


async def moved(
    directory: Directory, visit: Appointment, now: datetime, chat: Chat | None = None, *, tell: bool = False
) -> list[str]:
    """What was promised about the old start is taken back, and promised about the new one. ``tell``: the patient does
    not know yet, since staff moved it."""
    await notification.withdraw(visit.tenant_id, visit.id, "moved", now, before_version=visit.start_version)
    news = [_promise(visit, "moved", now)] if tell else []
    return await _keep(visit, [*news, *reminders(directory, visit, now)], now, chat)


async def cancelled(visit: Appointment, now: datetime, chat: Chat | None = None, *, tell: bool = False) -> list[str]:
    """What was promised is taken back. ``tell``: the patient does not know yet, since staff cancelled it."""
    await notification.withdraw(visit.tenant_id, visit.id, "cancelled", now)
    return await _tell(visit, [_promise(visit, "cancelled", now)], now, chat) if tell else []


def reminders(directory: Directory, visit: Appointment, now: datetime, chat: Chat | None = None) -> list[Notification]:
    """All reminders of the visit's present start, sent or not, as planned when it was agreed on, or when ``chat``
    agreed to be contacted."""
    zone = directory.clinic(visit.clinic_id).zone
    since = max(agreed_at(visit, now), chat.consent.at if chat and chat.consent else EPOCH)
    return [_reminder(visit, each, zone) for each in plan(visit.start, since, rules_of(directory, visit))]


def agreed_at(visit: Appointment, now: datetime) -> datetime:
    """When its present start was agreed on: the same at every repetition, so that the same reminders are planned."""
    return max((entry.at for entry in visit.history if entry.what in ("booked", "moved")), default=now)


def rules_of(directory: Directory, visit: Appointment) -> Rules:
    """The clinic's rules for the reminders of a visit."""
    clinic = directory.clinic(visit.clinic_id)
    away = [each.time for each in directory.exceptions if each.kind == "holiday" and each.clinic_id in ("", clinic.id)]
    return Rules(clinic.zone, tuple(clinic.reminder_hours), quiet_of(clinic), (*away, *_holidays(clinic, visit.start)))


async def caused(visit: Appointment, kind: str, minutes: int, now: datetime) -> list[str]:
    """Word of the moment, which the queue of the day causes."""
    made = _promise(visit, kind, now)
    made.minutes = minutes
    return await _tell(visit, [made], now, None)


async def afterwards(visit: Appointment, kind: str, due_at: datetime, now: datetime) -> list[str]:
    """Word about a visit that is over."""
    return await _tell(visit, [_promise(visit, kind, due_at)], now, None)


def quiet_of(clinic: Clinic) -> tuple[int, int]:
    """From when until when nothing is sent unasked, in minutes after midnight."""
    return clock_minutes(clinic.quiet_from), clock_minutes(clinic.quiet_until)


def _holidays(clinic: Clinic, start: datetime) -> Sequence[Interval]:
    before = LONGEST_CLOSED + max(clinic.reminder_hours, default=24) // 24 + 1
    return clinic.closed(days_from(local_day(start, clinic.zone) - timedelta(days=before), before + 1))


def _reminder(visit: Appointment, due: Due, zone: str) -> Notification:
    deadline = due.at + min(SEEN_WITHIN, (visit.start - due.at) / 2)
    made = _promise(visit, f"{REMINDER}:{due.step}", due.at)
    made.day, made.deadline_at = local_day(visit.start, zone), deadline
    return made


def _promise(visit: Appointment, kind: str, due_at: datetime) -> Notification:
    return Notification(
        tenant_id=visit.tenant_id, appointment_id=visit.id, kind=kind, start_version=visit.start_version,
        doctor_id=visit.doctor_id, clinic_id=visit.clinic_id,
        chat_id=visit.chat_id, language=visit.language, due_at=due_at, wake_at=due_at,
    )  # fmt: skip


async def _keep(visit: Appointment, wanted: list[Notification], now: datetime, chat: Chat | None) -> list[str]:
    return await _tell(visit, wanted, now, chat) if visit.status == "booked" else []


async def _tell(visit: Appointment, wanted: list[Notification], now: datetime, chat: Chat | None) -> list[str]:
    if not await _agreed(visit, chat):
        return []
    ids = await notification.promise_all(wanted)
    return [stored for stored, each in zip(ids, wanted, strict=True) if each.due_at <= now]


async def _agreed(visit: Appointment, chat: Chat | None) -> bool:
    """Whether there is a chat that agreed to be contacted."""
    if chat is None and visit.chat_id:
        chat = await Chat.of(visit.tenant_id).find_one({"_id": visit.chat_id})
    return chat is not None and bool(chat.consented_to)
