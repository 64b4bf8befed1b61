"""A day's queue as it is shown: everybody's place and wait."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from clinic.appointment import Appointment
from clinic.directory import Directory
from clinic.doctor_delay import DoctorDelay, minutes_until, ready
from clinic.joined import Joined
from clinic.matching import matches
from clinic.pace import Pace, Wait, todays_pace, wait
from clinic.queue_board import KEPT, Board, board, stored
from clinic.queue_entry import QueueEntry
from clinic.queue_order import in_turn
from clinic.record import Query
from clinic.wall_clock import MINUTE, instant, local_day

Row = Mapping[str, Any]
LATE = timedelta(minutes=30)  # after the start nobody reckons with a patient any more


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody in the queue: the stored row; for those who wait also the position, from 1, and the wait."""

    row: Row
    position: int | None = None
    wait: Wait | None = None


def days_now(directory: Directory, now: datetime, clinic_id: str = "") -> list[date]:
    """The local day of the clinic, or of every clinic: one, as a rule."""
    clinics = [directory.clinic(clinic_id)] if clinic_id else directory.clinics.values()
    return sorted({local_day(now, clinic.zone) for clinic in clinics})


async def rows_of(
    tenant_id: str, days: Iterable[date], doctor_id: str = "", scope: Query | None = None
) -> list[dict[str, Any]]:
    """Everybody who has a number on these days, of one doctor or of all, and is within ``scope``; from the store."""
    return [row for row in await stored(tenant_id, days, doctor_id) if matches(row, scope or {})]


Expected = Mapping[str, Sequence[tuple[float, int]]]  # by doctor: (start in seconds since 1970, minutes)


@dataclass(frozen=True, slots=True)
class _Facts:
    """All that a queue is reckoned from."""

    board: Board
    directory: Directory
    expected: Expected
    second: datetime
    scope: str


_reckoned: dict[tuple[str, Sequence[date], str, str], tuple[_Facts, Sequence[Place]]] = {}


async def day_queue(
    directory: Directory, days: Sequence[date], now: datetime, doctor_id: str = "", scope: Query | None = None
) -> Sequence[Place]:
    """Everybody who has a number on these days, of one doctor or of all: with the doctor, called, then those who wait
    in their turn, then the others. While nothing changes it is reckoned once a second: the same object comes again."""
    known = await board(directory.tenant.id, days, doctor_id)
    rows = [row for row in known.rows if matches(row, scope)] if scope else known.rows
    expected = await _expected(directory, rows, now, doctor_id)
    facts = _Facts(known, directory, expected, now.replace(microsecond=0), str(scope))
    key = (directory.tenant.id, tuple(days), doctor_id, facts.scope)
    seen, shown = _reckoned.get(key, (None, ()))
    if seen != facts:
        if len(_reckoned) >= KEPT:
            _reckoned.clear()
        shown = _day(directory, rows, known.late, expected, now)
        _reckoned[key] = (facts, shown)
    return shown


def _day(
    directory: Directory, rows: Iterable[Row], late: Mapping[str, DoctorDelay], expected: Expected, now: datetime
) -> Sequence[Place]:
    by_doctor: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_doctor[row["doctor_id"]].append(row)
    order = {doctor: number for number, doctor in enumerate(directory.doctors)}
    return [
        place
        for doctor in sorted(by_doctor, key=lambda doctor: order.get(doctor, len(order)))
        for begins in (begins_in(directory, by_doctor[doctor], late.get(doctor), now),)
        for place in places(by_doctor[doctor], expected.get(doctor, ()), begins, now)
    ]


async def position(directory: Directory, entry: QueueEntry, now: datetime) -> Place | None:
    """One patient's place in their doctor's queue."""
    found = await day_queue(directory, [entry.day], now, entry.doctor_id)
    return next((place for place in found if place.row["_id"] == entry.id), None)


RANK = {"with_doctor": 0, "called": 1, "waiting": 2, "parked": 3, "missed": 4, "done": 5}


def places(rows: Sequence[Row], expected: Sequence[tuple[float, int]], opens_in: float, now: datetime) -> list[Place]:
    """One doctor's day. Pure. ``expected``: (start in seconds since 1970, minutes) of those who are not here yet."""
    pace, inside = todays_pace(finished(rows)), so_far(rows, now)
    called = [row["minutes"] for row in rows if row["status"] == "called"]
    waiting = in_turn(rows)
    others = sorted(
        (row for row in rows if row["status"] != "waiting"), key=lambda row: (RANK[row["status"]], row["token"])
    )
    shown = []
    for number, row in enumerate(waiting):
        ahead = called + [each["minutes"] for each in waiting[:number]]
        before = [length for start, length in expected if start < row["place"]]
        shown.append(Place(row, number + 1, _wait(pace, ahead, inside, before, opens_in)))
    now_in = [Place(row) for row in others if RANK[row["status"]] < RANK["waiting"]]
    return [*now_in, *shown, *(Place(row) for row in others if RANK[row["status"]] > RANK["waiting"])]


def so_far(rows: Iterable[Row], now: datetime) -> list[tuple[float, float]]:
    """Planned minutes, and minutes until now, of those who are with the doctor."""
    return [(row["minutes"], _minutes(now - row["started_at"])) for row in rows if row["status"] == "with_doctor"]


def _wait(
    pace: Pace,
    ahead: Sequence[float],
    inside: Sequence[tuple[float, float]],
    expected: Sequence[float],
    opens_in: float,
) -> Wait:
    return wait(pace, ahead, inside=inside, expected=expected, opens_in=0.0 if inside else opens_in)


def finished(rows: Iterable[Row]) -> list[tuple[float, float]]:
    """(planned, actual) minutes of the visits that are over."""
    return [
        (row["minutes"], _minutes(row["finished_at"] - row["started_at"]))
        for row in rows
        if row["status"] == "done" and "started_at" in row and "finished_at" in row
    ]


def _minutes(length: timedelta) -> float:
    return length / MINUTE


async def _expected(
    directory: Directory, rows: Sequence[Row], now: datetime, doctor_id: str
) -> dict[str, list[tuple[float, int]]]:
    """Whoever is booked until the last of those who wait, and not here yet; by doctor."""
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    last = max((row["place"] for row in rows if row["status"] == "waiting"), default=0.0)
    until = datetime.fromtimestamp(last, now.tzinfo)
    if until <= now - LATE:
        return found
    minute = (now - LATE).replace(second=0, microsecond=0)  # one read for all who ask at this moment
    for row in await _visits.get((directory.tenant.id, doctor_id, minute, until)):
        if row["status"] == "booked" and row["start"] > now - LATE:
            found[row["doctor_id"]].append((row["start"].timestamp(), round(_minutes(row["end"] - row["start"]))))
    return found


async def _read_visits(key: tuple[str, str, datetime, datetime]) -> Sequence[Row]:
    tenant_id, doctor_id, since, until = key
    query = {**({"doctor_id": doctor_id} if doctor_id else {}), "start": {"$gt": since, "$lt": until}}
    return await Appointment.of(tenant_id).rows(query, ("doctor_id", "start", "end", "status"))


_visits: Joined[tuple[str, str, datetime, datetime], Sequence[Row]] = Joined(_read_visits)


def begins_in(directory: Directory, rows: Sequence[Row], word: DoctorDelay | None, now: datetime) -> float:
    """Minutes until the next one can go in, by the doctor's hours and by what staff said."""
    return max(_opens_in(directory, rows, now), minutes_until(ready(word, rows, now), now))


def _opens_in(directory: Directory, rows: Sequence[Row], now: datetime) -> float:
    """Minutes until the doctor begins; 0 where the day has begun, or no hours are known."""
    waiting = [row for row in rows if row["status"] == "waiting"]
    if not waiting or any("started_at" in row for row in rows):
        return 0.0
    day, clinic_id, doctor_id = date.fromisoformat(waiting[0]["day"]), waiting[0]["clinic_id"], waiting[0]["doctor_id"]
    if now < instant(day, 0, directory.clinic(clinic_id).zone) - timedelta(days=1):
        return 0.0
    ahead = (shift.time for shift in directory.hours(doctor_id, clinic_id, [day]) if shift.time.end > now)
    opening = next(ahead, None)
    return max(0.0, _minutes(opening.start - now)) if opening else 0.0
