"""A doctor's leave that patients are being looked after for: begun by somebody, and how much of it is resolved.

It has the id of its exception, which alone says from when to when; where that is gone the leave is withdrawn.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pymongo import IndexModel

from clinic.absence import hit, replaced
from clinic.appointment import Appointment
from clinic.directory import Directory
from clinic.errors import Impossible
from clinic.exception import ScheduleException
from clinic.leave_visit import RESOLVED, LeaveVisit, Standing, of_leaves, standing
from clinic.record import TenantRecord, new_id
from clinic.stranded import Booked


class Leave(TenantRecord):
    """``clinic_id`` and ``doctor_id`` are those of the exception, empty where it is of all."""

    doctor_id: str = ""
    clinic_id: str = ""
    status: Literal["open", "over", "withdrawn"] = "open"
    begun_by: str
    begun_at: datetime

    class Settings:
        name = "leaves"
        indexes = [
            IndexModel([("tenant_id", 1), ("status", 1)]),
            IndexModel([("tenant_id", 1), ("begun_at", 1)]),
            IndexModel([("status", 1), ("begun_at", 1)]),  # of all practices
        ]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A visit of a leave, as both stand now. ``visit`` is None where it is gone."""

    case: LeaveVisit
    visit: Appointment | None
    status: Standing


async def begin(directory: Directory, exception: ScheduleException, by: str, now: datetime) -> Leave:
    """Look after whom it hits, once; who that is, is written down. Raises ``Impossible``."""
    if exception.kind == "extra_hours":
        raise Impossible("extra hours leave nobody without a doctor: name a leave")
    if exception.end <= now:
        raise Impossible("it is over already: nobody is left to be looked after")
    made = Leave(
        id=exception.id, tenant_id=exception.tenant_id, doctor_id=exception.doctor_id, clinic_id=exception.clinic_id,
        begun_by=by, begun_at=now,
    )  # fmt: skip
    await Leave.of(made.tenant_id).insert_new(made)
    await enter(made, await hit_by(directory, exception, now), now)
    return await Leave.of(made.tenant_id).get(made.id)


async def hit_by(directory: Directory, exception: ScheduleException, now: datetime) -> list[Booked]:
    """Whose visits the exception, which the directory may know already, leaves without a doctor."""
    return await hit(replaced(directory, exception.id, None), None, exception, now)


async def enter(leave: Leave, visits: Sequence[Booked], now: datetime) -> None:
    """Write down whom it hits, each once, and none that another leave sees to already."""
    door = Appointment.of(leave.tenant_id)
    rows = await door.rows({"_id": {"$in": [each.id for each in visits]}}, fields=("start_version",)) if visits else []
    versions = {row["_id"]: row["start_version"] for row in rows}
    known = {(each.appointment_id, each.start_version) for each in await of_leaves(leave.tenant_id, [leave.id])}
    for each in visits:
        if each.id in versions and (each.id, versions[each.id]) not in known:
            await LeaveVisit.of(leave.tenant_id).insert_new(_case(leave, each, versions[each.id], now))


def _case(leave: Leave, visit: Booked, start_version: int, now: datetime) -> LeaveVisit:
    return LeaveVisit(
        id=new_id(), tenant_id=leave.tenant_id, leave_id=leave.id, appointment_id=visit.id, open_for=visit.id,
        start_version=start_version, start=visit.start, clinic_id=visit.clinic_id, doctor_id=visit.doctor_id,
        changed_at=now,
    )  # fmt: skip


async def resolved(tenant_id: str, leave_ids: Sequence[str]) -> list[Resolved]:
    """How all the visits of these leaves stand at this moment, the earliest first."""
    cases = await of_leaves(tenant_id, leave_ids) if leave_ids else []
    ids = [case.appointment_id for case in cases]
    visits = {each.id: each for each in await Appointment.of(tenant_id).find({"_id": {"$in": ids}})} if ids else {}
    return [Resolved(case, visit := visits.get(case.appointment_id), standing(case, visit)) for case in cases]


@dataclass(frozen=True, slots=True)
class Share:
    """Counts of visits. ``hit`` are all that are, or were, to be resolved; ``share`` of them is moved or cancelled."""

    hit: int
    by_status: dict[Standing, int]
    share: float


def share(found: Sequence[Resolved]) -> Share:
    """How much of a leave is resolved; all, where nobody is hit."""
    counts = Counter(each.status for each in found)
    hit_still = sum(counts.values()) - counts["kept"]
    done = sum(counts[status] for status in RESOLVED)
    return Share(hit_still, dict(counts), done / hit_still if hit_still else 1.0)
