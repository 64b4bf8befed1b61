"""Twilio's webhooks: proven, understood, stored in Redis or, where it is away, on disk, and only then answered.

Twilio delivers a message once, waits fifteen seconds at most, and then asks the fallback address once more. So an
answer other than 200 is for what nothing can be done about.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson
import structlog
from redis.exceptions import RedisError

from bot import metrics
from bot.channels.directory import Directory, Number
from bot.outage import AWAY
from bot.payload import Item, Unreadable
from bot.receive import Answer, Application, Gone, Message, Receive, Refused, Send, body_of, say
from bot.twilio.form import Form, message_of, read_form, status_of
from bot.twilio.proof import SETTINGS, SIGNATURE, proven
from bot.twilio.spool import Spool, Spooled, SpoolFull
from clinic import clock
from clinic.numbers import WHATSAPP
from clinic.webhook_address import TWILIO as MESSAGES
from clinic.webhook_address import TWILIO_FALLBACK as FALLBACK
from clinic.webhook_address import TWILIO_STATUS as STATUS

PATHS = frozenset({MESSAGES, STATUS, FALLBACK})
FORM = b"application/x-www-form-urlencoded"
EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
EVERY = 1.0  # seconds between two looks at the spool
KEPT = (SIGNATURE, SETTINGS)
XML = [(b"content-type", b"text/xml; charset=utf-8")]

log = structlog.get_logger()


@dataclass(slots=True)
class TwilioWebhook:
    """``take`` stores what was understood and raises where Redis is away; ``address`` is ours as Twilio knows it, so is
    ``fallback``, where that is another one."""

    app: Application
    take: Callable[[list[Item]], Awaitable[None]]
    numbers: Directory
    address: str
    spool: Spool
    fallback: str = ""
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http" or _plain(scope["path"]) not in PATHS:
            await self.app(scope, receive, send)
        elif answer := await self._judged(self._respond(scope, receive)):
            await say(send, *answer, XML)

    async def _judged(self, work: Awaitable[Answer]) -> Answer | None:
        try:
            return await work
        except Refused as refused:
            metrics.REFUSED.labels(refused.reason).inc()
            return refused.status, b""
        except Gone:
            metrics.REFUSED.labels("hung_up").inc()
            return None
        except Exception as error:  # not even the disk: Twilio turns to the fallback address
            metrics.REFUSED.labels("unavailable" if isinstance(error, OSError | SpoolFull) else "failed").inc()
            log.error("webhook not stored", exc_info=error)
            return 503, b""

    async def _respond(self, scope: Message, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            raise Refused(405, "method")
        headers = dict(scope["headers"])
        if headers.get(b"content-type", FORM).split(b";")[0].strip().lower() != FORM:
            raise Refused(415, "content")
        kept = {name.decode(): headers[name].decode("latin-1") for name in KEPT if name in headers}
        query, body = scope["query_string"].decode("latin-1"), (await body_of(receive)).decode("latin-1")
        webhook = Spooled(scope["path"], query, kept, body, clock.now().timestamp())
        try:
            items = await self.understood(webhook)
            if self.spool.waiting:  # first what came first
                await self._keep(webhook)
            else:
                await self.take(items)
        except (RedisError, *AWAY) as error:
            log.warning("webhook kept on disk", why=type(error).__name__)
            await self._keep(webhook)
        return 200, EMPTY

    async def _keep(self, webhook: Spooled) -> None:
        await self.spool.add(webhook)
        metrics.SPOOLED.inc()

    async def understood(self, webhook: Spooled) -> list[Item]:
        """What it brings, proven to be Twilio's. Raises ``Refused``, and what the database raises where it is away."""
        form = read_form(webhook.body.encode("latin-1"))
        path = _plain(webhook.path)
        number = await self._prover(form, path)
        headers = {name.encode(): value.encode("latin-1") for name, value in webhook.headers.items()}
        if number is None or not proven(number, self._named(webhook), form, headers):
            raise Refused(401, "signature")
        item = _read(path, webhook.query, form, datetime.fromtimestamp(webhook.at, UTC))
        return [] if item is None else [item]

    def _named(self, webhook: Spooled) -> str:
        """The address as Twilio knows it, whatever proxies made of it."""
        base = self.fallback or self.address if _plain(webhook.path) == FALLBACK else self.address
        return f"{base}{webhook.path}" + (f"?{webhook.query}" if webhook.query else "")

    async def _prover(self, form: Form, path: str) -> Number | None:
        """The number that it is about, by which side of the message it is on; what became of a message of a number
        that is ours no more is proven by another one of its account. None: it is none of ours."""
        account = form.get("AccountSid", "")
        names = [form.get("From", ""), account] if path == STATUS else [form.get("To", "")]
        for name in filter(None, names):
            number = self.numbers.known(name) or await self.numbers.get(name)
            if number is not None:
                return number if number.provider == "twilio" and number.account == account else None
        return None

    async def run(self) -> None:
        """Empty the spool as soon as the stores are back, until stopped."""
        while not self._stopped.is_set():
            try:
                if taken := await self.spool.drain(self._again):
                    log.info("spooled webhooks taken", count=taken)
            except Exception as error:
                log.warning("spool not emptied", why=type(error).__name__)
            metrics.ON_DISK.set(self.spool.waiting)
            try:
                await asyncio.wait_for(self._stopped.wait(), EVERY)
            except TimeoutError:
                continue
        self.spool.close()

    def stop(self) -> None:
        """End ``run``."""
        self._stopped.set()

    async def _again(self, webhook: Spooled) -> None:
        try:
            await self.take(await self.understood(webhook))
        except Refused as refused:  # kept unproven while the database was away
            metrics.REFUSED.labels(refused.reason).inc()
        except AWAY:
            raise
        except Exception as error:  # this one alone: it must not hold up those behind it, and an operator looks at it
            log.error("a spooled webhook cannot be taken", exc_info=error)
            await self.take([Unreadable("not taken from the spool", _shown(webhook))])


def _plain(path: str) -> str:
    """As somebody may have entered it at Twilio: what is signed has the slash, too."""
    return path.removesuffix("/")


def _shown(webhook: Spooled) -> bytes:
    return orjson.dumps(dict(read_form(webhook.body.encode("latin-1"))))


def _read(path: str, query: str, form: Form, at: datetime) -> Item | None:
    if path != STATUS:  # a text message is answered by nobody: Twilio itself keeps to a STOP there
        return message_of(form, at) if form.get("To", "").startswith(WHATSAPP) else None
    return status_of(form, read_form(query.encode()).get("id", ""), at)
