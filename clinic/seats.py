"""Taking seats in a doctor's time: try a free choice, and another one when the database says that it is taken."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pymongo.errors import DuplicateKeyError

from clinic import diary
from clinic.cells import choose
from clinic.errors import SlotTaken

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Room:
    """The time that a visit would use up, and how many may sit in each of its cells."""

    tenant_id: str
    doctor_id: str
    start: datetime
    cells: range
    capacity: int


async def take(
    room: Room, write: Callable[[list[str]], Awaitable[T]], now: datetime, own: frozenset[str] = frozenset()
) -> T:
    """Write with one choice of seats after another. Raises ``SlotTaken`` when there is none left.

    ``own`` are seats that the same write gives up. Every refusal means that somebody took a seat after we looked, so as
    many attempts as there are seats are enough.
    """
    taken = await _taken(room, now)
    for _ in range(1 + len(room.cells) * room.capacity):
        chosen = choose(room.cells, taken - own, room.capacity)
        if chosen is None:
            break
        try:
            return await write(chosen)
        except DuplicateKeyError as error:
            if not refused_by(error, "cells"):
                raise
        taken = await _seats(room)
    raise SlotTaken


async def _taken(room: Room, now: datetime) -> frozenset[str]:
    """The seats taken around the visit; not looked up where the diary in memory knows of none."""
    known = diary.known(room.tenant_id, room.doctor_id, now)
    if known and known.shows_free(room.cells):
        return frozenset()
    return await _seats(room)


async def _seats(room: Room) -> frozenset[str]:
    nearby = (room.start - diary.LONGEST, room.start + diary.LONGEST)
    return frozenset(await diary.taken_cells(room.tenant_id, room.doctor_id, *nearby))


def refused_by(error: DuplicateKeyError, field: str) -> bool:
    """Whether it was the unique index over this field."""
    return field in (error.details or {}).get("keyPattern", {})
