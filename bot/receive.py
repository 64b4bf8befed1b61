"""Meta's webhooks: proven, understood, stored, and only then answered 200.

A small ASGI application in front of FastAPI's, for the one address that is called thousands of times a second: routing,
parameters and middleware there cost more than all the work done here.
"""

import asyncio
import hmac
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any
from urllib.parse import parse_qs

import orjson
import structlog
from redis.exceptions import RedisError

from bot import metrics
from bot.channels.directory import Directory, Number
from bot.envelope import Incoming
from bot.ids import place_of, shard_of, short
from bot.lanes import TAP, Lanes
from bot.payload import AccountEvent, Item, Received, StatusUpdate, Unreadable, parse
from bot.record import told_of
from bot.streams import Streams
from clinic import clock
from flows.inbound import Inbound, Kind

PATH = "/webhooks/cloud"
LARGEST = 3 * 1024 * 1024  # Meta's own limit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = dict[bytes, bytes]
Answer = tuple[int, bytes]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

log = structlog.get_logger()


class Refused(Exception):
    """The webhook is not taken: the HTTP status and the counter's label."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason


class Gone(Exception):
    """The caller hung up while speaking."""


@dataclass(slots=True)
class Webhook:
    """``woken`` is told the shards in which there is something to do now."""

    app: Application
    lanes: Lanes
    streams: Streams
    numbers: Directory
    secret: bytes = field(repr=False)
    verify_token: bytes = field(repr=False)
    woken: Callable[[Iterable[int]], None] = lambda _: None
    heard: Callable[[list[StatusUpdate]], None] = lambda _: None  # is told what statuses come

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self.app(scope, receive, send)
        elif answer := await self.judged(self._respond(scope, receive)):
            await say(send, *answer)

    async def judged(self, work: Awaitable[Answer]) -> Answer | None:
        """The answer to a webhook whatever happens to it, counted; None: nobody waits for one."""
        started = perf_counter()
        try:
            status, said = await work
        except Refused as refused:
            status, said = self.counted(refused)
        except Gone:
            metrics.REFUSED.labels("hung_up").inc()
            return None
        except Exception as error:  # a store is away, or we are wrong: Meta keeps the message and comes again
            metrics.REFUSED.labels("unavailable" if isinstance(error, RedisError) else "failed").inc()
            log.warning("webhook not stored", exc_info=error)
            status, said = 503, b""
        metrics.WEBHOOK_SECONDS.observe(perf_counter() - started)
        return status, said

    @staticmethod
    def counted(refused: Refused) -> Answer:
        """The answer to a webhook that is not taken."""
        metrics.REFUSED.labels(refused.reason).inc()
        return refused.status, b""

    async def _respond(self, scope: Message, receive: Receive) -> Answer:
        match scope["method"]:
            case "POST":
                headers = dict(scope["headers"])
                check(headers)
                return await self.accept(headers, await body_of(receive))
            case "GET":
                return 200, handshake(scope["query_string"], self.verify_token)
        raise Refused(405, "method")

    async def accept(self, headers: Headers, body: bytes) -> Answer:
        """A POST that was read to its end. Raises ``Refused``."""
        prove(self.secret, body, headers.get(b"x-hub-signature-256", b""))
        await self.take(parse(body, clock.now()))
        return 200, b""

    async def take(self, items: list[Item]) -> None:
        """Store everything; returns when Redis has it."""
        messages: list[Received] = []
        statuses: list[StatusUpdate] = []
        others: list[AccountEvent | Unreadable] = []
        for item in items:
            match item:
                case Received():
                    messages.append(item)
                case StatusUpdate():
                    statuses.append(item)
                case _:
                    others.append(item)
        waits: list[Awaitable[int]] = []
        if messages:
            waits.append(self._accept(messages))
        if statuses:
            waits.append(self._note(statuses))
        if others:
            waits.append(self.streams.keep(others))
        await _all(waits)

    async def _accept(self, messages: list[Received]) -> int:
        by_shard: dict[int, list[tuple[str, str, bytes, float]]] = defaultdict(list)
        strangers: list[AccountEvent | Unreadable] = []
        now = clock.now().timestamp()
        for message in messages:
            named = message.phone_number_id
            number = self.numbers.known(named) or await self.numbers.get(named)
            if number is None:
                strangers.append(Unreadable("unknown number", stranger(message)))
                continue
            incoming = incoming_of(message, number, now)
            chat = incoming.chat
            wait = waits(incoming.inbound, self.lanes.times.more)
            by_shard[self.lanes.shard(chat)].append((short(incoming.inbound.id), chat, incoming.to_json(), wait))
        if strangers:
            await self.streams.keep(strangers)
        new = sum(await _all([self.lanes.accept(shard, entries) for shard, entries in by_shard.items()]))
        metrics.ACCEPTED.inc(new)
        metrics.DUPLICATES.inc(len(messages) - len(strangers) - new)
        self.woken(by_shard)
        if any(each[3] > 0 for entries in by_shard.values() for each in entries):
            asyncio.get_running_loop().call_later(self.lanes.times.more + APART, self.woken, by_shard)
        return new

    async def _note(self, statuses: list[StatusUpdate]) -> int:
        by_shard: dict[int, list[tuple[str, bytes, str]]] = defaultdict(list)
        for status in statuses:
            STATUSES.get(status.status, OTHER).inc()
            place = place_of(status.outbox_id)
            shard = (
                place.shard if place and place.shard < self.lanes.shards else shard_of(status.wamid, self.lanes.shards)
            )
            failed = str(status.code) if place and status.status == "failed" else ""
            by_shard[shard].append((status.outbox_id, told_of(status), failed))
        self.heard(statuses)
        return sum(await _all([self.lanes.statuses(shard, told) for shard, told in by_shard.items()]))


STATUSES = {name: metrics.STATUSES.labels(name) for name in ("sent", "delivered", "read", "played", "failed")}
OTHER = metrics.STATUSES.labels("other")


async def _all(waits: list[Awaitable[int]]) -> list[int]:
    """One wait needs no task of its own."""
    return [await waits[0]] if len(waits) == 1 else list(await asyncio.gather(*waits))


def waits(said: Inbound, more: float) -> float:
    """For how many seconds more is waited for before a message is answered: after words, not after a tap, nor after
    what can only be an answer, such as a number."""
    if said.kind is not Kind.TEXT:
        return 0.0 if said.kind is Kind.MEDIA else TAP
    return more if len(said.text) > AN_ANSWER else 0.0


AN_ANSWER = 2  # characters
APART = 0.01  # seconds: the clocks of two machines


def incoming_of(message: Received, number: Number, now: float) -> Incoming:
    """A message of one of our numbers, as it waits in the inbox."""
    sender = replace(message.sender, channel_id=number.channel_id)
    raw = message.raw.decode()
    return Incoming(number.tenant_id, number.phone_number_id, sender, message.inbound, now, raw)


def stranger(message: Received) -> bytes:
    """A message for a number that is none of ours, as an operator may look at it."""
    return orjson.dumps({"number": message.phone_number_id, "inbound": message.inbound, "raw": message.raw.decode()})


def prove(secret: bytes, body: bytes, signature: bytes) -> None:
    """Raises ``Refused`` unless Meta signed these very bytes."""
    expected = b"sha256=" + hmac.digest(secret, body, "sha256").hex().encode()
    if not hmac.compare_digest(expected, signature):
        raise Refused(401, "signature")


def handshake(query: bytes, verify_token: bytes) -> bytes:
    """Meta asks once, when the address is entered, whether we are who it thinks."""
    asked = parse_qs(query.decode("latin-1"))
    mode, token, challenge = (asked.get(f"hub.{name}", [""])[0] for name in ("mode", "verify_token", "challenge"))
    if mode != "subscribe" or not hmac.compare_digest(token.encode(), verify_token):
        raise Refused(403, "handshake")
    return challenge.encode()


def check(headers: Headers) -> None:
    """Raises ``Refused`` where the headers say that the body is too long, or no JSON."""
    kind = headers.get(b"content-type", b"application/json").split(b";")[0].strip().lower()
    if kind != b"application/json" or headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refused(415, "content")
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > LARGEST:
        raise Refused(413, "size")


async def body_of(receive: Receive, largest: int = LARGEST) -> bytes:
    """The whole body. Raises ``Refused`` as soon as it is too long."""
    body, more = bytearray(), True
    while more:
        part = await receive()
        if part["type"] == "http.disconnect":
            raise Gone
        body += part.get("body", b"")
        more = part.get("more_body", False)
        if len(body) > largest:
            raise Refused(413, "size")
    return bytes(body)


PLAIN = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]


async def say(send: Send, status: int, said: bytes, kind: list[tuple[bytes, bytes]] = PLAIN) -> None:
    """Answer a request."""
    headers = [*(kind if said else ()), (b"content-length", b"%d" % len(said))]
    if status == 405:
        headers.append((b"allow", b"GET, POST"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": said})
