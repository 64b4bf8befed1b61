"""A chat as staff see it: who has it, the bot or one of them; who waits; until when it may be answered freely.

What staff do in a conversation goes through the patient's own inbox, behind what the patient wrote before: the bot's
turn is the only one that decides, and writes down here, who has it.
"""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel
from pymongo import IndexModel

from clinic import news
from clinic.errors import ClinicError
from clinic.record import ANY_MOMENT, Door, TenantRecord
from clinic.views import Sender

WINDOW = timedelta(hours=23, minutes=30)  # Meta closes after 24 h; the rest is for the way there
WordKind = Literal["staff:take", "staff:say", "staff:tell", "staff:back", "staff:decided"]


class WindowClosed(ClinicError):
    """The patient last wrote more than a day ago: WhatsApp only lets a template through. Send a template."""

    code = "window_closed"


class HeldByOther(ClinicError):
    """A colleague has this conversation: they must hand it back first."""

    code = "held_by_other"


class NotHeld(ClinicError):
    """Take the conversation first, so that the assistant is silent while you write."""

    code = "not_held"


class NotAnswered(ClinicError):
    """The chat does not answer just now. It will be done as soon as it does: look again in a few seconds."""

    code, status, retry_after = "chat_away", 503, 5


class NoChannel(ClinicError):
    """The number that the patient wrote to is not connected any more."""

    code = "no_channel"


class Person(BaseModel):
    """Who writes, as the provider last told it: the inbox is found by it."""

    user_id: str
    wa_id: str = ""
    profile_name: str = ""
    channel_id: str = ""


class Conversation(TenantRecord):
    """One per chat, with the chat's id. ``heard_at`` is when the patient last wrote, ``last_at`` when anybody did.
    Without ``held_by`` the bot has it. ``answered``: of each member of staff the last word that a turn dealt with."""

    person: Person
    last_at: datetime
    heard_at: datetime | None = None
    language: str = ""
    clinic_id: str = ""
    held_by: str = ""
    held_until: datetime | None = None  # unless they do something until then, the bot returns
    unread: bool = False  # the patient wrote while a person has it, and nobody has looked
    answered: dict[str, str] = {}

    class Settings:
        name = "conversations"
        indexes = [
            IndexModel([("tenant_id", 1), ("last_at", -1)]),
            IndexModel([("tenant_id", 1), ("held_by", 1)]),
            IndexModel([("tenant_id", 1), ("unread", 1)]),
            IndexModel([("held_until", 1)], name="held", partialFilterExpression={"held_until": ANY_MOMENT}),
        ]

    @property
    def window_ends_at(self) -> datetime | None:
        """Until when a free message may be sent; None where the patient never wrote."""
        return self.heard_at + WINDOW if self.heard_at else None

    def open_at(self, now: datetime) -> bool:
        """Whether a free message may be sent."""
        return self.heard_at is not None and now < self.heard_at + WINDOW

    def holder(self, now: datetime) -> str:
        """Who of the staff has it; empty: the bot."""
        return self.held_by if self.held_until and self.held_until > now else ""

    @property
    def sender(self) -> Sender:
        """Whose inbox it is."""
        return Sender(**self.person.model_dump())


@dataclass(frozen=True, slots=True)
class Word:
    """What staff bring into a conversation. ``hold`` is for how many seconds they keep it, ``quiet`` that the bot says
    nothing as it returns, ``heard_at`` when the patient last wrote: what is said may leave until that window closes."""

    id: str
    kind: WordKind
    tenant_id: str
    sender: Sender
    at: datetime
    heard_at: datetime | None = None
    by: str = ""
    text: str = ""
    hold: int = 0
    quiet: bool = False


def word(
    conversation: Conversation, kind: WordKind, request_id: str, at: datetime, by: str = "", text: str = "",
    hold: timedelta = timedelta(), quiet: bool = False,
) -> Word:  # fmt: skip
    """What somebody does in a conversation. The same request is the same word: said twice, it counts once."""
    named = hashlib.sha256(f"{conversation.id} {kind} {by} {request_id} {text}".encode()).hexdigest()[:24]
    return Word(
        f"s.{named}", kind, conversation.tenant_id, conversation.sender, at, conversation.heard_at, by, text,
        int(hold.total_seconds()), quiet,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """A message that has come to the transcript, as far as the conversation's own record shows it."""

    tenant_id: str
    chat_id: str
    sender: Sender
    at: datetime
    heard: bool  # the patient wrote it
    language: str = ""
    clinic_id: str = ""


async def written(messages: Iterable[Written], fresh: bool = False) -> None:
    """Bring the conversations of these messages up to date; the same again changes nothing. ``fresh``: they are
    probably not written down yet, which costs less."""
    groups: dict[tuple[str, str], list[Written]] = {}
    for each in sorted(messages, key=lambda each: each.at):
        groups.setdefault((each.tenant_id, each.chat_id), []).append(each)
    tenants = {tenant_id for tenant_id, _ in groups}
    await asyncio.gather(
        *(
            _written(tenant_id, {chat: group for (owner, chat), group in groups.items() if owner == tenant_id}, fresh)
            for tenant_id in tenants
        )
    )


async def _written(tenant_id: str, groups: dict[str, list[Written]], fresh: bool) -> None:
    known = await _begun(tenant_id, groups) if fresh else groups
    if known:
        changes = [({"_id": chat_id}, _brought(groups[chat_id])) for chat_id in known]
        await Conversation.of(tenant_id).change_each(changes, upsert=True)


async def _begun(tenant_id: str, groups: dict[str, list[Written]]) -> Iterable[str]:
    """Write down those that are new; the others."""
    rows = []
    for chat_id, group in groups.items():
        update = _brought(group)
        first = update["$max"] | update.get("$set", {}) | update.get("$setOnInsert", {})
        rows.append({"_id": chat_id, "tenant_id": tenant_id, **first})
    return await Conversation.of(tenant_id).insert_rows(rows)


def _brought(group: list[Written]) -> dict[str, Any]:
    heard = [each for each in group if each.heard]
    sender = (heard or group)[-1].sender
    person = Person(
        user_id=sender.user_id, wa_id=sender.wa_id, profile_name=sender.profile_name, channel_id=sender.channel_id
    )
    update: dict[str, Any] = {"$max": {"last_at": group[-1].at}}
    if not heard:
        return update | {"$setOnInsert": {"person": person.model_dump()}}
    update["$max"]["heard_at"] = heard[-1].at
    named = {name: value for name in ("language", "clinic_id") if (value := getattr(heard[-1], name))}
    return update | {"$set": {"person": person.model_dump(), **named}}


async def handed_over(
    tenant_id: str,
    chat_id: str,
    sender: Sender,
    request_id: str,
    asked_by: str,
    by: str,
    until: datetime,
    now: datetime,
) -> None:
    """A turn has decided that ``by`` has the conversation until then; ``asked_by`` has their answer by it."""
    state = {"held_by": by, "held_until": until, "person": Person(**_known(sender)).model_dump()}
    update: dict[str, Any] = {"$set": {**state, f"answered.{asked_by}": request_id}, "$max": {"last_at": now}}
    if asked_by == by:
        update["$set"]["unread"] = False
    await Conversation.of(tenant_id).change({"_id": chat_id}, update, upsert=True)
    await _tell(tenant_id, chat_id, "taken")


def _known(sender: Sender) -> dict[str, str]:
    return {name: getattr(sender, name) for name in Person.model_fields}


async def handed_back(tenant_id: str, chat_id: str, request_id: str, asked_by: str = "") -> None:
    """A turn has decided that the bot has it again."""
    update: dict[str, Any] = {"$unset": {"held_by": 1, "held_until": 1}}
    if asked_by:
        update["$set"] = {f"answered.{asked_by}": request_id}
    await Conversation.of(tenant_id).change({"_id": chat_id}, update)
    await _tell(tenant_id, chat_id, "returned")


async def spoke(tenant_id: str, chat_id: str, now: datetime, until: datetime) -> None:
    """Somebody of the staff wrote: they have it for longer, and have seen what was written."""
    update = {"$set": {"unread": False}, "$max": {"last_at": now, "held_until": until}}
    await Conversation.of(tenant_id).change({"_id": chat_id, "held_by": {"$exists": True}}, update)
    await _tell(tenant_id, chat_id, "message")


async def unanswered(tenant_id: str, chat_id: str) -> None:
    """The patient wrote, and a person is to answer."""
    await Conversation.of(tenant_id).change({"_id": chat_id}, {"$set": {"unread": True}})


async def read(tenant_id: str, chat_id: str) -> None:
    """Somebody has looked."""
    if await Conversation.of(tenant_id).change({"_id": chat_id, "unread": True}, {"$set": {"unread": False}}):
        await _tell(tenant_id, chat_id, "read")


async def _tell(tenant_id: str, chat_id: str, what: str) -> None:
    await news.tell(tenant_id, f"conversation.{what}", chat_id)


def all_held() -> Door[Conversation]:
    """Conversations of all tenants."""
    return Conversation.everywhere("the bot returns to every tenant's conversations")


async def forsaken(now: datetime, limit: int = 200) -> list[Conversation]:
    """Those whose holder has done nothing for too long."""
    return await all_held().find({"held_until": {**ANY_MOMENT, "$lte": now}}, sort=[("held_until", 1)], limit=limit)
