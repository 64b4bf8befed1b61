"""The bot's surroundings for tests: a provider that remembers what it was sent, a conversation that counts, an archive
that keeps everything in lists. Redis is real."""

import asyncio
import hashlib
import hmac
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from bot.app import create_app
from bot.archive import Undelivered
from bot.bot import Bot
from bot.channels.directory import Number
from bot.channels.errors import SendError
from bot.channels.numbered import parts
from bot.envelope import Outgoing
from bot.receive import Webhook
from bot.record import Record, Told
from bot.streams import Entry
from clinic.views import Sender
from flows.inbound import Inbound
from flows.reply import Reply
from flows.session import Session

SECRET, VERIFY = "app-secret", "verify-token"
NUMBER = Number("tenant", "channel", "100000000000009", "access-token", 10_000.0)
OTHER = Number("other", "channel-2", "100000000000008", "other-token", 10_000.0)
PERSON = Sender("IN.1", "911", "Asha", "channel")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def find(phone_number_id: str) -> Number | None:
    """The numbers that are ours."""
    return {NUMBER.phone_number_id: NUMBER, OTHER.phone_number_id: OTHER}.get(phone_number_id)


@dataclass
class Echo:
    """A conversation that numbers its turns and repeats what was said. ``fails`` maps a text to what it raises."""

    fails: dict[str, list[BaseException]] = field(default_factory=dict)
    turns: list[str] = field(default_factory=list)
    running: Counter[str] = field(default_factory=Counter)
    most_at_once: Counter[str] = field(default_factory=Counter)
    slow: float = 0.0

    async def turn(self, session: Session, inbound: Inbound, desk: Any, now: datetime) -> tuple[Session, list[Reply]]:
        self.running[desk.who] += 1
        self.most_at_once[desk.who] = max(self.most_at_once[desk.who], self.running[desk.who])
        try:
            await asyncio.sleep(self.slow)
            self.turns.append(inbound.id)
            if self.fails.get(inbound.text):
                raise self.fails[inbound.text].pop(0)
        finally:
            self.running[desk.who] -= 1
        session.asked += 1
        return session, [Reply(f"{session.asked}: {inbound.text}")]

    async def give_up(
        self, session: Session, inbound: Inbound, desk: Any, now: datetime
    ) -> tuple[Session, list[Reply]]:
        if self.fails.get(f"give up {inbound.text}"):
            raise self.fails[f"give up {inbound.text}"].pop(0)
        await desk.call_back(inbound.id, "failed", session.step, session.choices, session.language, now)
        session.asked += 1
        return session, [Reply("A person will call you.")]


@dataclass
class Desk:
    """The front desk as far as the bot itself uses it."""

    who: str
    calls: list[tuple[str, str]]

    async def call_back(self, request_id: str, reason: str, *_: Any) -> None:
        self.calls.append((request_id, reason))


@dataclass
class Provider:
    """A channel that remembers. ``fails``: raised by the next sends, in order; ``None`` lets one through."""

    asked: list[Outgoing] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    fails: list[SendError | None] = field(default_factory=list)
    slow: float = 0.0
    held: asyncio.Event | None = None
    longest: int = 0
    listed: dict[str, str] = field(default_factory=dict)
    looking: Callable[[], None] = lambda: None
    serial: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def send(self, number: Number, reply: Outgoing) -> str:
        self.asked.append(reply)
        await asyncio.sleep(self.slow)
        if self.held:
            await self.held.wait()
        if self.fails and (error := self.fails.pop(0)):
            raise error
        self.sent.append(reply)
        return f"wamid.out.{next(self.serial)}"

    async def sent_before(self, _number: Number, reply: Outgoing, /) -> str:
        """What its list tells, if it has one."""
        self.looking()
        return self.listed.get(reply.id, "")

    async def typing(self, number: Number, message_id: str) -> None:
        self.typed.append(message_id)

    def pieces(self, _: Number, reply: Reply, /) -> list[Reply]:
        """At most so long, as Twilio has it."""
        return [replace(reply, text=part) for part in parts(reply.text, self.longest)] if self.longest else [reply]

    @property
    def texts(self) -> list[str]:
        """What patients read, in order."""
        return [reply.reply.text for reply in self.sent]


@dataclass
class Shelf:
    """An archive of lists. ``away``: raised by everything."""

    written: dict[str, tuple[Record, list[Told]]] = field(default_factory=dict)
    late: list[Told] = field(default_factory=list)
    quarantined: list[Entry] = field(default_factory=list)
    news: list[Entry] = field(default_factory=list)
    undeliverable: list[Undelivered] = field(default_factory=list)
    away: Exception | None = None

    def _there(self) -> None:
        if self.away:
            raise self.away

    async def transcript(self, records: list[tuple[Record, list[Told]]]) -> None:
        self._there()
        self.written |= {record.id: (record, told) for record, told in records}

    async def statuses(self, tales: list[Told]) -> None:
        self._there()
        self.late += tales

    async def quarantine(self, entries: list[Entry]) -> None:
        self._there()
        self.quarantined += entries

    async def events(self, entries: list[Entry]) -> None:
        self._there()
        self.news += entries

    async def undelivered(self, reply: Undelivered) -> None:
        self._there()
        self.undeliverable.append(reply)

    async def catch_up(self, everything: bool = False) -> None:
        """Nothing waits here."""


@dataclass
class World:
    """One bot and all that it meets."""

    bot: Bot
    echo: Echo
    provider: Provider
    shelf: Shelf
    calls: list[tuple[str, str]]
    app: Webhook
    client: httpx.AsyncClient

    async def post(self, body: bytes, **headers: str) -> httpx.Response:
        """A signed webhook."""
        given = {"content-type": "application/json", "x-hub-signature-256": signature(body)} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await self.client.post("/webhooks/cloud", content=body, headers=given)

    async def say(self, *texts: str, user: str = "1") -> None:
        """A patient writes."""
        for text in texts:
            assert (await self.post(webhook(messages=[message(text, user=user)]))).status_code == 200

    async def tap(self, *titles: str, user: str = "1") -> None:
        """A patient taps: each is a message of its own, whatever else is written."""
        for title in titles:
            assert (await self.post(webhook(messages=[button(title, user)]))).status_code == 200

    async def until(self, done: Callable[[], object], seconds: float = 8.0) -> None:
        """Wait until it has come about."""
        async with asyncio.timeout(seconds):
            while not done():  # noqa: ASYNC110 -- it is looked at from outside
                await asyncio.sleep(0.01)

    async def work(self, seconds: float = 8.0) -> None:
        """Run the loop until both lanes are empty."""
        task = asyncio.create_task(self.bot.loop.run())
        try:
            async with asyncio.timeout(seconds):
                while not await self.idle():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        finally:
            self.bot.loop.stop()
            await task
            self.bot.loop._stopping = False

    async def waiting_replies(self) -> list[str]:
        """The ids of replies whose records still wait in Redis."""
        found = [await self.bot.lanes.redis.redis.hkeys(f"{{s{shard}}}:records") for shard in range(2)]
        return [key.decode() for keys in found for key in keys if key.startswith(b"o.")]

    async def idle(self) -> bool:
        """Whether nothing waits and nothing is in work."""
        lanes = self.bot.lanes
        depths = [await lanes.depth(lane, shard) for lane in ("in", "out") for shard in range(lanes.shards)]
        return not any(depth.ready or depth.leased for depth in depths)


def app_of(bot: Bot) -> Webhook:
    """The bot's web application without stores to ask."""

    async def nothing(*_: str) -> None:
        return None

    async def none_missing() -> list[str]:
        return []

    return create_app(bot, secret=SECRET, verify_token=VERIFY, visit=nothing, missing=none_missing)


_serial = itertools.count(1)


def message(text: str, user: str = "1", **fields: Any) -> dict[str, Any]:
    """A text message as Meta sends it."""
    return {
        "from": f"91{user}", "from_user_id": f"IN.{user}", "id": f"wamid.in.{next(_serial)}", "timestamp": "1767225600",
        "type": "text", "text": {"body": text},
    } | fields  # fmt: skip


def button(title: str, user: str = "1") -> dict[str, Any]:
    """A tapped button as Meta sends it."""
    reply = {"type": "button_reply", "button_reply": {"id": title, "title": title}}
    return message("", user, type="interactive", interactive=reply)


def status(id: str, name: str, wamid: str = "wamid.out.1", **fields: Any) -> dict[str, Any]:
    """A status as Meta sends it."""
    return {
        "id": wamid, "status": name, "timestamp": "1767225601", "recipient_id": "911", "biz_opaque_callback_data": id,
    } | fields  # fmt: skip


def webhook(number: str = NUMBER.phone_number_id, **value: Any) -> bytes:
    """One update as Meta posts it."""
    metadata = {"display_phone_number": "15550000000", "phone_number_id": number}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": "2", "changes": [change]}]})


def signature(body: bytes, secret: str = SECRET) -> str:
    """Meta's signature of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
