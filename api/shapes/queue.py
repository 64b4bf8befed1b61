"""The queue and the waiting room's screen: what is sent and answered."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from api.shapes import Change, Note, OtherId, Shape
from api.shapes.appointments import ChangeOut, ForWhom
from api.span import Day
from clinic.queue_entry import LEVELS
from clinic.queue_moves import Move, Status

Priority = Annotated[
    int, Field(ge=0, le=LEVELS, description="0 in turn, 1 before others, 2 urgent.", examples=[1])
]  # fmt: skip
Reason = Annotated[Note, Field(examples=["In pain."])]


class WaitOut(Shape):
    """Minutes: on a good day, and on a bad one."""

    optimistic: int = Field(examples=[15])
    pessimistic: int = Field(examples=[40])


class QueueEntryOut(Shape):
    """A patient in the queue. `planned_at` is the start of their visit, null without a slot."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    token: int = Field(examples=[7])
    status: Status
    doctor_id: str = Field(examples=["demo-doctor-1"])
    clinic_id: str = Field(examples=["demo-clinic-1"])
    service_id: str = Field(examples=["demo-service-1"])
    day: date = Field(description="The clinic's local day.")
    appointment_id: str | None = None
    patient_id: str
    patient_name: str = Field("", examples=["Meera Joshi"])
    planned_at: datetime | None = None
    arrived_at: datetime
    called_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    priority: int = 0
    version: int = 1


class PlaceOut(QueueEntryOut):
    """A patient in the queue; for those who wait also whose turn it is, from 1, and how long it will take."""

    position: int | None = Field(None, examples=[3])
    wait: WaitOut | None = None


class QueueEntryDetail(PlaceOut):
    """A patient in the queue, with what happened so far and what may happen now."""

    history: list[ChangeOut] = []
    possible: list[Move] = []


class CallNext(Change):
    """Whose next patient; without a day today's."""

    doctor_id: Annotated[OtherId, Field(examples=["demo-doctor-1"])]
    clinic_id: OtherId | None = None
    date: Day | None = None


class RunsLate(Change):
    """How late a doctor is today, as far as staff know; 0 takes an earlier word back."""

    doctor_id: Annotated[OtherId, Field(examples=["demo-doctor-1"])]
    minutes: int = Field(ge=0, le=12 * 60, description="Later than planned.", examples=[45])
    clinic_id: OtherId | None = Field(None, description="Without it, where the doctor works today.")


class RunsLateOut(Shape):
    """What was said. It counts until somebody goes in; then the queue itself shows how the day goes."""

    id: str
    doctor_id: str = Field(examples=["demo-doctor-1"])
    day: date = Field(description="The clinic's local day.")
    minutes: int = Field(examples=[45])
    ready_at: datetime = Field(description="Nobody is reckoned to go in before.")


class NewWalkIn(ForWhom):
    """Somebody who came without an appointment."""

    doctor_id: Annotated[OtherId, Field(examples=["demo-doctor-1"])]
    service_id: Annotated[OtherId, Field(examples=["demo-service-1"])]
    clinic_id: Annotated[OtherId, Field(examples=["demo-clinic-1"])]
    priority: Priority = 0
    reason: Annotated[Reason, Field(description="Needed where they go before others.")] = ""
    overbook: bool = Field(False, description="Take a seat beyond the capacity: needs `appointments:approve`.")


class GoIn(Change):
    """``beside``: the doctor sees several at once."""

    beside: bool = False


class ToDoctor(Change):
    """Another doctor of the clinic."""

    doctor_id: Annotated[OtherId, Field(examples=["demo-doctor-2"])]
    reason: Reason = ""


class Before(Change):
    """Before whom; without it after all who wait."""

    before: OtherId | None = Field(None, description="The id of another entry that waits for the same doctor.")
    reason: Annotated[Reason, Field(min_length=1)]


class Hurry(Change):
    """How urgent, and why."""

    priority: Priority
    reason: Annotated[Reason, Field(min_length=1)]


class ShownOut(Shape):
    """All that a screen tells of a patient."""

    token: int = Field(examples=[7])
    first_name: str = Field(examples=["Meera"])


class RoomOut(Shape):
    """One doctor's part of the screen; the latest call first."""

    doctor_id: str = Field(examples=["demo-doctor-1"])
    doctor: str = Field(examples=["Dr Anil Sharma"])
    called: list[ShownOut]
    with_doctor: list[ShownOut]
    waiting: list[ShownOut]


class ScreenOut(Shape):
    """The waiting room of a clinic."""

    clinic: str = Field(examples=["Asha Clinic Bandra"])
    at: datetime
    doctors: list[RoomOut]
