"""A visit that a leave hits, and how far it has come: offered other times, moved, cancelled, or to be called."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pymongo import IndexModel

from clinic import news
from clinic.appointment import Appointment
from clinic.record import ANY_TEXT, TenantRecord

Standing = Literal["found", "offered", "to_call", "moved", "cancelled", "kept"]
OPEN: tuple[Standing, ...] = ("found", "offered", "to_call")
RESOLVED: tuple[Standing, ...] = ("moved", "cancelled")


class LeaveVisit(TenantRecord):
    """One visit as the leave found it. ``kept``: it stands after all, since the leave was withdrawn or shortened.

    ``open_for`` is the visit's id as long as something is to be done: unique, so that of two leaves one sees to it."""

    leave_id: str
    appointment_id: str
    start_version: int
    start: datetime
    clinic_id: str
    doctor_id: str
    open_for: str | None = None
    status: Standing = "found"
    offered_at: datetime | None = None
    answer_by: datetime | None = None
    reason: str = ""  # for which a person is to call
    changed_at: datetime

    class Settings:
        name = "leave_visits"
        indexes = [
            IndexModel(
                [("tenant_id", 1), ("leave_id", 1), ("appointment_id", 1), ("start_version", 1)],
                name="one_per_leave",
                unique=True,
            ),
            IndexModel(
                [("open_for", 1), ("tenant_id", 1)],
                name="one_open_leave",
                unique=True,
                partialFilterExpression={"open_for": ANY_TEXT},
            ),
        ]

    @property
    def open(self) -> bool:
        """Whether there is something left to do."""
        return self.open_for is not None


async def of_leaves(tenant_id: str, leave_ids: Iterable[str]) -> list[LeaveVisit]:
    """All that these leaves hit, the earliest visit first."""
    query = {"leave_id": {"$in": sorted(leave_ids)}}
    return sorted(await LeaveVisit.of(tenant_id).find(query), key=lambda each: (each.start, each.id))


async def open_case(tenant_id: str, visit_id: str) -> LeaveVisit | None:
    """What a leave has open about a visit."""
    return await LeaveVisit.of(tenant_id).find_one({"open_for": visit_id})


def standing(case: LeaveVisit, visit: Appointment | None) -> Standing:
    """How it stands, whoever has changed the visit, by whatever way."""
    if not case.open:
        return case.status
    if visit is None:
        return "cancelled"
    if visit.replaced_by or visit.start_version != case.start_version:
        return "moved"
    if visit.status in ("cancelled", "noshow"):
        return "cancelled"
    return case.status if visit.status == "booked" else "kept"


async def turn(case: LeaveVisit, status: Standing, now: datetime, **more: object) -> bool:
    """Write down that it has come to that; whether nobody else had, from where it stood."""
    update: dict[str, object] = {"$set": {"status": status, "changed_at": now, **more}}
    if status not in OPEN:
        update["$unset"] = {"open_for": 1}
    seen = {"_id": case.id, "status": case.status, "open_for": case.appointment_id}
    if not await LeaveVisit.of(case.tenant_id).change(seen, update):
        return False
    await news.tell(case.tenant_id, "leave.changed", case.leave_id, clinic_id=case.clinic_id, doctor_id=case.doctor_id)
    return True
