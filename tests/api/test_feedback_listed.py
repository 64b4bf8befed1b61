"""What patients thought of their visits, through the API: by place, doctor, mark and day, for those who may."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from office import Office

from clinic.audit import AuditEntry
from clinic.feedback import Feedback
from clinic.record import new_id

AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
async def marked(office: Office) -> Office:
    """Five marks, one a day, at two clinics."""
    for number in range(5):
        made = Feedback(
            id=f"{office.tenant_id}-{number}", tenant_id=office.tenant_id, appointment_id=new_id(),
            clinic_id=office.practice.clinic.id if number < 4 else "another", doctor_id=f"d{number % 2}",
            patient_id="p", chat_id="c", mark=number + 1, words="kind" if number == 4 else "",
            at=AT + timedelta(days=number),
        )  # fmt: skip
        await Feedback.of(office.tenant_id).insert(made)
    return office


async def listed(office: Office, role: str = "owner", clinic_id: str = "", **params: Any) -> list[int]:
    answer = await office.as_(role, clinic_id=clinic_id).get("/feedback", params=params)
    assert answer.status_code == 200, answer.text
    return [each["mark"] for each in answer.json()["items"]]


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [5, 4, 3, 2, 1]),
    ({"best": 2}, [2, 1]),
    ({"worst": 4}, [5, 4]),
    ({"doctor_id": "d1"}, [4, 2]),
    ({"clinic_id": "another"}, [5]),
    ({"from": "2026-05-05", "to": "2026-05-06"}, [3, 2]),
    ({"patient_id": "nobody"}, []),
]


@pytest.mark.parametrize(("params", "marks"), FILTERS)
async def test_marks_are_found(marked: Office, params: dict[str, Any], marks: list[int]) -> None:
    assert await listed(marked, **params) == marks


async def test_only_for_those_who_may_and_written_down(marked: Office) -> None:
    assert await listed(marked, "manager", marked.practice.clinic.id) == [4, 3, 2, 1]
    assert (await marked.as_("nurse").get("/feedback")).status_code == 403
    rows = await AuditEntry.of(marked.tenant_id).rows({"action": "list_feedback"})
    assert len(json.loads(rows[0]["difference"])["shown"][1]) == 4


async def test_in_pages(marked: Office) -> None:
    client = marked.as_("owner")
    first = (await client.get("/feedback", params={"limit": 3})).json()
    rest = (await client.get("/feedback", params={"limit": 3, "cursor": first["next"]})).json()
    assert [each["mark"] for each in first["items"] + rest["items"]] == [5, 4, 3, 2, 1]
    assert rest["next"] is None
