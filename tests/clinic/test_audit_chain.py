"""The audit: whatever is changed, taken out or moved is found; whatever was appended is there, once and in order."""

import asyncio
import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from clinic import audit
from clinic.audit import AuditEntry, Entry
from clinic.chain import BEGINNING, Head, fault, link
from clinic.record import new_id

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
AT = datetime(2027, 1, 4, 3, 30, 0, 123_456, tzinfo=UTC)
Database = AsyncDatabase[dict[str, Any]]


def entry(number: int = 1, **more: Any) -> Entry:
    return Entry(
        AT + timedelta(seconds=number), "user-1", "edit_patient", "patients", f"p{number}",
        {"name": ["Ann", f"Anne {number}"], "birth_date": [None, date(1990, 1, 2)], "at": [AT, None]},
        "203.0.113.7", "a" * 32, **more,
    )  # fmt: skip


async def tenant_with(count: int) -> str:
    tenant_id = new_id()
    await audit.append(tenant_id, [entry(number) for number in range(count)])
    return tenant_id


async def stored(tenant_id: str) -> list[dict[str, Any]]:
    return await AuditEntry.of(tenant_id).rows(sort=[("seq", 1)])


async def test_a_whole_chain_is_good(database: Database) -> None:
    tenant_id = await tenant_with(7)
    await audit.append(tenant_id, [entry(8)])
    verdict = await audit.verify(tenant_id)
    assert (verdict.broken_at, verdict.fault, verdict.checked, verdict.complete) == (None, None, 8, True)
    assert verdict.head == await audit.head(tenant_id)
    assert [row["seq"] for row in await stored(tenant_id)] == list(range(1, 9))


async def test_nothing_is_a_good_chain_too(database: Database) -> None:
    verdict = await audit.verify(new_id())
    assert (verdict.head, verdict.broken_at, verdict.complete) == (BEGINNING, None, True)


TAMPERED: dict[str, Any] = {
    "at": AT, "actor": "somebody else", "action": "get_patient", "kind": "users", "entity_id": "p0",
    "difference": "{}", "address": "", "correlation_id": "b" * 32, "outcome": "refused", "prev": "0" * 64,
    "salt": "0" * 32, "sealed": "0" * 64, "erasure": "an erasure",
    "hash": "0" * 64, "seq": 99, "note": "a field that was not there",
}  # fmt: skip


@pytest.mark.parametrize("field", TAMPERED)
async def test_a_changed_field_is_found(database: Database, field: str) -> None:
    tenant_id = await tenant_with(5)
    assert await AuditEntry.of(tenant_id).change({"seq": 3}, {"$set": {field: TAMPERED[field]}})
    verdict = await audit.verify(tenant_id)
    assert (verdict.broken_at, verdict.head.seq) == (3, 2)


def test_every_field_was_tampered_with() -> None:
    assert set(AuditEntry.model_fields) - set(TAMPERED) == {"id", "tenant_id", "revision_id"}


async def test_a_field_taken_away_is_found(database: Database) -> None:
    tenant_id = await tenant_with(3)
    await AuditEntry.of(tenant_id).change({"seq": 2}, {"$unset": {"address": 1}})
    assert (await audit.verify(tenant_id)).broken_at == 2


@pytest.mark.parametrize("gone", [1, 2, 4])
async def test_a_removed_entry_is_found(database: Database, gone: int) -> None:
    tenant_id = await tenant_with(5)
    await AuditEntry.of(tenant_id).delete({"seq": gone})
    verdict = await audit.verify(tenant_id)
    assert (verdict.broken_at, verdict.fault) == (gone, "missing")


async def test_two_entries_that_changed_places_are_found(database: Database) -> None:
    tenant_id = await tenant_with(5)
    door = AuditEntry.of(tenant_id)
    for was, now in ((2, 100), (3, 2), (100, 3)):
        await door.change({"seq": was}, {"$set": {"seq": now}})
    assert (await audit.verify(tenant_id)).broken_at == 2


async def test_an_entry_that_was_sealed_anew_breaks_the_next(database: Database) -> None:
    tenant_id = await tenant_with(5)
    rows = await stored(tenant_id)
    forged = link(Head(2, rows[1]["hash"]), {**rows[2], "actor": "nobody"})
    await AuditEntry.of(tenant_id).change({"seq": 3}, {"$set": {"actor": "nobody", "hash": forged["hash"]}})
    verdict = await audit.verify(tenant_id)
    assert (verdict.broken_at, verdict.fault) == (4, "moved")


async def test_a_noted_head_shows_a_cut_and_a_chain_made_anew(database: Database) -> None:
    tenant_id = await tenant_with(5)
    noted = await audit.head(tenant_id)
    await AuditEntry.of(tenant_id).delete({"seq": {"$gt": 3}})
    assert (await audit.verify(tenant_id)).broken_at is None, "a cut end alone cannot be seen from within"
    verdict = await audit.verify(tenant_id, noted)
    assert (verdict.broken_at, verdict.fault) == (5, "missing")
    other = await tenant_with(5)
    verdict = await audit.verify(other, noted)
    assert (verdict.broken_at, verdict.fault) == (5, "changed")


async def test_a_long_chain_is_walked_in_parts(database: Database) -> None:
    tenant_id = await tenant_with(1200)
    first = await audit.verify(tenant_id, limit=500)
    assert (first.head.seq, first.complete) == (500, False)
    rest = await audit.verify(tenant_id, first.head)
    assert (rest.checked, rest.complete, rest.broken_at) == (700, True, None)


async def test_one_write_serves_many(database: Database) -> None:
    tenant_id = await tenant_with(1)
    await asyncio.gather(*(audit.append(tenant_id, [entry(number)]) for number in range(200)))
    assert (await audit.verify(tenant_id)).checked == 201


async def test_an_answer_comes_after_the_entry(database: Database) -> None:
    tenant_id = new_id()
    await audit.append(tenant_id, [entry(1)])
    assert [row["entity_id"] for row in await stored(tenant_id)] == ["p1"]


async def test_who_goes_away_leaves_the_entries(database: Database) -> None:
    tenant_id = await tenant_with(1)
    gone = asyncio.ensure_future(audit.append(tenant_id, [entry(2)]))
    stays = asyncio.ensure_future(audit.append(tenant_id, [entry(3)]))
    await asyncio.sleep(0)
    gone.cancel()
    await stays
    assert [row["entity_id"] for row in await stored(tenant_id)] == ["p0", "p2", "p3"]


async def test_a_chain_that_moved_on_elsewhere_is_followed(database: Database) -> None:
    """Another process appends while this one thinks it knows the head."""
    tenant_id = await tenant_with(2)
    head = await audit.head(tenant_id)
    others = [dict(link(head, {**(await stored(tenant_id))[0], "_id": new_id()}))]
    await AuditEntry.of(tenant_id).insert_rows(others)
    await audit.append(tenant_id, [entry(9), entry(10)])
    verdict = await audit.verify(tenant_id)
    assert (verdict.checked, verdict.broken_at) == (5, None)


async def test_odd_words_can_be_stored_and_verified(database: Database) -> None:
    tenant_id = new_id()
    odd = Entry(AT, "u\x00\ud800", "x" * 9999, "k", "", {"a.b$": [float("inf"), 2**80], "s": [{"x"}, "\ud800"]})
    await audit.append(tenant_id, [odd])
    assert (await audit.verify(tenant_id)).broken_at is None


async def test_tenants_have_chains_of_their_own(database: Database) -> None:
    one, other = await tenant_with(3), await tenant_with(2)
    rows = await stored(one)
    assert (await audit.verify(other)).checked == 2
    assert fault(BEGINNING, {**rows[0], "tenant_id": other}) == "changed"


async def test_a_failed_write_is_told_and_the_next_goes_on(database: Database) -> None:
    tenant_id = await tenant_with(1)
    too_large = {"x": ["y" * 17_000_000, None]}  # beyond what a document may hold
    with pytest.raises((PyMongoError, ValueError)):
        await audit.append(tenant_id, [entry(2), Entry(AT, "a", "b", difference=too_large)])
    await audit.append(tenant_id, [entry(3)])
    assert (await audit.verify(tenant_id)).broken_at is None


async def test_two_processes_write_one_chain_without_loss(database: Database, mongo_url: str) -> None:
    tenant_id, path = new_id(), os.pathsep.join((str(ROOT), str(HERE)))
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(HERE / "audit_writer.py"), mongo_url, database.name, tenant_id, name, "100",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": path},
        )
        for name in ("a", "b")
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0]
    verdict = await audit.verify(tenant_id)
    assert (verdict.checked, verdict.broken_at) == (200, None)
    named = {row["entity_id"] for row in await stored(tenant_id)}
    assert named == {f"{name}-{number}" for name in "ab" for number in range(100)}


words = st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers() | st.none(), max_size=4)


def chain_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    head, chain = BEGINNING, []
    for row in rows:
        chain.append(link(head, row))
        head = Head(chain[-1]["seq"], chain[-1]["hash"])
    return chain


def first_fault(chain: list[dict[str, Any]]) -> int | None:
    head = BEGINNING
    for row in chain:
        if fault(head, row):
            return head.seq + 1
        head = Head(row["seq"], row["hash"])
    return None


@given(st.lists(words, min_size=1, max_size=8), st.data())
def test_any_one_change_is_found_where_it_is(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    chain = chain_of(rows)
    assert first_fault(chain) is None
    place = data.draw(st.integers(0, len(chain) - 1))
    field = data.draw(st.sampled_from(sorted(chain[place])))
    changed = [dict(row) for row in chain]
    changed[place][field] = data.draw(st.text(max_size=70).filter(lambda value: value != chain[place][field]))
    assert first_fault(changed) == place + 1


@given(st.lists(words, min_size=2, max_size=8), st.data())
def test_any_other_order_is_found(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    chain = chain_of(rows)
    order = data.draw(st.permutations(range(len(chain))))
    kept = order[: data.draw(st.integers(1, len(order)))]
    expected = None if kept == list(range(len(kept))) else 1 + next(i for i, at in enumerate(kept) if at != i)
    assert first_fault([chain[at] for at in kept]) == expected


async def erased(tenant_id: str) -> int:
    return await audit.erase(tenant_id, "erasure-1", ["p2", "p4"], AT + timedelta(hours=1))


async def test_what_tells_of_a_forgotten_person_is_taken_out_and_the_chain_holds(database: Database) -> None:
    tenant_id = await tenant_with(6)
    noted = await audit.head(tenant_id)
    assert await erased(tenant_id) == 2
    verdict = await audit.verify(tenant_id)
    assert (verdict.broken_at, verdict.checked, verdict.complete) == (None, 7, True)
    assert (await audit.verify(tenant_id, noted)).broken_at is None, "a head noted before still stands"
    rows = await stored(tenant_id)
    assert [row["seq"] for row in rows if row["difference"] == ""] == [3, 5]
    assert all(row["salt"] == "" and row["erasure"] == "erasure-1" for row in rows if row["difference"] == "")
    assert (rows[-1]["action"], rows[-1]["entity_id"]) == ("erase_person", "erasure-1")
    assert "Anne" not in rows[-1]["difference"]
    assert await erased(tenant_id) == 0, "again changes nothing"
    assert (await audit.verify(tenant_id)).checked == 7


async def test_nobody_takes_out_a_content_on_their_own(database: Database) -> None:
    tenant_id = await tenant_with(6)
    await erased(tenant_id)
    emptied = {"$set": {"difference": "", "salt": "", "erasure": "erasure-1"}}
    await AuditEntry.of(tenant_id).change({"seq": 2}, emptied)
    assert (await audit.verify(tenant_id)).broken_at == 2, "the erasure does not name it"
    await AuditEntry.of(tenant_id).change({"seq": 2}, {"$set": {"erasure": "another"}})
    assert (await audit.verify(tenant_id)).broken_at == 2


async def test_nothing_is_put_where_a_content_was_taken_out(database: Database) -> None:
    tenant_id = await tenant_with(4)
    await erased(tenant_id)
    await AuditEntry.of(tenant_id).change({"seq": 3}, {"$set": {"difference": '{"name":["Eve","Ann"]}'}})
    assert (await audit.verify(tenant_id)).broken_at == 3


async def test_what_was_taken_out_cannot_be_guessed(database: Database) -> None:
    one, other = [await stored(await tenant_with(1)) for _ in range(2)]
    assert one[0]["difference"] == other[0]["difference"]
    assert one[0]["sealed"] != other[0]["sealed"], "the salt goes with the content"
