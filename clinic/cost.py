"""What messages cost: how many were delivered, by clinic and month, as the provider prices them.

The counts come from the bot in totals since an *era* of its count began (``bot.cost``): writing one twice changes
nothing, a smaller one is an older one, and a Redis that was lost begins another era.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pymongo import IndexModel

from clinic.message_kind import Kind
from clinic.record import Query, TenantRecord


@dataclass(frozen=True, slots=True)
class Total:
    """What one part of the count has come to."""

    kind: Kind
    part: str
    messages: int
    conversations: int


class MessageCount(TenantRecord):
    """The count of one kind, by who counted (``Total.part``); those are added up."""

    month: str
    clinic_id: str = ""
    channel_id: str = ""
    provider: str = "cloud"
    market: str = ""
    category: str = ""
    type: str = ""
    messages: dict[str, int] = {}
    conversations: dict[str, int] = {}

    class Settings:
        name = "message_counts"
        indexes = [IndexModel([("tenant_id", 1), ("month", 1)])]

    @property
    def kind(self) -> Kind:
        """What it counts."""
        names = Kind.__dataclass_fields__
        return Kind(**self.model_dump(include=set(names)))


async def keep(totals: Iterable[Total]) -> None:
    """Write what the count has come to, all parts of a kind in one change. Again with the same changes nothing; an
    older total neither."""
    by_kind: dict[Kind, list[Total]] = defaultdict(list)
    for total in totals:
        by_kind[total.kind].append(total)
    changes: dict[str, list[tuple[Query, Query]]] = defaultdict(list)
    for kind, parts in by_kind.items():
        changes[kind.tenant_id].append(_change(kind, parts))
    await asyncio.gather(
        *(MessageCount.of(tenant_id).change_each(each, upsert=True) for tenant_id, each in changes.items())
    )


def _change(kind: Kind, totals: Iterable[Total]) -> tuple[Query, Query]:
    names = ("month", "clinic_id", "channel_id", "provider", "market", "category", "type")
    said, grown = {name: getattr(kind, name) for name in names}, dict[str, int]()
    for total in totals:
        for field, count in (("messages", total.messages), ("conversations", total.conversations)):
            part = f"{field}.{total.part}"
            grown[part] = max(count, grown.get(part, 0))
    return {"_id": "/".join((kind.tenant_id, *said.values()))}, {"$max": grown, "$setOnInsert": said}


@dataclass(frozen=True, slots=True)
class Counted:
    """All that was delivered of one kind."""

    kind: Kind
    messages: int
    conversations: int


async def counted(tenant_id: str, first: str, last: str) -> list[Counted]:
    """What was delivered from one month to another (both 2026-11), each kind once."""
    found = await MessageCount.of(tenant_id).find({"month": {"$gte": first, "$lte": last}})
    return sorted(
        (Counted(each.kind, sum(each.messages.values()), sum(each.conversations.values())) for each in found),
        key=lambda each: each.kind,
    )
