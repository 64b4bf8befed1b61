"""A patient in a doctor's queue, on one local day of the clinic, with the number in their hand."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from pymongo import IndexModel

from clinic.edited import Edited
from clinic.history import Change
from clinic.queue_moves import Status
from clinic.queue_stamp import Stamped
from clinic.record import ANY_TEXT, Day

LEVELS = 2  # 0 in turn, 1 before others (old, with a small child), 2 urgent


def token_label(doctor_id: str, day: date, number: int) -> str:
    """A number of a doctor's day, as it is kept from being given twice."""
    return f"{doctor_id} {day.isoformat()} {number}"


def number_of(label: str) -> int:
    """The number itself."""
    return int(label.rsplit(" ", 1)[1])


class QueueEntry(Stamped, Edited):
    """``tokens`` are all numbers that the patient was ever given here (a transfer gives another one): a unique index
    over them keeps each number to one patient for ever, so none is given twice and none is left out.

    ``place`` orders those who wait (``clinic.queue_order``). ``busy`` is set while the patient is with the doctor: a
    unique index lets one doctor have one patient at a time, unless staff say otherwise.
    """

    request_id: str  # of the check-in
    clinic_id: str
    doctor_id: str
    service_id: str
    day: Day  # the clinic's local day
    token: int
    tokens: list[str]
    status: Status = "waiting"
    appointment_id: str | None = None  # None: without a slot
    patient_id: str
    patient_name: str = ""
    planned_at: datetime | None = None  # the start of the visit
    minutes: int  # that the service should take
    priority: Annotated[int, Field(ge=0, le=LEVELS)] = 0
    place: float  # seconds since 1970
    arrived_at: datetime
    called_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    busy: str | None = None
    history: list[Change] = []

    class Settings:
        name = "queue"
        indexes = [
            IndexModel([("tenant_id", 1), ("tokens", 1)], name="one_per_token", unique=True),
            IndexModel([("tenant_id", 1), ("request_id", 1)], name="one_per_request", unique=True),
            IndexModel(
                [("appointment_id", 1), ("tenant_id", 1)],
                name="one_per_visit",
                unique=True,
                partialFilterExpression={"appointment_id": ANY_TEXT},
            ),
            IndexModel(
                [("tenant_id", 1), ("doctor_id", 1), ("day", 1), ("busy", 1)],
                name="one_with_the_doctor",
                unique=True,
                partialFilterExpression={"busy": {"$exists": True}},
            ),
            IndexModel([("tenant_id", 1), ("day", 1), ("doctor_id", 1), ("token", 1)]),
            IndexModel([("tenant_id", 1), ("patient_id", 1)]),
            IndexModel([("day", 1), ("status", 1)]),  # of all practices
        ]
