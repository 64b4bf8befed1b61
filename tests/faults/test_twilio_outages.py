"""Twilio brings a message once. Whatever dies meanwhile, each message is answered once, and each visit booked once.

The simulator stands in for Twilio: it tries again only as Twilio does. What nobody took, the bot finds in its list.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo.asynchronous.database import AsyncDatabase
from redis.asyncio import Redis

from clinic import demo
from clinic.appointment import Appointment
from clinic.channel import Channel
from clinic.record import new_id
from opdesk.stores import free_port, start_redis
from simulator.app import create_app
from simulator.config import Config
from simulator.twilio_account import Account, Sender
from tests.bot.twilio_world import DeskAt
from tests.faults.test_kill import Bot
from tests.simulator.conftest import QUICK, serving

PATIENTS = 2
SECRET = "secret-key"
HOPS = ["before:accept:4", "after:accept:4", "after:booking:1", "after:commit:6", "after:send:7"]  # where it differs


@dataclass
class Patient:
    """Books a visit on a phone: answers each bubble, and waits for the next one."""

    desk: DeskAt
    number: str
    user: str
    answered: int = 0
    booked: bool = False

    async def books(self) -> None:
        """From hello to the calendar link."""
        await self.desk.phone("text", self.user, self.number, text="hi")
        while not self.booked:
            heard = await self._out()
            if len(heard) == self.answered:
                await asyncio.sleep(0.05)
                continue
            self.answered = len(heard)
            await self._answer(heard[-1])

    async def _answer(self, bubble: dict[str, Any]) -> None:
        if ".ics" in bubble["text"]:
            self.booked = True
        elif options := bubble.get("options"):
            pick = options[hash(self.user) % min(len(options), 5)] if len(options) > 5 else options[0]
            await self.desk.phone("tap", self.user, self.number, id=pick["id"], message=bubble["id"])
        else:
            await self.desk.phone("text", self.user, self.number, text="Asha Rao")

    async def _out(self) -> list[dict[str, Any]]:
        return [each for each in await self.desk.bubbles(self.user, self.number) if each["direction"] == "out"]

    async def counts(self) -> tuple[int, int]:
        """What was said to the desk, and by it."""
        bubbles = await self.desk.bubbles(self.user, self.number)
        said = sum(each["direction"] == "in" for each in bubbles)
        return said, len(bubbles) - said


@dataclass
class Town:
    """A practice with a number at Twilio, its bot and its patients."""

    tenant: str
    bot: Bot
    desk: DeskAt
    number: str
    patients: list[Patient] = field(default_factory=list)

    async def book(self, seconds: float = 150.0, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        """All of them book, whatever happens meanwhile."""
        self.patients = [
            Patient(self.desk, self.number, f"9198{secrets.randbelow(10**8):08d}") for _ in range(PATIENTS)
        ]
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for patient in self.patients:
                group.create_task(patient.books())
            if meanwhile is not None:
                group.create_task(meanwhile())

    async def check(self) -> None:
        """Nothing lost, nothing doubled."""
        await asyncio.sleep(3)  # for what may still come twice
        for patient in self.patients:
            said, answered = await patient.counts()
            assert answered == said, self.bot.log.read_text()[-1500:]
        assert await Appointment.of(self.tenant).count() == PATIENTS

    async def said(self, at_least: int) -> None:
        """Wait until the patients have said so much."""
        while sum([(await patient.counts())[0] for patient in self.patients]) < at_least:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def town(redis_url: str, mongo_url: str, folder: Path, *fate: str, fallback: bool = True) -> AsyncIterator[Town]:
    """Everything is new, but for the database's process."""
    tenant, account, port = new_id(), f"AC{secrets.token_hex(16)}", free_port()
    number = f"whatsapp:+1555{secrets.randbelow(10**7):07d}"
    await demo.seed_many(tenant, 4, new_id()[:15], SECRET, datetime.now(UTC))
    channel = Channel(
        tenant_id=tenant, provider="twilio", phone_number_id=number, waba_id=account,
        access_token=Channel.sealed("token", SECRET),
    )  # fmt: skip
    await Channel.of(tenant).insert(channel)
    address = f"http://127.0.0.1:{port}/webhooks/twilio"
    config = Config(**{
        **vars(QUICK), "accounts": (Account(account, "token", (Sender(number, "Asha Clinics"),)),),
        "twilio_url": address, "twilio_fallback_url": f"{address}/fallback" if fallback else "",
    })  # fmt: skip
    async with serving(create_app(config)) as url, httpx.AsyncClient(base_url=url) as http:
        environment = {
            "OPDESK_MONGO_URL": mongo_url, "OPDESK_REDIS_URL": redis_url, "OPDESK_DATA_DIR": str(folder),
            "OPDESK_GRAPH_URL": url, "OPDESK_TWILIO_URL": url, "OPDESK_WHATSAPP_APP_SECRET": "s",
            "OPDESK_WHATSAPP_VERIFY_TOKEN": "token", "OPDESK_SECRET_KEY": SECRET, "OPDESK_BOT_PORT": str(port),
            "OPDESK_TWILIO_POLL_SECONDS": "1",
        }  # fmt: skip
        bot = Bot(port, environment, folder / "bot.log")
        await asyncio.to_thread(bot.start, *fate)
        reviving = asyncio.create_task(bot.revive())
        try:
            yield Town(tenant, bot, DeskAt(url, http), number)
        finally:
            reviving.cancel()
            bot.process.kill()
            bot.process.wait()
            await Channel.of(tenant).delete({"_id": channel.id})  # else every later bot would look for its messages


@pytest.mark.parametrize("fate", HOPS)
async def test_killed_between_two_hops(
    fate: str, database: AsyncDatabase[dict[str, Any]], redis: "Redis", redis_url: str, mongo_url: str, tmp_path: Path
) -> None:
    async with town(redis_url, mongo_url, tmp_path, fate) as here:
        await here.book()
        await here.check()
        assert here.bot.deaths == 1


async def test_what_nobody_took_is_found(
    database: AsyncDatabase[dict[str, Any]], redis: "Redis", redis_url: str, mongo_url: str, tmp_path: Path
) -> None:
    async with town(redis_url, mongo_url, tmp_path, fallback=False) as here:
        await asyncio.sleep(2)  # its first look
        await here.desk.fault(lose_messages=0.3)
        await here.book()
        await here.check()


async def test_redis_is_killed_while_they_book(
    database: AsyncDatabase[dict[str, Any]], mongo_url: str, tmp_path: Path
) -> None:
    store = await asyncio.to_thread(start_redis, tmp_path / "redis")
    (tmp_path / "town").mkdir()
    stores = [store]
    try:
        async with town(store.url, mongo_url, tmp_path / "town") as here:

            async def outage() -> None:
                await here.said(5)
                store.process.kill()
                store.process.wait()
                await asyncio.sleep(2)
                stores.append(await asyncio.to_thread(store.again))

            await here.book(meanwhile=outage)
            await here.check()
            assert here.bot.deaths == 0
    finally:
        await asyncio.to_thread(stores[-1].stop)
