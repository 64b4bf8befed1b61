"""Who came: check-in, no-show, seen. A visit's statuses are FHIR's; what is not in the table is refused.

The visit is written first, since it says whether the patient is expected at all, then the place in the queue. A crash
in between leaves somebody who is here without a number: checking in again gives it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from pymongo.errors import DuplicateKeyError

from clinic import after_visit, booking, queue
from clinic.appointment import Appointment
from clinic.appointment import Status as VisitStatus
from clinic.booking import Asker
from clinic.directory import Directory
from clinic.edited import Stale
from clinic.errors import ClinicError, NotChangeable
from clinic.queue import Step
from clinic.queue_entry import QueueEntry
from clinic.queue_order import first_place
from clinic.queue_token import renumbered, with_token
from clinic.record import new_id
from clinic.wall_clock import local_day

Move = Literal["arrive", "check_in", "fulfil", "reopen", "no_show", "undo_no_show", "undo_check_in"]

# A patient's own "I am here" arrives; the desk checks in. Each gives a number.
TABLE: dict[Move, tuple[tuple[VisitStatus, ...], VisitStatus]] = {
    "arrive": (("booked", "noshow"), "arrived"),
    "check_in": (("booked", "arrived", "noshow"), "checked-in"),
    "fulfil": (("arrived", "checked-in"), "fulfilled"),
    "reopen": (("fulfilled",), "checked-in"),
    "no_show": (("booked", "arrived", "checked-in"), "noshow"),
    "undo_no_show": (("noshow",), "booked"),
    "undo_check_in": (("arrived", "checked-in"), "booked"),
}
# As the history and the news tell it.
TOLD: dict[Move, str] = {
    "arrive": "arrived", "check_in": "checked_in", "fulfil": "fulfilled", "reopen": "reopened", "no_show": "no_show",
    "undo_no_show": "no_show_undone", "undo_check_in": "check_in_undone",
}  # fmt: skip
HERE = ("arrived", "checked-in")


def as_markdown() -> str:
    """The table as it stands in docs/queue.md."""
    rows = (f"| `{move}` | {_quoted(before)} | `{to}` |" for move, (before, to) in TABLE.items())
    return "\n".join(["| | from | to |", "|---|---|---|", *rows])


def _quoted(statuses: tuple[VisitStatus, ...]) -> str:
    return ", ".join(f"`{status}`" for status in statuses)


class NotExpected(ClinicError):
    """The visit's status does not allow this."""

    code = "not_expected"

    def __init__(self, move: str, status: str) -> None:
        super().__init__(f"This visit is {status}: it cannot be marked for {move.replace('_', ' ')}.")


class DayIsOver(ClinicError):
    """The day of this visit is over: mark it as a no-show, or take the patient as a walk-in."""

    code = "day_is_over"


class NotStarted(ClinicError):
    """The visit has not started yet: before that a patient is late at most. Cancel it where they will not come."""

    code = "not_started"


class WithTheDoctor(ClinicError):
    """The patient is with the doctor: finish the visit, or send them back first."""

    code = "with_the_doctor"


async def mark(
    visit: Appointment, move: Move, asker: Asker, now: datetime, reason: str = "", version: int | None = None
) -> Appointment:
    """One move of the table. Raises ``NotExpected``, ``Stale``, ``NotChangeable``."""
    if booking.has_done(visit, asker):
        return visit
    _check(visit, move, version)
    to = TABLE[move][1]
    entry = asker.change(TOLD[move], now, reason=reason)
    try:
        marked = await booking.compare_and_set(visit, {"$set": {"status": to}, "$inc": {"version": 1}}, entry, now)
    except NotChangeable:  # somebody was faster: perhaps with the same, or the patient while the desk did it
        current = await Appointment.of(visit.tenant_id).get(visit.id)
        if current.status == to or (move == "arrive" and current.status in HERE):
            return current
        if version is None and (visit.status, current.status) == ("booked", "arrived"):
            return await mark(current, move, asker, now, reason)
        raise
    await after_visit.follow(marked, now)
    return marked


def _check(visit: Appointment, move: Move, version: int | None) -> None:
    if version is not None and version != visit.version:
        raise Stale(visit)
    if visit.status not in TABLE[move][0]:
        raise NotExpected(move, visit.status)


async def check_in(
    directory: Directory, visit: Appointment, asker: Asker, now: datetime, version: int | None = None
) -> tuple[Appointment, QueueEntry]:
    """The patient is here: a number of the day of the visit. Again: the same number.

    Raises ``NotExpected``, ``DayIsOver``, ``Stale``.
    """
    move: Move = "check_in" if asker.staff else "arrive"
    if visit.status not in HERE or (asker.staff and visit.status == "arrived"):
        if local_day(visit.start, _zone(directory, visit)) < local_day(now, _zone(directory, visit)):
            raise DayIsOver
        visit = await mark(visit, move, asker, now, version=version)
    return visit, await _queued(directory, visit, asker, now)


def _zone(directory: Directory, visit: Appointment) -> str:
    return directory.clinic(visit.clinic_id).zone


async def _queued(directory: Directory, visit: Appointment, asker: Asker, now: datetime) -> QueueEntry:
    """The patient's place, made or found. After a check-in that was taken back the old one is used again."""
    if earlier := await queue.entry_of(visit.tenant_id, visit.id):
        return await _again(directory, earlier, visit, asker, now)
    entry = QueueEntry(
        tenant_id=visit.tenant_id, request_id=f"visit {visit.id}", clinic_id=visit.clinic_id,
        doctor_id=visit.doctor_id, service_id=visit.service_id, day=local_day(visit.start, _zone(directory, visit)),
        token=1, tokens=[], appointment_id=visit.id, patient_id=visit.patient_id, patient_name=visit.patient_name,
        planned_at=visit.start, minutes=directory.service(visit.service_id, visit.doctor_id).minutes,
        place=first_place(visit.start, now), arrived_at=now, history=[asker.change("checked_in", now)],
    )  # fmt: skip
    return await join(entry)


async def join(entry: QueueEntry) -> QueueEntry:
    """Put somebody into the queue, with the next number; or find them there, by their request."""
    door = QueueEntry.of(entry.tenant_id)

    async def write(token: int, label: str) -> QueueEntry:
        numbered: QueueEntry = entry.model_copy(update={"id": new_id(), "token": token, "tokens": [label]})
        await door.insert(numbered)
        await queue.tell(numbered, "joined", entry.arrived_at)
        return numbered

    try:
        return await with_token(entry.tenant_id, entry.doctor_id, entry.day, write)
    except DuplicateKeyError:
        if earlier := await door.find_one({"request_id": entry.request_id}):
            return await queue.seen_again(earlier)
        raise


async def _again(
    directory: Directory, entry: QueueEntry, visit: Appointment, asker: Asker, now: datetime
) -> QueueEntry:
    """The visit may have been moved since the check-in was taken back: then the number is one of its new day."""
    day = local_day(visit.start, _zone(directory, visit))
    if entry.status != "missed" or queue.has_done(entry, asker):
        return await queue.seen_again(entry)
    step = Step("return", asker, now)
    fields = {"planned_at": visit.start, "place": first_place(visit.start, now), "arrived_at": now}
    if (entry.doctor_id, entry.day) == (visit.doctor_id, day):
        return await queue.move(entry, replace(step, fields=fields))
    fields |= {"doctor_id": visit.doctor_id, "clinic_id": visit.clinic_id, "day": day.isoformat()}

    async def write(token: int, label: Mapping[str, str]) -> QueueEntry:
        return await queue.move(entry, replace(step, fields={**fields, "token": token}, push=label))

    return await renumbered(entry, visit.doctor_id, day, write)


async def follow(entry: QueueEntry, asker: Asker, now: datetime) -> None:
    """Let the visit follow its patient: seen, or not yet after all."""
    if entry.appointment_id is None:
        return
    visit = await Appointment.of(entry.tenant_id).get(entry.appointment_id)
    move: Move = "fulfil" if entry.status == "done" else "reopen"
    if visit.status in TABLE[move][0]:
        await mark(visit, move, asker, now)


async def finish(entry: QueueEntry, step: Step) -> QueueEntry:
    """The visit is over, and fulfilled."""
    if entry.status == "done":
        await follow(entry, step.asker, step.now)  # what a crash may have left out
    entry = await queue.move(entry, step)
    await follow(entry, step.asker, step.now)
    return entry


async def reopen(entry: QueueEntry, step: Step) -> QueueEntry:
    """The visit was not over after all. Raises ``DoctorBusy``."""
    entry = await queue.start(entry, step)
    await follow(entry, step.asker, step.now)
    return entry


async def no_show(visit: Appointment, asker: Asker, now: datetime, version: int | None = None) -> Appointment:
    """The patient did not come, or left before being seen. The time is past and stays used up.

    Raises ``NotStarted``, ``WithTheDoctor``, ``NotExpected``, ``Stale``.
    """
    if booking.has_done(visit, asker):
        return visit
    if now < visit.start:
        raise NotStarted
    _check(visit, "no_show", version)
    await _leave(visit, asker, now)
    return await mark(visit, "no_show", asker, now, version=version)


async def undo(visit: Appointment, asker: Asker, now: datetime, version: int | None = None) -> Appointment:
    """Take back a no-show, or a check-in by mistake; the number stays the patient's. Raises as ``no_show`` does."""
    move: Move = "undo_no_show" if visit.status == "noshow" else "undo_check_in"
    if not booking.has_done(visit, asker):
        _check(visit, move, version)
        await _leave(visit, asker, now)
    return await mark(visit, move, asker, now)


async def _leave(visit: Appointment, asker: Asker, now: datetime) -> None:
    """Out of the queue. Who has been with the doctor did come."""
    entry = await queue.entry_of(visit.tenant_id, visit.id) if visit.status in HERE else None
    if entry is None or entry.status == "missed":
        return
    if entry.status in ("with_doctor", "done"):
        raise WithTheDoctor
    if entry.status == "parked":
        entry = await queue.move(entry, Step("return", replace(asker, request_id=f"{asker.request_id} back"), now))
    await queue.move(entry, Step("skip", asker, now))
