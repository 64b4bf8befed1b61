"""A chat identity: one person's thread with one practice."""

from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from pydantic import BaseModel
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from clinic.record import TenantRecord
from clinic.views import Sender

REMEMBERED = 50_000  # chats whose ids this process knows without asking

_ids: OrderedDict[tuple[str, str], str] = OrderedDict()  # by tenant and user id, as ``find`` last decided


class Consent(BaseModel):
    """What was said to being contacted, and to which wording. ``stop``: not merely no to our question, but a word of
    the patient's own that ends what we send. ``about`` advertising alone it says nothing of the rest."""

    version: str
    given: bool
    at: datetime
    channel: str = "whatsapp"  # by which way it was said: "whatsapp", "telephone", "desk", "paper", ...
    source: Literal["chat", "whatsapp", "staff", "import", "provider"] = "chat"  # who told us: whatsapp by an event of
    # its own, the provider of text messages by a refusal
    by: str = ""  # a user's id, where staff wrote it down
    stop: bool = False
    about: Literal["all", "marketing"] = "all"


class Chat(TenantRecord):
    """``user_id`` is WhatsApp's business-scoped id where there is one, else the ``wa_id``."""

    user_id: str
    wa_id: str = ""
    channel_id: str = ""  # of the channel last written to
    profile_name: str = ""
    language: str = ""
    consent: Consent | None = None
    marketing: Consent | None = None  # what was said of advertising alone
    consents: list[Consent] = []  # all that was ever said
    proven_at: datetime | None = None  # when it last showed by a one-time code that it has its number
    proven_number: str = ""  # which one

    class Settings:
        name = "chats"
        indexes = [
            IndexModel([("tenant_id", 1), ("user_id", 1)], unique=True),
            IndexModel([("tenant_id", 1), ("wa_id", 1)]),
        ]

    @property
    def consented_to(self) -> str:
        """The wording agreed to; empty if none is, or no longer."""
        return self.consent.version if self.consent and self.consent.given else ""

    @property
    def stopped(self) -> bool:
        """Whether the patient ended what we send."""
        return self.consent is not None and self.consent.stop and not self.consent.given


def number_of(sender: Sender) -> str:
    """The sender's ``wa_id``, empty where it is hidden: business-scoped ids are ``CC.letters``, numbers are digits."""
    return sender.wa_id or (sender.user_id if sender.user_id.isdigit() else "")


async def find(tenant_id: str, sender: Sender) -> Chat | None:
    """The sender's chat, if there is one; ``ids`` knows it from then on."""
    found = await _find(tenant_id, sender)
    _remember(tenant_id, {sender.user_id: found.id if found else _first_id(tenant_id, sender)})
    return found


async def _find(tenant_id: str, sender: Sender) -> Chat | None:
    """Somebody known by number who now comes with a business-scoped id, both in one message, is the same person: the
    chat takes the new id. A number that already belongs to another id is not joined: numbers change hands.
    """
    number = number_of(sender)
    rows = await Chat.of(tenant_id).find({"user_id": {"$in": list({sender.user_id, number} - {""})}})
    for found in rows:
        if found.user_id == sender.user_id:
            return await _keep_up(found, sender)
    if not number or (not rows and sender.user_id != number):
        return None
    known = await Chat.of(tenant_id).find({"wa_id": number}, limit=2)
    if len(known) != 1:
        return None
    if sender.user_id == number:
        return known[0]
    return await _adopt(known[0], sender) if known[0].user_id == number else None


async def _keep_up(chat: Chat, sender: Sender) -> Chat:
    """The number or the channel may have changed: replies by template go where the person last wrote."""
    told = {"wa_id": number_of(sender), "channel_id": sender.channel_id}
    changed = {name: value for name, value in told.items() if value and value != getattr(chat, name)}
    if changed:
        await Chat.of(chat.tenant_id).change({"_id": chat.id}, {"$set": changed})
        chat = chat.model_copy(update=changed)
    return chat


async def _adopt(chat: Chat, sender: Sender) -> Chat | None:
    chats = Chat.of(chat.tenant_id)
    with suppress(DuplicateKeyError):  # another process made a chat of the new id meanwhile: that one is it
        await chats.change({"_id": chat.id, "user_id": chat.user_id}, {"$set": {"user_id": sender.user_id}})
    return await chats.find_one({"user_id": sender.user_id})


def unknown(tenant_id: str, sender: Sender) -> Chat:
    """A chat as it begins, not stored. Its id is the same wherever it is made, so that a transcript may come first."""
    return Chat(
        id=_first_id(tenant_id, sender),
        tenant_id=tenant_id,
        user_id=sender.user_id,
        wa_id=number_of(sender),
        channel_id=sender.channel_id,
        profile_name=sender.profile_name,
    )


def _first_id(tenant_id: str, sender: Sender) -> str:
    return sha256(f"{tenant_id} {sender.user_id}".encode()).hexdigest()[:24]


async def ids(tenant_id: str, senders: Iterable[Sender]) -> dict[str, str]:
    """The chat's id for each sender's ``user_id``, also of chats that are not stored yet. Two reads for any number,
    none for those whom this process has met."""
    asked = {sender.user_id: sender for sender in senders}
    known = {user_id: _ids[tenant_id, user_id] for user_id in asked if (tenant_id, user_id) in _ids}
    strangers = {user_id: sender for user_id, sender in asked.items() if user_id not in known}
    learned = await _looked_up(tenant_id, strangers) if strangers else {}
    _remember(tenant_id, learned)
    return known | learned


async def _looked_up(tenant_id: str, by_user: dict[str, Sender]) -> dict[str, str]:
    rows = await Chat.of(tenant_id).rows({"user_id": {"$in": list(by_user)}}, ("user_id",))
    found = {row["user_id"]: row["_id"] for row in rows}
    missing = [sender for user_id, sender in by_user.items() if user_id not in found]
    numbers = [number for sender in missing if (number := number_of(sender))]
    rows = await Chat.of(tenant_id).rows({"wa_id": {"$in": numbers}}, ("user_id", "wa_id")) if numbers else []
    return found | {sender.user_id: _id_by_number(tenant_id, sender, rows) for sender in missing}


def _remember(tenant_id: str, learned: dict[str, str]) -> None:
    for user_id, chat_id in learned.items():
        _ids[tenant_id, user_id] = chat_id
        _ids.move_to_end((tenant_id, user_id))
    while len(_ids) > REMEMBERED:
        _ids.popitem(last=False)


def _id_by_number(tenant_id: str, sender: Sender, rows: list[dict[str, Any]]) -> str:
    """As ``find`` would decide."""
    number = number_of(sender)
    known = [row for row in rows if row["wa_id"] == number]
    if len(known) == 1 and number in (sender.user_id, known[0]["user_id"]):
        return str(known[0]["_id"])
    return _first_id(tenant_id, sender)
