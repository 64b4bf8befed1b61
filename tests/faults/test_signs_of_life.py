"""Bots that only sleep, that end in order, and a Redis that is away: whoever waits is answered soon, and once. The
leases of these bots last ten minutes: nothing here waits for the end of one."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pymongo.asynchronous.database import AsyncDatabase
from redis.asyncio import Redis

from bench.drive import Crowd
from clinic import demo
from clinic.appointment import Appointment
from clinic.record import new_id
from opdesk.stores import Store, free_port, start_redis
from tests.faults.test_kill import Bot, book, crowd_for

PATIENTS = 6
HOPS = ["after:take:1", "after:turn:1", "before:commit:1", "after:commit:1", "after:send:1", "before:done:1"]


@dataclass
class Two:
    """Two bots of one desk, and a Redis that may be hurt. The webhooks go to the second: word of what the first one has
    sent must find somebody awake."""

    first: Bot
    second: Bot
    store: Store
    number: str
    tenant: str
    graph_port: int

    @contextlib.asynccontextmanager
    async def crowd(self) -> AsyncIterator[Crowd]:
        """Patients who talk to both."""
        async with crowd_for(self.second, self.graph_port, self.number) as crowd:
            yield crowd

    async def handed_on(self, bot: Bot) -> dict[str, float]:
        """How many chats a bot took from a holder that did not finish them, by why."""
        async with httpx.AsyncClient() as http:
            lines = (await http.get(f"http://127.0.0.1:{bot.port}/metrics")).text.splitlines()
        found = [line for line in lines if line.startswith("opdesk_leases_handed_on_total{")]
        return {line.split('"')[1]: float(line.split()[-1]) for line in found}

    async def keys(self) -> dict[str, list[bytes]]:
        """Who is known to live, and whose leases there are."""
        async with Redis.from_url(self.store.url) as client:
            holders = [name for shard in range(4) for name in await client.zrange(f"{{s{shard}}}:holders", 0, -1)]
            tokens = [each for key in await client.keys("*:tokens") for each in await client.hvals(key)]
        return {"holders": holders, "tokens": tokens}


@pytest_asyncio.fixture
async def two(database: AsyncDatabase[dict[str, Any]], mongo_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    """Not started yet: each test says how the first one ends."""
    tenant, number, graph_port = new_id(), new_id()[:15], free_port()
    await demo.seed_many(tenant, 4, number, "secret-key", datetime.now(UTC))
    store = await asyncio.to_thread(start_redis, tmp_path / "redis")
    environment = {
        "OPDESK_MONGO_URL": mongo_url, "OPDESK_REDIS_URL": store.url, "OPDESK_DATA_DIR": str(tmp_path),
        "OPDESK_GRAPH_URL": f"http://127.0.0.1:{graph_port}", "OPDESK_WHATSAPP_APP_SECRET": "demo-app-secret",
        "OPDESK_WHATSAPP_VERIFY_TOKEN": "token", "OPDESK_SECRET_KEY": "secret-key",
    }  # fmt: skip
    ports = [free_port(), free_port()]
    bots = [Bot(p, environment | {"OPDESK_BOT_PORT": str(p)}, tmp_path / f"{n}.log") for n, p in enumerate(ports)]
    made = Two(bots[0], bots[1], store, number, tenant, graph_port)
    yield made
    for bot in bots:
        bot.process.kill()
        bot.process.wait()
    made.store.stop()


async def stopped(bot: Bot) -> None:
    """Until it has fallen asleep."""
    stat = Path(f"/proc/{bot.process.pid}/stat")
    async with asyncio.timeout(90):
        while stat.read_text().rpartition(")")[2].split()[0] != "T":  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.05)


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await happened():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def check(two: Two, crowd: Crowd) -> None:
    assert crowd.count["doubled"] == 0
    assert crowd.count["replies"] == crowd.count["messages"]
    assert await Appointment.of(two.tenant).count() == PATIENTS


@pytest.mark.parametrize("hop", HOPS)
async def test_one_that_slept_and_wakes_doubles_nothing(two: Two, hop: str) -> None:
    await asyncio.to_thread(two.first.start, f"{hop}:STOP")
    await asyncio.to_thread(two.second.start)

    async def taken_over() -> bool:
        return (await two.handed_on(two.second)).get("lost", 0) > 0

    async with two.crowd() as crowd:
        booking = asyncio.create_task(book(crowd, PATIENTS, 120))
        await stopped(two.first)
        await until(taken_over)
        await asyncio.sleep(2.5)  # the other one has answered by now: word of a reply in doubt is waited for a second
        os.kill(two.first.process.pid, signal.SIGCONT)
        await booking
        await asyncio.sleep(1.0)
        await check(two, crowd)


async def test_one_that_ends_in_order_leaves_nothing_to_be_found(two: Two) -> None:
    await asyncio.to_thread(two.second.start)
    await asyncio.to_thread(two.first.start)
    async with two.crowd() as crowd:
        booking = asyncio.create_task(book(crowd, PATIENTS, 120))
        await until(lambda: answered(crowd, 6))
        two.first.process.terminate()
        assert await asyncio.to_thread(two.first.process.wait, 30) == 0
        kept = await two.keys()
        await asyncio.to_thread(two.first.start)
        await booking
        await check(two, crowd)
    assert len(set(kept["holders"])) == 1, "only the second one is at work"
    assert {token.split(b":")[0] for token in kept["tokens"]} <= set(kept["holders"])
    assert await two.handed_on(two.second) == {}


async def answered(crowd: Crowd, replies: int) -> bool:
    return crowd.count["replies"] >= replies


@pytest.mark.parametrize("hurt", ["asleep", "killed"])
async def test_while_redis_is_away_nobody_loses_what_they_have_in_hand(two: Two, hurt: str) -> None:
    for bot in (two.second, two.first):
        await asyncio.to_thread(bot.start)
    async with two.crowd() as crowd:
        booking = asyncio.create_task(book(crowd, PATIENTS, 120))
        await until(lambda: answered(crowd, 6))
        process = two.store.process
        os.kill(process.pid, signal.SIGSTOP if hurt == "asleep" else signal.SIGKILL)
        await asyncio.sleep(4.0)
        if hurt == "asleep":
            os.kill(process.pid, signal.SIGCONT)
        else:
            process.wait()
            two.store = await asyncio.to_thread(two.store.again)
        await booking
        await check(two, crowd)
        assert [(await two.handed_on(bot)).get("lost", 0) for bot in (two.first, two.second)] == [0, 0]
