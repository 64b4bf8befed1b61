"""The stream of changes: who is told of what, and what was missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from office import Office

from api.events import Newsroom, concerns
from api.staff import Staff
from clinic import news
from clinic.news import News
from clinic.permission import Grants, Membership
from opdesk.serving import listen as listen_on


def staff(role: str, clinic_id: str = "") -> Staff:
    return Staff("u", "t", "s", "", (role,), Grants.of([Membership(role, clinic_id)], {}))


def test_nobody_is_told_of_what_they_may_not_read() -> None:
    here, there = News("1-0", "callback.opened", {"clinic_id": "a"}), News("1-0", "callback.opened", {"clinic_id": "b"})
    assert concerns(staff("receptionist"), here)
    assert concerns(staff("receptionist", "a"), here)
    assert not concerns(staff("receptionist", "a"), there)
    assert not concerns(staff("billing"), here)
    assert not concerns(staff("owner"), News("1-0", "secret.thing", {}))


async def listen(room: Newsroom, tenant: str, count: int, last_id: str = "") -> list[News]:
    found: list[News] = []
    async for told in room.listen(tenant, last_id, asyncio.get_running_loop().time() + 5):
        found.append(told)
        if len(found) == count:
            break
    return found


async def test_every_listener_hears_its_own_tenant_in_order(office: Office) -> None:
    room = Newsroom(office.house.redis)
    listeners = [asyncio.create_task(listen(room, tenant, 3)) for tenant in ("t1", "t1", "t2")]
    await asyncio.sleep(0.1)
    for number in range(3):
        await news.tell("t1", "appointment.booked", f"a{number}")
        await news.tell("t2", "queue.called", f"q{number}")
    first, second, other = await asyncio.gather(*listeners)
    await room.close()
    assert [told.facts["id"] for told in first] == ["a0", "a1", "a2"]
    assert first == second
    assert {told.what for told in other} == {"queue.called"}


async def test_who_comes_again_hears_what_was_missed_once(office: Office) -> None:
    room = Newsroom(office.house.redis)
    first = asyncio.create_task(listen(room, "t3", 1))
    await asyncio.sleep(0.1)
    for number in range(3):
        await news.tell("t3", "appointment.booked", f"a{number}")
    (seen,) = await first
    again = asyncio.create_task(listen(room, "t3", 4, seen.id))
    await asyncio.sleep(0.1)
    for number in range(3, 5):
        await news.tell("t3", "appointment.booked", f"a{number}")
    assert [told.facts["id"] for told in await again] == ["a1", "a2", "a3", "a4"]
    await room.close()


async def test_the_stream_is_sent_as_server_sent_events(office: Office) -> None:
    await news.tell(office.tenant_id, "appointment.booked", "a0")
    first = (await office.house.redis.xrange(news.key(office.tenant_id)))[0][0].decode()
    await news.tell(office.tenant_id, "secret.thing", "a2")
    await news.tell(office.tenant_id, "appointment.booked", "a1", clinic_id=office.practice.clinic.id)
    headers = {"Authorization": f"Bearer {office.token('receptionist')}", "Last-Event-ID": first}
    async with (
        served(office.app) as address,
        httpx.AsyncClient(base_url=address) as client,
        client.stream("GET", "/api/v1/events", headers=headers, timeout=10) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        told = [await anext(lines) for _ in range(3)]
    assert told[0] == "event: appointment.booked"
    assert '"id": "a1"' in told[1]
    assert told[2].startswith("id: ")


async def test_a_bad_last_event_id_is_refused(office: Office) -> None:
    answer = await office.as_("owner").get("/events", headers={"Last-Event-ID": "* or 1"})
    assert answer.status_code == 422


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The app behind a real server: a stream is read while it is written."""
    door = listen_on("127.0.0.1", 0, "")
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[door]))
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    await serving


async def test_telling_never_fails(office: Office) -> None:
    news.connect(None)
    await news.tell("t4", "appointment.booked", "a")
