"""The bot's parts, put together: nothing is global, so that two of them can live in one process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import structlog
from redis.asyncio import Redis

from bot import metrics
from bot.archive import Archive, ClinicArchive, OnFile
from bot.channels.channel import Channel
from bot.channels.directory import Directory, Find
from bot.cost import Till
from bot.forget import Forgetting
from bot.lanes import Lane, Lanes, Times
from bot.life import Life
from bot.loop import Conversation, D, Loop, Patience
from bot.pace import shared_pace
from bot.pipeline import Coalesced
from bot.receive import Application, Webhook
from bot.send import Sender
from bot.silence import Silence
from bot.staff import Return, StaffDoor
from bot.streams import Streams
from bot.trouble import into
from bot.twilio.poll import Poll
from bot.twilio.receive import TwilioWebhook
from bot.twilio.spool import Spool
from bot.writer import Writer
from clinic.views import Sender as Person

SAMPLED = 5.0  # seconds between two looks at the lanes, for the metrics

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BotSettings:
    """What may be tuned; the defaults are meant to stay."""

    shards: int = 4  # must not change while messages wait
    turns_at_once: int = 64
    sends_at_once: int = 128
    write_batch: int = 500
    times: Times = field(default_factory=Times)
    patience: Patience = field(default_factory=Patience)


class Part(Protocol):
    """Something of the bot that works until it is stopped."""

    async def run(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class AtTwilio:
    """How Twilio reaches us: our address as it was entered there, that of the fallback where it is another one, and the
    folder for what comes while Redis is away. ``poll`` makes what looks for all that never came; None: nobody does."""

    address: str
    spool: Path
    fallback: str = ""
    poll: Callable[[Lanes, TwilioWebhook], Poll] | None = None


@dataclass(slots=True)
class Bot:
    """Built by ``assemble``; works while ``working`` is entered."""

    lanes: Lanes
    streams: Streams
    numbers: Directory
    loop: Loop[Any]
    sender: Sender
    writer: Writer
    returning: Return
    forgetting: Forgetting
    twilio: list[Part] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def webhook(self, app: Application, secret: str, verify_token: str, at_twilio: AtTwilio | None = None) -> Webhook:
        """The receivers, in front of ``app``."""
        found = Webhook(
            app,
            self.lanes,
            self.streams,
            self.numbers,
            secret.encode(),
            verify_token.encode(),
            self.loop.woken,
            lambda statuses: self.sender.silence.heard(statuses, self.numbers),
        )
        if at_twilio is not None:
            twilio = found.app = TwilioWebhook(
                app, found.take, self.numbers, at_twilio.address, Spool(at_twilio.spool), at_twilio.fallback
            )
            self.twilio = [twilio, *([at_twilio.poll(self.lanes, twilio)] if at_twilio.poll else [])]
        return found

    @asynccontextmanager
    async def working(self) -> AsyncIterator["Bot"]:
        """Answer, send and write until left; then finish what is in hand."""
        parts: list[Part] = [
            self.loop,
            self.writer,
            self.returning,
            self.forgetting,
            *self.twilio,
        ]
        tasks = [asyncio.ensure_future(work) for work in (*(part.run() for part in parts), self._sample())]
        try:
            yield self
        finally:
            for part in parts:
                part.stop()
            tasks[-1].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.lanes.redis.finish()

    async def _sample(self) -> None:
        while True:
            try:
                await self.sample()
            except Exception as error:
                log.info("lanes not looked at", why=type(error).__name__)
            await asyncio.sleep(SAMPLED)

    async def sample(self) -> None:
        """Put the state of the lanes into the metrics."""
        lanes: tuple[Lane, Lane] = ("in", "out")
        for lane in lanes:
            depths = [await self.lanes.depth(lane, shard) for shard in range(self.lanes.shards)]
            metrics.WAITING.labels(lane).set(sum(depth.ready for depth in depths))
            metrics.IN_WORK.labels(lane).set(sum(depth.leased for depth in depths))
            metrics.OLDEST.labels(lane).set(max(depth.age for depth in depths))
        metrics.UNWRITTEN.set(sum(depth.records for depth in depths))


def assemble(
    redis: "Redis",
    find: Find,
    desk: Callable[[str, Person], D],
    conversation: Conversation[D],
    channel: Channel,
    settings: BotSettings | None = None,
    archive: Archive | None = None,
    on_file: OnFile | None = None,
) -> Bot:
    """``find`` looks one of our numbers up, ``desk`` opens the front desk for a person of a tenant, ``on_file`` is told
    of what a worker is to fetch."""
    settings = settings or BotSettings()
    lanes = Lanes(Coalesced(redis), settings.shards, settings.times)
    streams, numbers = Streams(lanes), Directory(find)
    life, silence = Life(lanes), Silence(shared_pace(lanes.redis), into(streams))
    sender = Sender(lanes, numbers, channel, silence, life, settings.sends_at_once)
    loop = Loop(lanes, conversation, desk, sender, channel, numbers, life, settings.patience, settings.turns_at_once)
    sender.woken, sender.freed = loop.outbox_woken, loop.freed
    if archive is None:
        archive = ClinicArchive(numbers, desk, till=Till(lanes))
        archive.on_file = on_file or archive.on_file
    writer = Writer(lanes, streams, archive, settings.write_batch, lanes.holder)
    return Bot(lanes, streams, numbers, loop, sender, writer, Return(StaffDoor(lanes)), Forgetting(lanes))
