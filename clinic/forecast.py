"""When those who are booked for later today, and not here yet, are likely to go in. Pure.

The day is gone through in the order of the queue at today's pace: who waits goes in as soon as the doctor is free, who
is booked not before their start. So a gap in the plan takes up what was late before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from clinic.pace import Pace, todays_pace
from clinic.queue_day import finished, so_far
from clinic.queue_order import GRACE, in_turn, turn
from clinic.wall_clock import MINUTE

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Planned:
    """A visit that is booked; ``minutes`` by its plan."""

    id: str
    start: datetime
    minutes: float


@dataclass(frozen=True, slots=True)
class _Turn:
    """Somebody's place in the rest of the day."""

    order: tuple[int, float, float]
    minutes: float
    planned: Planned | None = None


def forecast(
    rows: Sequence[Row], planned: Iterable[Planned], free_from: datetime, now: datetime
) -> dict[str, datetime]:
    """The likely time of each of ``planned``, by id. ``rows`` are the doctor's queue of the day; ``free_from``: nobody
    goes in before, for all that is known beside the queue. Who is past their start by more than the grace is waited
    for by nobody, and queues up on coming."""
    pace = todays_pace(finished(rows))
    called = [row["minutes"] for row in rows if row["status"] == "called"]
    free = max(now, free_from) + _rest(pace, rows, now) + sum(called) * pace.mean * MINUTE
    likely = {}
    for each in sorted(_turns(rows, planned, now), key=lambda each: each.order):
        if each.planned:
            free = likely[each.planned.id] = max(free, each.planned.start)
        free += each.minutes * pace.mean * MINUTE
    return likely


def _rest(pace: Pace, rows: Sequence[Row], now: datetime) -> timedelta:
    """What is left of the visits of those who are inside."""
    left = (planned * pace.mean - passed for planned, passed in so_far(rows, now))
    return max(0.0, *left, 0.0) * MINUTE


def _turns(rows: Sequence[Row], planned: Iterable[Planned], now: datetime) -> list[_Turn]:
    """Where two have the same place, who is here goes first."""
    here = [_Turn(turn(row), row["minutes"]) for row in in_turn(rows)]
    coming = [
        _Turn((0, each.start.timestamp(), float("inf")), each.minutes, each)
        for each in planned
        if each.start + GRACE >= now
    ]
    return here + coming
