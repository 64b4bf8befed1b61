"""Carries what waits in Redis into the database, in batches, whenever the database is there.

One process at a time writes for a shard; when it is killed another one does within seconds (``bot.life``). That spares
work and guarantees nothing: two would write the same, by the same ids.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from secrets import token_hex
from time import monotonic
from typing import TypeVar

import structlog
from redis.exceptions import RedisError

from bot import metrics
from bot.archive import Archive, Undelivered
from bot.envelope import who_is
from bot.ids import place_of
from bot.lanes import Lanes, Settled
from bot.outage import AWAY
from bot.payload import Unreadable
from bot.record import Record, tales
from bot.streams import HOME, Entry, Stream, Streams
from flows.session import Session

HELD = 10.0  # seconds for which a shard is ours to write
BATCH = 500
PAUSE = 0.5  # seconds between two looks
LONGEST_PAUSE = 15.0  # while the database is away
LATE = 2.0  # seconds between two looks at late statuses: those of one promise come within a second, and are one change

log = structlog.get_logger()
Item = TypeVar("Item")


@dataclass(slots=True)
class Writer:
    """``run`` until ``stop``; ``write_all`` does what is due now."""

    lanes: Lanes
    streams: Streams
    archive: Archive
    batch: int = BATCH
    name: str = field(default_factory=lambda: token_hex(8))
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _late_at: float = field(default=-LATE)

    async def run(self) -> None:
        """Write again and again; patient while a store is away."""
        pause = PAUSE
        while not self._stopping.is_set():
            try:
                busy = await self.write_all()
                pause = 0.02 if busy else PAUSE
            except Exception as error:
                pause = min(pause * 2 + PAUSE, LONGEST_PAUSE)
                log.warning("writing waits for its store", exc_info=error, seconds=pause)
            await self._rest(pause)
        await self._finish()
        await self._let_go()

    async def _finish(self) -> None:
        try:
            await self.archive.catch_up(everything=True)
        except AWAY as error:
            log.warning("not caught up", why=type(error).__name__)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass

    def stop(self) -> None:
        """Finish the batch in hand."""
        self._stopping.set()

    async def write_all(self) -> bool:
        """One batch of everything; whether there is probably more."""
        every = range(self.lanes.shards)
        mine = await asyncio.gather(*map(self._ours, every))
        ours = [shard for shard in every if mine[shard]]
        full = [await self._records(ours), await self._all_streams(ours)]
        await self.archive.catch_up()
        return any(full)

    async def _ours(self, shard: int) -> bool:
        redis, key = self.lanes.redis.redis, f"{{s{shard}}}:writer"
        if await redis.set(key, self.name, px=int(HELD * 1000), nx=True):
            return True
        if await redis.get(key) != self.name.encode():
            return False
        await redis.pexpire(key, int(HELD * 1000))
        return True

    async def _let_go(self) -> None:
        """So that the next process need not wait."""
        redis = self.lanes.redis.redis
        try:
            for shard in range(self.lanes.shards):
                if await redis.get(f"{{s{shard}}}:writer") == self.name.encode():
                    await redis.delete(f"{{s{shard}}}:writer")
        except RedisError:
            log.info("shards are let go by time")

    async def _all_streams(self, shards: list[int]) -> bool:
        full = [
            await self._late_ones(shards),
            await self._stream("undelivered", shards, self._undelivered),
            await self._stream("quarantine", shards, self.archive.quarantine),
            HOME in shards and await self._stream("events", [HOME], self.archive.events),
        ]
        return any(full)

    async def _late_ones(self, shards: list[int]) -> bool:
        """Late statuses wait no longer than records do."""
        if monotonic() - self._late_at < min(LATE, self.lanes.times.settle):
            return False
        full = await self._stream("late", shards, self._late)
        self._late_at = -LATE if full else monotonic()
        return full

    async def _records(self, shards: list[int]) -> bool:
        """Of all shards at once: each write costs the database as much again, however few it carries."""
        found = await asyncio.gather(*(self.lanes.settled(shard, self.batch) for shard in shards))
        if settled := [item for items in found for item in items]:
            await self._all_or_each("records", settled, self._transcript, lambda item: item.record)
            await asyncio.gather(*map(self.lanes.written, shards, found))
            metrics.WRITTEN.inc(len(settled))
        return any(len(items) == self.batch for items in found)

    async def _transcript(self, settled: list[Settled]) -> None:
        await self.archive.transcript([(Record.from_json(item.record), tales(item.told)) for item in settled])

    async def _stream(self, stream: Stream, shards: list[int], write: Callable[[list[Entry]], Awaitable[None]]) -> bool:
        """Of all these shards at once, as records."""
        found = await self.streams.read(stream, shards, self.batch)
        if entries := [entry for some in found.values() for entry in some]:
            await self._all_or_each(stream, entries, write, lambda entry: entry.fields.get("raw", b""))
            await self.streams.forget(stream, found)
        return any(len(some) == self.batch for some in found.values())

    async def _all_or_each(
        self, what: str, items: list[Item], write: Callable[[list[Item]], Awaitable[None]], raw: Callable[[Item], bytes]
    ) -> None:
        """Write a batch; where the database refuses it, each by itself, so that one bad item holds no other up."""
        try:
            await write(items)
        except AWAY:
            raise
        except Exception as error:
            if len(items) > 1:
                for item in items:
                    await self._all_or_each(what, [item], write, raw)
                return
            log.error("not writable", what=what, exc_info=error)
            metrics.QUARANTINED.labels("not writable").inc()
            if what != "quarantine":
                await self.streams.keep([Unreadable("not writable", raw(items[0]))])

    async def _late(self, entries: list[Entry]) -> None:
        told = [each for entry in entries for each in tales(entry.fields["status"])]
        metrics.LATE.inc(len(told))
        await self.archive.statuses(told)

    async def _undelivered(self, entries: list[Entry]) -> None:
        for entry in entries:
            if reply := await self._reply(entry):
                await self.archive.undelivered(reply)

    async def _reply(self, entry: Entry) -> Undelivered | None:
        """All that is needed for a callback; None: the chat is forgotten."""
        reply_id = entry.fields["id"].decode()
        place = place_of(reply_id)
        if place is None:
            return None
        person, session = await self.lanes.remembered(place.shard, place.chat)
        if (known := who_is(person)) is None:
            return None
        told = tales(entry.fields.get("status", b""))
        code, number = entry.fields["code"].decode(), told[0].number if told else ""
        return Undelivered(reply_id, *known, Session.from_json(session), code, number)
