"""Which queries ride an index, how any is cut into such a one and a rest, and that the tests see those that do not."""

from datetime import UTC, datetime
from typing import Any

import pytest
from unindexed import KNOWN, Unindexed

from clinic.appointment import Appointment
from clinic.callback import Callback
from clinic.conversation import Conversation
from clinic.documents import DOCUMENTS
from clinic.indexed import found, rides, split
from clinic.matching import clauses
from clinic.record import ANY_MOMENT, Record, new_id, watch
from clinic.schedule import Schedule
from clinic.user import User

RANGE = {"$gte": 1, "$lt": 2}
RIDING: list[tuple[type[Record], dict[str, Any], bool]] = [
    (Callback, {"_id": "a", "claimed_by": "b", "tenant_id": "t"}, True),
    (Callback, {"_id": {"$in": ["a"]}, "tenant_id": "t"}, True),
    (Callback, {"tenant_id": "t"}, True),
    (Callback, {"status": "open", "tenant_id": "t"}, True),
    (Callback, {"status": "open", "due_at": RANGE, "tenant_id": "t"}, True),
    (Callback, {"due_at": RANGE, "status": "open", "tenant_id": "t"}, True),
    (Callback, {"status": {"$in": ["open", "done"]}, "due_at": RANGE, "tenant_id": "t"}, False),
    (Callback, {"status": "open", "clinic_id": "c", "tenant_id": "t"}, False),
    (Callback, {"due_at": RANGE, "tenant_id": "t"}, False),
    (Callback, {"_id": "a", "$or": [{"status": "open"}], "tenant_id": "t"}, False),
    (Callback, {"$and": [{"status": "open"}], "tenant_id": "t"}, False),
    (Callback, {}, False),
    (Appointment, {"offer_until": ANY_MOMENT, "tenant_id": "t"}, True),
    (Appointment, {"offer_until": {**ANY_MOMENT, "$lte": 2}, "tenant_id": "t"}, True),
    (Appointment, {"offer_until": {"$lte": 2}, "tenant_id": "t"}, False),
    (Appointment, {"replaces": "a", "status": "booked", "tenant_id": "t"}, True),
    (Appointment, {"replaces": "", "tenant_id": "t"}, False),
    (Conversation, {"held_until": {**ANY_MOMENT, "$lte": 2}}, True),
    (User, {"email": "a@example.org"}, True),
    (User, {"email": "a@example.org", "status": "active", "tenant_id": "t"}, True),
    (User, {"name": "a"}, False),
]


@pytest.mark.parametrize(("record", "asked", "does"), RIDING)
def test_what_rides(record: type[Record], asked: dict[str, Any], does: bool) -> None:
    assert rides(record, asked) is does


INDEXES = [("patient", "start"), ("doctor", "start"), ("start",), ("doctor", "request")]
SPLIT: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({}, [], []),
    ({"patient": "p", "status": "booked"}, ["patient"], ["status"]),
    ({"doctor": "d", "start": RANGE, "status": {"$ne": "x"}}, ["doctor", "start"], ["status"]),
    ({"doctor": "d", "patient": "p", "start": RANGE}, ["patient", "start"], ["doctor"]),
    ({"doctor": {"$in": ["d", "e"]}, "start": RANGE}, ["start"], ["doctor"]),
    ({"start": {"$ne": 1}}, [], ["start"]),
    ({"status": "booked", "_id": {"$gt": "a"}}, ["_id", "status"], []),
    ({"$and": [{"doctor": "d"}, {"doctor": "e"}, {"$or": [{"a": 1}]}]}, ["doctor"], ["doctor", "$or"]),
]


@pytest.mark.parametrize(("query", "asked", "rest"), SPLIT)
def test_what_is_asked_and_what_is_looked_at(query: dict[str, Any], asked: list[str], rest: list[str]) -> None:
    ridden, looked_at = split(list(clauses(query)), INDEXES, "start")
    assert (list(ridden), [name for name, _ in looked_at]) == (asked, rest)


async def test_all_that_match_are_found(database: object) -> None:
    door, at = Callback.of(tenant := new_id()), datetime(2027, 1, 4, tzinfo=UTC)
    for number, clinic in enumerate("abab"):
        card = Callback(
            tenant_id=tenant, request_id=str(number), request_ids=[str(number)], reason="asked", chat_id="c",
            clinic_id=clinic, due_at=at.replace(hour=9 - number), created_at=at,
        )  # fmt: skip
        await door.insert(card)
    rows = await found(door, {"status": "open", "$or": [{"clinic_id": "a"}]}, "due_at")
    assert [row["request_id"] for row in rows] == ["2", "0"]


def test_what_is_known_not_to_ride_does_not() -> None:
    documents = {document.__name__: document for document in DOCUMENTS}
    for name, fields in KNOWN:
        assert not rides(documents[name], {key: {"$gte": 1} for key in fields}), f"{name} {fields} rides: it can go"


async def test_a_query_that_rides_nothing_is_seen(database: object) -> None:
    seen, tenant = Unindexed(), new_id()
    watch(seen)
    await Schedule.of(tenant).find({"clinic_id": "a"})
    assert seen.new() == [], "a test may"
    await found(Schedule.of(tenant), {"clinic_id": "a"})
    assert seen.new() == [], "cut so that it rides"
    await _asked_by_the_house(Appointment, tenant)
    watch(None)
    (shape,) = seen.new()
    assert shape[:2] == ("Appointment", ("status", "tenant_id"))


async def _asked_by_the_house(record: Any, tenant: str) -> None:
    """As if it stood in a file of ours."""
    source = "async def ask(record, tenant): await record.of(tenant).rows({'status': 'booked'})"
    written: dict[str, Any] = {}
    exec(compile(source, "/house/clinic/x.py", "exec"), written)
    await written["ask"](record, tenant)
