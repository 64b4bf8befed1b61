"""From what is told of our messages to what is counted: which reached its patient, and how the provider prices it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.directory import Directory, Number
from bot.cost import Delivered
from bot.ids import place_of
from bot.record import Record, Told
from clinic.conversation import Conversation
from clinic.directory import directory_of
from clinic.errors import NotFound
from clinic.market import market_of
from clinic.message import Message
from clinic.message_kind import Kind
from clinic.notification import Notification
from clinic.purpose import PURPOSES

REACHED = frozenset({"delivered", "read", "played"})
SERVICE = "service"
LONG_AGO = timedelta(days=7)  # less than ``bot.lanes.REMEMBERED``
WORD = 40  # letters of a provider's word, at most

Pricing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message of ours that reached its patient. ``pricing``: the provider's; ``to``: how the patient's number, or
    the provider's id of them, begins."""

    id: str
    number: Number
    at: datetime
    to: str
    pricing: Pricing | None
    chat_id: str = ""
    clinic_id: str = ""
    category: str = SERVICE  # where the provider tells none


def arrival(tales: Iterable[Told], number: Number, id: str) -> Arrival | None:
    """When it arrived, if it did; the price may have been told before."""
    told = list(tales)
    first = min((each for each in told if each.status in REACHED), key=lambda each: each.at, default=None)
    if first is None:
        return None
    pricing = next((each.pricing for each in told if each.pricing), None)
    return Arrival(id, number, first.at, first.to, pricing)


async def of_records(records: Iterable[tuple[Record, list[Told], str]], numbers: Directory) -> list[Arrival]:
    """Of replies that are just being written, with what is known of each and the id of its chat."""
    found = []
    for record, tales, chat_id in records:
        named = next((each.number for each in tales if each.number), "")
        number = await numbers.get(named) if named else None
        if number and record.direction == "out" and (each := arrival(tales, number, record.id)):
            found.append(replace(each, chat_id=chat_id, clinic_id=record.clinic_id))
    return found


async def of_late(tales: Iterable[Told], numbers: Directory) -> list[Arrival]:
    """Of messages and notifications that were written before; to be asked before the statuses are written. What had
    arrived days ago was counted then, and may be forgotten by now: it may be read any time."""
    told_now, found = list(tales), list[Arrival]()
    prices = {told.id: told.pricing for told in told_now if told.pricing}  # perhaps with another status of these
    for told in told_now:
        number = await numbers.get(told.number) if told.status in REACHED else None
        if number and (each := arrival([told], number, told.id or told.wamid)):
            found.append(replace(each, pricing=each.pricing or prices.get(told.id)))
    by_tenant: dict[str, list[Arrival]] = defaultdict(list)
    for each in found:
        by_tenant[each.number.tenant_id].append(each)
    known = await asyncio.gather(*(_known(tenant_id, own) for tenant_id, own in by_tenant.items()))
    return [each for own in known for each in own]


async def _known(tenant_id: str, arrivals: list[Arrival]) -> list[Arrival]:
    promises = await _promises(tenant_id, [each for each in arrivals if each.id.startswith("n.")])
    return promises + await _replies(tenant_id, [each for each in arrivals if place_of(each.id)])


async def _replies(tenant_id: str, arrivals: list[Arrival]) -> list[Arrival]:
    if not arrivals:
        return []
    fields = ("chat_id", "pricing", "status", "status_at")
    said = await Message.of(tenant_id).rows({"_id": {"$in": [each.id for each in arrivals]}}, fields)
    rows = {row["_id"]: row for row in said if row.get("chat_id")}
    arrivals = [each for each in arrivals if not _counted(each, rows.get(each.id, {}))]
    chats = sorted({row["chat_id"] for row in rows.values()})
    shown = await Conversation.of(tenant_id).rows({"_id": {"$in": chats}}, ("clinic_id",)) if chats else []
    clinics = {row["_id"]: row.get("clinic_id", "") for row in shown}
    return [_completed(each, rows[each.id], clinics) for each in arrivals if each.id in rows]


def _completed(each: Arrival, row: Mapping[str, Any], clinics: Mapping[str, str]) -> Arrival:
    pricing, chat_id = each.pricing or row.get("pricing"), row["chat_id"]
    return replace(each, pricing=pricing, chat_id=chat_id, clinic_id=clinics.get(chat_id, ""))


async def _promises(tenant_id: str, arrivals: list[Arrival]) -> list[Arrival]:
    ids = {each.id: each.id.split(".")[1] for each in arrivals}
    if not ids:
        return []
    fields = ("chat_id", "clinic_id", "kind", "pricing", "status", "status_at")
    found = await Notification.of(tenant_id).rows({"_id": {"$in": sorted(set(ids.values()))}}, fields)
    rows = {row["_id"]: row for row in found}
    known = [(each, rows[ids[each.id]]) for each in arrivals if ids[each.id] in rows]
    return [_promised(each, row) for each, row in known if not _counted(each, row)]


def _counted(each: Arrival, row: Mapping[str, Any]) -> bool:
    """Whether it had arrived so long before that it was counted for sure."""
    return row.get("status") in REACHED and each.at - row["status_at"] > LONG_AGO


def _promised(each: Arrival, row: Mapping[str, Any]) -> Arrival:
    purpose = PURPOSES.get(row["kind"].partition("@")[0].partition(":")[0])
    return replace(
        each, pricing=each.pricing or row.get("pricing"), chat_id=row["chat_id"], clinic_id=row.get("clinic_id", ""),
        category=purpose.category.lower() if purpose else "utility",
    )  # fmt: skip


async def delivered(arrivals: Iterable[Arrival]) -> list[Delivered]:
    """As they are counted: in the clinic's month. The Cloud API prices what it charges for; Twilio tells no prices,
    there every message counts as charged."""
    return [counted for each in arrivals if (counted := await _delivered(each))]


async def _delivered(each: Arrival) -> Delivered | None:
    if each.number.provider == "cloud" and not each.pricing:
        return None
    pricing = each.pricing or {"category": each.category, "type": "regular"}
    clinic_id, zone = await _place(each.number.tenant_id, each.clinic_id)
    local = each.at.astimezone(zone)
    kind = Kind(
        each.number.tenant_id, f"{local:%Y-%m}", clinic_id, each.number.channel_id, each.number.provider,
        market_of(each.to, each.to), _word(pricing.get("category")), _word(pricing.get("type")),
    )  # fmt: skip
    return Delivered(each.id, each.chat_id, f"{local:%Y-%m-%d}", kind)


def _word(told: object) -> str:
    """A provider's word; it may invent others."""
    return "".join(letter for letter in str(told or "")[:WORD] if letter.isalnum() or letter in "_-") or "unknown"


async def _place(tenant_id: str, clinic_id: str) -> tuple[str, ZoneInfo]:
    """The clinic whose message it is, where that is known or there is but one, and its time zone."""
    try:
        clinics = (await directory_of(tenant_id)).clinics
    except NotFound:
        return clinic_id, ZoneInfo("UTC")
    if clinic_id not in clinics:
        clinic_id = next(iter(clinics)) if len(clinics) == 1 else ""
    zone = next((each.zone for each in clinics.values() if clinic_id in ("", each.id)), "UTC")
    return clinic_id, ZoneInfo(zone)
