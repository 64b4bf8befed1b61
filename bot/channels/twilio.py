"""Replies through Twilio's WhatsApp, by the twilio package.

What can be tapped is a content template of the bubble's shape; where that is not to be had, or a bubble asks for
something that Twilio's WhatsApp has no button for, the options are numbered words.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp
import orjson
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.channels.directory import Number
from bot.channels.errors import SendError, no_answer, not_reached, send_error
from bot.channels.late_twilio import HOST
from bot.channels.numbered import numbered, parts
from bot.channels.twilio_content import Shape, shape_of, variables
from bot.channels.twilio_shapes import Shapes
from bot.envelope import Outgoing
from clinic.numbers import WHATSAPP
from clinic.views import Sender
from clinic.webhook_address import TWILIO_STATUS
from flows.reply import Reply

TEXT = 1600  # UTF-16 units of a message
PATIENCE = 10.0  # seconds
LATEST = 50  # messages to one patient among which one in doubt is looked for
GONE = {20404, 21655}  # a content template that is no longer there

T = TypeVar("T")


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
    except TwilioException as error:
        raise as_send_error(error) from None
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, requests.ConnectTimeout) as error:
        raise not_reached() from error
    except (aiohttp.ClientError, requests.RequestException, TimeoutError, OSError, ValueError) as error:
        raise no_answer() from error


def as_send_error(error: TwilioException) -> SendError:
    """What Twilio's error means, by the same table as everywhere."""
    status, code, words = _said(error)
    if not status:
        return no_answer()
    # where a body is none of Twilio's, the package gives the HTTP status as the code
    known = isinstance(code, int) and code not in (0, status)
    return send_error(status, {"error": {"code": code, "message": words}} if known else None)


def _said(error: TwilioException) -> tuple[int, Any, str]:
    """HTTP status, code and words of an error. That of a list's page is its answer, as it came."""
    match error:
        case TwilioRestException():
            return error.status, error.code, error.msg
        case TwilioServiceException():
            return error.status, error.code, error.detail or error.title
        case TwilioException(args=(_, Response(status_code=status, text=text))):
            body = _json(text)
            return status, body.get("code"), str(body.get("message", ""))
    return 0, 0, ""


def _json(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


class Patient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The package's client, which keeps its time limit to itself."""

    async def request(self, *args: Any, **more: Any) -> Response:
        """See the package."""
        answer: Response = await super().request(*args, **more | {"timeout": more.get("timeout") or self.timeout})
        return answer


@dataclass(slots=True)
class Twilio:
    """``url`` is ``https://api.twilio.com``, or whatever stands in for it; ``address`` is ours, for the statuses."""

    url: str
    address: str
    patience: float = PATIENCE
    _clients: dict[tuple[str, str], Client] = field(default_factory=dict, repr=False)
    _http: AsyncTwilioHttpClient | None = field(default=None, repr=False)
    _shapes: Shapes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._shapes = Shapes(self.slow)

    async def send(self, number: Number, reply: Outgoing) -> str:
        """Send a reply; the sid of its message. Raises ``SendError``."""
        if (shape := _shape(reply.reply)) and (sid := await self._shapes.sid(number, shape)):
            filled = orjson.dumps(variables(reply.reply)).decode()
            try:
                return await self._create(number, reply, content_sid=sid, content_variables=filled)
            except SendError as error:
                if error.code not in GONE:
                    raise
                self._shapes.forget(number.account)
        return await self._create(number, reply, body=_words(reply.reply))

    async def sent_before(self, number: Number, reply: Outgoing, /) -> str:
        """By Twilio's list: it tells a status once, perhaps while we were away, and our id is not in the list."""
        messages = self.client(number).messages
        to, since = recipient(reply.sender), datetime.fromtimestamp(int(reply.accepted_at), UTC)
        rows = await ask(messages.list_async(to=to, from_=number.phone_number_id, date_sent_after=since, limit=LATEST))
        said = {_squeezed(reply.reply.text), _squeezed(_words(reply.reply))}
        return next((str(row.sid) for row in rows if _squeezed(row.body or "") in said), "")

    async def typing(self, number: Number, message_id: str) -> None:
        """Mark a message as read and show that we write. Raises ``SendError``."""
        indicator = self.client(number).messaging.v2.typing_indicator
        await ask(indicator.create_async(channel="whatsapp", message_id=message_id))

    def pieces(self, _: Number, reply: Reply, /) -> list[Reply]:
        """A text that is too long for one message, cut."""
        return [reply] if reply.options else [replace(reply, text=part) for part in parts(reply.text, TEXT)] or [reply]

    def callback(self, outbox_id: str) -> str:
        """Where Twilio tells what became of a message: the id that comes back is part of the signed address."""
        return f"{self.address}{TWILIO_STATUS}?{urlencode({'id': outbox_id})}"

    def client(self, number: Number) -> Client:
        """For the number's account; made in the loop that uses it."""
        key = (number.account, number.token)
        if key not in self._clients:
            if self._http is None:
                self._http = Patient(timeout=self.patience)
            self._clients[key] = base(Client(*key, http_client=self._http), self.url)
        return self._clients[key]

    async def close(self) -> None:
        """Hang up."""
        await self._shapes.finish()
        if self._http is not None:
            await self._http.close()

    async def _create(self, number: Number, reply: Outgoing, **content: str) -> str:
        message = await ask(
            self.client(number).messages.create_async(
                to=recipient(reply.sender), from_=number.phone_number_id, status_callback=self.callback(reply.id),
                **content,
            )
        )  # fmt: skip
        return str(message.sid or "")

    def slow(self, number: Number) -> Client:
        """By the package's other client, which sends JSON as JSON; for a thread."""
        http = TwilioHttpClient(timeout=self.patience, pool_connections=False)
        return base(Client(number.account, number.token, http_client=http), self.url)


def recipient(to: Sender) -> str:
    """By phone number where we know it, else by the business-scoped user id."""
    return f"{WHATSAPP}+{to.wa_id.lstrip('+')}" if to.wa_id else f"{WHATSAPP}{to.user_id}"


def _shape(reply: Reply) -> Shape | None:
    return None if reply.ask_location or reply.ask_contact else shape_of(reply)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _words(reply: Reply) -> str:
    return numbered(reply, TEXT)
