"""Numbered lists: their end, a moment and a part of them, whatever their length."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.audit import AuditEntry
from clinic.dense import Dense

START = datetime(2027, 1, 4, tzinfo=UTC)


class Shelf:
    """A list in memory that answers the few questions which are asked of a store, and counts them."""

    record, scope = AuditEntry, {"tenant_id": "t"}

    def __init__(self, length: int) -> None:
        self.length, self.asked, self.matched = length, 0, 0

    async def rows(
        self, query: dict[str, Any], fields: Any = (), sort: Any = (), limit: int = 0
    ) -> list[dict[str, Any]]:
        self.asked += 1
        match query["seq"]:
            case {"$in": numbers}:
                found = [number for number in numbers if 1 <= number <= self.length]
            case {"$gt": low, "$lt": high}:
                found = list(range(max(1, low + 1), min(self.length + 1, high)))
        self.matched += len(found)
        found = sorted(found, reverse=bool(sort) and sort[0][1] < 0)
        return [_row(number) for number in found[: limit or None]]


def _row(number: int) -> dict[str, Any]:
    return {"seq": number, "at": START + timedelta(minutes=number), "seventh": number % 7 == 0}


@given(st.integers(0, 10**7), st.data())
async def test_the_end_is_found_in_a_few_questions(length: int, data: st.DataObject) -> None:
    shelf = Shelf(length)
    known = data.draw(st.integers(0, length))
    assert await Dense(shelf).last(known) == length  # type: ignore[arg-type]
    assert shelf.asked <= 8


@given(st.integers(0, 10**6), st.integers(-10, 10**6 + 10))
async def test_a_moment_is_found(length: int, minute: int) -> None:
    moment = START + timedelta(minutes=minute)
    expected = max(0, min(length, minute - 1))
    assert await Dense(Shelf(length)).last_before(moment, length) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("below", "above", "limit"), [(1001, 0, 10), (5, 0, 10), (900, 890, 50), (1, 0, 5), (700, 0, 700)]
)
@pytest.mark.parametrize("seventh", [True, None])
async def test_a_part_is_read_backwards(below: int, above: int, limit: int, seventh: bool | None) -> None:
    query = {"seventh": True} if seventh else {}
    rows = await Dense(Shelf(1000)).backwards(query, below, limit, above)  # type: ignore[arg-type]
    fits = [number for number in range(below - 1, above, -1) if not seventh or number % 7 == 0]
    assert [row["seq"] for row in rows] == fits[:limit]


async def test_the_newest_of_many_cost_little() -> None:
    shelf = Shelf(1_000_000)
    assert len(await Dense(shelf).backwards({}, 1_000_001, 50)) == 50  # type: ignore[arg-type]
    assert shelf.matched <= 200
