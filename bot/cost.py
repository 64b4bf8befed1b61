"""Counts what delivered messages cost. Each is counted once, in Redis and in the batch that carries its status to the
database; the sums follow in batches of their own.

Whoever dies in between leaves a batch that comes again: a message that was counted is known by its id for eight days,
and the sums are totals, so writing them twice changes nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from secrets import token_hex
from time import monotonic
from typing import Any

import orjson

from bot.ids import shard_of, short
from bot.lanes import REMEMBERED, Lanes
from bot.pipeline import Argument, script
from clinic import cost
from clinic.cost import Total
from clinic.message_kind import Kind

KEPT = 70 * 24 * 3600  # seconds for which a month's counts stay in Redis: no status is later
APART = 10.0  # seconds between two writes
BATCH = 200


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message that reached its patient. ``day``: the clinic's, as 2026-11-21; a patient's messages of one day with
    one clinic are one conversation."""

    id: str
    chat_id: str
    day: str
    kind: Kind


@dataclass(slots=True)
class Till:
    """``count`` what was delivered, ``catch_up`` from time to time."""

    lanes: Lanes
    era: str = field(default_factory=lambda: token_hex(6))
    _written_at: float = field(default=-APART)

    async def count(self, delivered: Iterable[Delivered]) -> None:
        """Count each once, however often it comes."""
        by_shard: dict[int, list[Argument]] = defaultdict(list)
        for each in delivered:
            talk = short(f"{each.chat_id}|{each.kind.clinic_id}|{each.day}")
            told: list[Argument] = [short(each.id), talk, _how(each.kind), each.kind.month]
            by_shard[shard_of(each.chat_id, self.lanes.shards)] += told
        runs = (
            self.lanes.run(script("cost"), shard, REMEMBERED, KEPT, self.era, *args) for shard, args in by_shard.items()
        )
        await asyncio.gather(*runs)

    async def catch_up(self, everything: bool = False) -> None:
        """Write what has changed."""
        if not everything and monotonic() - self._written_at < APART:
            return
        self._written_at = monotonic()
        found = await asyncio.gather(
            *(self.lanes.run(script("costs"), shard, BATCH) for shard in range(self.lanes.shards))
        )
        await cost.keep(_total(shard, row) for shard, rows in enumerate(found) for row in rows)
        await asyncio.gather(*(self._counted(shard, rows) for shard, rows in enumerate(found) if rows))

    async def _counted(self, shard: int, rows: list[Any]) -> None:
        """Those are in the database."""
        written = [part for month, _, how, messages, _ in rows for part in (month, how, messages)]
        await self.lanes.run(script("counted"), shard, *written)


NAMES = ("tenant_id", "clinic_id", "channel_id", "provider", "market", "category", "type")


def _how(kind: Kind) -> bytes:
    return orjson.dumps([getattr(kind, name) for name in NAMES])


def _total(shard: int, row: list[Any]) -> Total:
    month, era, how, messages, conversations = row
    kind = Kind(month=month.decode(), **dict(zip(NAMES, orjson.loads(how), strict=True)))
    return Total(kind, f"{era.decode()}-{shard}", messages, conversations)
