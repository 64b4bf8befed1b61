"""The transcript: what was written in a chat, by whom, and how far it came."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from pymongo import IndexModel

from clinic.delivery import RANK, StatusChange, below, fields, furthest
from clinic.record import TenantRecord


class Message(TenantRecord):
    """``id`` is the provider's id of an inbound message, the outbox id of an outbound one."""

    chat_id: str
    direction: Literal["in", "out", "note"]  # of the patient, to the patient, about the conversation
    kind: str
    by: str = ""  # of the staff, where one of them wrote or did it
    text: str = ""
    options: list[tuple[str, str]] = []  # id and title of what could be tapped
    at: datetime
    status: str = "queued"
    status_rank: int = 0
    status_at: datetime | None = None
    wamid: str = ""
    error: str = ""
    pricing: dict[str, Any] | None = None
    media_id: str = ""  # of the file that came with it
    raw: dict[str, Any] | None = None  # of a kind that is not known yet

    class Settings:
        name = "messages"
        indexes = [
            IndexModel([("tenant_id", 1), ("chat_id", 1), ("at", 1)]),
            IndexModel([("tenant_id", 1), ("wamid", 1)]),
        ]


async def record(messages: Iterable[dict[str, Any]]) -> None:
    """Keep messages, given as a mapping of ``Message``'s fields; those kept before stay as they are.

    They stay mappings, and go in batches: a transcript is the busiest collection, and nobody waits for it.
    """
    rows = [{("_id" if name == "id" else name): value for name, value in each.items()} for each in messages]
    await asyncio.gather(*(_record(tenant_id, group) for tenant_id, group in _by_tenant(rows)))


async def _record(tenant_id: str, rows: list[dict[str, Any]]) -> None:
    known = set(await Message.of(tenant_id).insert_rows(rows))
    if overtaken := [row for row in rows if row["_id"] in known]:
        await _complete(tenant_id, overtaken)


async def _complete(tenant_id: str, rows: list[dict[str, Any]]) -> None:
    """A status may come before its message is kept: fill in the rest. What staff wrote is kept before it is sent: let
    it come as far as is known by now."""
    said = ("chat_id", "direction", "kind", "by", "text", "options", "at", "raw", "media_id")
    await Message.of(tenant_id).change_each(
        (
            {"_id": row["_id"], "direction": {"$exists": False}},
            {"$set": {name: row[name] for name in said if name in row}},
        )
        for row in rows
    )
    told = ("status", "status_rank", "status_at", "wamid", "error", "pricing")
    further = [
        (
            {"_id": row["_id"], "status_rank": {"$not": {"$gte": below(row["status"])}}},
            {"$set": {name: row[name] for name in told if name in row}},
        )
        for row in rows
        if "status" in row
    ]
    if further:
        await Message.of(tenant_id).change_each(further)


async def apply_statuses(changes: Iterable[StatusChange]) -> None:
    """Let each message come as far as the provider says."""
    groups = _by_tenant([{"tenant_id": each.tenant_id, "change": each} for each in furthest(changes)])
    await asyncio.gather(*(_apply(tenant_id, [row["change"] for row in group]) for tenant_id, group in groups))


async def _apply(tenant_id: str, changes: list[StatusChange]) -> None:
    named, others = [each for each in changes if each.outbox_id], [each for each in changes if not each.outbox_id]
    messages = Message.of(tenant_id)
    await messages.change_each((_update(each.outbox_id, each) for each in named), upsert=True)
    if others and (known := await _by_wamid(tenant_id, others)):
        await messages.change_each(_update(message, each) for message, each in known)


async def unended(tenant_id: str, wamids: Iterable[str]) -> dict[str, str]:
    """Our own id for each of these messages of ours, by the provider's, where nobody knows yet that it failed."""
    if not (asked := list(wamids)):
        return {}
    rows = await Message.of(tenant_id).rows({"wamid": {"$in": asked}}, fields=("wamid", "status"))
    return {row["wamid"]: row["_id"] for row in rows if RANK[row.get("status", "queued")] < below("failed")}


async def _by_wamid(tenant_id: str, changes: list[StatusChange]) -> list[tuple[str, StatusChange]]:
    """Which message of ours each is about, in one read: a rank beside the provider's id would ride no index."""
    told = {each.wamid: each for each in changes}
    rows = await Message.of(tenant_id).rows({"wamid": {"$in": list(told)}}, fields=("wamid",))
    return [(row["_id"], told[row["wamid"]]) for row in rows]


def _update(id: str, change: StatusChange) -> tuple[dict[str, Any], dict[str, Any]]:
    behind = {"$not": {"$gte": below(change.status)}}  # also where none is known
    return {"_id": id, "status_rank": behind}, {"$set": fields(change)}


def _by_tenant(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    def tenant(row: dict[str, Any]) -> str:
        return str(row["tenant_id"])

    return [(key, list(group)) for key, group in groupby(sorted(rows, key=tenant), key=tenant)]


async def transcript(tenant_id: str, chat_id: str, limit: int = 100) -> list[Message]:
    """The last messages of a chat, oldest first."""
    latest = await Message.of(tenant_id).find({"chat_id": chat_id}, sort=[("at", -1)], limit=limit)
    return latest[::-1]
