"""Pages: every document once, in order, whatever was added meanwhile; and no cursor but our own."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clinic.callback import Callback
from clinic.doctor import Doctor
from clinic.exception import ScheduleException
from clinic.paging import BadCursor, decode, encode, page
from clinic.record import new_id, to_mongo


async def walked(door: Any, **how: Any) -> list[Any]:
    found, cursor = [], ""
    while True:
        records, following = await page(door, cursor=cursor, **how)
        found.extend(records)
        if following is None:
            return found
        cursor = following


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 7, 50])
async def test_every_document_comes_once_and_in_order(database: object, descending: bool, limit: int) -> None:
    tenant = new_id()
    positions = [3, 1, 1, 1, 2, 0, 3]  # several share a place: the id decides
    doctors = [Doctor(tenant_id=tenant, name=str(number), position=at) for number, at in enumerate(positions)]
    for doctor in doctors:
        await Doctor.of(tenant).insert(doctor)
    found = await walked(Doctor.of(tenant), sort="position", descending=descending, limit=limit)
    expected = sorted(((each.position, each.id) for each in doctors), reverse=descending)
    assert [(each.position, each.id) for each in found] == expected


async def test_times_are_places_too(database: object) -> None:
    tenant, start = new_id(), datetime(2027, 1, 4, tzinfo=UTC)
    for hour in (4, 1, 3, 2):
        at = start + timedelta(hours=hour)
        block = ScheduleException(tenant_id=tenant, kind="holiday", start=at, end=at + timedelta(hours=1))
        await ScheduleException.of(tenant).insert(block)
    found = await walked(ScheduleException.of(tenant), sort="end", limit=1)
    assert [each.start.hour for each in found] == [1, 2, 3, 4]


async def test_what_is_added_before_the_cursor_does_not_shift_the_next_page(database: object) -> None:
    tenant = new_id()
    for at in range(4):
        await Doctor.of(tenant).insert(Doctor(tenant_id=tenant, name="x", position=at * 10))
    first, cursor = await page(Doctor.of(tenant), sort="position", limit=2)
    await Doctor.of(tenant).insert(Doctor(tenant_id=tenant, name="late", position=5))
    rest, end = await page(Doctor.of(tenant), sort="position", limit=2, cursor=cursor or "")
    assert ([each.position for each in first], [each.position for each in rest], end) == ([0, 10], [20, 30], None)


LATE = datetime(2027, 1, 4, tzinfo=UTC)


async def wished(tenant: str, hours: Sequence[int], **facts: Any) -> list[Callback]:
    cards = [
        Callback(
            tenant_id=tenant, request_id=(own := new_id()), request_ids=[own], chat_id="c", reason="asked",
            due_at=LATE + timedelta(hours=hour), created_at=LATE, **facts,
        )
        for hour in hours
    ]  # fmt: skip
    await Callback.of(tenant).insert_rows([to_mongo(card) for card in cards])
    return cards


def in_order(cards: Sequence[Callback], descending: bool) -> list[str]:
    return [card.id for card in sorted(cards, key=lambda card: (card.due_at, card.id), reverse=descending)]


QUERIES: dict[str, dict[str, Any]] = {
    "by an index": {"status": "open"},
    "beside it": {"status": "open", "clinic_id": "a"},
    "nested": {"$and": [{"$or": [{"clinic_id": "a"}, {"clinic_id": "none"}]}, {"language": {"$in": ["", "en"]}}, {}]},
    "by nothing": {"clinic_id": {"$ne": "b"}},
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
async def test_many_at_one_moment_and_many_that_do_not_fit(
    database: object, query: dict[str, Any], descending: bool
) -> None:
    tenant = new_id()
    ours = await wished(tenant, [1] * 30 + [2, 0], clinic_id="a")
    others = await wished(tenant, [1] * 30 + [0, 3], clinic_id="b")
    found = await walked(Callback.of(tenant), query=query, sort="due_at", descending=descending, limit=3)
    expected = [*ours, *others] if query == QUERIES["by an index"] else ours
    assert [each.id for each in found] == in_order(expected, descending)


RANGES: dict[str, tuple[dict[str, Any], list[int]]] = {
    "from": ({"$gte": LATE + timedelta(hours=2)}, [2, 2, 3, 4]),
    "after": ({"$gt": LATE + timedelta(hours=2)}, [3, 4]),
    "until": ({"$lte": LATE + timedelta(hours=3)}, [1, 2, 2, 3]),
    "between": ({"$gt": LATE + timedelta(hours=1), "$lt": LATE + timedelta(hours=4)}, [2, 2, 3]),
    "these": ({"$in": [LATE + timedelta(hours=2), LATE + timedelta(hours=4)]}, [2, 2, 4]),
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("asked", "hours"), RANGES.values(), ids=RANGES)
@pytest.mark.parametrize("status", [{}, {"status": "open"}], ids=["all", "open"])
async def test_a_range_on_the_field_of_the_order(
    database: object, asked: dict[str, Any], hours: list[int], descending: bool, status: dict[str, str]
) -> None:
    tenant = new_id()
    await wished(tenant, [4, 2, 1, 3, 2])
    query = {**status, "due_at": asked}
    found = await walked(Callback.of(tenant), query=query, sort="due_at", descending=descending, limit=1)
    assert [(each.due_at - LATE) // timedelta(hours=1) for each in found] == sorted(hours, reverse=descending)


async def test_one_moment_only(database: object) -> None:
    tenant = new_id()
    cards = await wished(tenant, [1, 2, 2, 2, 3])
    found = await walked(Callback.of(tenant), query={"due_at": LATE + timedelta(hours=2)}, sort="due_at", limit=1)
    assert [each.id for each in found] == in_order(cards[1:4], descending=False)


async def test_some_ids_only(database: object) -> None:
    tenant = new_id()
    cards = await wished(tenant, [1, 2, 3, 4])
    wanted = sorted(card.id for card in cards)[1:]
    found = await walked(Callback.of(tenant), query={"_id": {"$in": wanted}, "status": "open"}, limit=1)
    assert [each.id for each in found] == wanted


@pytest.mark.parametrize("descending", [False, True])
async def test_what_has_no_value_comes_first(database: object, descending: bool) -> None:
    tenant = new_id()
    cards = [*await wished(tenant, [1, 2]), *await wished(tenant, [3, 4, 5], claimed_until=LATE)]
    found = await walked(Callback.of(tenant), sort="claimed_until", descending=descending, limit=1)
    expected = sorted(cards, key=lambda card: (card.claimed_until is not None, card.id), reverse=descending)
    assert [each.id for each in found] == [each.id for each in expected]


async def test_a_cursor_of_another_list_is_refused(database: object) -> None:
    tenant = new_id()
    await wished(tenant, [1])
    with pytest.raises(BadCursor):
        await page(Callback.of(tenant), {"due_at": LATE + timedelta(hours=1)}, sort="due_at", cursor=encode(7, "x"))


def forged(told: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()


FORGED: list[object] = [
    [],
    [{"is": {"$gt": ""}}, "x"],
    [{"is": 1}, {"$ne": 1}],
    [{"at": "yesterday"}, "x"],
    [{"at": "2027-01-04T00:00"}, "x"],
    [{"at": "0001-01-01T00:00+05:00"}, "x"],
    [{"is": 2**63}, "x"],
    [{"is": "\ud800"}, "x"],
    {"is": 1},
    [[[[]]]],
]


@pytest.mark.parametrize("cursor", ["x", "é", "====", *map(forged, FORGED)])
def test_a_cursor_of_somebody_elses_making_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode(cursor)


@given(some.text(max_size=60))
def test_no_text_at_all_carries_an_operator(cursor: str) -> None:
    try:
        value, last = decode(cursor)
    except BadCursor:
        return
    assert not isinstance(value, dict | list)
    assert isinstance(last, str)


@given(
    some.one_of(some.text(), some.integers(-(2**62), 2**62), some.none(), some.datetimes(timezones=some.just(UTC))),
    some.text(),
)
def test_a_place_survives_its_cursor(value: Any, last: str) -> None:
    assert decode(encode(value, last)) == (value, last)
