"""A chat identity: one person's thread with one practice."""

from contextlib import suppress
from datetime import datetime

from pydantic import BaseModel
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from clinic.record import TenantRecord
from clinic.views import ChatView, LastVisit, PatientView, Sender


class Consent(BaseModel):
    """What was said to being contacted, and to which wording."""

    version: str
    given: bool
    at: datetime


class Member(BaseModel):
    """One of the household, as the chat shows it: a copy of the patient's name, so that a turn reads one document."""

    patient_id: str
    name: str
    is_self: bool = True


class Visited(BaseModel):
    """Where the last visit was booked."""

    patient_id: str
    clinic_id: str
    service_id: str
    doctor_id: str


class Chat(TenantRecord):
    """``user_id`` is WhatsApp's business-scoped id where there is one, else the ``wa_id``."""

    user_id: str
    wa_id: str = ""
    channel_id: str = ""  # of the channel last written to
    profile_name: str = ""
    language: str = ""
    consent: Consent | None = None
    consents: list[Consent] = []  # all that was ever said
    household: list[Member] = []
    last_visit: Visited | None = None

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

    def view(self) -> ChatView:
        """What the conversation may know."""
        return ChatView(
            self.language,
            self.consented_to,
            tuple(PatientView(member.patient_id, member.name, member.is_self) for member in self.household),
            LastVisit(**self.last_visit.model_dump()) if self.last_visit else None,
        )


def number_of(sender: Sender) -> str:
    """The sender's ``wa_id``, empty where it is hidden: business-scoped ids are ``CC.letters``, numbers are digits."""
    return sender.wa_id or (sender.user_id if sender.user_id.isdigit() else "")


async def find(tenant_id: str, sender: Sender) -> Chat | None:
    """The sender's chat, if there is one.

    Somebody known by number who now comes with a business-scoped id, both in one message, is the same person: the
    chat takes the new id. A number that already belongs to another id is not joined: numbers change hands.
    """
    if found := await Chat.of(tenant_id).find_one({"user_id": sender.user_id}):
        return await _keep_up(found, sender)
    if not (number := number_of(sender)):
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


async def find_or_make(tenant_id: str, sender: Sender) -> Chat:
    """The sender's chat; the first time, a new one."""
    if found := await find(tenant_id, sender):
        return found
    made = Chat(
        tenant_id=tenant_id,
        user_id=sender.user_id,
        wa_id=number_of(sender),
        channel_id=sender.channel_id,
        profile_name=sender.profile_name,
    )
    if await Chat.of(tenant_id).insert_new(made):
        return made
    return await find_or_make(tenant_id, sender)
