"""A WhatsApp number for tests: a whole bot on real stores, and a provider that remembers what it was sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import randbelow
from typing import Any

import httpx
from office import SECRET, Office

from bot.bot import Bot, BotSettings, assemble
from bot.channels.directory import Number
from bot.envelope import Outgoing
from bot.lanes import Times
from bot.loop import Patience
from bot.pipeline import connect
from clinic.channel import Channel
from clinic.conversation import Conversation
from clinic.desk import FrontDesk
from opdesk.front import Booking
from tests.bot.world import Provider, app_of, message, signature, webhook

QUICK = BotSettings(
    shards=2,
    times=Times(lease=5.0, settle=0.0, more=0.0),
    patience=Patience(typing_after=None, poll=0.02, retry=0.05),
)


@dataclass
class Telephone:
    """``user`` names a patient; a number and a user id are made of it."""

    office: Office
    bot: Bot
    provider: Provider
    number: str
    http: httpx.AsyncClient

    async def write(self, text: str, user: str = "1", **fields: Any) -> None:
        """A patient writes."""
        await self.post(messages=[message(text, user=user, **fields)])

    async def post(self, **value: Any) -> None:
        """What the provider has to tell."""
        body = webhook(self.number, **value)
        headers = {"content-type": "application/json", "x-hub-signature-256": signature(body)}
        answer = await self.http.post("/webhooks/cloud", content=body, headers=headers)
        assert answer.status_code == 200, answer.text

    async def conversation(self) -> Conversation:
        """The one that there is, once it is written down."""
        return (await self.until(lambda: Conversation.of(self.office.tenant_id).find()))[0]

    async def until(self, look: Any, seconds: float = 10.0) -> Any:
        """What is seen as soon as there is something to see."""
        async with asyncio.timeout(seconds):
            while not (found := await look()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return found

    async def sent(self, count: int) -> list[Outgoing]:
        """The bubbles, once there are as many."""

        async def enough() -> list[Outgoing]:
            return self.provider.sent if len(self.provider.sent) >= count else []

        found: list[Outgoing] = await self.until(enough)
        return found

    async def quiet(self) -> None:
        """Until nothing waits any more, in either direction."""

        async def idle() -> bool:
            lanes = self.bot.lanes
            depths = [await lanes.depth(lane, shard) for lane in ("in", "out") for shard in range(2)]  # type: ignore[arg-type]
            return not any(depth.ready or depth.leased for depth in depths)

        await self.until(idle)


@asynccontextmanager
async def open_telephone(office: Office, redis_url: str) -> AsyncIterator[Telephone]:
    number = str(10**14 + randbelow(10**14))
    channel = Channel(
        tenant_id=office.tenant_id, phone_number_id=number, waba_id=number, access_token=Channel.sealed("t", SECRET)
    )
    await Channel.of(office.tenant_id).insert(channel)

    async def find(phone_number_id: str) -> Number | None:
        known = phone_number_id == number
        return Number(office.tenant_id, channel.id, number, "t", 10_000.0) if known else None

    client, provider = connect(redis_url), Provider()
    bot = assemble(
        client, find, lambda tenant, sender: FrontDesk(tenant, sender, secret_key=SECRET), Booking(), provider, QUICK
    )
    transport = httpx.ASGITransport(app_of(bot))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as http, bot.working():
        yield Telephone(office, bot, provider, number, http)
    await client.aclose()
