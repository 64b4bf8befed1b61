"""Inserts that share a command keep their own fate."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from clinic.record import new_id
from clinic.together import Together, together

Database = AsyncDatabase[dict[str, Any]]


async def fates(inserts: list[Awaitable[None]]) -> list[str]:
    """How each ended."""
    ends = await asyncio.gather(*inserts, return_exceptions=True)
    return [type(end).__name__ if end else "stored" for end in ends]


@pytest.fixture
async def shelf(database: Database) -> AsyncCollection[dict[str, Any]]:
    """An empty collection with a unique key."""
    collection = database[f"shelf_{new_id()}"]
    await collection.create_index("key", unique=True)
    return collection


async def test_one_refused_does_not_stop_the_others(shelf: AsyncCollection[dict[str, Any]]) -> None:
    door = Together(shelf)
    keys = [1, 2, 2, 3, 1, 4]
    ends = await fates([door.insert({"_id": new_id(), "key": key}) for key in keys])
    assert sorted(ends) == ["DuplicateKeyError"] * 2 + ["stored"] * 4
    assert sorted([row["key"] async for row in shelf.find()]) == [1, 2, 3, 4]


async def test_a_refusal_names_the_key_that_was_taken(shelf: AsyncCollection[dict[str, Any]]) -> None:
    door = Together(shelf)
    await door.insert({"_id": "a", "key": 1})
    with pytest.raises(DuplicateKeyError) as refused:
        await door.insert({"_id": "b", "key": 1})
    assert (refused.value.details or {})["keyPattern"] == {"key": 1}
    await door.insert({"_id": "c", "key": 2})


async def test_who_gives_up_does_not_fail_the_others(shelf: AsyncCollection[dict[str, Any]]) -> None:
    door = Together(shelf)
    first = asyncio.ensure_future(door.insert({"_id": "a", "key": 1}))
    second = asyncio.ensure_future(door.insert({"_id": "b", "key": 2}))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert [row["key"] async for row in shelf.find().sort("key")] == [1, 2]


class Away:
    """A database that does not answer, then refuses for a reason of its own."""

    full_name = "away.shelf"

    def __init__(self, error: PyMongoError) -> None:
        self.error = error

    async def insert_many(self, rows: list[dict[str, Any]], ordered: bool) -> None:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        PyMongoError("gone"),
        BulkWriteError({"writeErrors": [{"index": i, "code": 121, "errmsg": "invalid"} for i in (0, 1)]}),
    ],
)
async def test_all_hear_of_a_failure(error: PyMongoError) -> None:
    door = together(Away(error))  # type: ignore[arg-type]
    assert await fates([door.insert({"_id": name}) for name in ("a", "b")]) == [type(error).__name__] * 2
