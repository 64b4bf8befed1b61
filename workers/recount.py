"""The recount: what is owed to patients, reckoned from the visits alone, against what the ledger says was sent.

What is missing is promised now, what is not owed any more is taken back; what was owed and is late makes an alarm. So a
reminder that was lost, by whatever fault or changed rule, is noticed and made good.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from clinic import astir, clock, notification
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.directory import Directory, directory_of
from clinic.notification import Notification
from clinic.visit_promises import REMINDER, reminders
from workers import metrics
from workers.context import Context, context, run
from workers.enqueue import enqueue_all
from workers.queues import queue

AHEAD = timedelta(days=2)  # beyond the clinic's longest reminder: holidays move it to an earlier day
GRACE = timedelta(minutes=5)  # in which a promise that is due may be on its way
SENT = frozenset({"accepted", "sent", "delivered", "read", "included"})

log = structlog.get_logger()


@dataclass
class Count:
    """Reminders of visits that lie ahead: due by now, of these sent or in a person's hands, and the others."""

    owed: int = 0
    kept: int = 0
    late: int = 0
    repaired: int = 0

    def __iadd__(self, other: "Count") -> "Count":
        for name, number in vars(other).items():
            setattr(self, name, getattr(self, name) + number)
        return self


def recount() -> None:
    """The RQ job."""
    run(recount_once(context(), clock.now()))


async def recount_once(context: Context, now: datetime) -> Count:
    """Every practice with visits ahead once; what was counted."""
    total, due = Count(), list[str]()
    for tenant_id in await astir.reminding(now, AHEAD):
        try:
            total += await of_practice(tenant_id, due, now)
        except Exception as error:  # one practice's trouble must not hide the others'
            log.error("promises not recounted", tenant=tenant_id, exc_info=error)
    _tell(total)
    enqueue_all(queue(context.queue), due)
    return total


def _tell(total: Count) -> None:
    metrics.OWED.set(total.owed)
    metrics.KEPT.set(total.kept)
    metrics.LATE.set(total.late)
    metrics.REPAIRED.inc(total.repaired)
    if total.late or total.repaired:
        log.error("promises owed and promises kept differ", **vars(total))


async def of_practice(tenant_id: str, due: list[str], now: datetime) -> Count:
    """What was counted in one practice; ``due`` gets the ids of the promises to be kept at once."""
    directory = await directory_of(tenant_id)
    visits = await _ahead(directory, now)
    agreed = await _agreed_to(tenant_id, visits)
    stored = await _stored(tenant_id, visits)
    count = Count()
    for visit in visits:
        if chat := agreed.get(visit.chat_id):
            count += await _of_visit(directory, visit, chat, stored[visit.id], due, now)
    return count


async def _ahead(directory: Directory, now: datetime) -> list[Appointment]:
    """The booked visits whose reminders may be due."""
    longest = max((hours for clinic in directory.clinics.values() for hours in clinic.reminder_hours), default=24)
    window = {"$gt": now, "$lt": now + timedelta(hours=longest) + AHEAD}
    found: list[Appointment] = []
    for doctor_id in directory.doctors:
        found += await Appointment.of(directory.tenant.id).find({"doctor_id": doctor_id, "start": window})
    return [visit for visit in found if visit.status == "booked" and visit.clinic_id in directory.clinics]


async def _agreed_to(tenant_id: str, visits: Sequence[Appointment]) -> dict[str, Chat]:
    """The chats that agreed to be contacted, by id."""
    ids = sorted({visit.chat_id for visit in visits if visit.chat_id})
    chats = await Chat.of(tenant_id).find({"_id": {"$in": ids}}) if ids else []
    return {chat.id: chat for chat in chats if chat.consented_to}


async def _stored(tenant_id: str, visits: Sequence[Appointment]) -> Mapping[str, list[Notification]]:
    """What the ledger has of each visit's reminders of its present start."""
    versions = {visit.id: visit.start_version for visit in visits}
    rows = await Notification.of(tenant_id).find({"appointment_id": {"$in": sorted(versions)}}) if versions else []
    stored: dict[str, list[Notification]] = defaultdict(list)
    for row in rows:
        if row.purpose == REMINDER and row.start_version == versions[row.appointment_id]:
            stored[row.appointment_id].append(row)
    return stored


async def _of_visit(
    directory: Directory, visit: Appointment, chat: Chat, stored: Sequence[Notification], due: list[str], now: datetime
) -> Count:
    planned = {each.kind: each for each in reminders(directory, visit, now, chat)}
    known = {each.kind: each for each in stored}
    missing = [each for kind, each in planned.items() if kind not in known and _still_worth_it(each, now)]
    if not missing and not any(_stands(each) for each in stored):
        missing = [each for kind, each in planned.items() if kind not in known][-1:]  # rather late than never
    made = zip(await notification.promise_all(missing), missing, strict=True)
    due += [promised for promised, each in made if each.due_at <= now]
    for each in stored:
        await _agree(each, planned.get(each.kind), now)
    owed = [known.get(kind, each) for kind, each in planned.items() if each.due_at <= now - GRACE]
    kept = sum(each.status in SENT or each.status == "withdrawn" or each.handed_on for each in owed)
    return Count(len(owed), kept, len(owed) - kept, len(missing))


def _still_worth_it(promise: Notification, now: datetime) -> bool:
    return promise.deadline_at is None or now < promise.deadline_at


def _stands(promise: Notification) -> bool:
    return promise.status != "withdrawn"


async def _agree(stored: Notification, planned: Notification | None, now: datetime) -> None:
    """The rules may have changed since it was promised: what nobody has looked at yet follows them."""
    if stored.status != "due" or stored.attempt or "@" in stored.kind:
        return
    if planned is None:
        await notification.withdraw_one(stored, "not_planned", now)
    elif planned.due_at != stored.due_at and planned.due_at > now:
        await notification.put_off(stored, planned)
