"""Pages: every document once, in order, whatever was added meanwhile; and no cursor but our own."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clinic.doctor import Doctor
from clinic.exception import ScheduleException
from clinic.paging import BadCursor, decode, encode, page
from clinic.record import new_id


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


def forged(told: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()


FORGED: list[object] = [
    [],
    [{"is": {"$gt": ""}}, "x"],
    [{"is": 1}, {"$ne": 1}],
    [{"at": "yesterday"}, "x"],
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
