"""The ledger as a state machine: visits are booked, moved and cancelled, workers send, die and come back, word
of old attempts comes late; nothing is sent twice, nothing of what is owed is lost, nothing is told that is not so."""

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
    multiple,
    rule,
    run_state_machine_as_test,
)
from practice import NINE, NOW, Practice, open_practice

from clinic import booking, notification, promises
from clinic.appointment import Appointment
from clinic.booking import For
from clinic.chat import Chat, Consent
from clinic.delivery import StatusChange
from clinic.errors import NotChangeable, SlotTaken, TooSoon
from clinic.notification import LEASE, Notification
from clinic.record import new_id
from clinic.visit_promises import reminders

T = TypeVar("T")
DAYS, STARTS = st.integers(1, 3), st.integers(0, 7)
SENT = ("accepted", "sent", "delivered", "read")
Key = tuple[str, str, int]  # visit, kind, version of its start


class LedgerMachine(RuleBasedStateMachine):
    """Runs beside the event loop that the store belongs to."""

    loop: asyncio.AbstractEventLoop
    visits = Bundle("visits")

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(30)

    @initialize()
    def open(self) -> None:
        self.now = NOW
        self.practice: Practice = self.run(open_practice(limit=1000))
        self.directory = self.run(self.practice.directory())
        said = Consent(version="1", given=True, at=NOW)
        self.chat = Chat(tenant_id=self.practice.id, user_id=new_id(), consent=said)
        self.run(Chat.of(self.practice.id).insert(self.chat))
        self.left: Counter[Key] = Counter()  # what has gone out to the patient
        self.on_their_way: list[Notification] = []  # sent by workers that died before they could write it down
        self.started = True

    def place(self, day: int, start: int) -> booking.Place:
        return self.practice.place(NINE + timedelta(days=day, minutes=30 * start))

    @rule(target=visits, day=DAYS, start=STARTS, crash=st.booleans())
    def book(self, day: int, start: int, crash: bool) -> Any:
        whom, asker = For(new_id(), "Ann", self.chat.id, "en"), self.practice.asker(staff=True)
        try:
            visit = self.run(booking.book(self.directory, self.place(day, start), whom, asker, self.now))
        except (SlotTaken, TooSoon):
            return multiple()
        if crash:  # before anything was promised; the message that asked is handled again
            visit = self.run(booking.book(self.directory, self.place(day, start), whom, asker, self.now))
        for _ in range(1 + crash):
            self.run(promises.booked(self.directory, visit, self.now, self.chat))
        return visit.id

    @rule(id=visits, day=DAYS, start=STARTS)
    def move(self, id: str, day: int, start: int) -> None:
        visit = self.stored(id)
        asker = self.practice.asker(staff=True)
        try:
            moved = self.run(booking.move(self.directory, id, visit.version, self.place(day, start), asker, self.now))
        except (NotChangeable, SlotTaken, TooSoon):
            return
        self.run(promises.moved(self.directory, moved, self.now, self.chat))

    @rule(id=visits)
    def cancel(self, id: str) -> None:
        visit = self.stored(id)
        try:
            gone = self.run(
                booking.cancel(self.practice.id, id, visit.version, self.practice.asker(staff=True), self.now)
            )
        except NotChangeable:
            return
        self.run(promises.cancelled(gone, self.now, self.chat))

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        """The provider tells of what it has sent before a lease runs out."""
        self.the_provider_tells("sent")
        self.now += timedelta(hours=hours)

    @rule(fate=st.sampled_from(["sent", "sent", "died before", "died after", "refused", "not now"]))
    def a_worker_works(self, fate: str) -> None:
        """One worker takes all that is due."""
        mine = {each.id for each in self.run(Notification.of(self.practice.id).find())}
        ids = [each for each in self.run(notification.overdue(self.now, 10_000)) if each in mine]
        for promise in self.run(notification.claim(ids, "w", self.now)):
            visit = self.stored(promise.appointment_id)
            if visit.status != "booked" or visit.start_version != promise.start_version or visit.start <= self.now:
                self.run(notification.withdrawn(promise.id, promise.token, "changed", self.now))
            else:
                self.run(self.meet(promise, fate))

    async def meet(self, promise: Notification, fate: str) -> None:
        if fate.startswith("sent") or fate == "died after":
            self.left[self.key(promise)] += 1
        match fate:
            case "sent":
                await notification.accepted(promise.id, promise.token, "wamid", self.now)
            case "died after":
                self.on_their_way.append(promise)
            case "refused":
                await notification.failed(promise.id, promise.token, "131026", self.now)
            case "not now":
                again = self.now + timedelta(minutes=1)
                await notification.failed(promise.id, promise.token, "131016", self.now, again)

    @rule(status=st.sampled_from(["delivered", "read"]))
    def word_comes(self, status: str) -> None:
        self.the_provider_tells(status)

    def the_provider_tells(self, status: str) -> None:
        told = [StatusChange(p.tenant_id, status, self.now, p.outbox_id) for p in self.on_their_way]
        self.on_their_way.clear()
        self.run(notification.apply_statuses(told))

    def teardown(self) -> None:
        """In the end all is told, and every worker is back: what is owed is sent, once."""
        if not hasattr(self, "started"):
            return
        self.the_provider_tells("delivered")
        self.now += LEASE
        self.a_worker_works("sent")
        assert all(count == 1 for count in self.left.values()), self.left
        assert not self.waiting()

    def waiting(self) -> list[Notification]:
        """What is due by now and not taken care of."""
        query = {"status": {"$in": ["due", "sending"]}, "wake_at": {"$lte": self.now}}
        return self.run(Notification.of(self.practice.id).find(query))

    def stored(self, id: str) -> Appointment:
        return self.run(Appointment.of(self.practice.id).get(id))

    def key(self, promise: Notification) -> Key:
        return promise.appointment_id, promise.kind, promise.start_version

    @invariant()
    def the_ledger_follows_the_visits(self) -> None:
        if not hasattr(self, "started"):
            return
        ledger = self.run(Notification.of(self.practice.id).find())
        keys = Counter(map(self.key, ledger))
        assert max(keys.values(), default=0) <= 1
        open_ones = {self.key(each) for each in ledger if each.status == "due"}
        for visit in self.run(Appointment.of(self.practice.id).find()):
            mine = {key for key in open_ones if key[0] == visit.id}
            if visit.status != "booked":
                assert not mine, "nothing more is promised about a visit that is off"
                continue
            assert all(key[2] == visit.start_version for key in mine), "nothing about a start that was given up"
            owed = {self.key(each) for each in self.run(self.owed(visit))}
            assert owed <= set(keys), "every reminder of the present start is in the ledger"

    async def owed(self, visit: Appointment) -> list[Notification]:
        return reminders(self.directory, visit, self.now)

    @invariant()
    def a_sent_one_is_not_sent_again(self) -> None:
        assert max(getattr(self, "left", Counter()).values(), default=0) <= 1


async def test_the_ledger(database: object) -> None:
    LedgerMachine.loop = asyncio.get_running_loop()
    bounded = settings(
        max_examples=8, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    await asyncio.to_thread(run_state_machine_as_test, LedgerMachine, settings=bounded)
