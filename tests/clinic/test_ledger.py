"""Promises: written once, claimed by one, found again when their worker is lost."""

import asyncio
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from practice import NOW

from clinic import notification
from clinic.delivery import StatusChange
from clinic.notification import LEASE, Notification
from clinic.record import new_id

MINUTE = timedelta(minutes=1)
LATER = NOW + LEASE


def promised(tenant: str, appointment: str = "", due_at: datetime = NOW, version: int = 0) -> Notification:
    return Notification(
        tenant_id=tenant, appointment_id=appointment or new_id(), kind="confirmation", start_version=version,
        chat_id="c", language="en", due_at=due_at, wake_at=due_at,
    )  # fmt: skip


async def one(due_at: datetime = NOW) -> Notification:
    promise = promised(new_id(), due_at=due_at)
    await notification.promise(promise)
    return promise


async def stored(promise: Notification) -> Notification:
    return await Notification.of(promise.tenant_id).get(promise.id)


def told(promise: Notification, status: str, outbox_id: str = "") -> StatusChange:
    return StatusChange(
        promise.tenant_id, status, NOW, outbox_id or f"n.{promise.id}.1", "wamid.1", error="e" * (status == "failed")
    )


async def test_promised_once(database: object) -> None:
    tenant, appointment = new_id(), new_id()
    ids = await asyncio.gather(*(notification.promise(promised(tenant, appointment)) for _ in range(6)))
    assert len(set(ids)) == 1
    moved = await notification.promise(promised(tenant, appointment, version=1))
    assert moved not in ids, "another start is another promise"


async def test_claimed_by_one(database: object) -> None:
    promise = await one()
    claims = await asyncio.gather(*(notification.claim([promise.id], f"w{number}", NOW) for number in range(6)))
    ((claimed,),) = [claim for claim in claims if claim]
    assert (claimed.status, claimed.attempt, claimed.outbox_id) == ("sending", 1, f"n.{promise.id}.1")
    assert promise.id not in await notification.overdue(NOW)


async def test_many_at_once(database: object) -> None:
    promises = [await one() for _ in range(5)]
    early = await one(NOW + MINUTE)
    claimed = await notification.claim([each.id for each in (*promises, early)], "w", NOW)
    assert {each.id for each in claimed} == {each.id for each in promises}
    assert await notification.claim([], "w", NOW) == []


async def test_accepted(database: object) -> None:
    promise = await one()
    (mine,) = await notification.claim([promise.id], "w", NOW)
    assert not await notification.accepted(mine.id, "another's token", "wamid.1", NOW)
    assert await notification.accepted(mine.id, mine.token, "wamid.1", NOW)
    done = await stored(promise)
    assert (done.status, done.wamid, done.wake_at) == ("accepted", "wamid.1", None)
    assert promise.id not in await notification.overdue(LATER)
    assert await notification.claim([promise.id], "w", LATER) == []


async def test_the_provider_was_faster(database: object) -> None:
    promise = await one()
    (mine,) = await notification.claim([promise.id], "w", NOW)
    await notification.apply_statuses([told(promise, "delivered")])
    assert await notification.accepted(mine.id, mine.token, "wamid.1", NOW)
    assert (await stored(promise)).status == "delivered"


async def test_failed_and_tried_again(database: object) -> None:
    promise = await one()
    (mine,) = await notification.claim([promise.id], "w", NOW)
    assert await notification.failed(mine.id, mine.token, "131026", NOW, retry_at=NOW + MINUTE)
    assert await notification.claim([promise.id], "w", NOW) == []
    assert promise.id in await notification.overdue(NOW + MINUTE)
    (again,) = await notification.claim([promise.id], "w", NOW + MINUTE)
    assert again.attempt == 2
    assert not await notification.failed(mine.id, mine.token, "late", NOW), "the lost attempt says nothing any more"
    assert await notification.failed(again.id, again.token, "131026", NOW)
    done = await stored(promise)
    assert (done.status, done.error, done.wake_at) == ("failed", "131026", None)


async def test_a_lost_worker(database: object) -> None:
    promise = await one()
    (lost,) = await notification.claim([promise.id], "w1", NOW)
    assert promise.id not in await notification.overdue(LATER - MINUTE)
    assert promise.id in await notification.overdue(LATER)
    (found,) = await notification.claim([promise.id], "w2", LATER)
    assert not await notification.accepted(lost.id, lost.token, "wamid.1", LATER)
    assert await notification.accepted(found.id, found.token, "wamid.2", LATER)


async def test_a_lost_worker_whose_message_arrived(database: object) -> None:
    promise = await one()
    await notification.claim([promise.id], "w1", NOW)
    await notification.apply_statuses([told(promise, "sent")])
    assert promise.id not in await notification.overdue(LATER)
    assert await notification.claim([promise.id], "w2", LATER) == []


async def test_withdrawn(database: object) -> None:
    tenant, appointment = new_id(), new_id()
    stored_id = await notification.promise(promised(tenant, appointment))
    assert await notification.withdraw(tenant, appointment, "cancelled", NOW) == 1
    assert await notification.claim([stored_id], "w", NOW) == []
    promise = await one()
    (mine,) = await notification.claim([promise.id], "w", NOW)
    assert await notification.withdrawn(mine.id, mine.token, "moved", NOW)
    assert ((await stored(promise)).status, (await stored(promise)).error) == ("withdrawn", "moved")


async def test_the_oldest_come_first(database: object) -> None:
    long_ago = NOW - timedelta(days=3000)
    later, earlier = await one(long_ago + MINUTE), await one(long_ago)
    assert await notification.overdue(long_ago + MINUTE, limit=2) == [earlier.id, later.id]


@pytest.mark.parametrize("order", permutations(["sent", "delivered", "read"]))
async def test_statuses_in_any_order(database: object, order: tuple[str, ...]) -> None:
    promise = await one()
    for status in order:
        assert await notification.apply_statuses([told(promise, status)]) == []
    assert (await stored(promise)).status == "read"


async def test_a_failure_is_the_end_unless_it_was_delivered(database: object) -> None:
    promise = await one()
    assert await notification.apply_statuses([told(promise, "sent"), told(promise, "failed")]) == [promise.id]
    assert await notification.apply_statuses([told(promise, "failed")]) == [], "told once"
    await notification.apply_statuses([told(promise, "delivered")])
    assert ((await stored(promise)).status, (await stored(promise)).error) == ("failed", "e")
    other = await one()
    await notification.apply_statuses([told(other, "delivered")])
    assert await notification.apply_statuses([told(other, "failed")]) == []
    assert (await stored(other)).status == "delivered"


async def test_others_statuses_are_left_alone(database: object) -> None:
    promise = await one()
    stranger = StatusChange(new_id(), "read", NOW, f"n.{promise.id}.1")
    await notification.apply_statuses([stranger, told(promise, "read", "o.1.2.3.0"), told(promise, "deleted")])
    assert (await stored(promise)).status == "due"
