"""Lists of patients become patients: each row once, whoever is killed, whoever else works on it."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from clinic import audit, patient_csv, patient_import
from clinic.audit import AuditEntry
from clinic.patient import Patient
from clinic.patient_import import PART, ImportPart, PatientImport
from clinic.patient_line import Reader
from clinic.patient_search import search
from clinic.record import new_id, to_mongo
from clinic.tenant import Tenant
from workers.context import Context
from workers.imports import file_all, import_some, resume
from workers.providers import Providers
from workers.queues import queue

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)


@pytest.fixture
def desk(queue_redis: "Redis") -> Context:
    """A worker that speaks to no provider."""
    return Context("worker-of-the-imports", queue_redis, Providers("http://127.0.0.1:9", "a key"))


def a_list(count: int) -> patient_csv.Read:
    rows = [(f"Person{number:05d} Sharma", f"+9198{number:08d}", "1980-05-17") for number in range(count)]
    return patient_csv.read(
        patient_csv.written([("name", "phone", "dob"), *rows]).encode(), Reader("IN", "dmy", date(2027, 1, 4))
    )


async def accepted(database: Any, count: int, tenant_id: str = "") -> PatientImport:
    return await patient_import.accept(tenant_id or new_id(), a_list(count), "user-1", new_id(), NOW)


async def names(tenant_id: str) -> list[str]:
    return sorted(row["name"] for row in await Patient.of(tenant_id).rows(fields=("name",)))


async def worked(found: PatientImport) -> PatientImport:
    while await patient_import.work(found.tenant_id, found.id, NOW):
        pass
    return await PatientImport.of(found.tenant_id).get(found.id)


async def test_every_row_becomes_a_patient_who_can_be_found(database: Any) -> None:
    found = await worked(await accepted(database, 450))
    assert (found.status, found.parts, sum(each.created for each in found.outcomes.values())) == ("done", 3, 450)
    assert len(await names(found.tenant_id)) == 450
    (hit,) = await search(found.tenant_id, "Person00449 Sharma", limit=1)
    assert hit.row["phones"] == ["+919800000449"]
    assert {row["actor"] for row in await AuditEntry.of(found.tenant_id).rows({"action": "import_patient"})} == {
        "user-1"
    }
    assert (await audit.verify(found.tenant_id)).checked == 450
    assert all(not row["rows"] for row in await ImportPart.of(found.tenant_id).rows()), "what waited is not kept twice"


async def test_ten_thousand_rows_are_read_and_stored_in_parts(database: Any) -> None:
    began = time.process_time()
    read = a_list(10_000)
    assert (len(read.lines), read.faults) == (10_000, [])
    found = await patient_import.accept(new_id(), read, "user-1", "1", NOW)
    assert (found.parts, found.total) == (50, 10_000)
    assert time.process_time() - began < 20, "seconds of this processor"


async def test_a_worker_killed_between_any_two_writes_leaves_nothing_double(database: Any, monkeypatch: Any) -> None:
    """Cancelled after each possible moment in turn, then somebody else goes on."""
    found = await accepted(database, 2 * PART)
    for moment in range(12):
        task = asyncio.ensure_future(patient_import.work(found.tenant_id, found.id, NOW))
        await asyncio.sleep(moment / 100)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    done = await worked(found)
    assert await names(found.tenant_id) == sorted(line.name for line in a_list(2 * PART).lines)
    assert sum(each.created for each in done.outcomes.values()) == 2 * PART
    assert (await audit.verify(found.tenant_id)).broken_at is None


async def test_a_part_whose_outcome_was_lost_is_counted_again_but_not_made_again(database: Any) -> None:
    found = await accepted(database, PART)
    await worked(found)
    imports, parts = PatientImport.of(found.tenant_id), ImportPart.of(found.tenant_id)
    rows = [patient_import._row(line) for line in a_list(PART).lines]
    await imports.change({"_id": found.id}, {"$set": {"outcomes": {}, "status": "waiting"}})
    await parts.change({"import_id": found.id}, {"$set": {"rows": rows}})
    done = await worked(found)
    assert (done.outcomes["0"].created, done.outcomes["0"].known) == (PART, {})
    assert len(await names(found.tenant_id)) == PART


async def test_two_workers_at_once_do_no_harm(database: Any) -> None:
    found = await accepted(database, 3 * PART)
    await asyncio.gather(*(worked(found) for _ in range(3)))
    assert len(await names(found.tenant_id)) == 3 * PART
    done = await PatientImport.of(found.tenant_id).get(found.id)
    assert sum(each.created for each in done.outcomes.values()) == 3 * PART


async def test_who_is_there_already_is_left_alone(database: Any) -> None:
    tenant_id = new_id()
    first = await worked(await accepted(database, 30, tenant_id))
    again = await worked(await accepted(database, 40, tenant_id))
    assert again.outcomes["0"].created == 10
    ids = {row["_id"] for row in await Patient.of(tenant_id).rows({"request_id": {"$regex": f"^import:{first.id}"}})}
    assert set(again.outcomes["0"].known.values()) == ids
    assert sorted(map(int, again.outcomes["0"].known)) == list(range(2, 32))
    assert len(await names(tenant_id)) == 40


async def test_the_same_request_is_one_import(database: Any) -> None:
    tenant_id, request = new_id(), new_id()
    one, other = [await patient_import.accept(tenant_id, a_list(5), "u", request, NOW) for _ in range(2)]
    assert one.id == other.id
    assert len(await ImportPart.of(tenant_id).rows()) == 1


async def test_a_long_list_gives_others_their_turn(database: Any, desk: Context) -> None:
    found = await accepted(database, 2 * PART)
    await import_some(desk, found.tenant_id, found.id, seconds=0)
    (left,) = queue(desk.queue).jobs
    assert (left.func_name, list(left.args)) == ("workers.imports.import_patients", [found.tenant_id, found.id])
    await import_some(desk, found.tenant_id, found.id)
    assert (await PatientImport.of(found.tenant_id).get(found.id)).status == "done"


async def test_what_a_killed_worker_left_gets_a_job_again(database: Any, desk: Context) -> None:
    tenant = Tenant(id=new_id(), name="Practice")
    await tenant.add()
    found = await accepted(database, 5, tenant.id)

    def waiting() -> list[list[str]]:
        return [list(each.args) for each in queue(desk.queue).jobs if each.args[0] == tenant.id]

    await resume(desk, NOW + timedelta(minutes=1))
    assert waiting() == [], "somebody may be at it"
    await resume(desk, NOW + timedelta(minutes=3))
    assert waiting() == [[tenant.id, found.id]]
    await worked(found)
    queue(desk.queue).empty()  # type: ignore[no-untyped-call]
    await resume(desk, NOW + timedelta(minutes=9))
    assert waiting() == []


async def test_an_import_that_is_gone_is_no_failure(database: Any, desk: Context) -> None:
    await import_some(desk, new_id(), new_id())


async def test_patients_from_before_there_were_keys_are_filed(database: Any) -> None:
    tenant = Tenant(id=new_id(), name="Practice")
    await tenant.add()
    old = Patient(tenant_id=tenant.id, name="Meera Joshi", phones=["+919820012345"], request_id="1", created_at=NOW)
    row = {name: value for name, value in to_mongo(old).items() if name not in ("keys", "version", "phones")}
    await Patient.of(tenant.id).insert_rows([row])
    assert await search(tenant.id, "Mira Joshi") == []
    await file_all()
    assert [each.row["_id"] for each in await search(tenant.id, "Mira Joshi")] == [old.id]
    assert (await Patient.of(tenant.id).get(old.id)).version == 1
