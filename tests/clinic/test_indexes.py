"""Indexes that hold a part of a collection: a query that names more than the index must find what a scan finds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pymongo import IndexModel

from clinic.documents import DOCUMENTS
from clinic.queue_entry import QueueEntry
from clinic.record import ANY_TEXT, new_id

NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


def indexes() -> list[tuple[str, dict[str, Any]]]:
    """Every declared index, as the store gets it."""
    declared = [(each, getattr(each.Settings, "indexes", [])) for each in DOCUMENTS]
    return [
        (each.__name__, index.document) for each, found in declared for index in found if isinstance(index, IndexModel)
    ]


def test_a_text_that_is_partial_leads_its_index() -> None:
    partial = [
        (name, field, next(iter(index["key"])))
        for name, index in indexes()
        for field, covered in index.get("partialFilterExpression", {}).items()
        if covered == ANY_TEXT
    ]
    assert len(partial) >= 3
    assert [each for each in partial if each[1] != each[2]] == []


def entry(tenant_id: str, number: int, appointment_id: str | None) -> QueueEntry:
    """Somebody in a queue."""
    return QueueEntry(
        tenant_id=tenant_id, request_id=f"r{number}", clinic_id="c", doctor_id="d", service_id="s",
        day=date(2027, 1, 4), token=number, tokens=[str(number)], appointment_id=appointment_id, patient_id="p",
        minutes=10, place=float(number), arrived_at=NOW + timedelta(minutes=number),
    )  # fmt: skip


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "more", [{}, {"status": "waiting"}, {"status": {"$in": ["waiting", "done"]}}, {"clinic_id": "c", "token": 2}]
)
async def test_what_a_partial_index_finds_is_what_is_there(more: dict[str, Any]) -> None:
    one, two = new_id(), new_id()
    for tenant_id in (one, two):
        for number, visit in enumerate(("a", "b", None), start=1):
            await QueueEntry.of(tenant_id).insert(entry(tenant_id, number, visit and f"{visit}{number}"))
    found = await QueueEntry.of(one).find({"appointment_id": "b2", **more})
    assert [(each.tenant_id, each.token) for each in found] == [(one, 2)]
    found = await QueueEntry.of(one).find({**more, "appointment_id": "b2"})
    assert [(each.tenant_id, each.token) for each in found] == [(one, 2)]
