"""Redis goes away while Twilio delivers, in every way it can: what was answered 200 is stored, once, in its order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import httpx
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from bot.bot import AtTwilio, BotSettings, assemble
from bot.channels.directory import Directory
from bot.envelope import Incoming
from bot.pipeline import connect
from bot.twilio.receive import TwilioWebhook
from opdesk.stores import Store, start_redis
from tests.bot.twilio_world import ADDRESS, find_too, form, post
from tests.bot.world import Desk, Echo, Provider, Shelf, app_of

TWILIO_WAITS = 15.0  # seconds


@dataclass
class Door:
    """Twilio's webhooks, our receiver, and a Redis that may be hurt."""

    store: Store
    webhook: TwilioWebhook
    http: httpx.AsyncClient
    slowest: float = 0.0
    loading: asyncio.subprocess.Process | None = None
    said: dict[str, list[str]] = field(default_factory=dict)

    async def say(self, *texts: str) -> None:
        """Two patients write by turns."""
        for text in texts:
            for user in ("4471", "4472"):
                given, began = form(text, user=user), monotonic()
                assert (await post(self.http, given)).status_code == 200
                self.slowest = max(self.slowest, monotonic() - began)
                self.said.setdefault(user, []).append(text)

    async def command(self, *words: str) -> None:
        """Say something to Redis itself."""
        async with Redis.from_url(self.store.url) as client:
            await client.execute_command(*words)  # type: ignore[no-untyped-call]

    async def stored(self) -> dict[str, list[str]]:
        """What waits to be answered, of each patient."""
        found: dict[str, list[str]] = {}
        async with Redis.from_url(self.store.url) as client:
            for key in await client.keys("*:in:q:*"):
                for entry in await client.lrange(key, 0, -1):
                    item = Incoming.from_json(entry)
                    found.setdefault(item.sender.wa_id, []).append(item.inbound.text)
        return found


@pytest_asyncio.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    """The bot without its loop: what is stored stays to be looked at."""
    store = await asyncio.to_thread(start_redis, tmp_path / "redis")
    client = connect(store.url, patience=1.0)
    bot = assemble(client, find_too, lambda *_: Desk("x", []), Echo(), Provider(), BotSettings(shards=2), Shelf())
    bot.lanes.redis.patience = 1.0
    app = bot.webhook(app_of(bot), "s", "v", AtTwilio(ADDRESS, tmp_path / "spool"))
    assert isinstance(app.app, TwilioWebhook)
    running = asyncio.create_task(app.app.run())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as http:
        made = Door(store, app.app, http)
        yield made
    app.app.stop()
    await running
    await bot.lanes.redis.finish()
    await client.aclose()
    if made.store.process.poll() is None:
        await asyncio.to_thread(made.store.stop)


Hurt = Callable[[Door], Awaitable[None]]


async def hang(door: Door) -> None:
    os.kill(door.store.process.pid, signal.SIGSTOP)


async def go_on(door: Door) -> None:
    os.kill(door.store.process.pid, signal.SIGCONT)


async def kill(door: Door) -> None:
    door.store.process.kill()
    door.store.process.wait()


async def end(door: Door) -> None:
    await asyncio.to_thread(door.store.stop)


async def start(door: Door) -> None:
    door.store = await asyncio.to_thread(door.store.again)


async def fill(door: Door) -> None:
    await door.command("CONFIG", "SET", "maxmemory", "1")


async def empty(door: Door) -> None:
    await door.command("CONFIG", "SET", "maxmemory", "0")


async def demote(door: Door) -> None:
    await door.command("REPLICAOF", "127.0.0.1", "1")


async def promote(door: Door) -> None:
    await door.command("REPLICAOF", "NO", "ONE")


LOADING = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("loading", flush=True)
while True:
    link, _ = server.accept()
    link.recv(65536)
    link.sendall(b"-LOADING Redis is loading the dataset in memory\\r\\n" * 9)
    link.close()
"""


async def loads(door: Door) -> None:
    """It comes back, and first reads its file."""
    await end(door)
    door.loading = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOADING, str(door.store.port), stdout=asyncio.subprocess.PIPE
    )
    assert door.loading.stdout is not None
    await door.loading.stdout.readline()


async def loaded(door: Door) -> None:
    assert door.loading is not None
    door.loading.kill()
    await door.loading.wait()
    await start(door)


OUTAGES: dict[str, tuple[Hurt, Hurt]] = {
    "ended": (end, start),
    "killed": (kill, start),
    "hangs": (hang, go_on),
    "full": (fill, empty),
    "a replica": (demote, promote),
    "loading": (loads, loaded),
}


@pytest.mark.parametrize("name", OUTAGES)
async def test_nothing_is_lost_nothing_doubled(door: Door, name: str) -> None:
    hurt, heal = OUTAGES[name]
    await door.say("one", "two")
    await hurt(door)
    await door.say("three", "four")
    assert door.slowest < TWILIO_WAITS
    await heal(door)
    await door.say("five")
    async with asyncio.timeout(20):
        while await door.stored() != door.said:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await door.say("six")
    await asyncio.sleep(1.5)
    assert await door.stored() == door.said
    assert not door.webhook.spool.waiting


async def test_a_queue_that_is_damaged_holds_up_nobody_else(door: Door) -> None:
    """An operator finds its messages in the quarantine."""
    await door.say("one")
    async with Redis.from_url(door.store.url) as client:
        key = next(key for key in await client.keys("*:in:q:*"))
        hurt = Incoming.from_json((await client.lrange(key, 0, 0))[0]).sender.wa_id
        await client.delete(key)
        await client.set(key, "no queue")
        await door.say("two")
        await asyncio.sleep(2.5)
        await door.say("three")
        await asyncio.sleep(2.5)
        (other,) = {"4471", "4472"} - {hurt}
        await client.delete(key)
        assert (await door.stored()).get(other) == ["one", "two", "three"]
        kept = await client.xrange("{s0}:quarantine")
    assert [fields[b"about"] for _, fields in kept] == [b"not taken from the spool"] * 2
    assert not door.webhook.spool.waiting


async def test_without_redis_and_without_a_disk_twilio_is_told(door: Door, tmp_path: Path) -> None:
    """It turns to the fallback address, and its list has the message."""
    door.webhook.spool.folder = tmp_path / "file" / "spool"
    (tmp_path / "file").write_text("no folder")
    await kill(door)
    assert (await post(door.http, form("hi"))).status_code == 503
    await start(door)
    assert (await post(door.http, form("hi"), "/webhooks/twilio/fallback")).status_code == 200


async def test_what_a_process_left_on_disk_is_taken_before_what_comes(door: Door, tmp_path: Path) -> None:
    """The next process: the patient's older message first."""
    await kill(door)
    await door.say("one")
    door.webhook.stop()
    await asyncio.sleep(0.1)
    spool = type(door.webhook.spool)(tmp_path / "spool")
    assert spool.waiting
    await start(door)
    successor = TwilioWebhook(door.webhook.app, door.webhook.take, Directory(find_too), ADDRESS, spool)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(successor), base_url="http://bot") as door.http:
        await door.say("two")
        assert await door.stored() == {}
        running = asyncio.create_task(successor.run())
        async with asyncio.timeout(10):
            while await door.stored() != door.said:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        successor.stop()
        await running
