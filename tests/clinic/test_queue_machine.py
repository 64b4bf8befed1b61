"""The queue as a state machine: whatever is pressed, the store and a simple model agree, numbers are dense, and no
doctor has two patients inside unless somebody said so."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from practice import NINE, open_practice
from waiting import Day

from clinic import queue
from clinic.errors import SlotTaken
from clinic.queue import DoctorBusy, NobodyWaiting, SameDoctor
from clinic.queue_entry import QueueEntry
from clinic.queue_moves import MOVES, Move, MoveRefused

T = TypeVar("T")
DOCTORS = st.integers(0, 1)
PLAIN: tuple[Move, ...] = ("call", "recall", "start", "finish", "skip", "park", "return", "reopen", "priority")


@dataclass
class Expected:
    """What the model knows of one patient."""

    doctor: int
    token: int
    status: str = "waiting"
    priority: int = 0
    version: int = 1
    beside: bool = False
    numbers: dict[int, int] = field(default_factory=dict)  # by doctor


class QueueMachine(RuleBasedStateMachine):
    """Runs beside the event loop that the store belongs to."""

    loop: asyncio.AbstractEventLoop
    patients = Bundle("patients")

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(30)

    @initialize()
    def open(self) -> None:
        self.day = Day(self.run(open_practice(doctors=2, hours=(("09:00", "23:00"),), capacity=2)), NINE)
        self.directory = self.run(self.day.practice.directory())
        self.given = [0, 0]
        self.model: dict[str, Expected] = {}

    def note(self, entry: QueueEntry, doctor: int) -> str:
        self.given[doctor] += 1
        assert entry.token == self.given[doctor]
        self.model[entry.id] = Expected(doctor, entry.token, numbers={doctor: entry.token})
        return entry.id

    @rule(target=patients, doctor=DOCTORS, start=st.integers(0, 20), seated=st.booleans())
    def come(self, doctor: int, start: int, seated: bool) -> Any:
        try:
            coming = (
                self.day.came(NINE + start * timedelta(minutes=30), doctor) if seated else self.day.walks_in(doctor)
            )
            return self.note(self.run(coming), doctor)
        except SlotTaken:  # those seats are taken
            return multiple()

    @rule(target=patients, doctor=DOCTORS, many=st.integers(2, 4))
    def come_at_once(self, doctor: int, many: int) -> Any:
        async def race() -> list[QueueEntry]:
            return list(await asyncio.gather(*(self.day.walks_in(doctor) for _ in range(many))))

        entries = sorted(self.run(race()), key=lambda entry: entry.token)
        return multiple(*(self.note(entry, doctor) for entry in entries))

    def entry(self, id: str) -> QueueEntry:
        return self.run(QueueEntry.of(self.day.practice.id).get(id))

    def inside(self, doctor: int) -> list[Expected]:
        """Who would be in the way of another one."""
        return [
            each
            for each in self.model.values()
            if (each.doctor, each.status, each.beside) == (doctor, "with_doctor", False)
        ]

    @rule(id=patients, move=st.sampled_from(PLAIN))
    def press(self, id: str, move: Move) -> None:
        known = self.model[id]
        to = MOVES.get((move, known.status))  # type: ignore[call-overload]
        busy = move in ("start", "reopen") and bool(self.inside(known.doctor))
        try:
            self.run(self.day.press(self.entry(id), move, "because"))
        except MoveRefused:
            assert to is None
        except DoctorBusy:
            assert to is not None
            assert busy
        else:
            assert to is not None
            assert not busy
            known.status, known.version, known.beside = to, known.version + 1, False
            known.priority = 1 if move == "priority" else known.priority

    @rule(id=patients)
    def start_beside(self, id: str) -> None:
        known = self.model[id]
        if ("start", known.status) in MOVES:
            self.run(queue.start(self.entry(id), self.day.step("start"), beside=True))
            known.status, known.version, known.beside = "with_doctor", known.version + 1, True

    @rule(doctor=DOCTORS, clicks=st.integers(1, 3))
    def call_next(self, doctor: int, clicks: int) -> None:
        waiting = [name for name, each in self.model.items() if (each.doctor, each.status) == (doctor, "waiting")]
        self.day.later()

        async def race() -> list[QueueEntry | BaseException]:
            now, doctor_id = self.day.later(), self.day.practice.doctors[doctor].id
            days = [now.date()]
            calls = (
                queue.call_next(self.day.practice.id, doctor_id, days, self.day.asker(), now) for _ in range(clicks)
            )
            return await asyncio.gather(*calls, return_exceptions=True)

        called = self.run(race())
        if not waiting:
            assert {type(each) for each in called} == {NobodyWaiting}
            return
        (chosen,) = {each.id for each in called if isinstance(each, QueueEntry)}
        assert all(isinstance(each, QueueEntry) for each in called)
        known = self.model[chosen]
        assert known.priority == max(self.model[each].priority for each in waiting)
        known.status, known.version = "called", known.version + 1

    @rule(id=patients, doctor=DOCTORS)
    def transfer(self, id: str, doctor: int) -> None:
        known = self.model[id]
        allowed = ("transfer", known.status) in MOVES
        try:
            moved = self.run(
                queue.transfer(
                    self.directory, self.entry(id), self.day.practice.doctors[doctor].id, self.day.step("transfer")
                )
            )
        except (MoveRefused, SameDoctor):
            assert not allowed or known.doctor == doctor
            return
        assert allowed
        if doctor not in known.numbers:  # else the patient has a number of this doctor's already
            self.given[doctor] += 1
        token = known.numbers.setdefault(doctor, self.given[doctor])
        assert moved.token == token
        known.doctor, known.token, known.status, known.version = doctor, token, "waiting", known.version + 1

    @rule(id=patients)
    def press_twice(self, id: str) -> None:
        """The same request again changes nothing."""
        known = self.model[id]
        if known.status != "waiting":
            return
        step = self.day.step("park", request_id=f"{id} {known.version}")
        first, again = (self.run(queue.move(self.entry(id), step)) for _ in range(2))
        assert first == again
        known.status, known.version = "parked", known.version + 1

    @invariant()
    def the_store_agrees(self) -> None:
        if not hasattr(self, "model"):
            return
        stored = self.run(self.day.entries())
        assert {each.id: (each.status, each.token, each.priority, each.version) for each in stored} == {
            name: (each.status, each.token, each.priority, each.version) for name, each in self.model.items()
        }
        labels = sorted(label for each in stored for label in each.tokens)
        doctors = self.day.practice.doctors
        assert labels == sorted(
            f"{doctors[doctor].id} {NINE.date()} {number}"
            for doctor, last in enumerate(self.given)
            for number in range(1, last + 1)
        )

    @invariant()
    def visits_follow_their_patients(self) -> None:
        for each in self.run(self.day.entries()) if hasattr(self, "model") else ():
            if each.appointment_id:
                assert self.run(self.day.visit(each)).status == ("fulfilled" if each.status == "done" else "checked-in")


async def test_the_queue_keeps_its_table(database: object) -> None:
    QueueMachine.loop = asyncio.get_running_loop()
    limits = settings(
        max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    await asyncio.to_thread(run_state_machine_as_test, QueueMachine, settings=limits)
