"""kill -9 of the bot between any two hops: every message is answered, once, and every visit is booked, once.

Patients book through signed webhooks and a small Graph server of the test's own; what got no 200 is repeated, as Meta
does.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase
from redis.asyncio import Redis

from bench.drive import Crowd, settle
from bench.house import wait_ready
from bench.link import Pool, Server
from clinic import demo
from clinic.appointment import Appointment
from clinic.record import new_id
from opdesk.stores import free_port

PATIENTS = 4
HOPS = [
    "before:accept:5",
    "after:accept:5",
    "after:take:6",
    "after:turn:7",
    "after:booking:1",
    "before:commit:8",
    "after:commit:8",
    "before:send:9",
    "after:send:9",
    "before:done:9",
    "after:done:9",
]


class Bot:
    """The bot's process: started mortal once, then as one that lives."""

    def __init__(self, port: int, environment: dict[str, str], log: Path) -> None:
        self.port, self.environment, self.log = port, environment, log
        self.deaths = 0

    def start(self, *fate: str) -> None:
        """Start and wait until it serves."""
        command = [sys.executable, "-m", "tests.faults.mortal_bot", *fate]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=os.environ | self.environment, stdout=log, stderr=log)
        wait_ready(self.port, self.process, self.log)

    async def revive(self) -> None:
        """Start it anew whenever it has died."""
        while True:
            if self.process.poll() is not None:
                self.deaths += 1
                await asyncio.to_thread(self.start)
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def crowd_for(bot: Bot, graph_port: int, number: str) -> AsyncIterator[Crowd]:
    """Patients, their connections to the bot and the Graph server that they hear its answers from."""
    pool = Pool("127.0.0.1", bot.port, 4)
    crowd = Crowd(pool, [number], f"127.0.0.1:{bot.port}", seed=7, statuses=True)
    server = await asyncio.get_running_loop().create_server(lambda: Server(crowd.graph), "127.0.0.1", graph_port)
    await pool.open()
    try:
        yield crowd
    finally:
        pool.close()
        server.close()
        await asyncio.sleep(0)  # the connections close in the loop's next round


async def book(crowd: Crowd, patients: int, seconds: float) -> None:
    """Let patients talk until each has booked and nobody waits for an answer."""
    crowd.endless = False
    for _ in range(patients):
        crowd.arrive()
    async with asyncio.timeout(seconds):
        while crowd.count["booked"] < patients:
            while crowd.ready:
                crowd.speak()
            await crowd.heard()
    await settle(crowd, 10)


@pytest.mark.parametrize("fate", HOPS)
async def test_killed_between_two_hops_nothing_is_lost_and_nothing_doubled(
    fate: str, database: AsyncDatabase[dict[str, Any]], redis: "Redis", redis_url: str, mongo_url: str, tmp_path: Path
) -> None:
    tenant, number, graph_port, bot_port = new_id(), new_id()[:15], free_port(), free_port()
    await demo.seed_many(tenant, 4, number, "secret-key", datetime.now(UTC))
    environment = {
        "OPDESK_MONGO_URL": mongo_url, "OPDESK_REDIS_URL": redis_url, "OPDESK_DATA_DIR": str(tmp_path),
        "OPDESK_GRAPH_URL": f"http://127.0.0.1:{graph_port}", "OPDESK_WHATSAPP_APP_SECRET": "demo-app-secret",
        "OPDESK_WHATSAPP_VERIFY_TOKEN": "token", "OPDESK_SECRET_KEY": "secret-key", "OPDESK_BOT_PORT": str(bot_port),
    }  # fmt: skip
    bot = Bot(bot_port, environment, tmp_path / "bot.log")
    await asyncio.to_thread(bot.start, fate)
    reviving = asyncio.create_task(bot.revive())
    try:
        async with crowd_for(bot, graph_port, number) as crowd:
            await book(crowd, PATIENTS, 120)
    finally:
        reviving.cancel()
        bot.process.kill()
        bot.process.wait()
    assert bot.deaths == 1, f"the bot was to die once, at this hop: {bot.log.read_text()[-800:]} {crowd.count}"
    assert crowd.count["doubled"] == 0
    assert crowd.count["replies"] == crowd.count["messages"]
    assert await Appointment.of(tenant).count() == PATIENTS
