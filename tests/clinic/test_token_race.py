"""Many check-ins at once: numbers without gaps and doubles. Many clicks at once: one patient called.

The control is the same race without the unique index: it must give a number twice, or the race proves nothing.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
from practice import NINE, Practice, open_practice
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from waiting import Day

from clinic import queue
from clinic.appointment import Appointment
from clinic.queue_entry import QueueEntry

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
PATIENTS = 50


async def crowd(doctors: int = 1) -> Day:
    """Everybody is booked, and at the door."""
    day = Day(await open_practice(doctors=doctors, hours=(("09:00", "21:00"),), capacity=10))
    await asyncio.gather(*(day.booked(NINE + timedelta(minutes=30 * (number // 10))) for number in range(PATIENTS)))
    return day


async def tokens(practice: Practice, doctor: int = 0) -> list[int]:
    rows = await QueueEntry.of(practice.id).rows({"doctor_id": practice.doctors[doctor].id}, ("token",))
    return sorted(row["token"] for row in rows)


async def all_come(day: Day) -> list[QueueEntry]:
    visits = await Appointment.of(day.practice.id).find()
    return await asyncio.gather(*(day.check_in(visit) for visit in visits))


async def test_fifty_at_once_get_fifty_numbers(database: object) -> None:
    day = await crowd()
    assert sorted(entry.token for entry in await all_come(day)) == list(range(1, PATIENTS + 1))
    assert await tokens(day.practice) == list(range(1, PATIENTS + 1))


async def test_transfers_among_check_ins_leave_no_gap_and_no_double(database: object) -> None:
    day = await crowd(doctors=2)
    other, entries = day.practice.doctors[1].id, await all_come(day)

    async def transfer(entry: QueueEntry) -> QueueEntry:
        return await queue.transfer(await day.practice.directory(), entry, other, day.step("transfer", "full"))

    more = [day.came(NINE + timedelta(minutes=30 * number), doctor=1) for number in range(8)]
    await asyncio.gather(*map(transfer, entries[:12]), *more)
    labels = [label for entry in await day.entries() for label in entry.tokens]
    given = {f"{doctor.id} 2027-01-04 {number}" for doctor, last in zip(day.practice.doctors, (50, 20), strict=True)
             for number in range(1, last + 1)}  # fmt: skip
    assert sorted(labels) == sorted(given)
    assert await tokens(day.practice, 1) == list(range(1, 21))


async def run(url: str, database: str, tenant_id: str, processes: int = 2) -> list[dict[str, Any]]:
    """What each process got."""
    path = os.pathsep.join((str(ROOT), str(HERE)))
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(HERE / "clicker.py"), url, database, tenant_id, str(share), str(processes),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": path},
        )
        for share in range(processes)
    ]  # fmt: skip
    for process in started:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in started))
    assert all(process.returncode == 0 for process in started)
    return [json.loads(output) for output, _ in outputs]


async def test_two_desks_give_each_number_once_and_call_one_patient(
    database: AsyncDatabase[dict[str, Any]], mongo_url: str
) -> None:
    day = await crowd()
    results = await run(mongo_url, database.name, day.practice.id)
    assert sorted(token for result in results for token in result["tokens"]) == list(range(1, PATIENTS + 1))
    assert len({called for result in results for called in result["called"]}) == 1


@pytest_asyncio.fixture
async def unguarded(
    database: AsyncDatabase[dict[str, Any]], mongo_url: str
) -> AsyncIterator[AsyncDatabase[dict[str, Any]]]:
    """A database without the index over the numbers; the documents are bound to the usual one again afterwards."""
    from clinic.documents import connect, create_indexes

    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url, tz_aware=True, journal=True)
    other = client["unnumbered"]
    await connect(other)
    await create_indexes(other)
    await other["queue"].drop_index("one_per_token")
    yield other
    await connect(database)
    await client.close()


async def test_without_the_index_the_same_race_gives_a_number_twice(unguarded: AsyncDatabase[dict[str, Any]]) -> None:
    day = await crowd()
    await all_come(day)
    assert len(set(await tokens(day.practice))) < PATIENTS
