"""What happens around every route: limits, idempotency, the audit, edits that collide, stores that are away."""

import asyncio
import inspect
import json
from typing import Annotated, Any

import pytest
import pytest_asyncio
from fastapi.dependencies.models import Dependant
from office import Office, open_office
from pymongo.errors import ServerSelectionTimeoutError
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisAway

from api.etag import Tag
from api.house import Rate
from api.routes import api_routes
from api.routing import PREFIX, desk_router
from api.shapes import Change, Id, Shape
from api.staff import ANYBODY, Staff, may
from clinic import edited
from clinic.audit import AuditEntry
from clinic.doctor import Doctor
from clinic.errors import SlotTaken

CALLS: list[Any] = []
router = desk_router("/probe", "probe")


class Probe(Change):
    name: str = "x"


class ProbeOut(Shape):
    id: str
    name: str
    version: int


@router.post("", status_code=201)
async def probe(body: Probe, staff: Annotated[Staff, may("queue:update")]) -> dict[str, str]:
    CALLS.append(body.name)
    await asyncio.sleep(0.02)
    if body.name == "taken":
        raise SlotTaken
    if body.name == "fault" and CALLS.count("fault") == 1:
        raise KeyError("Meera")
    return {"name": body.name, "request_id": staff.request_id}


@router.get("/away/{what}")
async def probe_away(what: str, staff: Annotated[Staff, ANYBODY]) -> None:
    raise {"mongo": ServerSelectionTimeoutError("x"), "redis": RedisAway("x")}[what]


@router.patch("/{id}")
async def edit_probe(id: Id, change: Probe, staff: Annotated[Staff, may("doctors:update")], tag: Tag) -> ProbeOut:
    was, now = await edited.edit(Doctor.of(staff.tenant_id), id, change.given(), tag.version)
    staff.touched("doctors", id, was.model_dump(), now.model_dump())
    tag.set(now.version)
    return ProbeOut.of(now)


@pytest_asyncio.fixture
async def probed(office: Office) -> Office:
    CALLS.clear()
    office.app.include_router(router, prefix=PREFIX)
    return office


async def test_a_post_that_is_repeated_gets_its_first_answer(probed: Office) -> None:
    client = probed.as_("receptionist")
    headers = {"Idempotency-Key": "b1d1"}
    first = await client.post("/probe", json={"name": "Meera"}, headers=headers)
    again = await client.post("/probe", json={"name": "Meera"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert CALLS == ["Meera"]
    other = await client.post("/probe", json={"name": "Nina"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    kept = [await probed.house.redis.get(key) async for key in probed.house.redis.scan_iter("once:*")]
    assert kept
    assert all(b"Meera" not in value for value in kept)


async def test_a_key_is_its_owners(probed: Office) -> None:
    headers = {"Idempotency-Key": "b1d1"}
    for _ in range(2):
        answer = await probed.as_("receptionist").post("/probe", json={}, headers=headers)
        assert "idempotency-replayed" not in answer.headers
    assert len(CALLS) == 2


async def test_of_two_at_once_one_acts(probed: Office) -> None:
    client = probed.as_("receptionist")
    asked = [client.post("/probe", json={}, headers={"Idempotency-Key": "k"}) for _ in range(8)]
    answers = await asyncio.gather(*asked)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert CALLS == ["x"]
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code == 409)


async def test_a_refusal_is_repeated_and_a_fault_of_ours_tried_again(probed: Office) -> None:
    client = probed.as_("receptionist")
    for _ in range(2):
        assert (
            await client.post("/probe", json={"name": "taken"}, headers={"Idempotency-Key": "t"})
        ).status_code == 409
    assert CALLS == ["taken"]
    answers = [await client.post("/probe", json={"name": "fault"}, headers={"Idempotency-Key": "f"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 201]
    assert "Meera" not in answers[0].text


@pytest.mark.parametrize("key", ["", "é", "x" * 256, "a\tb"])
async def test_a_bad_key_is_refused(probed: Office, key: str) -> None:
    headers = [("Idempotency-Key", key.encode())]
    answer = await probed.as_("receptionist").post("/probe", json={}, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_idempotency_key")


async def test_an_edit_of_what_was_changed_meanwhile_shows_the_present_state(probed: Office) -> None:
    client, doctor = probed.as_("owner"), probed.practice.doctors[0]
    first = await client.patch(f"/probe/{doctor.id}", json={"name": "Dr A"}, headers={"If-Match": '"1"'})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    stale = await client.patch(f"/probe/{doctor.id}", json={"name": "Dr B"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert stale.json()["current"] == {"id": doctor.id, "name": "Dr A", "version": 2}
    assert (await client.patch(f"/probe/{doctor.id}", json={"name": "Dr C"})).headers["etag"] == '"3"'
    bad = await client.patch(f"/probe/{doctor.id}", json={"name": "Dr B"}, headers={"If-Match": "one"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_tag")


async def test_of_many_editors_of_one_version_one_wins(probed: Office) -> None:
    client, doctor = probed.as_("owner"), probed.practice.doctors[0]
    edits = [
        client.patch(f"/probe/{doctor.id}", json={"name": f"New {n}"}, headers={"If-Match": '"1"'}) for n in range(10)
    ]
    assert sorted(answer.status_code for answer in await asyncio.gather(*edits)) == [200] + [412] * 9


async def test_an_unknown_field_is_said_to_be_one(probed: Office) -> None:
    answer = await probed.as_("receptionist").post("/probe", json={"nmae": "x"})
    assert answer.json()["errors"] == [{"field": "body.nmae", "fault": "Extra inputs are not permitted"}]


async def test_every_change_is_in_the_audit_before_it_is_answered(probed: Office) -> None:
    doctor = probed.practice.doctors[0]
    client = probed.as_("owner", user_id="u1")
    await client.patch(f"/probe/{doctor.id}", json={"name": "Dr A"}, headers={"X-Correlation-Id": "corr-1234"})
    await client.post("/probe", json={})
    edit, other = await AuditEntry.of(probed.tenant_id).find(sort=[("seq", 1)])
    assert (edit.actor, edit.action, edit.kind, edit.entity_id) == ("u1", "edit_probe", "doctors", doctor.id)
    assert json.loads(edit.difference) == {"name": ["Dr 0", "Dr A"], "version": [1, 2]}
    assert edit.correlation_id == "corr-1234"
    assert (other.action, other.kind) == ("probe", "probe")


async def test_what_was_refused_changed_nothing_and_is_not_in_it(probed: Office) -> None:
    await probed.as_("receptionist").post("/probe", json={"name": "taken"})
    assert await AuditEntry.of(probed.tenant_id).find() == []


async def test_who_asks_too_often_is_told_how_long_to_wait(database: object, redis: "Redis") -> None:
    rates = {"user": Rate(1, 3), "address": Rate(1, 5)}
    async with open_office(redis, rates=rates) as office:
        client = office.as_("owner")
        answers = [await client.get("/events/nowhere") for _ in range(3)]
        assert all(answer.status_code == 404 for answer in answers)  # not ours: no route, no count
        office.app.include_router(router, prefix=PREFIX)
        statuses = [(await client.post("/probe", json={})).status_code for _ in range(4)]
        assert statuses == [201, 201, 201, 429]
        last = await client.post("/probe", json={})
        assert (last.json()["code"], int(last.headers["retry-after"]) >= 1) == ("too_many_requests", True)
        others = [(await office.as_("owner").post("/probe", json={})).status_code for _ in range(3)]
        assert others[-1] == 429  # the address


async def test_an_ended_session_is_not_signed_in(probed: Office) -> None:
    client = probed.as_("owner", session_id="s1")
    assert (await client.post("/probe", json={})).status_code == 201
    await probed.house.redis.set("revoked:s1", "1", ex=60)
    assert (await client.post("/probe", json={})).status_code == 401


async def test_a_redis_that_was_started_anew_counts_as_before(database: object, redis: "Redis") -> None:
    async with open_office(redis, rates={"user": Rate(1, 2), "address": Rate(1, 50)}) as office:
        office.app.include_router(router, prefix=PREFIX)
        client = office.as_("owner")
        assert (await client.post("/probe", json={})).status_code == 201
        await redis.script_flush()
        assert [(await client.post("/probe", json={})).status_code for _ in range(2)] == [201, 429]


def test_nothing_on_the_way_to_a_route_is_called_in_a_thread() -> None:
    def walk(dependant: Dependant) -> list[Dependant]:
        return [dependant, *(below for each in dependant.dependencies for below in walk(each))]

    calls = {each.call for route in api_routes() for each in walk(route.dependant) if each.call}
    in_threads = [call for call in calls if not _waits(call) and not inspect.isclass(call)]
    assert len(calls) > len(api_routes())
    assert in_threads == []


def _waits(call: Any) -> bool:
    ways = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    return any(way(each) for way in ways for each in (call, type(call).__call__))


@pytest.mark.parametrize("store", ["mongo", "redis"])
async def test_a_store_that_is_away_is_said_to_be_away(probed: Office, store: str) -> None:
    answer = await probed.as_("owner").get(f"/probe/away/{store}")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_away")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_body_that_is_too_large_is_refused(probed: Office) -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b"x" * 100_000

    for content in (b"x" * 6_000_000, endless()):
        answer = await probed.as_("owner").post("/probe", content=content)
        assert answer.status_code == 413


async def test_every_answer_carries_its_guards(probed: Office) -> None:
    answer = await probed.client().get("/openapi.json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert (
        "access-control-allow-origin"
        not in (await probed.as_("owner").get("/x", headers={"Origin": "http://e"})).headers
    )
    odd = await probed.client().get("/x", headers={"X-Correlation-Id": "a b\tc"})
    assert " " not in odd.headers["x-correlation-id"]


async def test_other_sites_call_only_where_they_are_named(database: object, redis: "Redis") -> None:
    async with open_office(redis, origins=("https://desk.example",)) as office:
        asked = {"Origin": "https://desk.example", "Access-Control-Request-Method": "POST"}
        answer = await office.client().options("/auth/login", headers=asked)
        assert answer.headers["access-control-allow-origin"] == "https://desk.example"
        answer = await office.client().options("/auth/login", headers=asked | {"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


async def test_operations_have_one_name_each_and_a_sentence(office: Office) -> None:
    paths = (await office.client().get("/openapi.json")).json()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert [each["operationId"] for each in operations if not each.get("description")] == []


async def test_only_a_trusted_proxy_says_for_whom_it_speaks(database: object, redis: "Redis") -> None:
    rates = {"user": Rate(1000, 1000), "address": Rate(1, 1)}
    forwarded = [{"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}]
    for proxies, expected in (((), 429), (("127.0.0.1",), 401)):
        await redis.flushdb()
        async with open_office(redis, rates=rates, proxies=proxies) as office:
            answers = [await office.client().post("/auth/refresh", json=REFRESH, headers=each) for each in forwarded]
            assert answers[-1].status_code == expected


REFRESH = {"refresh_token": "nobody.s.token"}
