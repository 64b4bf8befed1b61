"""A WhatsApp sender as Twilio knows it: whether it speaks, and where its webhooks go.

https://www.twilio.com/docs/whatsapp/api/senders
"""

import asyncio
from dataclasses import dataclass, field

from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.messaging.v2.channels_sender import ChannelsSenderInstance as Told
from twilio.rest.messaging.v2.channels_sender import ChannelsSenderList as Wire

from bot.channels.twilio import PATIENCE, ask, base
from clinic.webhook_address import AtTwilio

SPEAKS = frozenset({"ONLINE", "ONLINE:UPDATING"})
SANDBOX = frozenset({"whatsapp:+14155238886", "whatsapp:+15005550006"})  # shared by all accounts, listed in none
POST = "POST"


@dataclass(frozen=True)
class Account:
    """Twilio's account, and how to ask it: ``url`` is Twilio's, or whatever stands in for it."""

    sid: str
    token: str = field(repr=False)
    url: str


@dataclass(frozen=True, slots=True)
class TwilioSender:
    """``address`` is ``whatsapp:+...``; what is not entered is empty."""

    sid: str
    address: str
    status: str
    why: str  # it does not speak
    messages: str  # where what patients write goes
    fallback: str
    status_url: str

    @property
    def speaks(self) -> bool:
        """Whether it sends and receives."""
        return self.status in SPEAKS


async def sender(account: Account, address: str) -> TwilioSender | None:
    """The sender of that address; None: the account has none. Raises ``SendError``."""
    async with AsyncTwilioHttpClient(timeout=PATIENCE) as http:
        client = base(Client(account.sid, account.token, http_client=http), account.url)
        told = await ask(client.messaging.v2.channels_senders.list_async(channel="whatsapp"))
    return next((_read(each) for each in told if each.sender_id == address), None)


async def enter(account: Account, sid: str, wanted: AtTwilio) -> None:
    """Let its webhooks go there. Raises ``SendError``."""
    await ask(asyncio.to_thread(_enter, account, sid, wanted))


def _enter(account: Account, sid: str, wanted: AtTwilio) -> None:
    """By the package's other client: this one sends JSON as JSON."""
    http = TwilioHttpClient(timeout=PATIENCE, pool_connections=False)
    client = base(Client(account.sid, account.token, http_client=http), account.url)
    webhook = {
        "callback_url": wanted.messages, "callback_method": POST, "fallback_url": wanted.fallback,
        "fallback_method": POST, "status_callback_url": wanted.status, "status_callback_method": POST,
    }  # fmt: skip
    change = Wire.MessagingV2ChannelsSenderRequestsUpdate({"webhook": webhook})
    client.messaging.v2.channels_senders(sid).update(change)


def _read(told: Told) -> TwilioSender:
    webhook = told.webhook if isinstance(told.webhook, dict) else {}
    reasons = told.offline_reasons if isinstance(told.offline_reasons, list) else []
    why = "; ".join(str(each.get("message") or each.get("code")) for each in reasons if isinstance(each, dict))
    addresses = (str(webhook.get(name) or "") for name in ("callback_url", "fallback_url", "status_callback_url"))
    return TwilioSender(str(told.sid), str(told.sender_id), str(told.status or ""), why, *addresses)
