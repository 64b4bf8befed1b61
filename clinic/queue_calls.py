"""What the queue causes: whom to tell to leave home, that they are next, to come in, or that the doctor is late. Pure.

Each is told once: of the same doctor's queue, of a delay once for each degree of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from clinic.queue_day import Place
from clinic.wall_clock import MINUTE

What = Literal["leave_home", "you_are_next", "come_in", "late"]
HERE: tuple[What, ...] = ("you_are_next", "come_in")  # told to people who stand in the queue
CAUSED: frozenset[str] = frozenset({"leave_home", *HERE})
NEXT_WITHIN = 15  # minutes: who is next, but has longer to wait, is told later
STEP = 5  # minutes: nobody knows it better


@dataclass(frozen=True, slots=True)
class Rules:
    """Of a clinic, in minutes: how long before their turn patients leave home, from when on a delay is told; 0: not."""

    leave_home: int = 30
    late: int = 30


@dataclass(frozen=True, slots=True)
class Expected:
    """A visit that is booked for today, whose patient is not here yet. ``likely`` is when they would go in."""

    id: str
    start: datetime
    likely: datetime
    known_at: datetime  # when its start was agreed on


@dataclass(frozen=True, slots=True)
class Call:
    """What to tell about a visit. ``step`` sets apart what is told several times; ``minutes`` are those to wait, or
    those by which the doctor is late."""

    visit_id: str
    what: What
    step: str = ""
    minutes: int = 0

    @property
    def kind(self) -> str:
        """Its name in the ledger."""
        return f"{self.what}:{self.step}" if self.step else self.what


def calls(queue: Sequence[Place], expected: Sequence[Expected], rules: Rules, now: datetime) -> list[Call]:
    """Everything that one doctor's queue at one clinic wants told now, told already or not."""
    told = (_of_place(place, rules, now) for place in queue)
    return [call for call in (*told, *(_of_visit(visit, rules, now) for visit in expected)) if call]


def _of_place(place: Place, rules: Rules, now: datetime) -> Call | None:
    """Who has a number."""
    row, wait = place.row, place.wait
    visit_id, doctor_id = row.get("appointment_id"), row["doctor_id"]
    if not visit_id:
        return None
    if row["status"] == "called":
        return Call(visit_id, "come_in", doctor_id)
    if wait is None:
        return None
    if place.position == 1 and wait.optimistic <= NEXT_WITHIN:
        return Call(visit_id, "you_are_next", doctor_id)
    near = place.position == 1 or not rules.leave_home
    gone_out = now - row["arrived_at"] >= rules.leave_home * MINUTE  # and back: else they have just come
    if gone_out and not near and wait.optimistic <= rules.leave_home:
        return Call(visit_id, "leave_home", doctor_id, rounded(max(wait.optimistic, 1)))
    return None


def _of_visit(visit: Expected, rules: Rules, now: datetime) -> Call | None:
    """Who is at home, as far as anybody knows."""
    late = (visit.likely - visit.start) // MINUTE
    if visit.start > now and (degree := degree_of(late, rules.late)):
        return Call(visit.id, "late", str(degree), rounded(late))
    until, ahead = visit.likely - now, rules.leave_home * MINUTE
    just_agreed = visit.known_at > visit.start - 2 * ahead  # whoever books so late is on the way
    if ahead and until <= ahead and not just_agreed:
        return Call(visit.id, "leave_home", minutes=rounded(max(1, until // MINUTE)))
    return None


def degree_of(late: int, limit: int) -> int:
    """0 within the limit; then one more each time that it doubles: a patient is not asked at every minute."""
    return (late // limit).bit_length() if limit and late >= limit else 0


def rounded(minutes: int) -> int:
    """Up to whole steps."""
    return -(-minutes // STEP) * STEP
