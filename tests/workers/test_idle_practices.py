"""What a tick costs with many practices: those that have nothing to do are not asked, and none that has is left out."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from practice import open_practice
from waitlist_world import WaitingRoom, waiting_room

from clinic import astir, record
from clinic.appointment import Appointment
from clinic.leave import Leave
from clinic.patient_import import PatientImport
from clinic.place import Clinic
from clinic.queue_entry import QueueEntry
from clinic.record import ANY_MOMENT, Query, Record, new_id
from clinic.slot_offer import SlotOffer
from clinic.template import FINAL, Template, starter
from clinic.template_news import STATUSES
from clinic.waitlist import Wait
from clinic.wall_clock import days_from, local_day
from workers.after_visit import rounds_once as visited_rounds
from workers.context import Context
from workers.imports import resume
from workers.leaves import rounds_once as leave_rounds
from workers.queue_calls import queues_once
from workers.recount import AHEAD, recount_once
from workers.templates import refresh
from workers.waitlist import rounds_once as waitlist_rounds

IDLE = 12


@pytest_asyncio.fixture
async def room(database: Any) -> AsyncIterator[WaitingRoom]:
    """One practice with something to do, among idle ones; of other tests' nothing is left over."""
    for kind in (Wait, SlotOffer, Leave):
        await kind.everywhere("a test clears up").delete({"status": {"$in": ["waiting", "open"]}})
    for held in ("offer_until", "kept_until", "start"):
        await Appointment.everywhere("a test clears up").delete({held: ANY_MOMENT})
    for day in days_from(datetime.now(UTC).date() - timedelta(days=3), 7):
        await QueueEntry.everywhere("a test clears up").delete({"day": day.isoformat()})
    await PatientImport.everywhere("a test clears up").delete({"status": "waiting"})
    await Clinic.everywhere("a test clears up").delete({"reminder_hours": {"$gt": 24}})
    for _ in range(IDLE):
        await open_practice()
    yield await waiting_room()


async def asked(work: Any) -> Counter[str]:
    """How many questions each document was asked meanwhile."""
    counted: Counter[str] = Counter()

    def watch(kind: type[Record], query: Query) -> None:
        counted[kind.__name__] += 1

    before = record._watcher
    record.watch(watch)
    try:
        await work
    finally:
        record.watch(before)
    return counted


async def test_idle_practices_are_not_asked(room: WaitingRoom, context: Context) -> None:
    now = datetime.now(UTC)
    assert (await asked(waitlist_rounds(context, now))).total() <= 3
    assert (await asked(leave_rounds(context, now))).total() <= 2
    assert (await asked(queues_once(context, now))).total() <= 4
    assert (await asked(visited_rounds(context, now))).total() <= 1
    assert (await asked(recount_once(context, now))).total() <= 2
    assert (await asked(resume(context, now))).total() <= 1
    for under_way in ({"status": {"$in": [*(STATUSES - set(FINAL))]}}, {"reviewed": True}):
        await Template.everywhere("a test clears up").delete(under_way)
    assert (await asked(refresh(context, only_waiting=True))).total() <= 2


async def test_whoever_waits_is_looked_after(room: WaitingRoom) -> None:
    assert room.id not in await astir.waitlists()
    wait = await room.wait()
    assert room.id in await astir.waitlists()
    await room.free(0)
    await room.step()
    await Wait.of(room.id).delete({"_id": wait.id})
    assert room.id in await astir.waitlists(), "what is held and offered is to be passed on"
    await SlotOffer.of(room.id).delete({"status": "open"})
    assert room.id in await astir.waitlists(), "also what a crash left held, and told nobody of"


async def test_leaves_and_reviews_under_way_are_looked_after(room: WaitingRoom) -> None:
    now = datetime.now(UTC)
    assert room.id not in await astir.leaves(now)
    await Leave.of(room.id).insert(Leave(id=new_id(), tenant_id=room.id, begun_by="staff:1", begun_at=now))
    assert room.id in await astir.leaves(now + timedelta(days=1))
    assert room.id not in await astir.reviews()
    await Template.of(room.id).insert(starter(room.id, "reminder", "en", status="PENDING"))
    assert room.id in await astir.reviews()
    await Template.of(room.id).change({"purpose": "reminder"}, {"$set": {"status": "APPROVED"}})
    assert room.id not in await astir.reviews()


async def booked(at: datetime, zone: str = "Asia/Kolkata", **rules: Any) -> Appointment:
    """A visit of a practice of its own."""
    practice = await open_practice(zone=zone, **rules)
    visit = Appointment(
        tenant_id=practice.id, clinic_id=practice.clinic.id, doctor_id=practice.doctors[0].id,
        service_id=practice.services[0].id, patient_id=new_id(), request_id=new_id(), reference=new_id(),
        start=at, end=at + timedelta(minutes=15), status="booked",
    )  # fmt: skip
    await Appointment.of(practice.id).insert(visit)
    return visit


async def test_whoever_is_booked_is_looked_after_before_and_after(room: WaitingRoom) -> None:
    now = datetime.now(UTC)
    soon, later = await booked(now + timedelta(hours=3)), await booked(now + timedelta(hours=60))
    far = await booked(now + timedelta(days=9))
    early = await booked(now + timedelta(days=9), reminder_hours=[240, 2])
    assert set(await astir.queues(now)) == {soon.tenant_id}
    assert set(await astir.reminding(now, AHEAD)) == {soon.tenant_id, later.tenant_id, early.tenant_id}
    assert far.tenant_id in await astir.reminding(now + timedelta(days=7), AHEAD)
    assert await astir.visited(now) == []
    for status in ("fulfilled", "noshow"):
        await Appointment.of(soon.tenant_id).change({"_id": soon.id}, {"$set": {"status": status}})
        assert await astir.visited(now + timedelta(hours=4)) == [soon.tenant_id]
    assert await astir.visited(now + timedelta(days=3)) == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Kolkata", "UTC", "Pacific/Midway"])
@pytest.mark.parametrize("hour", [0, 6, 11, 13, 23])
async def test_whoever_waits_in_a_queue_of_today_is_looked_after_wherever_it_is(
    room: WaitingRoom, zone: str, hour: int
) -> None:
    now = datetime.now(UTC).replace(hour=hour, minute=59)
    practice = await open_practice(zone=zone)
    today = local_day(now, zone)
    entry = QueueEntry(
        tenant_id=practice.id, request_id=new_id(), clinic_id=practice.clinic.id, doctor_id=practice.doctors[0].id,
        service_id=practice.services[0].id, day=today, token=1, tokens=[new_id()], patient_id=new_id(), minutes=15,
        place=now.timestamp(), arrived_at=now,
    )  # fmt: skip
    await QueueEntry.of(practice.id).insert(entry)
    assert await astir.queues(now) == [practice.id]
    await QueueEntry.of(practice.id).change({"_id": entry.id}, {"$set": {"status": "done"}})
    assert await astir.queues(now) == []


async def test_a_list_that_was_left_is_taken_up_again(room: WaitingRoom) -> None:
    now = datetime.now(UTC)
    left = PatientImport(
        tenant_id=room.id, by="u1", at=now, encoding="utf-8", separator=",", columns={}, total=1, parts=1, faulty=0,
        worked_at=now, request_id=new_id(),
    )  # fmt: skip
    await PatientImport.of(room.id).insert(left)
    assert await astir.imports(now) == []
    assert await astir.imports(now + timedelta(minutes=1)) == [room.id]
    await PatientImport.of(room.id).change({"_id": left.id}, {"$set": {"status": "done"}})
    assert await astir.imports(now + timedelta(minutes=1)) == []
