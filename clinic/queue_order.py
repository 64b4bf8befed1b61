"""Whose turn it is. Pure.

1. A higher priority goes first.
2. Then the earlier *place*: of a visit that was booked, its start, if the patient was there within ten minutes of it;
   of everybody else the time at which they came. Who comes early does not overtake, who comes late queues up.
3. Then the lower token.

Staff may put a patient before another one; who was set aside or sent back keeps the place, who missed the call and
comes again takes the place of that moment.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

GRACE = timedelta(minutes=10)
STEP = 60.0  # seconds between the first or last in the queue and whoever is put before or after them

Row = Mapping[str, Any]


def first_place(planned_at: datetime | None, arrived_at: datetime) -> float:
    """Where somebody begins who comes now."""
    if planned_at and arrived_at <= planned_at + GRACE:
        return planned_at.timestamp()
    return arrived_at.timestamp()


def turn(row: Row) -> tuple[int, float, int]:
    """What the queue is sorted by."""
    return -row.get("priority", 0), row["place"], row["token"]


def in_turn(rows: Sequence[Row]) -> list[Row]:
    """Those who wait, the next one first."""
    return sorted((row for row in rows if row["status"] == "waiting"), key=turn)


def before(waiting: Sequence[Row], target: Row | None) -> tuple[int, float]:
    """The priority and place of whoever is to come just before ``target``, or with None after all who wait."""
    if target is None:
        last = waiting[-1]
        return last.get("priority", 0), last["place"] + STEP
    priority, place = target.get("priority", 0), target["place"]
    ahead = [row["place"] for row in waiting if row.get("priority", 0) == priority and turn(row) < turn(target)]
    return priority, (ahead[-1] + place) / 2 if ahead else place - STEP
