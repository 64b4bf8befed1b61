"""What Twilio does in tests: it posts signed forms, with the signatures of the twilio package; and the whole of it, as
the simulator stands in for it."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from twilio.request_validator import RequestValidator

from bot.channels.directory import Number
from bot.payload import Item
from bot.twilio.receive import TwilioWebhook
from bot.twilio.spool import Spool
from simulator.app import create_app
from simulator.config import Config
from tests.bot.world import find
from tests.simulator.conftest import QUICK, serving

ADDRESS = "https://desk.example"
SENDER = "whatsapp:+15550000001"
TWILIO = Number("tenant", "channel-t", SENDER, "auth-token", 10_000.0, "twilio", "ACtest", "shared-secret")

_serial = itertools.count(1)


async def find_too(phone_number_id: str) -> Number | None:
    """The numbers that are ours, at both providers."""
    return TWILIO if phone_number_id == SENDER else await find(phone_number_id)


def form(body: str = "hi", user: str = "911", **fields: str) -> dict[str, str]:
    """A message as Twilio posts it."""
    sid = f"SM{next(_serial):032x}"
    return {
        "SmsMessageSid": sid, "NumMedia": "0", "ProfileName": "Asha", "MessageType": "text", "SmsSid": sid,
        "WaId": user, "SmsStatus": "received", "Body": body, "To": SENDER, "NumSegments": "1", "MessageSid": sid,
        "AccountSid": "ACtest", "From": f"whatsapp:+{user}", "ApiVersion": "2010-04-01",
    } | fields  # fmt: skip


def told(sid: str, status: str, **fields: str) -> dict[str, str]:
    """What became of a message, as Twilio posts it."""
    return {
        "MessageSid": sid, "MessageStatus": status, "AccountSid": "ACtest", "From": SENDER, "To": "whatsapp:+911",
        "ChannelPrefix": "whatsapp", "ApiVersion": "2010-04-01", "SmsSid": sid, "SmsStatus": status,
    } | fields  # fmt: skip


def signed(path: str, given: dict[str, str], *, token: str = TWILIO.token, address: str = ADDRESS) -> str:
    """The signature of a form at that address."""
    return str(RequestValidator(token).compute_signature(f"{address}{path}", given))


async def post(
    client: httpx.AsyncClient, given: dict[str, str], path: str = "/webhooks/twilio", **headers: str
) -> httpx.Response:
    """A signed webhook."""
    told = {"x-twilio-signature": signed(path, given), "content-type": "application/x-www-form-urlencoded"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(path, content=urlencode(given), headers=told | named)


async def nobody(*_: object) -> None:
    """What is behind the receiver, in a test in which nothing gets there."""
    raise AssertionError("not Twilio's address")


def receiver(take: Callable[[list[Item]], Awaitable[None]], folder: Path) -> TwilioWebhook:
    """A receiver in front of nothing."""
    from bot.channels.directory import Directory

    return TwilioWebhook(nobody, take, Directory(find_too), ADDRESS, Spool(folder))


DESK, ASHA = "whatsapp:+15550000001", "919876500001"  # of the simulator


@dataclass
class DeskAt:
    """A simulator: its address, and Asha's phone."""

    url: str
    http: httpx.AsyncClient
    auth: tuple[str, str] = ("ACdemo", "demo-twilio-token")

    async def phone(self, action: str, user: str = ASHA, number: str = DESK, **body: Any) -> dict[str, Any]:
        """She does something."""
        return await self._done("POST", f"/phone/{user}/{action}", {"number": number, **body})

    async def fault(self, **switches: Any) -> None:
        """What goes wrong from now on."""
        await self._done("PATCH", "/control/faults", switches)

    async def control(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """A switch in the control room."""
        return await self._done(method, f"/control/{path}", body)

    async def bubbles(self, user: str = ASHA, number: str = DESK) -> list[dict[str, Any]]:
        """What the phone shows."""
        answer = await self.http.get("/control/messages", params={"user": user, "number": number})
        return list(answer.json()["messages"])

    async def heard(self, user: str = ASHA, number: str = DESK) -> list[str]:
        """What the desk said."""
        return [each["text"] for each in await self.bubbles(user, number) if each["direction"] == "out"]

    async def _done(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@asynccontextmanager
async def at_twilio(bot_url: str, **settings: Any) -> AsyncIterator[DeskAt]:
    """A simulator that brings its messages to that address."""
    app = create_app(Config(**{**vars(QUICK), "twilio_url": bot_url, "twilio_fallback_url": "", **settings}))
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        yield DeskAt(url, http)
