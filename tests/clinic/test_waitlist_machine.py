"""The waitlist as a state machine: visits come and go, patients wait, answer, leave or say nothing, processes die
between two writes. Whatever happens, one slot is one patient's, nobody is asked twice, and in the end all is free or
booked."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from practice import NOW
from waitlist_world import WaitingRoom, waiting_room

from clinic import booking, held_slot
from clinic.appointment import Appointment
from clinic.booking import Asker
from clinic.errors import NotChangeable, OfferOver, SlotTaken
from clinic.record import new_id
from clinic.waitlist import Wait
from clinic.waitlist_answer import accept, decline, leave
from clinic.waitlist_round import advance
from clinic.wall_clock import MINUTE

T = TypeVar("T")
HALF_HOURS = st.integers(0, 7)
PARTS = st.sampled_from([[], ["morning"], ["afternoon"]])
CAPACITY = 1


class WaitlistMachine(RuleBasedStateMachine):
    """Runs beside the event loop that the store belongs to."""

    loop: asyncio.AbstractEventLoop
    waits = Bundle("waits")

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(30)

    @initialize()
    def open(self) -> None:
        self.room: WaitingRoom = self.run(waiting_room(offer_cutoff_minutes=30))
        self.now = NOW - timedelta(hours=12)

    @rule(target=waits, parts=PARTS)
    def wait(self, parts: list[str]) -> Any:
        return self.run(self.room.wait(self.now, parts=parts)).id

    @rule(half_hour=HALF_HOURS, at_once=st.booleans())
    def cancel(self, half_hour: int, at_once: bool) -> None:
        """Whatever is booked there is cancelled, by the visit's owner or by staff."""
        for visit in self.visits(start=self.room.at(half_hour), status="booked"):
            try:
                self.run(
                    booking.cancel(
                        self.room.id, visit.id, visit.version, self.room.practice.asker(staff=True), self.now
                    )
                )
            except NotChangeable:
                continue
            if at_once:
                self.step()

    @rule(half_hour=HALF_HOURS, other=HALF_HOURS)
    def move(self, half_hour: int, other: int) -> None:
        """Whatever is booked there is moved: what is held for another stays theirs, and its old time is free."""
        asker = self.room.practice.asker(staff=True)
        for visit in self.visits(start=self.room.at(half_hour), status="booked"):
            place = self.room.practice.place(self.room.at(other))
            directory = self.run(self.room.practice.directory())
            try:
                self.run(booking.move(directory, visit.id, visit.version, place, asker, self.now))
            except (NotChangeable, SlotTaken):
                continue

    @rule(half_hour=HALF_HOURS)
    def somebody_books(self, half_hour: int) -> None:
        try:
            self.run(self.room.fill(half_hour))
        except SlotTaken:
            return

    @rule()
    def step(self) -> None:
        self.run(advance(self.room.id, self.now))

    @rule(many=st.integers(2, 4))
    def steps_at_once(self, many: int) -> None:
        async def race() -> None:
            await asyncio.gather(*(advance(self.room.id, self.now) for _ in range(many)))

        self.run(race())

    @rule(minutes=st.integers(1, 40))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(number=st.integers(0, 5), twice=st.booleans())
    def yes(self, number: int, twice: bool) -> None:
        """To any offer ever made, also long ago."""
        offers = self.run(self.room.offers())
        if offers:
            offer = offers[-1 - number % len(offers)]
            for _ in range(1 + twice):
                try:
                    visit, _ = self.run(accept(self.room.id, offer.id, offer.chat_id, self.tap(), self.now))
                except OfferOver:
                    continue
                assert (visit.patient_id, visit.start) == (offer.patient_id, offer.start)

    @rule(number=st.integers(0, 5))
    def no(self, number: int) -> None:
        offers = self.run(self.room.offers())
        if offers:
            offer = offers[-1 - number % len(offers)]
            self.run(decline(self.room.id, offer.id, offer.chat_id, self.now))

    @rule(wait=waits)
    def leave(self, wait: str) -> None:
        self.run(leave(self.run(Wait.of(self.room.id).get(wait)), self.now))

    @rule(wait=waits, half_hour=HALF_HOURS)
    def a_process_dies_after_holding(self, wait: str, half_hour: int) -> None:
        """Nothing was written about it yet. As ``advance`` would: only for one who waits and was not asked before."""
        one, slot = self.run(Wait.of(self.room.id).get(wait)), self.room.slot(half_hour)
        asked = {offer.start for offer in self.run(self.room.offers(patient_id=one.patient_id))}
        if one.status == "waiting" and slot.start not in asked and slot.start > self.now + 60 * MINUTE:
            self.run(self._hold(one, half_hour))

    async def _hold(self, wait: Wait, half_hour: int) -> None:
        directory = await self.room.practice.directory()
        await held_slot.hold(directory, wait, self.room.slot(half_hour), self.now + 20 * MINUTE, self.now)

    @rule()
    def a_process_dies_after_booking(self) -> None:
        """The yes was heard, and nothing that follows from it was done."""
        for held in self.run(self.room.held()):
            if any(offer.hold_id == held.id for offer in self.run(self.room.offers(status="open"))):
                self.run(held_slot.claim(held.id, self.room.id, held.version, self.tap(), self.now))

    def tap(self) -> Asker:
        return Asker(new_id(), "patient", "whatsapp")

    def visits(self, **query: Any) -> list[Appointment]:
        return self.run(Appointment.of(self.room.id).find(query))

    @invariant()
    def one_slot_is_one_patients(self) -> None:
        if not hasattr(self, "now"):
            return
        visits = self.visits()
        labels = Counter(cell for each in visits for cell in each.cells or ())
        assert all(count == 1 for count in labels.values()), "no seat is given twice"
        held = [each for each in visits if each.status == "waitlist"]
        assert len({each.patient_id for each in held}) == len(held), "nobody holds two"
        offers = self.run(self.room.offers())
        asked = Counter((offer.patient_id, offer.start) for offer in offers)
        assert all(count == 1 for count in asked.values()), "nobody is offered the same slot twice"
        assert all(offer.start >= offer.offered_at + 30 * MINUTE for offer in offers), "nor one within the cutoff"
        letters = Counter((each.appointment_id, each.start_version) for each in self.run(self.room.letters()))
        assert all(count == 1 for count in letters.values())

    def teardown(self) -> None:
        """The next round finds everything as it should be; and when nobody answers, all is free or booked."""
        if not hasattr(self, "now"):
            return
        self.step()
        self.step()
        held = {(each.id, each.version) for each in self.run(self.room.held())}
        offers = self.run(self.room.offers())
        assert {(offer.hold_id, offer.hold_version) for offer in offers if offer.status == "open"} == held
        booked = {each.id: each for each in self.visits() if each.wait_id and each.status != "waitlist"}
        assert {offer.hold_id for offer in offers if offer.status == "accepted"} == set(booked)
        for offer in offers:
            if offer.status == "accepted":
                assert self.run(Wait.of(self.room.id).get(offer.wait_id)).status in ("booked", "withdrawn", "expired")
        for _ in range(2 * len(self.run(Wait.of(self.room.id).find())) + 20):
            self.now += 21 * MINUTE
            self.step()
        assert self.run(self.room.held()) == []
        assert self.run(self.room.offers(status="open")) == []


async def test_the_waitlist(database: object) -> None:
    WaitlistMachine.loop = asyncio.get_running_loop()
    bounded = settings(
        max_examples=6, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    await asyncio.to_thread(run_state_machine_as_test, WaitlistMachine, settings=bounded)
