"""Two hundred patients from four processes want one morning: never beyond capacity, and every loser is offered others.

The control is the same race with the lock taken away: it must double-book, or the race proves nothing.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from practice import Practice, open_practice
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from clinic.appointment import Appointment
from clinic.cells import cells_of, used

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
PROCESSES, ATTEMPTS = 4, 200
CAPACITY = 2


async def race(url: str, database: str, tenant_id: str, attempts: int) -> list[dict[str, Any]]:
    """What came of each attempt."""
    share, path = attempts // PROCESSES, os.pathsep.join((str(ROOT), str(HERE)))
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(HERE / "racer.py"), url, database, tenant_id, str(number * share), str(share),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": path},
        )
        for number in range(PROCESSES)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert all(process.returncode == 0 for process in processes)
    return [json.loads(line) for output, _ in outputs for line in output.splitlines()]


async def fullest(tenant_id: str) -> int:
    """The most visits that share any cell of the doctor's time."""
    booked = await Appointment.of(tenant_id).find({"status": "booked"})
    return max(Counter(cell for each in booked for cell in cells_of(each.time)).values())


async def crowded() -> Practice:
    return await open_practice(minutes=(15, 30, 45), hours=(("09:00", "13:00"),), capacity=CAPACITY)


async def test_nobody_is_booked_beyond_capacity(database: AsyncDatabase[dict[str, Any]], mongo_url: str) -> None:
    practice = await crowded()
    results = await race(mongo_url, database.name, practice.id, ATTEMPTS)
    outcomes = Counter(result["outcome"] for result in results)
    stored = await Appointment.of(practice.id).find()
    assert set(outcomes) == {"booked", "slot_taken"}
    assert outcomes["booked"] + outcomes["slot_taken"] == ATTEMPTS
    assert {each.id for each in stored} == {result["id"] for result in results if "id" in result}
    assert len(stored) == outcomes["booked"]
    assert await fullest(practice.id) == CAPACITY
    labels = [cell for each in stored for cell in each.cells or ()]
    assert len(labels) == len(set(labels))
    assert max(used(labels).values()) <= CAPACITY
    losers = [result for result in results if result["outcome"] == "slot_taken"]
    assert all(result["others"] > 0 and not result["again"] for result in losers)


@pytest_asyncio.fixture
async def unguarded(
    database: AsyncDatabase[dict[str, Any]], mongo_url: str
) -> AsyncIterator[AsyncDatabase[dict[str, Any]]]:
    """A database without the booking lock; the documents are bound to the usual one again afterwards."""
    from clinic.documents import connect, create_indexes

    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url, tz_aware=True, journal=True)
    other = client["unguarded"]
    await connect(other)
    await create_indexes(other)
    await other["appointments"].drop_index("booking_lock")
    yield other
    await connect(database)
    await client.close()


async def test_without_the_lock_the_same_race_double_books(
    unguarded: AsyncDatabase[dict[str, Any]], mongo_url: str
) -> None:
    practice = await crowded()
    await race(mongo_url, unguarded.name, practice.id, ATTEMPTS // 2)
    assert await fullest(practice.id) > CAPACITY
