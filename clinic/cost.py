"""What messages cost: how many were delivered, by clinic and month, as the provider prices them.

The counts come from the bot in totals since an *era* of its count began (``bot.cost``): writing one twice changes
nothing, a smaller one is an older one, and a Redis that was lost begins another era.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel

from clinic.record import Query, TenantRecord

FREE = frozenset({"free_customer_service", "free_entry_point"})  # the provider's words for what is not charged


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """How a delivered message counts. ``month``: the clinic's, as 2026-11; ``market``: the patient's country;
    ``category`` and ``type``: the provider's words, such as utility and regular."""

    tenant_id: str
    month: str
    clinic_id: str
    channel_id: str
    provider: str
    market: str
    category: str
    type: str

    @property
    def free(self) -> bool:
        """Whether the provider charges nothing for it."""
        return self.type in FREE


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
    """Write what the count has come to. Again with the same changes nothing; an older total neither."""
    by_tenant: dict[str, list[Total]] = defaultdict(list)
    for total in totals:
        by_tenant[total.kind.tenant_id].append(total)
    for tenant_id, group in by_tenant.items():
        await MessageCount.of(tenant_id).change_each((_change(each) for each in group), upsert=True)


def _change(total: Total) -> tuple[Query, dict[str, Any]]:
    kind = total.kind
    names = ("month", "clinic_id", "channel_id", "provider", "market", "category", "type")
    said = {name: getattr(kind, name) for name in names}
    grown = {f"messages.{total.part}": total.messages, f"conversations.{total.part}": total.conversations}
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
