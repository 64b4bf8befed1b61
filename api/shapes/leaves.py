"""A doctor's leave that patients are being looked after for, as the API takes and shows it."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from api.shapes import Change, OtherId, Shape
from api.shapes.hours import Reason, WallTime
from clinic.exception import ScheduleException
from clinic.leave import Leave, Resolved, share

Standing = Literal["found", "offered", "to_call", "moved", "cancelled", "kept"]


class NewLeave(Change):
    """A doctor's leave; without `clinic_id` at all clinics."""

    doctor_id: OtherId
    clinic_id: OtherId | None = None
    start: WallTime
    end: WallTime
    reason: Reason | None = Field(None, description="For staff; patients are told only that the doctor is away.")


class LeaveVisitOut(Shape):
    """A visit that the leave hits, without its patient: ask `/appointments/{id}` for that."""

    appointment_id: str
    clinic_id: str
    doctor_id: str
    start: datetime = Field(description="As the leave found it.")
    status: Standing = Field(
        description="`found`: nobody was asked yet; `offered`: other times are kept for the patient; `to_call`: there "
        "is a callback; `moved` or `cancelled`, by whatever way; `kept`: it stands after all."
    )
    answer_by: datetime | None = Field(description="How long other times are kept.")
    reason: str = Field(description="Why a person is to call.", examples=["leave_silent"])
    moved_to: str | None = Field(description="The appointment that it is now.")

    @classmethod
    def of(cls, record: Resolved) -> Self:
        """As it stands now."""
        case, visit = record.case, record.visit
        moved_to = (visit.replaced_by or visit.id) if visit and record.status == "moved" else None
        return cls(
            appointment_id=case.appointment_id, clinic_id=case.clinic_id, doctor_id=case.doctor_id, start=case.start,
            status=record.status, answer_by=case.answer_by, reason=case.reason, moved_to=moved_to,
        )  # fmt: skip


class LeaveCounts(Shape):
    """How many visits stand how; `hit` are all but those that stand after all."""

    hit: int
    found: int
    offered: int
    to_call: int
    moved: int
    cancelled: int
    kept: int


class LeaveOut(Shape):
    """A leave, and how much of it is resolved at this moment. Its id is that of the exception."""

    id: str
    doctor_id: str
    clinic_id: str
    status: Literal["open", "over", "withdrawn"]
    start: datetime | None = Field(description="Null where the exception is gone.")
    end: datetime | None
    reason: str
    begun_by: str
    begun_at: datetime
    counts: LeaveCounts
    share: float = Field(description="Of the visits that are hit: how many are moved or cancelled, 0 to 1.")
    visits: list[LeaveVisitOut]

    @classmethod
    def shown(cls, leave: Leave, exception: ScheduleException | None, found: list[Resolved]) -> Self:
        """With those of its visits that may be seen."""
        counted = share(found)
        status = "withdrawn" if exception is None and leave.status == "open" else leave.status
        by_status = {"found": 0, "offered": 0, "to_call": 0, "moved": 0, "cancelled": 0, "kept": 0, **counted.by_status}
        return cls(
            id=leave.id, doctor_id=leave.doctor_id, clinic_id=leave.clinic_id, status=status,
            start=exception.start if exception else None, end=exception.end if exception else None,
            reason=exception.reason if exception else "", begun_by=leave.begun_by, begun_at=leave.begun_at,
            counts=LeaveCounts(hit=counted.hit, **by_status), share=counted.share,
            visits=[LeaveVisitOut.of(each) for each in found],
        )  # fmt: skip
