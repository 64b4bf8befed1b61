"""What a waiting room's screen shows: tokens and first names, whose turn it is and who comes next."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.directory import Directory
from clinic.queue_day import days_now, rows_of
from clinic.queue_order import in_turn

SHOWN = 10  # of those who wait for one doctor
LONGEST = 20  # characters of a name
TITLES = frozenset({"mr", "mrs", "ms", "miss", "master", "dr", "shri", "smt", "sri", "kumari", "sr", "sra", "dona"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One patient, as everybody in the room may know them."""

    token: int
    first_name: str


@dataclass(frozen=True, slots=True)
class Room:
    """One doctor's part of the screen; ``called`` has the latest call first."""

    doctor_id: str
    doctor: str
    called: list[Shown]
    with_doctor: list[Shown]
    waiting: list[Shown]


def first_name(name: str) -> str:
    """The first word that is no title."""
    words = [word for word in name.split() if word.lower().rstrip(".") not in TITLES]
    return words[0][:LONGEST] if words else ""


async def waiting_room(directory: Directory, clinic_id: str, now: datetime) -> list[Room]:
    """Every doctor who has patients at the clinic today. One indexed read."""
    here = {"clinic_id": clinic_id, "status": {"$in": ["waiting", "called", "with_doctor"]}}
    by_doctor: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in await rows_of(directory.tenant.id, days_now(directory, now, clinic_id), scope=here):
        by_doctor[row["doctor_id"]].append(row)
    return [
        _room(each.id, each.name, by_doctor[each.id]) for each in directory.doctors.values() if each.id in by_doctor
    ]


def _room(doctor_id: str, doctor: str, rows: Sequence[Mapping[str, Any]]) -> Room:
    called = sorted((row for row in rows if row["status"] == "called"), key=lambda row: row["called_at"], reverse=True)
    inside = [row for row in rows if row["status"] == "with_doctor"]
    return Room(doctor_id, doctor, _shown(called), _shown(inside), _shown(in_turn(rows)[:SHOWN]))


def _shown(rows: Sequence[Mapping[str, Any]]) -> list[Shown]:
    return [Shown(row["token"], first_name(row.get("patient_name", ""))) for row in rows]
