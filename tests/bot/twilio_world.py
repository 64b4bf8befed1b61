"""What Twilio does in tests: it posts signed forms. The signatures are those of the twilio package."""

import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

import httpx
from twilio.request_validator import RequestValidator

from bot.channels.directory import Number
from bot.payload import Item
from bot.twilio.receive import TwilioWebhook
from bot.twilio.spool import Spool
from tests.bot.world import find

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
