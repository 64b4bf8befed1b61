"""What else waits in Redis for the database: quarantine, account events, late statuses, replies that nobody got.

Plain streams, read from their beginning by whoever writes for the shard: writing the same entry twice changes nothing,
so no consumer group is needed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot import metrics
from bot.lanes import Lanes
from bot.payload import AccountEvent, Unreadable
from bot.pipeline import script

Stream = Literal["quarantine", "events", "late", "undelivered"]
HOME = 0  # the shard in which what belongs to no chat is kept


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a stream."""

    id: str
    fields: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Streams:
    """The streams of every shard."""

    lanes: Lanes

    async def keep(self, items: Iterable[AccountEvent | Unreadable]) -> int:
        """Store account events, and what could not be read."""
        args = [part for item in items for part in _parts(item)]
        return int(await self.lanes.run(script("keep"), HOME, *args))

    async def read(self, stream: Stream, shards: Iterable[int], limit: int) -> dict[int, list[Entry]]:
        """The first entries of each shard."""
        asked = list(shards)
        async with self.lanes.redis.redis.pipeline(transaction=False) as asking:
            for shard in asked:
                asking.xrange(_name(stream, shard), count=limit)
            found = await asking.execute()
        return {shard: [*map(_entry, entries)] for shard, entries in zip(asked, found, strict=True)}

    async def forget(self, stream: Stream, found: Mapping[int, Iterable[Entry]]) -> None:
        """Remove entries that were dealt with."""
        async with self.lanes.redis.redis.pipeline(transaction=False) as asking:
            for shard, entries in found.items():
                if ids := [entry.id for entry in entries]:
                    asking.xdel(_name(stream, shard), *ids)
            await asking.execute()


def _entry(told: tuple[bytes, Mapping[bytes, bytes]]) -> Entry:
    named, fields = told
    return Entry(named.decode(), {name.decode(): value for name, value in fields.items()})


def _name(stream: Stream, shard: int) -> str:
    return f"{{s{shard}}}:{stream}"


def _parts(item: AccountEvent | Unreadable) -> tuple[str, str, str, bytes]:
    match item:
        case AccountEvent(account_id=account, field=field, raw=raw):
            metrics.EVENTS.inc()
            return "events", field, account, raw
        case Unreadable(reason=reason, raw=raw):
            metrics.QUARANTINED.labels(reason).inc()
            return "quarantine", reason, "", raw
