"""The doctor's queue as staff work it. Every move is looked up in the table, compared and set in one write, and kept in
the entry's history; asking again with the same request changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NoReturn

from pymongo.errors import DuplicateKeyError

from clinic import news, queue_order, queue_promises, queue_stamp
from clinic.appointment import Appointment
from clinic.booking import Asker
from clinic.directory import Directory
from clinic.edited import Stale
from clinic.errors import ClinicError, NotFound
from clinic.matching import matches
from clinic.queue_day import rows_of
from clinic.queue_entry import QueueEntry
from clinic.queue_moves import Move, after
from clinic.queue_token import renumbered
from clinic.record import Query
from clinic.seats import refused_by

ATTEMPTS = 50  # against others' changes of the same entry
ONE_CLICK = timedelta(seconds=3)  # who presses "next" twice within this means one patient

# Which time a move notes, and which it takes back.
NOTES: Mapping[str, str] = {
    "call": "called_at", "recall": "called_at", "start": "started_at", "finish": "finished_at"
}  # fmt: skip
TAKES_BACK: Mapping[str, tuple[str, ...]] = {
    "return": ("called_at", "started_at", "busy"),
    "transfer": ("called_at",),
    "finish": ("busy",),
    "reopen": ("finished_at",),
}
ALONE = "alone"


class NobodyWaiting(ClinicError):
    """Nobody waits for this doctor now."""

    code = "nobody_waiting"


class DoctorBusy(ClinicError):
    """The doctor has a patient inside: finish that visit first, or say `beside` where the doctor sees several."""

    code = "doctor_busy"


class ReasonMissing(ClinicError):
    """Whoever changes the order says why."""

    code, status = "reason_missing", 422


class NotThere(ClinicError):
    """This doctor does not work at the clinic where the patient waits."""

    code = "not_there"


class SameDoctor(ClinicError):
    """The patient waits for this doctor already."""

    code = "same_doctor"


@dataclass(frozen=True, slots=True)
class Step:
    """One move of one entry. ``fields`` are set with it, ``push`` is appended; ``version`` is the one that was seen."""

    move: Move
    asker: Asker
    now: datetime
    reason: str = ""
    detail: str = ""
    version: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    push: Mapping[str, Any] = field(default_factory=dict)

    def update(self, entry: QueueEntry) -> dict[str, Any]:
        """The one write. Raises ``MoveRefused``."""
        told = {"status": after(self.move, entry.status), **self.fields}
        if noted := NOTES.get(self.move):
            told[noted] = self.now
        change = self.asker.change(self.move, self.now, reason=self.reason, detail=self.detail)
        update = {
            "$set": told,
            "$inc": {"version": 1},
            "$push": {"history": change.model_dump(exclude_none=True), **self.push},
        }
        if gone := TAKES_BACK.get(self.move):
            update["$unset"] = dict.fromkeys(gone, 1)
        return update


async def move(entry: QueueEntry, step: Step) -> QueueEntry:
    """Make the move. Raises ``MoveRefused``, ``Stale``, and ``DuplicateKeyError`` where a unique index says no."""
    for _ in range(ATTEMPTS):
        if has_done(entry, step.asker):
            return await seen_again(entry)
        if step.version is not None and step.version != entry.version:
            raise Stale(entry)
        if await _written(entry, step):
            return await QueueEntry.of(entry.tenant_id).get(entry.id)
        entry = await QueueEntry.of(entry.tenant_id).get(entry.id)
    raise Stale(entry)


def has_done(entry: QueueEntry, asker: Asker) -> bool:
    """Whether this very request has changed the entry already."""
    return any(done.request_id == asker.request_id for done in entry.history[1:])


async def seen_again(entry: QueueEntry) -> QueueEntry:
    """The answer to a request that finds its work done, by itself or by another: that may be unmarked still."""
    await queue_stamp.renew(entry.tenant_id)
    return entry


async def _written(entry: QueueEntry, step: Step) -> bool:
    seen = {"_id": entry.id, "status": entry.status, "version": entry.version}
    written = await QueueEntry.of(entry.tenant_id).change(seen, step.update(entry))
    if written:
        told = entry.model_copy(update={"doctor_id": step.fields.get("doctor_id", entry.doctor_id)})
        await tell(told, after(step.move, entry.status), step.now)
    return written


async def tell(entry: QueueEntry, what: str, now: datetime) -> None:
    """Let the screens of the staff and of the waiting room look again: ``queue.called``, ``queue.joined``, ...; and
    patients whom it concerns be told."""
    facts = {"clinic_id": entry.clinic_id, "doctor_id": entry.doctor_id, "day": entry.day.isoformat()}
    await news.tell(entry.tenant_id, f"queue.{what}", entry.id, **facts)
    await queue_promises.follow(entry.tenant_id, entry.doctor_id, entry.day, now)


async def start(entry: QueueEntry, step: Step, *, beside: bool = False) -> QueueEntry:
    """Let the patient go in; ``beside`` another one who is with the doctor. Raises ``DoctorBusy``."""
    try:
        return await move(entry, replace(step, fields={"busy": entry.id if beside else ALONE}))
    except DuplicateKeyError as error:
        _refuse(error, "busy", DoctorBusy)


def _refuse(error: DuplicateKeyError, field: str, refusal: type[ClinicError]) -> NoReturn:
    raise (refusal if refused_by(error, field) else error) from None


async def call_next(
    tenant_id: str, doctor_id: str, days: list[date], asker: Asker, now: datetime, scope: Query | None = None
) -> QueueEntry:
    """Call whose turn it is. Two clicks at once, or one request twice, call one patient. ``scope`` leaves out what the
    asker may not see. Raises ``NobodyWaiting``."""
    door = QueueEntry.of(tenant_id)
    for _ in range(ATTEMPTS):
        everybody = await rows_of(tenant_id, days, doctor_id)
        if earlier := [row for row in everybody if _asked_for(row, asker)]:
            return await seen_again(await door.get(earlier[0]["_id"]))
        rows = [row for row in everybody if matches(row, scope or {})]
        if just_now := [row for row in rows if row["status"] == "called" and _just_called(row, now)]:
            return await seen_again(await door.get(max(just_now, key=lambda row: row["called_at"])["_id"]))
        if not (waiting := queue_order.in_turn(rows)):
            raise NobodyWaiting
        entry = await door.get(waiting[0]["_id"])
        if entry.status == "waiting" and await _written(entry, Step("call", asker, now)):
            return await door.get(entry.id)
    raise NobodyWaiting


def _asked_for(row: Mapping[str, Any], asker: Asker) -> bool:
    return any(done["request_id"] == asker.request_id for done in row["history"])


def _just_called(row: Mapping[str, Any], now: datetime) -> bool:
    called_at: datetime | None = row.get("called_at")
    return called_at is not None and abs(now - called_at) <= ONE_CLICK


async def come_back(entry: QueueEntry, step: Step) -> QueueEntry:
    """Return the patient to the queue: to the place they had, or, after a missed call, to that of now."""
    late = {"place": step.now.timestamp()} if entry.status == "missed" else {}
    return await move(entry, replace(step, fields=late))


async def transfer(directory: Directory, entry: QueueEntry, doctor_id: str, step: Step) -> QueueEntry:
    """Let another doctor of the clinic see the patient: with a number of that doctor's, and in the same place."""
    if has_done(entry, step.asker):
        return await seen_again(entry)
    after("transfer", entry.status)
    if doctor_id == entry.doctor_id:
        raise SameDoctor
    if not directory.doctor(doctor_id).active or doctor_id not in directory.doctors_at(entry.clinic_id):
        raise NotThere
    detail = f"{entry.doctor_id} > {doctor_id}"

    async def write(token: int, label: Mapping[str, str]) -> QueueEntry:
        fields = {"doctor_id": doctor_id, "token": token}
        return await move(entry, replace(step, detail=detail, fields=fields, push=label))

    moved = await renumbered(entry, doctor_id, entry.day, write)
    if entry.appointment_id:
        await _note_transfer(entry, detail, step)
    await tell(entry, "left", step.now)  # the first doctor's screens
    return moved


async def _note_transfer(entry: QueueEntry, detail: str, step: Step) -> None:
    """The visit's own history tells it, too, once. The visit stays booked with the doctor whose time it uses up."""
    done = step.asker.change("transferred", step.now, detail=detail, reason=step.reason)
    query = {"_id": entry.appointment_id, "history.request_id": {"$ne": done.request_id}}
    noted = {"$push": {"history": done.model_dump(exclude_none=True)}, "$inc": {"version": 1}}
    await Appointment.of(entry.tenant_id).change(query, noted)


async def reorder(entry: QueueEntry, before_id: str, step: Step) -> QueueEntry:
    """Put the patient just before another one who waits for the same doctor, or, without one, after all."""
    if has_done(entry, step.asker):
        return await seen_again(entry)
    if not step.reason.strip():
        raise ReasonMissing
    after("reorder", entry.status)
    rows = await rows_of(entry.tenant_id, [entry.day], entry.doctor_id)
    others = [row for row in queue_order.in_turn(rows) if row["_id"] != entry.id]
    target = _target(others, before_id)
    if not others:
        return entry
    priority, place = queue_order.before(others, target)
    return await move(entry, replace(step, fields={"priority": priority, "place": place}))


def _target(others: list[Mapping[str, Any]], before_id: str) -> Mapping[str, Any] | None:
    if not before_id:
        return None
    for row in others:
        if row["_id"] == before_id:
            return row
    raise NotFound("The patient to be put before does not wait for this doctor.")


async def prioritize(entry: QueueEntry, priority: int, step: Step) -> QueueEntry:
    """Let the patient go before others, or in turn again."""
    if not step.reason.strip():
        raise ReasonMissing
    return await move(entry, replace(step, detail=f"{entry.priority} > {priority}", fields={"priority": priority}))


async def entry_of(tenant_id: str, appointment_id: str) -> QueueEntry | None:
    """The place in the queue of a visit's patient, if there is one."""
    return await QueueEntry.of(tenant_id).find_one({"appointment_id": appointment_id})
