"""Commands that share a way to the database keep their own fate."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from pymongo import UpdateOne
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


async def test_reads_of_one_moment_are_one_and_each_has_its_own(shelf: AsyncCollection[dict[str, Any]]) -> None:
    door = Together(shelf)
    for n in range(3):
        await door.insert({"_id": f"{n}", "key": n, "tenant_id": "one"})
    asked = [door.read(each, {"tenant_id": "one"}) for each in (["2"], ["0", "1"], ["nobody"], ["nobody", "2"], [])]
    assert [[row["key"] for row in rows] for rows in await asyncio.gather(*asked)] == [[2], [0, 1], [], [2], []]


async def test_a_read_that_shares_a_command_stays_in_its_scope(shelf: AsyncCollection[dict[str, Any]]) -> None:
    door = Together(shelf)
    await door.insert({"_id": "a", "key": 1, "tenant_id": "one"})
    await door.insert({"_id": "b", "key": 2, "tenant_id": "two"})
    scopes: list[tuple[list[str], dict[str, str]]] = [
        (["b"], {"tenant_id": "one"}), (["a", "b"], {"tenant_id": "two"}), (["b"], {"tenant_id": "two"}), (["a"], {}),
    ]  # fmt: skip
    found = await asyncio.gather(*(door.read(*each) for each in scopes))
    assert [[row["key"] for row in rows] for rows in found] == [[], [2], [2], [1]]


async def test_a_read_sees_what_was_written_before_it_though_another_is_under_way(
    shelf: AsyncCollection[dict[str, Any]],
) -> None:
    door = Together(shelf)
    await door.insert({"_id": "a", "key": 0})
    for n in range(1, 20):
        earlier = asyncio.ensure_future(door.read(["a"], {}))
        await asyncio.sleep(0)
        await shelf.update_one({"_id": "a"}, {"$set": {"key": n}})
        assert [row["key"] for row in await door.read(["a"], {})] == [n]
        await earlier


async def test_changes_of_one_moment_are_sure_only_if_all_matched(shelf: AsyncCollection[dict[str, Any]]) -> None:
    door = Together(shelf)
    await door.insert({"_id": "a", "key": 1})
    await door.insert({"_id": "b", "key": 2})

    def seen(name: str, key: int) -> UpdateOne:
        return UpdateOne({"_id": name, "key": key}, {"$inc": {"seen": 1}})

    assert await asyncio.gather(*(door.change(each) for each in (seen("a", 1), seen("b", 2)))) == [True, True]
    assert await asyncio.gather(*(door.change(each) for each in (seen("a", 1), seen("b", 1)))) == [False, False]
    assert {row["_id"]: row["seen"] async for row in shelf.find()} == {"a": 2, "b": 1}


async def test_changes_that_share_a_command_keep_their_own_fate(shelf: AsyncCollection[dict[str, Any]]) -> None:
    door = Together(shelf)
    for name, key in (("a", 1), ("b", 2), ("c", 3)):
        await door.insert({"_id": name, "key": key})

    def to(name: str, key: int, upsert: bool = False) -> UpdateOne:
        return UpdateOne({"_id": name, "key": {"$ne": key}}, {"$set": {"key": key}}, upsert)

    fates = await asyncio.gather(
        door.change(to("a", 2)),  # taken by b
        door.change(to("c", 9)),
        door.change_each([to("b", 2, upsert=True), to("d", 8, upsert=True)]),  # b is there, d is new
        return_exceptions=True,
    )
    assert isinstance(fates[0], DuplicateKeyError)
    assert fates[1:] == [False, None], "not sure, since another did not match"
    assert {row["_id"]: row["key"] async for row in shelf.find()} == {"a": 1, "b": 2, "c": 9, "d": 8}


async def test_rows_that_share_a_command_with_others_are_told_of_their_own(
    shelf: AsyncCollection[dict[str, Any]],
) -> None:
    door = Together(shelf)
    await door.insert({"_id": "a", "key": 1})
    mine = [{"_id": "b", "key": 2}, {"_id": "c", "key": 1}]
    theirs = [{"_id": "d", "key": 3}, {"_id": "e", "key": 4}]
    refused = await asyncio.gather(*(door.insert_new(rows) for rows in (mine, theirs, [])))
    assert [[row["_id"] for row in rows] for rows in refused] == [["c"], [], []]
    assert sorted([row["key"] async for row in shelf.find()]) == [1, 2, 3, 4]


async def test_where_a_write_may_not_last_nobody_is_told_that_it_does() -> None:
    lost = BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64, "errmsg": "no majority"}]})
    door = Together(Away(lost))  # type: ignore[arg-type]
    assert await fates([door.insert({"_id": "a"})]) == ["BulkWriteError"]
    with pytest.raises(BulkWriteError):
        await door.insert_new([{"_id": "b"}, {"_id": "c"}])
