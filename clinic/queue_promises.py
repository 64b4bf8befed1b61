"""Keeps the promises that the queue causes: after each change of it, and at every tick, whoever is to be told something
gets it into the ledger, once."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from clinic.appointment import Appointment
from clinic.directory import Directory, directory_of
from clinic.doctor_delay import said
from clinic.forecast import Planned, forecast
from clinic.notification import Notification
from clinic.queue_calls import CAUSED, HERE, Call, Expected, Rules, calls
from clinic.queue_day import Place, begins_in, day_queue, days_now, position, rows_of
from clinic.queue_entry import QueueEntry
from clinic.queue_order import GRACE
from clinic.visit_promises import agreed_at, caused
from clinic.wall_clock import MINUTE, local_day

MOVED_ON = "queue_moved_on"
NIGHT = (22, 6)  # hours on the clinic's clock: who is not here is not woken
LOOKED_AHEAD = timedelta(days=1)

log = structlog.get_logger()
_wake: Callable[[str], None] | None = None


def connect(wake: Callable[[str], None] | None) -> None:
    """Who is told, in this process, of a promise that is due now; without it the next sweep finds it."""
    global _wake
    _wake = wake


async def follow(tenant_id: str, doctor_id: str, day: date, now: datetime) -> None:
    """Tell what a change of a doctor's queue causes. Never raises: the change itself is done, the next tick looks
    again."""
    try:
        for promise in await advance(await directory_of(tenant_id), doctor_id, day, now):
            if _wake:
                _wake(promise)
    except Exception as error:
        log.error("queue left to the next tick", exc_info=error)


async def advance_all(tenant_id: str, now: datetime) -> list[str]:
    """One tick: every doctor who has patients today; the ids of the promises that are due now."""
    directory, due = await directory_of(tenant_id), list[str]()
    days = days_now(directory, now)
    for doctor_id, day in await _busy(directory, days, now):
        due += await advance(directory, doctor_id, day, now)
    return due


async def _busy(directory: Directory, days: Sequence[date], now: datetime) -> set[tuple[str, date]]:
    """The doctors with somebody in the queue, or booked for later today, and the local day."""
    here = await rows_of(directory.tenant.id, days, scope={"status": {"$in": ["waiting", "called"]}})
    ahead = {"start": {"$gte": now - GRACE, "$lt": now + LOOKED_AHEAD}}
    visits = await Appointment.of(directory.tenant.id).rows(ahead, ("doctor_id", "clinic_id", "start", "status"))
    coming = [row for row in visits if row["status"] == "booked" and row["clinic_id"] in directory.clinics]
    found = {(row["doctor_id"], date.fromisoformat(row["day"])) for row in here}
    found |= {(row["doctor_id"], _day_of(directory, row)) for row in coming}
    return {(doctor_id, day) for doctor_id, day in found if day in days}


def _day_of(directory: Directory, row: dict[str, Any]) -> date:
    return local_day(row["start"], directory.clinic(row["clinic_id"]).zone)


async def advance(directory: Directory, doctor_id: str, day: date, now: datetime) -> list[str]:
    """Promise what one doctor's queue wants told; the ids of what is due now. Repeated it promises nothing twice."""
    queue = await day_queue(directory, [day], now, doctor_id)
    visits = await coming(directory, doctor_id, day, now)
    likely = await likely_times(directory, doctor_id, day, queue, visits, now)
    wanted = []
    for clinic in directory.clinics.values():
        here = [place for place in queue if place.row["clinic_id"] == clinic.id]
        expected = [
            Expected(visit.id, visit.start, likely[visit.id], agreed_at(visit, visit.start))
            for visit in visits
            if visit.clinic_id == clinic.id and visit.id in likely
        ]
        rules = Rules(clinic.leave_home_minutes, clinic.late_minutes)
        asleep = _is_night(now, clinic.zone)
        wanted += [call for call in calls(here, expected, rules, now) if call.what in HERE or not asleep]
    return await _promised(directory.tenant.id, wanted, now) if wanted else []


def _is_night(now: datetime, zone: str) -> bool:
    begin, end = NIGHT
    hour = now.astimezone(ZoneInfo(zone)).hour
    return hour >= begin or hour < end


async def coming(directory: Directory, doctor_id: str, day: date, now: datetime) -> list[Appointment]:
    """The visits of the rest of a doctor's day whose patients are not here yet, in order."""
    query = {"doctor_id": doctor_id, "start": {"$gte": now - GRACE, "$lt": now + LOOKED_AHEAD}}
    found = await Appointment.of(directory.tenant.id).find(query, [("start", 1)])
    booked = (each for each in found if each.status == "booked")
    return [each for each in booked if local_day(each.start, directory.clinic(each.clinic_id).zone) == day]


async def likely_times(
    directory: Directory,
    doctor_id: str,
    day: date,
    queue: Sequence[Place],
    visits: Iterable[Appointment],
    now: datetime,
) -> dict[str, datetime]:
    """When each of these visits is likely to begin, by id."""
    rows = [place.row for place in queue]
    planned = [Planned(each.id, each.start, (each.end - each.start) / MINUTE) for each in visits]
    word = (await said(directory.tenant.id, [doctor_id], [day])).get(doctor_id) if planned else None
    return forecast(rows, planned, now + begins_in(directory, rows, word, now) * MINUTE, now)


async def _promised(tenant_id: str, wanted: Sequence[Call], now: datetime) -> list[str]:
    """Those that are new; and those that were taken back before they left, since the queue had moved on and is back."""
    ids = [call.visit_id for call in wanted]
    visits = {each.id: each for each in await Appointment.of(tenant_id).find({"_id": {"$in": ids}})}
    rows = await Notification.of(tenant_id).rows(
        {"appointment_id": {"$in": ids}}, ("appointment_id", "kind", "start_version", "status", "error")
    )
    known = {(row["appointment_id"], row["kind"], row["start_version"]): row for row in rows}
    due: list[str] = []
    for call in wanted:
        if (visit := visits.get(call.visit_id)) is None:
            continue
        earlier = known.get((visit.id, call.kind, visit.start_version))
        if earlier is None:
            due += await caused(visit, call.kind, call.minutes, now)
        elif earlier["status"] == "withdrawn" and earlier.get("error") == MOVED_ON:
            due += await _renewed(tenant_id, str(earlier["_id"]), call, now)
    return due


async def _renewed(tenant_id: str, id: str, call: Call, now: datetime) -> list[str]:
    fresh = {"status": "due", "status_rank": 0, "error": "", "due_at": now, "wake_at": now, "minutes": call.minutes}
    query = {"_id": id, "status": "withdrawn", "error": MOVED_ON}
    return [id] if await Notification.of(tenant_id).change(query, {"$set": fresh}) else []


async def moved_on(promise: Notification, visit: Appointment, now: datetime) -> bool:
    """Whether what the queue caused is not so any more: looked at right before it is sent."""
    if promise.purpose not in CAUSED:
        return False
    entry = await QueueEntry.of(promise.tenant_id).find_one({"appointment_id": visit.id})
    if entry is None:
        return promise.purpose in HERE or visit.status != "booked"
    if promise.purpose == "come_in":
        return entry.status != "called" or not promise.kind.endswith(entry.doctor_id)
    if entry.status != "waiting":
        return True
    return promise.purpose == "you_are_next" and not await _is_next(entry, now)


async def _is_next(entry: QueueEntry, now: datetime) -> bool:
    place = await position(await directory_of(entry.tenant_id), entry, now)
    return place is not None and place.position == 1
