"""The audit through the API: looked through, verified, given out; and each look is written down."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from office import Office

from clinic import audit
from clinic.audit import AuditEntry, Entry

AT = datetime(2025, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
async def told(office: Office) -> Office:
    """A practice with 300 entries, one a minute."""
    await audit.append(
        office.tenant_id,
        [
            Entry(
                AT + timedelta(minutes=number), f"user-{number % 3}", f"act_{number % 5}",
                "patients" if number % 2 else "queue", f"id-{number % 7}",
                {"name": ["=was", f"now {number}"]}, "203.0.113.9",
            )
            for number in range(300)
        ],
    )  # fmt: skip
    return office


async def listed(office: Office, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await office.as_("owner").get("/audit", params={"limit": 40, **params, "cursor": cursor})
        assert answer.status_code == 200, answer.text
        part = answer.json()
        items, cursor = [*items, *part["items"]], part["next"]
    return items


FILTERS: list[tuple[dict[str, str], Any]] = [
    ({"actor": "user-1"}, lambda n: n % 3 == 1),
    ({"action": "act_2", "kind": "queue"}, lambda n: n % 5 == 2 and n % 2 == 0),
    ({"entity_id": "id-3"}, lambda n: n % 7 == 3),
    ({"from": "2025-03-01T10:00:00Z", "to": "2025-03-01T11:00:00Z"}, lambda n: 60 <= n < 120),
    (
        {"from": "2025-03-01T12:00:00Z", "to": "2025-04-01T00:00:00Z", "actor": "user-0"},
        lambda n: n >= 180 and n % 3 == 0,
    ),
    ({"actor": "nobody"}, lambda n: False),
    ({"actor": "$ne"}, lambda n: False),
]


@pytest.mark.parametrize(("params", "fits"), FILTERS)
async def test_entries_are_found_newest_first(told: Office, params: dict[str, str], fits: Any) -> None:
    found = await listed(told, **params)
    assert [each["seq"] for each in found] == [number + 1 for number in reversed(range(300)) if fits(number)]


async def test_looking_is_written_down(told: Office) -> None:
    await listed(told, actor="nobody")
    newest = await told.as_("owner").get("/audit", params={"limit": 1})
    assert (newest.json()["items"][0]["action"], newest.json()["items"][0]["seq"]) == ("list_audit", 301)


async def test_verifying_tells_the_first_entry_that_is_not_as_it_was(told: Office) -> None:
    client = told.as_("owner")
    good = (await client.get("/audit/verify")).json()
    assert (good["good"], good["seq"], good["checked"], good["complete"]) == (True, 300, 300, True)
    await AuditEntry.of(told.tenant_id).change({"seq": 120}, {"$set": {"actor": "somebody else"}})
    bad = (await client.get("/audit/verify")).json()
    assert (bad["good"], bad["broken_at"], bad["fault"], bad["seq"]) == (False, 120, "changed", 119)


async def test_a_noted_head_shows_a_cut_end(told: Office) -> None:
    client = told.as_("owner")
    head = (await client.get("/audit/verify")).json()
    noted = {"seq": head["seq"], "hash": head["hash"]}
    rest = (await client.get("/audit/verify", params=noted)).json()
    assert (rest["good"], rest["checked"]) == (True, 1), "the first verification itself"
    await AuditEntry.of(told.tenant_id).delete({"seq": {"$gte": 299}})
    cut = (await client.get("/audit/verify", params=noted)).json()
    assert (cut["good"], cut["broken_at"], cut["fault"]) == (False, 300, "missing")


async def test_it_is_given_out_as_json_lines(told: Office) -> None:
    answer = await told.as_("owner").get("/audit/export")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, 301))
    assert lines[-1]["hash"] == (await AuditEntry.of(told.tenant_id).rows({"seq": 300}))[0]["hash"]
    assert lines[7]["difference"] == {"name": ["=was", "now 7"]}
    assert (await AuditEntry.of(told.tenant_id).rows({"seq": 301}))[0]["action"] == "export_audit"


async def test_it_is_given_out_as_a_sheet(told: Office) -> None:
    params = {"format": "csv", "from": "2025-03-01T10:00:00Z", "to": "2025-03-01T10:30:00Z"}
    answer = await told.as_("owner").get("/audit/export", params=params)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [int(row["seq"]) for row in rows] == list(range(61, 91))
    assert json.loads(rows[0]["difference"]) == {"name": ["=was", "now 60"]}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize("path", ["/audit", "/audit/verify", "/audit/export"])
async def test_it_is_for_those_who_answer_for_the_whole_practice(told: Office, path: str) -> None:
    assert (await told.as_("receptionist").get(path)).status_code == 403
    assert (await told.as_("manager", clinic_id=told.practice.clinic.id).get(path)).status_code == 403
    assert (await told.as_("manager").get(path)).status_code == 200


async def test_another_practice_has_an_audit_of_its_own(told: Office) -> None:
    stranger = told.as_("owner", tenant_id="somebody-else")
    await stranger.get("/audit")
    assert {each["action"] for each in (await stranger.get("/audit")).json()["items"]} == {"list_audit"}


@pytest.mark.parametrize(
    "bad", [{"cursor": "x"}, {"cursor": "W3siaXMiOiAiJG5lIn0sICJ4Il0="}, {"limit": "0"}, {"from": "soon"}]
)
async def test_odd_questions_are_refused(told: Office, bad: dict[str, str]) -> None:
    assert (await told.as_("owner").get("/audit", params=bad)).status_code == 422
