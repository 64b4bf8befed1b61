"""Each channel in front of its provider, as strict as that is: the simulator, a phone, and what comes back to us."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from bot.channels.by_provider import ByProvider
from bot.channels.channel import Channel
from bot.channels.cloud import Cloud
from bot.channels.directory import Directory, Number, Provider
from bot.channels.http import Http
from bot.channels.twilio import Twilio
from bot.envelope import Outgoing
from bot.payload import Item, Received, StatusUpdate, parse
from bot.receive import Message, Receive, Send, body_of, prove, say
from bot.twilio.receive import TwilioWebhook
from bot.twilio.spool import Spool
from clinic import clock
from clinic.views import Sender
from flows.inbound import Inbound
from flows.reply import Reply
from simulator.app import create_app
from simulator.config import Config
from tests.bot.twilio_world import ASHA, DESK, DeskAt
from tests.simulator.conftest import QUICK, SECRET, serving

NUMBERS: dict[Provider, Number] = {
    "cloud": Number("t", "c", "100000000000001", "demo-access-token", 80.0, "cloud", "200000000000001"),
    "twilio": Number("t", "c", DESK, "demo-twilio-token", 80.0, "twilio", "ACdemo"),
}


@dataclass
class Heard:
    """What webhooks brought, as our own receivers understand it."""

    items: list[Item] = field(default_factory=list, repr=False)

    async def take(self, items: list[Item]) -> None:
        self.items += items

    async def cloud(self, scope: Message, receive: Receive, send: Send) -> None:
        """Meta's webhooks."""
        body = await body_of(receive)
        prove(SECRET.encode(), body, dict(scope["headers"])[b"x-hub-signature-256"])
        await self.take(parse(body, clock.now()))
        await say(send, 200, b"")

    def statuses(self, outbox_id: str) -> list[StatusUpdate]:
        """What was told of one message of ours."""
        return [item for item in self.items if isinstance(item, StatusUpdate) and item.outbox_id == outbox_id]

    @property
    def said(self) -> list[tuple[Sender, Inbound]]:
        """What patients wrote."""
        return [(item.sender, item.inbound) for item in self.items if isinstance(item, Received)]


@dataclass
class Side:
    """One provider; ``channel`` speaks as the bot would."""

    provider: Provider
    number: Number
    channel: Channel = field(repr=False)
    desk: DeskAt
    heard: Heard
    serial: int = 0

    async def send(self, reply: Reply, to: Sender | None = None, **number: Any) -> tuple[str, str]:
        """Send a bubble; our id and the provider's. Raises ``SendError``."""
        self.serial += 1
        outbox_id = f"o.0.chat.{self.provider}.{self.serial}"
        outgoing = Outgoing(outbox_id, "t", self.number.phone_number_id, to or Sender("IN.1", ASHA), reply, "c", 0.0)
        return outbox_id, await self.channel.send(replace(self.number, **number), outgoing)

    async def phone(self, action: str, user: str = ASHA, **body: Any) -> Inbound:
        """A patient does something; as we understand it."""
        return (await self.person(action, user, **body))[1]

    async def person(self, action: str, user: str = ASHA, **body: Any) -> tuple[Sender, Inbound]:
        """The same, with who it was."""
        before = len(self.heard.said)
        await self.desk.phone(action, user, self.number.phone_number_id, **body)
        await self.until(lambda: len(self.heard.said) > before)
        return self.heard.said[-1]

    async def until(self, true: Callable[[], Any], seconds: float = 5.0) -> None:
        """Wait for a webhook."""
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def bubbles(self, user: str = ASHA) -> list[dict[str, Any]]:
        """What the desk said, as the phone shows it."""
        found = await self.desk.bubbles(user, self.number.phone_number_id)
        return [each for each in found if each["direction"] == "out"]


@asynccontextmanager
async def both(folder: Path, **settings: Any) -> AsyncIterator[dict[Provider, Side]]:
    """The two sides of one simulator."""
    heard = Heard()

    async def find(name: str) -> Number | None:
        return next((number for number in NUMBERS.values() if number.phone_number_id == name), None)

    receiver = TwilioWebhook(heard.cloud, heard.take, Directory(find), "", Spool(folder))
    async with serving_bare(receiver) as ours:
        receiver.address = ours
        addresses = {"webhook_url": f"{ours}/webhooks/cloud", "twilio_url": f"{ours}/webhooks/twilio"}
        app = create_app(Config(**{**vars(QUICK), **addresses, "twilio_fallback_url": "", **settings}))
        async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
            graph, twilio = Http(url, timeout=2.0), Twilio(url, ours, patience=2.0)
            channel, desk = ByProvider({"cloud": Cloud(graph), "twilio": twilio}), DeskAt(url, http)
            yield {name: Side(name, number, channel, desk, heard) for name, number in NUMBERS.items()}
            await graph.close()
            await twilio.close()


@asynccontextmanager
async def serving_bare(app: Any) -> AsyncIterator[str]:
    """An ASGI application that knows no lifespan."""

    async def patient(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for _ in range(2):
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})

    async with serving(patient) as url:
        yield url
