"""The queue: a doctor's day as it is worked at the desk and in the room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Query, Response

from api.etag import EditTag, Tag
from api.house import Now
from api.paging import Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.appointments import Because
from api.shapes.queue import (
    Before,
    CallNext,
    GoIn,
    Hurry,
    NewWalkIn,
    PlaceOut,
    QueueEntryDetail,
    QueueEntryOut,
    RunsLate,
    RunsLateOut,
    ToDoctor,
)
from api.sight import asker, check_seen, within
from api.span import Day
from api.staff import Staff, may
from clinic import attendance, doctor_delay, news, queue, queue_board, queue_day, queue_promises, walk_in
from clinic.queue import Step
from clinic.queue_day import Place
from clinic.queue_entry import QueueEntry
from clinic.queue_moves import Move, possible

router = desk_router("/queue", "queue")

Reading = Annotated[Staff, may("queue:read")]
Creating = Annotated[Staff, may("queue:create")]
Updating = Annotated[Staff, may("queue:update")]
Filter = Annotated[str, Query(max_length=64)]
# Of a stored row, in the order in which they are shown; made without a shape each, since whole days are read often.
SHOWN = {name: field.default for name, field in QueueEntryOut.model_fields.items() if name != "id"}


@router.get("", response_model=Page[PlaceOut])
async def list_queue(
    staff: Reading,
    now: Now,
    doctor_id: Annotated[str, Query(max_length=64, description="Empty: every doctor's.")] = "",
    date: Annotated[Day | None, Query(description="A local day of the clinic; without it today.")] = None,
    clinic_id: Filter = "",
) -> Response:
    """A day's queue in one piece: who is with the doctor, who is called, who waits in their turn with position and
    expected wait, then who is set aside, missed or done."""
    directory = await staff.directory()
    if doctor_id:
        directory.doctor(doctor_id)
    scope = within(staff, directory, "queue:read")
    if clinic_id:
        staff.require("queue:read", directory.clinic(clinic_id).id)
        scope = {"clinic_id": clinic_id, "$and": [scope]} if scope else {"clinic_id": clinic_id}
    days = [date] if date else queue_day.days_now(directory, now, clinic_id)
    places = await queue_day.day_queue(directory, days, now, doctor_id, scope)
    shown = _shown((staff.tenant_id, str(days), doctor_id, str(scope)), places)
    staff.touched("queue", "", {}, {"shown": shown.ids})
    return Response(shown.body, media_type="application/json")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A queue as it was shown last."""

    places: Sequence[Place]
    ids: list[str]
    body: bytes


_last: dict[tuple[str, ...], _Shown] = {}


def _shown(key: tuple[str, ...], places: Sequence[Place]) -> _Shown:
    """Written down once for all who see the very same."""
    known = _last.get(key)
    if known is None or known.places is not places:
        if len(_last) >= queue_board.KEPT:
            _last.clear()
        body = orjson.dumps({"items": list(map(_plain, places)), "next": None}, option=orjson.OPT_UTC_Z)
        known = _last[key] = _Shown(places, [place.row["_id"] for place in places], body)
    return known


def _plain(place: Place) -> dict[str, Any]:
    row: Mapping[str, Any] = place.row
    shown = {"id": row["_id"], **{name: row.get(name, default) for name, default in SHOWN.items()}}
    wait = place.wait and {"optimistic": place.wait.optimistic, "pessimistic": place.wait.pessimistic}
    return {**shown, "position": place.position, "wait": wait}


@router.post("/call-next")
async def call_next_patient(wanted: CallNext, staff: Updating, tag: Tag, now: Now) -> QueueEntryOut:
    """Call whose turn it is. Pressed by two at once, or repeated under one Idempotency-Key, it calls one patient."""
    directory = await staff.directory()
    doctor_id, clinic_id = directory.doctor(wanted.doctor_id).id, wanted.clinic_id or ""
    days = [wanted.date] if wanted.date else queue_day.days_now(directory, now, clinic_id)
    scope = {"$and": [within(staff, directory, "queue:update"), {"clinic_id": clinic_id} if clinic_id else {}]}
    entry = await queue.call_next(staff.tenant_id, doctor_id, days, staff.asker, now, scope)
    return _changed(staff, tag, None, entry)


@router.post("/late")
async def say_doctor_late(wanted: RunsLate, staff: Updating, now: Now) -> RunsLateOut:
    """Say that a doctor runs late today. Patients who are booked for later, and whose visit would begin too late by the
    clinic's `late_minutes`, are asked whether they keep it, come later or on another day."""
    directory = await staff.directory()
    doctor_id = directory.doctor(wanted.doctor_id).id
    clinic_id = wanted.clinic_id or doctor_delay.clinic_today(directory, doctor_id, now)
    check_seen(staff, directory, "queue:update", directory.clinic(clinic_id).id, doctor_id)
    word = await doctor_delay.say_late(directory, doctor_id, clinic_id, wanted.minutes, staff.asker.by, now)
    staff.touched("doctor_delays", doctor_id, {}, word.model_dump(mode="json", include={"minutes", "ready_at"}))
    await news.tell(staff.tenant_id, "queue.late", doctor_id, clinic_id=clinic_id, doctor_id=doctor_id)
    await queue_promises.follow(staff.tenant_id, doctor_id, word.day, now)
    return RunsLateOut.of(word)


@router.post("/walk-ins", status_code=201)
async def take_walk_in(new: NewWalkIn, staff: Creating, tag: Tag, now: Now) -> QueueEntryOut:
    """Somebody who came without an appointment: the next free seat of today is booked and checked in; where none is
    left they wait without one, if the clinic's policy allows that."""
    directory = await staff.directory()
    check_seen(staff, directory, "queue:create", new.clinic_id, new.doctor_id)
    wanted = walk_in.WalkIn(new.clinic_id, new.doctor_id, new.service_id, new.priority, new.reason)
    who_asks = asker(staff, new.clinic_id, overbook=new.overbook)
    entry, _ = await walk_in.walk_in(directory, wanted, new.who(), who_asks, now)
    return _changed(staff, tag, None, entry)


@router.get("/{id}")
async def get_queue_entry(id: Id, staff: Reading, tag: Tag, now: Now) -> QueueEntryDetail:
    """One patient's place, with what happened so far and what may happen now."""
    entry = await _entry(staff, id, "queue:read")
    place = await queue_day.position(await staff.directory(), entry, now)
    staff.touched("queue", id)
    tag.set(entry.version)
    shown = QueueEntryDetail.of(entry)
    shown.possible = possible(entry.status)
    if place and place.wait:
        shown.position, shown.wait = place.position, PlaceOut.model_validate(_plain(place)).wait
    return shown


@router.post("/{id}/call")
async def call_patient(id: Id, staff: Updating, tag: Tag, now: Now) -> QueueEntryOut:
    """Call this patient, whoever's turn it is."""
    entry = await _entry(staff, id)
    return _changed(staff, tag, entry, await queue.move(entry, _step("call", staff, tag, now)))


@router.post("/{id}/recall")
async def recall_patient(id: Id, staff: Updating, tag: Tag, now: Now) -> QueueEntryOut:
    """Call once more somebody who was called, or missed it."""
    entry = await _entry(staff, id)
    return _changed(staff, tag, entry, await queue.move(entry, _step("recall", staff, tag, now)))


@router.post("/{id}/start")
async def start_visit(id: Id, staff: Updating, tag: Tag, now: Now, told: GoIn | None = None) -> QueueEntryOut:
    """The patient goes in. Refused while another one is with the doctor, unless `beside` is said."""
    entry, beside = await _entry(staff, id), bool(told and told.beside)
    return _changed(staff, tag, entry, await queue.start(entry, _step("start", staff, tag, now), beside=beside))


@router.post("/{id}/finish")
async def finish_visit(id: Id, staff: Updating, tag: Tag, now: Now) -> QueueEntryOut:
    """The visit is over: it is fulfilled."""
    entry = await _entry(staff, id)
    return _changed(staff, tag, entry, await attendance.finish(entry, _step("finish", staff, tag, now)))


@router.post("/{id}/reopen")
async def reopen_visit(id: Id, staff: Updating, tag: Tag, now: Now) -> QueueEntryOut:
    """The visit was not over after all."""
    entry = await _entry(staff, id)
    return _changed(staff, tag, entry, await attendance.reopen(entry, _step("reopen", staff, tag, now)))


@router.post("/{id}/skip")
async def skip_patient(id: Id, staff: Updating, tag: Tag, now: Now, told: Because | None = None) -> QueueEntryOut:
    """The patient did not come when called."""
    entry = await _entry(staff, id)
    return _changed(staff, tag, entry, await queue.move(entry, _step("skip", staff, tag, now, told)))


@router.post("/{id}/park")
async def park_patient(id: Id, staff: Updating, tag: Tag, now: Now, told: Because | None = None) -> QueueEntryOut:
    """Set the patient aside, at the laboratory for instance; they keep their place."""
    entry = await _entry(staff, id)
    return _changed(staff, tag, entry, await queue.move(entry, _step("park", staff, tag, now, told)))


@router.post("/{id}/return")
async def return_patient(id: Id, staff: Updating, tag: Tag, now: Now, told: Because | None = None) -> QueueEntryOut:
    """Back to those who wait: from the door, from the doctor, from aside, or after a missed call."""
    entry = await _entry(staff, id)
    return _changed(staff, tag, entry, await queue.come_back(entry, _step("return", staff, tag, now, told)))


@router.post("/{id}/transfer")
async def transfer_patient(id: Id, to: ToDoctor, staff: Updating, tag: Tag, now: Now) -> QueueEntryOut:
    """Let another doctor of the clinic see the patient: they get a number of that doctor's and keep their place."""
    entry, step = await _entry(staff, id), _step("transfer", staff, tag, now, to)
    return _changed(staff, tag, entry, await queue.transfer(await staff.directory(), entry, to.doctor_id, step))


@router.post("/{id}/reorder")
async def reorder_patient(id: Id, where: Before, staff: Updating, tag: Tag, now: Now) -> QueueEntryOut:
    """Put the patient before another one who waits, or after all; who did it and why is kept."""
    entry, step = await _entry(staff, id), _step("reorder", staff, tag, now, where)
    return _changed(staff, tag, entry, await queue.reorder(entry, where.before or "", step))


@router.post("/{id}/priority")
async def prioritize_patient(id: Id, hurry: Hurry, staff: Updating, tag: Tag, now: Now) -> QueueEntryOut:
    """Let the patient go before others, or in turn again; who did it and why is kept."""
    entry, step = await _entry(staff, id), _step("priority", staff, tag, now, hurry)
    return _changed(staff, tag, entry, await queue.prioritize(entry, hurry.priority, step))


Reasoned = Because | ToDoctor | Before | Hurry


async def _entry(staff: Staff, id: str, permission: str = "queue:update") -> QueueEntry:
    """Raises ``NotFound``, also for what is not theirs to see."""
    entry = await QueueEntry.of(staff.tenant_id).get(id)
    check_seen(staff, await staff.directory(), permission, entry.clinic_id, entry.doctor_id)
    return entry


def _step(move: Move, staff: Staff, tag: EditTag, now: datetime, told: Reasoned | None = None) -> Step:
    return Step(move, staff.asker, now, told.reason if told else "", version=tag.version)


def _changed(staff: Staff, tag: EditTag, before: QueueEntry | None, after: QueueEntry) -> QueueEntryOut:
    staff.touched("queue", after.id, _audited(before), _audited(after))
    tag.set(after.version)
    return QueueEntryOut.of(after)


def _audited(entry: QueueEntry | None) -> dict[str, Any]:
    return entry.model_dump(mode="json", include={"status", "doctor_id", "token", "priority", "place"}) if entry else {}
