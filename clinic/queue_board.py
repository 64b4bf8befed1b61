"""A day's queue as this process knows it: kept as long as its mark in the store is the same.

The mark (``clinic.queue_stamp``) is read for every answer, after the question came, so an answer is never older than
the last change that anybody was told of before they asked. What is read is read behind its mark: a change in between
makes it be read once more, never be missed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from clinic.clock import elapsing
from clinic.doctor_delay import DoctorDelay, said
from clinic.joined import Joined
from clinic.queue_entry import QueueEntry
from clinic.queue_stamp import stamp_of

Row = Mapping[str, Any]
Key = tuple[str, tuple[str, ...], str]  # the practice, local days, a doctor or nobody in particular
SECONDS = 2.0  # then it is read again: a crash between a change and its mark was not answered to anybody
KEPT = 500


@dataclass(frozen=True, eq=False)
class Board:
    """Who has a number on these days, and what staff said of the doctors. Not to be changed: many look at it."""

    stamp: str
    rows: Sequence[Row]
    late: Mapping[str, DoctorDelay]
    until: float


_boards: dict[Key, Board] = {}


async def board(tenant_id: str, days: Iterable[date], doctor_id: str = "") -> Board:
    """The queue of these days, of one doctor or of all."""
    key = (tenant_id, tuple(day.isoformat() for day in days), doctor_id)
    stamp, known = await stamp_of(tenant_id), _boards.get(key)
    if known and known.stamp == stamp and 0 < known.until - elapsing() <= SECONDS:
        return known
    return await _loads.get(key)


async def stored(tenant_id: str, days: Iterable[date], doctor_id: str = "") -> list[dict[str, Any]]:
    """The stored rows, from the store: the days' part of an index."""
    door, of_doctor = QueueEntry.of(tenant_id), {"doctor_id": doctor_id} if doctor_id else {}
    return [row for day in days for row in await door.rows({"day": day.isoformat(), **of_doctor})]


async def _load(key: Key) -> Board:
    tenant_id, days, doctor_id = key[0], [date.fromisoformat(day) for day in key[1]], key[2]
    stamp, until = await stamp_of(tenant_id), elapsing() + SECONDS
    rows = await stored(tenant_id, days, doctor_id)
    waiting = {row["doctor_id"] for row in rows if row["status"] == "waiting"}
    late = await said(tenant_id, sorted(waiting), days) if waiting else {}
    if len(_boards) >= KEPT:
        _boards.clear()
    found = _boards[key] = Board(stamp, rows, late, until)
    return found


_loads: Joined[Key, Board] = Joined(_load)
