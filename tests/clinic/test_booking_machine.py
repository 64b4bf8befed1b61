"""The booking lock as a state machine: whatever is booked, repeated, moved and cancelled, the store and a simple model
agree, and no cell is ever fuller than it may be."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
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
from practice import NINE, NOW, Practice, open_practice

from clinic import booking
from clinic.appointment import Appointment
from clinic.cells import cell_of, used
from clinic.errors import NotChangeable, SlotTaken

T = TypeVar("T")
CAPACITY, OVERBOOKING = 2, 1
STARTS, SERVICES = st.integers(0, 5), st.integers(0, 1)  # quarters of an hour after nine; 15 or 30 minutes


@dataclass
class Expected:
    """What the model knows of one visit."""

    request: str
    place: booking.Place
    cells: range
    status: str = "booked"
    version: int = 0


class BookingMachine(RuleBasedStateMachine):
    """Runs beside the event loop that the store belongs to."""

    loop: asyncio.AbstractEventLoop
    visits = Bundle("visits")

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(30)

    @initialize()
    def open(self) -> None:
        self.practice: Practice = self.run(
            open_practice(minutes=(15, 30), buffers=(0, 5), capacity=CAPACITY, overbooking=OVERBOOKING, limit=1000)
        )
        self.directory = self.run(self.practice.directory())
        self.model: dict[str, Expected] = {}

    def place(self, start: int, service: int) -> booking.Place:
        return self.practice.place(NINE + start * timedelta(minutes=15), service)

    def cells(self, place: booking.Place) -> range:
        return booking.room_for(self.directory, place, self.practice.asker(staff=True), NOW).cells

    def counts(self, without: str = "") -> Counter[int]:
        """How full the model says each cell is."""
        kept = (each for name, each in self.model.items() if each.status == "booked" and name != without)
        return Counter(cell for each in kept for cell in each.cells)

    def room(self, place: booking.Place, staff: bool, without: str = "") -> int:
        """How many more visits the model says fit there."""
        counts, capacity = self.counts(without), CAPACITY + OVERBOOKING * staff
        return max(0, min(capacity - counts[cell] for cell in self.cells(place)))

    async def attempt(self, place: booking.Place, asker: booking.Asker) -> Appointment | None:
        try:
            return await booking.book(self.directory, place, self.practice.patient(), asker, NOW)
        except SlotTaken:
            return None

    def note(self, place: booking.Place, booked: Appointment) -> str:
        self.model[booked.id] = Expected(booked.request_id, place, self.cells(place))
        return booked.id

    @rule(target=visits, start=STARTS, service=SERVICES, staff=st.booleans())
    def book(self, start: int, service: int, staff: bool) -> Any:
        place = self.place(start, service)
        fits = self.room(place, staff) > 0
        booked = self.run(self.attempt(place, self.practice.asker(staff=staff)))
        assert (booked is not None) == fits
        return multiple(self.note(place, booked)) if booked else multiple()

    @rule(target=visits, start=STARTS, service=SERVICES, many=st.integers(2, 4))
    def book_at_once(self, start: int, service: int, many: int) -> Any:
        place = self.place(start, service)
        room = self.room(place, staff=False)

        async def race() -> list[Appointment | None]:
            return await asyncio.gather(*(self.attempt(place, self.practice.asker()) for _ in range(many)))

        booked = [each for each in self.run(race()) if each]
        assert len(booked) == min(many, room)
        return multiple(*(self.note(place, each) for each in booked))

    @rule(id=visits)
    def replay(self, id: str) -> None:
        known = self.model[id]
        again = self.run(self.attempt(known.place, self.practice.asker(known.request)))
        assert again is not None
        assert (again.id, again.status, again.version) == (id, known.status, known.version)

    @rule(id=visits, wrong=st.booleans())
    def cancel(self, id: str, wrong: bool) -> None:
        known = self.model[id]
        cancelling = booking.cancel(self.practice.id, id, known.version + wrong, self.practice.asker(), NOW)
        if self.changed(cancelling, known.status == "booked" and not wrong):
            known.status, known.version = "cancelled", known.version + 1

    @rule(id=visits, start=STARTS, service=SERVICES)
    def move(self, id: str, start: int, service: int) -> None:
        known, place = self.model[id], self.place(start, service)
        fits = self.room(place, staff=False, without=id) > 0
        moving = booking.move(self.directory, id, known.version, place, self.practice.asker(), NOW)
        if self.changed(moving, known.status == "booked" and fits):
            known.cells, known.version = self.cells(place), known.version + 1

    def changed(self, change: Awaitable[Appointment], expected: bool) -> bool:
        try:
            self.run(change)
        except (NotChangeable, SlotTaken):
            assert not expected
            return False
        assert expected
        return True

    @invariant()
    def the_store_agrees(self) -> None:
        if not hasattr(self, "model"):
            return
        stored = self.run(Appointment.of(self.practice.id).find())
        assert {each.id: (each.status, each.version) for each in stored} == {
            name: (each.status, each.version) for name, each in self.model.items()
        }
        labels = [cell for each in stored for cell in each.cells or ()]
        assert len(set(labels)) == len(labels), "no seat is given twice"
        assert used(labels) == self.counts()
        assert all(count <= CAPACITY + OVERBOOKING for count in used(labels).values())
        assert all(cell_of(cell) in self.model[each.id].cells for each in stored for cell in each.cells or ())
        assert all(len(each.history) == each.version + 1 for each in stored)


async def test_the_booking_lock(database: object) -> None:
    BookingMachine.loop = asyncio.get_running_loop()
    bounded = settings(
        max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    await asyncio.to_thread(run_state_machine_as_test, BookingMachine, settings=bounded)
