"""A queue kept in memory is never older than what anybody was told of before they looked."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio
from practice import DAY, NINE, Practice, open_practice
from waiting import Day

from clinic import clock, doctor_delay, queue_board, queue_stamp
from clinic.queue_board import Board, board
from clinic.queue_day import day_queue
from clinic.queue_entry import QueueEntry
from clinic.record import new_id, to_mongo


@pytest_asyncio.fixture
async def day(practice: Practice) -> Day:
    return Day(practice)


async def seen(day: Day) -> Board:
    return await board(day.practice.id, [DAY])


def copy(entry: QueueEntry, token: int) -> QueueEntry:
    """Another patient's."""
    labels = {"id": new_id(), "request_id": new_id(), "token": token, "tokens": [f"{entry.doctor_id} {DAY} {token}"]}
    return entry.model_copy(update=labels | {"appointment_id": None})


async def test_it_is_kept_while_nothing_changes(day: Day) -> None:
    await day.came(NINE)
    first = await seen(day)
    assert await seen(day) is first
    directory = await day.practice.directory()
    shown = [await day_queue(directory, [DAY], day.now) for _ in range(2)]
    assert shown[0] is shown[1]
    assert await day_queue(directory, [DAY], day.now + timedelta(seconds=1)) is not shown[0]


# Every way in which the door lets a queue be changed.
WRITES: dict[str, Callable[[Day, QueueEntry], Awaitable[object]]] = {
    "insert": lambda day, entry: QueueEntry.of(day.practice.id).insert(copy(entry, 7)),
    "insert_rows": lambda day, entry: QueueEntry.of(day.practice.id).insert_rows([to_mongo(copy(entry, 8))]),
    "insert_in_order": lambda day, entry: QueueEntry.of(day.practice.id).insert_in_order([to_mongo(copy(entry, 9))]),
    "change": lambda day, entry: QueueEntry.of(day.practice.id).change({"_id": entry.id}, {"$set": {"priority": 2}}),
    "change_all": lambda day, entry: QueueEntry.of(day.practice.id).change_all(
        {"_id": entry.id}, {"$set": {"priority": 1}}
    ),
    "change_each": lambda day, entry: QueueEntry.of(day.practice.id).change_each(
        [({"_id": entry.id}, {"$set": {"status": "parked"}})]
    ),
    "delete": lambda day, entry: QueueEntry.of(day.practice.id).delete({"_id": entry.id}),
}


@pytest.mark.parametrize("way", WRITES)
async def test_whatever_is_written_shows(day: Day, way: str) -> None:
    entry = await day.came(NINE)
    before = await seen(day)
    await WRITES[way](day, entry)
    after = await seen(day)
    assert after.rows != before.rows
    assert [dict(row) for row in after.rows] == await queue_board.stored(day.practice.id, [DAY])


async def test_what_staff_say_of_a_delay_shows(day: Day) -> None:
    await day.came(NINE)
    assert not (await seen(day)).late
    doctor, clinic = day.practice.doctors[0].id, next(iter((await day.practice.directory()).clinics))
    await doctor_delay.say_late(await day.practice.directory(), doctor, clinic, 40, "staff:1", day.now)
    assert (await seen(day)).late[doctor].minutes == 40
    await doctor_delay.say_late(await day.practice.directory(), doctor, clinic, 0, "staff:1", day.now)
    assert (await seen(day)).late[doctor].minutes == 0


async def test_no_answer_is_older_than_the_last_acknowledged_write(day: Day) -> None:
    entry = await day.came(NINE)
    door, chance, acknowledged = QueueEntry.of(day.practice.id), random.Random(5), [0]

    async def write() -> None:
        for number in range(1, 60):
            await door.change({"_id": entry.id}, {"$set": {"minutes": 1000 + number}})
            acknowledged[0] = number
            await asyncio.sleep(chance.random() / 200)

    async def look() -> None:
        for _ in range(40):
            known = acknowledged[0]
            (row,) = (await seen(day)).rows
            assert row["minutes"] - 1000 >= known or known == 0
            await asyncio.sleep(chance.random() / 100)

    await asyncio.gather(write(), *(look() for _ in range(6)))


async def test_another_practices_changes_are_not_ones_own(day: Day) -> None:
    await day.came(NINE)
    first = await seen(day)
    other = Day(await open_practice())
    await other.came(NINE)
    assert await seen(day) is first
    assert len((await seen(other)).rows) == 1


async def test_a_repeated_request_marks_what_a_crash_left_unmarked(day: Day) -> None:
    entry = await day.came(NINE)
    called = await day.call_next(request_id="click")
    before = await queue_stamp.stamp_of(day.practice.id)
    assert called.id == entry.id
    await day.call_next(request_id="click")
    assert await queue_stamp.stamp_of(day.practice.id) != before


async def test_it_is_read_again_after_a_moment(day: Day) -> None:
    """A change whose writer crashed before its mark, and told nobody."""
    entry = await day.came(NINE)
    kept = await seen(day)
    await QueueEntry.get_pymongo_collection().update_one({"_id": entry.id}, {"$set": {"priority": 2}})
    assert await seen(day) is kept
    await asyncio.sleep(max(0.0, kept.until - clock.elapsing()) + 0.01)
    assert (await seen(day)).rows[0]["priority"] == 2
