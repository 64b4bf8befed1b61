"""What is decided here about a row is what the store would have found."""

from typing import Any

import pytest

from clinic.doctor import Doctor
from clinic.matching import matches
from clinic.record import new_id

ROWS: list[dict[str, Any]] = [
    {"name": "a"},
    {"name": "b", "n": 1},
    {"name": "c", "n": None},
    {"name": "d", "n": 3, "held": [{"at": "x"}, {"at": "y"}]},
    {"name": "e", "n": "3", "held": [{"at": "z"}, {}]},
    {"name": "f", "n": [1, 7], "held": []},
    {"name": "g", "held": {"at": "x"}},
]
QUERIES: list[dict[str, Any]] = [
    {},
    {"n": 1},
    {"n": None},
    {"n": {"$ne": 1}},
    {"n": {"$ne": None}},
    {"n": {"$gt": 1}},
    {"n": {"$gte": 1, "$lt": 7}},
    {"n": {"$lte": "3"}},
    {"n": {"$in": [3, None]}},
    {"n": {"$eq": 7}},
    {"held.at": "x"},
    {"held.at": {"$in": ["y", "z"]}},
    {"held.at": {"$ne": "x"}},
    {"name": {"$regex": "^[ab]"}},
    {"n": {"$regex": "3"}},
    {"$and": [{"n": {"$gt": 0}}, {"$and": [{"held.at": "x"}, {}]}]},
    {"$or": [{"n": 1}, {"held.at": "z", "name": "e"}]},
    {"$and": [{"$or": [{"n": 1}, {"n": 3}]}, {"name": {"$ne": "b"}}]},
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
async def test_both_find_the_same(database: object, query: dict[str, Any]) -> None:
    tenant = new_id()
    await Doctor.of(tenant).insert_rows([{"_id": new_id(), "tenant_id": tenant, **row} for row in ROWS])
    found = await Doctor.of(tenant).rows(query)
    assert sorted(row["name"] for row in found) == [row["name"] for row in ROWS if matches(row, query)]


def test_an_unknown_operator_is_an_error() -> None:
    with pytest.raises(KeyError):
        matches({"n": 1}, {"n": {"$size": 1}})
