"""What a tick costs with many practices: those that have nothing to do are not asked, and none that has is left out."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio
from practice import open_practice
from waitlist_world import WaitingRoom, waiting_room

from clinic import astir, record
from clinic.appointment import Appointment
from clinic.leave import Leave
from clinic.record import ANY_MOMENT, Query, Record, new_id
from clinic.slot_offer import SlotOffer
from clinic.template import FINAL, Template, starter
from clinic.template_news import STATUSES
from clinic.waitlist import Wait
from workers.context import Context
from workers.leaves import rounds_once as leave_rounds
from workers.templates import refresh
from workers.waitlist import rounds_once as waitlist_rounds

IDLE = 12


@pytest_asyncio.fixture
async def room(database: Any) -> AsyncIterator[WaitingRoom]:
    """One practice with something to do, among idle ones; of other tests' nothing is left over."""
    for kind in (Wait, SlotOffer, Leave):
        await kind.everywhere("a test clears up").delete({"status": {"$in": ["waiting", "open"]}})
    for held in ("offer_until", "kept_until"):
        await Appointment.everywhere("a test clears up").delete({held: ANY_MOMENT})
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
    await Template.everywhere("a test clears up").delete({"status": {"$in": [*(STATUSES - set(FINAL))]}})
    assert (await asked(refresh(context, only_waiting=True))).total() <= 1


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
