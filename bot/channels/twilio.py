"""Replies through Twilio's WhatsApp, by the twilio package.

What can be tapped is a content template of the bubble's shape; where that is not to be had, or a bubble asks for
something that Twilio's WhatsApp has no button for, the options are numbered words.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

import aiohttp
import orjson
import requests
import structlog
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList

from bot.channels.directory import Number
from bot.channels.errors import SendError, no_answer, not_reached, send_error
from bot.channels.numbered import numbered, parts
from bot.channels.twilio_content import PREFIX, Shape, shape_of, variables
from bot.envelope import Outgoing
from flows.reply import Reply

TEXT = 1600  # UTF-16 units of a message
PATIENCE = 10.0  # seconds
HOST = "https://api.twilio.com"
UNFINISHED = 1000  # replies of several parts that are remembered
WHATSAPP = "whatsapp:"

T = TypeVar("T")
log = structlog.get_logger()


def base(client: Client, url: str) -> Client:
    """The same client, speaking to whatever stands in for Twilio."""
    if url.rstrip("/") != HOST:
        for domain in (client.api, client.content, client.messaging):
            domain.base_url = url.rstrip("/")
    return client


async def ask(asked: Awaitable[T]) -> T:
    """Await a call of the package; its errors become ours. Raises ``SendError``."""
    try:
        return await asked
    except TwilioRestException as error:
        raise as_send_error(error) from None
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, requests.ConnectionError) as error:
        raise not_reached() from error
    except (
        aiohttp.ClientError,
        requests.RequestException,
        TimeoutError,
        OSError,
        TwilioException,
        ValueError,
    ) as error:
        raise no_answer() from error


def as_send_error(error: TwilioRestException) -> SendError:
    """What Twilio's error means, by the same table as everywhere."""
    return send_error(error.status, {"error": {"code": error.code, "message": error.msg}} if error.code else None)


@dataclass(slots=True)
class Twilio:
    """``url`` is ``https://api.twilio.com``, or whatever stands in for it; ``address`` is ours, for the statuses."""

    url: str
    address: str
    _clients: dict[tuple[str, str], Client] = field(default_factory=dict, repr=False)
    _http: AsyncTwilioHttpClient | None = field(default=None, repr=False)
    _shapes: dict[str, dict[str, str]] = field(default_factory=dict)  # account -> name of a shape -> content sid
    _learning: asyncio.Lock = field(default_factory=asyncio.Lock)
    _begun: OrderedDict[str, int] = field(default_factory=OrderedDict)  # parts of a reply that have left

    async def send(self, number: Number, reply: Outgoing) -> str:
        """Send a reply; the sid of its message, the last one's where it takes several. Raises ``SendError``."""
        if sid := await self._content(number, reply.reply):
            filled = orjson.dumps(variables(reply.reply)).decode()
            return await self._create(number, reply, content_sid=sid, content_variables=filled)
        sid = ""
        pieces = parts(_words(reply.reply), TEXT)
        for n, piece in enumerate(pieces[self._begun.get(reply.id, 0) :], self._begun.get(reply.id, 0) + 1):
            sid = await self._create(number, reply, body=piece)
            if len(pieces) > 1:
                self._remember(reply.id, n)
        self._begun.pop(reply.id, None)
        return sid

    async def typing(self, number: Number, message_id: str) -> None:
        """Mark a message as read and show that we write. Raises ``SendError``."""
        indicator = self._client(number).messaging.v2.typing_indicator
        await ask(indicator.create_async(channel="whatsapp", message_id=message_id))

    async def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            await self._http.close()

    async def _create(self, number: Number, reply: Outgoing, **content: str) -> str:
        message = await ask(
            self._client(number).messages.create_async(
                to=recipient(reply), from_=number.phone_number_id, status_callback=self.callback(reply.id), **content
            )
        )
        return str(message.sid or "")

    def callback(self, outbox_id: str) -> str:
        """Where Twilio tells what became of a message: the id that comes back is part of the signed address."""
        return f"{self.address}/webhooks/twilio/status?{urlencode({'id': outbox_id})}"

    def _remember(self, id: str, count: int) -> None:
        self._begun[id] = count
        if len(self._begun) > UNFINISHED:
            self._begun.popitem(last=False)

    async def _content(self, number: Number, reply: Reply) -> str:
        """The sid of the content template of the bubble's shape; empty where it goes as words."""
        shape = None if reply.ask_location or reply.ask_contact else shape_of(reply)
        if shape is None:
            return ""
        known = self._shapes.get(number.account, {})
        return known.get(shape.name) or await self._learn(number, shape)

    async def _learn(self, number: Number, shape: Shape) -> str:
        """Find the template at Twilio, or make it there: once for each shape and account."""
        async with self._learning:
            try:
                if number.account not in self._shapes:
                    self._shapes[number.account] = await asyncio.to_thread(_listed, self._slow(number))
                known = self._shapes[number.account]
                if shape.name not in known:
                    known[shape.name] = await asyncio.to_thread(_made, self._slow(number), shape)
                return known[shape.name]
            except (TwilioException, requests.RequestException, OSError) as error:
                log.warning("no content template for a bubble: its options are numbered", why=type(error).__name__)
                return ""

    def _client(self, number: Number) -> Client:
        key = (number.account, number.token)
        if key not in self._clients:
            if self._http is None:  # made in the loop that uses it
                self._http = AsyncTwilioHttpClient(timeout=PATIENCE)
            self._clients[key] = base(Client(number.account, number.token, http_client=self._http), self.url)
        return self._clients[key]

    def _slow(self, number: Number) -> Client:
        """For the Content API, whose JSON the package's async client sends as a form."""
        http = TwilioHttpClient(timeout=PATIENCE, pool_connections=False)
        return base(Client(number.account, number.token, http_client=http), self.url)


def recipient(reply: Outgoing) -> str:
    """By phone number where we know it, else by the business-scoped user id."""
    to = reply.sender
    return f"{WHATSAPP}+{to.wa_id.lstrip('+')}" if to.wa_id else f"{WHATSAPP}{to.user_id}"


def _words(reply: Reply) -> str:
    return numbered(reply, TEXT) if reply.options else reply.text


def _listed(client: Client) -> dict[str, str]:
    """Our shapes that are at Twilio already, from another process or an earlier day."""
    found = client.content.v1.contents.stream(page_size=500)
    return {str(each.friendly_name): str(each.sid) for each in found if str(each.friendly_name).startswith(PREFIX)}


def _made(client: Client, shape: Shape) -> str:
    request = ContentList.ContentCreateRequest(
        {"friendly_name": shape.name, "language": "en", "variables": shape.samples(), "types": shape.types()}
    )
    return str(client.content.v1.contents.create(request).sid)
