"""The simulator's Twilio for workers, a practice with a number there, and where its statuses go: into the ledger."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from promises import SECRET_KEY, Practice
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.twilio.form import read_form, status_of
from clinic import notification
from clinic.channel import Channel
from clinic.delivery import StatusChange
from clinic.record import new_id
from simulator.app import create_app
from simulator.config import Config
from tests.simulator.conftest import serving

ACCOUNT, TOKEN = "ACdemo", "demo-twilio-token"
SENDER, SMS = "whatsapp:+15550000001", "+15550000001"
ASHA = "919876500001"
Json = dict[str, Any]


@dataclass
class TwilioHouse:
    """``statuses`` are the forms that came to our status address; those of promises are taken into the ledger of
    ``practice``."""

    url: str = ""
    address: str = ""
    practice: Practice | None = None
    statuses: list[dict[str, str]] = field(default_factory=list)
    http: httpx.AsyncClient = field(default_factory=httpx.AsyncClient)

    async def told(self, request: Request) -> Response:
        """``POST /webhooks/twilio/status``."""
        form = read_form(await request.body())
        self.statuses.append(dict(form))
        told = status_of(form, request.query_params.get("id", ""), datetime.now(UTC))
        if told and self.practice:
            error = f"{told.error['code']} {told.error['details']}" if told.error else ""
            change = StatusChange(self.practice.id, told.status, told.at, told.outbox_id, told.wamid, error)
            await notification.apply_statuses([change])
        return Response()

    async def control(self, path: str, **body: Any) -> Json:
        """A switch in the control room."""
        answer = await self.http.post(f"{self.url}/control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def phone(self, action: str, number: str = SENDER, user: str = ASHA, **body: Any) -> Json:
        """A person does something."""
        answer = await self.http.post(f"{self.url}/phone/{user}/{action}", json={"number": number, **body})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def bubbles(self, number: str = SENDER, user: str = ASHA) -> list[Json]:
        """What the phone shows."""
        answer = await self.http.get(f"{self.url}/control/messages", params={"user": user, "number": number})
        return list(answer.json()["messages"])

    async def contents(self) -> list[Json]:
        """The content templates of all accounts, with their approvals."""
        return list((await self.http.get(f"{self.url}/control/twilio/contents")).json()["contents"])


async def until(condition: Callable[[], Any], seconds: float = 5) -> Any:
    """What the condition gives, once it gives something."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if found := await found if isinstance(found, Awaitable) else found:
                return found
            await asyncio.sleep(0.01)


@asynccontextmanager
async def twilio_house(**settings: Any) -> AsyncIterator[TwilioHouse]:
    """The simulator, quick, and a status address."""
    house = TwilioHouse()
    ours = Starlette(routes=[Route("/webhooks/twilio/status", house.told, methods=["POST"])])
    quick = {"review_seconds": 0.05, "sent_seconds": 0.005, "delivered_seconds": 0.005, "read_seconds": 0.005}
    async with serving(ours) as house.address:
        addresses = {"twilio_url": f"{house.address}/in", "twilio_fallback_url": f"{house.address}/in"}
        async with (
            serving(create_app(Config(**{**quick, **addresses, "seed": 1, **settings}))) as house.url,
            house.http,
        ):
            yield house


async def number_at_twilio(
    practice: Practice, address: str = SENDER, account: str = ACCOUNT, token: str = TOKEN
) -> Channel:
    """A number of the practice's at Twilio; whoever had it before has it no more."""
    if before := await Channel.by_phone_number_id(address):
        await Channel.of(before.tenant_id).delete({"_id": before.id})
    channel = Channel(
        id=f"z-{new_id()}", tenant_id=practice.id, provider="twilio", phone_number_id=address, waba_id=account,
        access_token=Channel.sealed(token, SECRET_KEY), display_phone_number=address.removeprefix("whatsapp:"),
    )  # fmt: skip
    await Channel.of(practice.id).insert_new(channel)
    return channel
