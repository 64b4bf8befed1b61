"""A simulated phone whose files reach a practice's transcript as in real life: webhook, parser, archive."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from aiohttp import web
from promises import Practice

from bot.archive import ClinicArchive
from bot.channels.directory import Directory
from bot.channels.directory import Number as OwnNumber
from bot.payload import Received, parse
from bot.record import Record
from clinic.desk import FrontDesk
from clinic.media import Media
from simulator.app import create_app
from simulator.config import Config, Number
from tests.simulator.conftest import serving

USER = "919876543210"


@dataclass
class PhoneLine:
    """``send`` answers once the file is noted; ``asked`` are those that a worker was told of."""

    practice: Practice
    url: str
    app: Any
    http: httpx.AsyncClient
    came: asyncio.Queue[Received]
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, kind: str, content: bytes = b"", **more: str) -> Media:
        """A sample of this kind, or these bytes."""
        if content:
            query = {"type": kind, **more}
            answer = await self.http.put(f"/phone/{USER}/file", params=query, content=content)
        else:
            answer = await self.http.post(f"/phone/{USER}/media", json={"type": kind, **more})
        assert answer.status_code == 200, answer.text
        async with asyncio.timeout(5):
            return await self.noted(await self.came.get())

    async def noted(self, said: Received) -> Media:
        """Write it into the transcript, twice, as after a crash."""
        inbound, tenant = said.inbound, self.practice.id
        sender = said.sender.__class__(said.sender.user_id, said.sender.wa_id, "Asha", self.practice.channel_id)
        at = inbound.at if inbound.at.year < 2100 else datetime.now(UTC)
        record = Record(inbound.id, tenant, sender, "in", inbound.kind, inbound.text, at, raw=said.raw.decode())

        async def on_file(tenant_id: str, id: str) -> None:
            self.asked.append((tenant_id, id))

        async def find(_: str) -> OwnNumber | None:
            return None

        archive = ClinicArchive(Directory(find), lambda tenant, sender: FrontDesk(tenant, sender), on_file)
        await archive.transcript([(record, [])])
        await archive.transcript([(record, [])])
        return await Media.of(tenant).get(record.media_id)

    async def move_clock(self, seconds: float) -> None:
        """Of the provider."""
        answer = await self.http.post("/control/clock", json={"seconds": seconds})
        assert answer.status_code == 200

    def forget_files(self) -> None:
        """The provider has none any more."""
        self.app.state.network.world.media.clear()


@asynccontextmanager
async def phone_line(practice: Practice) -> AsyncIterator[PhoneLine]:
    """A simulator that stands in for the Graph API of the practice's number."""
    came: asyncio.Queue[Received] = asyncio.Queue()

    async def hook(request: web.Request) -> web.Response:
        for item in parse(await request.read(), datetime.now(UTC)):
            if isinstance(item, Received):
                came.put_nowait(item)
        return web.Response()

    bot = web.Application()
    bot.router.add_post("/", hook)
    runner = web.AppRunner(bot, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    number = Number(practice.phone_number_id, f"waba-{practice.id}", "+1 555", "Asha Clinics", frozenset({"token"}))
    app = create_app(Config(webhook_url=f"http://127.0.0.1:{runner.addresses[0][1]}/", numbers=(number,)))
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        yield PhoneLine(practice, url, app, http, came)
    await runner.cleanup()
