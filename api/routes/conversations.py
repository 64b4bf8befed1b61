"""Conversations with patients: to read, to take over, to answer, to hand back."""

from typing import Annotated, Any

from fastapi import Query

from api import chats
from api.house import InHouse, Now
from api.paging import Asked, Page
from api.routes.callbacks import ClinicId, Word, within
from api.routing import desk_router
from api.shapes import Id, Text
from api.shapes.conversations import ConversationOut, MessageOut, PromiseOut, TemplateIn, WordsIn, with_files
from api.staff import Staff, may
from clinic import conversation, paging, staff_template
from clinic.callback import Callback
from clinic.conversation import Conversation
from clinic.message import Message

router = desk_router("/conversations", "conversations")
Read = Annotated[Staff, may("conversations:read")]
Update = Annotated[Staff, may("conversations:update")]
LOOKED_THROUGH = 1000  # of the latest conversations, for words in them
WAITING = 500  # cards that are looked at
HIDDEN = "staff:say"  # the words themselves are shown
HeldBy = Annotated[
    str,
    Query(
        max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$", examples=["me"],
        description="Who has it: a user's id, `me`, or `anybody`.",
    ),
]  # fmt: skip
Waiting = Annotated[bool, Query(description="Only patients who wait for a person: unread, or with an open callback.")]
Unread = Annotated[bool, Query(description="Only those that nobody has looked at since the patient wrote.")]
Words = Annotated[Text, Query(max_length=100, description="Words in the messages, or in the patient's WhatsApp name.")]


@router.get("")
async def list_conversations(
    staff: Read, asked: Asked, now: Now, held_by: HeldBy = "", waiting: Waiting = False, unread: Unread = False,
    clinic_id: ClinicId = "", language: Word = "", text: Words = "",
) -> Page[ConversationOut]:  # fmt: skip
    """All conversations that you may see, the latest first."""
    query: list[dict[str, Any]] = [within(staff, "conversations:read")]
    query += [{name: value} for name, value in (("clinic_id", clinic_id), ("language", language)) if value]
    query += [{"held_by": _holder(staff, held_by), "held_until": {"$gt": now}}] if held_by else []
    query += [{"unread": True}] if unread else []
    query += [{"_id": {"$in": await _waiting(staff)}}] if waiting else []
    query += [{"_id": {"$in": await _with_words(staff, text)}}] if text.strip() else []
    found, following = await paging.page(
        Conversation.of(staff.tenant_id), {"$and": query}, sort="last_at", descending=True, cursor=asked.cursor,
        limit=asked.limit,
    )  # fmt: skip
    return Page(items=[ConversationOut.shown(each, now) for each in found], next=following)


@router.get("/{id}")
async def get_conversation(id: Id, staff: Read, now: Now) -> ConversationOut:
    """One conversation: who has it, and until when it may be answered freely."""
    return ConversationOut.shown(await chat_of(staff, id), now)


@router.get("/{id}/messages")
async def list_messages(id: Id, staff: Read, asked: Asked) -> Page[MessageOut]:
    """What was written and sent, the latest first, with how far each message came and why one failed."""
    chat = await chat_of(staff, id)
    staff.touched("conversation", id)
    found, following = await paging.page(
        Message.of(staff.tenant_id), {"chat_id": chat.id, "kind": {"$ne": HIDDEN}}, sort="at", descending=True,
        cursor=asked.cursor, limit=asked.limit,
    )  # fmt: skip
    return Page(items=await with_files(staff.tenant_id, found), next=following)


@router.post("/{id}/take")
async def take_conversation(id: Id, staff: Update, house: InHouse, now: Now) -> ConversationOut:
    """Take the conversation over: the assistant is silent from now on. An answer that it was just giving is finished
    before this one is told as done. It returns when you hand the conversation back, do nothing for half an hour (or as
    long as the practice has set), or when the patient calls it."""
    chat = await chat_of(staff, id, "conversations:update")
    return ConversationOut.shown(await chats.take(staff, house, chat, now), now)


@router.post("/{id}/hand-back")
async def hand_back_conversation(id: Id, staff: Update, house: InHouse, now: Now) -> ConversationOut:
    """Let the assistant have the conversation again."""
    chat = await chat_of(staff, id, "conversations:update")
    return ConversationOut.shown(await chats.hand_back(staff, house, chat, now), now)


@router.post("/{id}/messages", status_code=201)
async def write_message(id: Id, words: WordsIn, staff: Update, house: InHouse, now: Now) -> MessageOut:
    """Write to the patient, in a conversation that you have taken. It leaves after everything that was said before;
    follow it in the messages. `window_closed`: the patient last wrote more than a day ago; send a template."""
    chat = await chat_of(staff, id, "conversations:update")
    said = await chats.say(staff, house, chat, words.text, now)
    staff.touched("conversation", id, now={"message": said.id})
    return MessageOut.shown(said)


@router.post("/{id}/templates", status_code=201)
async def send_template_message(id: Id, wanted: TemplateIn, staff: Update, now: Now) -> PromiseOut:
    """Send an approved template about a visit, also when the patient last wrote long ago."""
    chat = await chat_of(staff, id, "conversations:update")
    purpose = wanted.purpose or await staff_template.purpose_of(staff.tenant_id, wanted.template_id or "")
    sent = await staff_template.promise(chat, purpose, wanted.appointment_id or "", staff.request_id, now)
    staff.touched("conversation", id, now={"notification": sent.id})
    return PromiseOut(notification_id=sent.id, status=sent.status)


@router.post("/{id}/read")
async def mark_conversation_read(id: Id, staff: Update, now: Now) -> ConversationOut:
    """Somebody has looked: the conversation is not unread any more."""
    await chat_of(staff, id, "conversations:update")
    await conversation.read(staff.tenant_id, id)
    return ConversationOut.shown(await chat_of(staff, id), now)


async def chat_of(staff: Staff, id: str, permission: str = "conversations:read") -> Conversation:
    """The conversation. Raises ``NotFound``, also for one of a clinic that is not theirs."""
    chat = await Conversation.of(staff.tenant_id).get(id)
    staff.require(permission, chat.clinic_id)
    return chat


def _holder(staff: Staff, held_by: str) -> str | dict[str, str]:
    if held_by == "anybody":
        return {"$gt": ""}
    return staff.user_id if held_by == "me" else held_by


async def _waiting(staff: Staff) -> list[str]:
    unread = await Conversation.of(staff.tenant_id).rows({"unread": True}, ("_id",))
    return [*{row["_id"] for row in unread}.union(await _with_card(staff))]


async def _with_card(staff: Staff) -> list[str]:
    rows = await Callback.of(staff.tenant_id).rows({"status": "open"}, ("chat_id",), [("due_at", 1)], WAITING)
    return [row["chat_id"] for row in rows]


async def _with_words(staff: Staff, text: str) -> list[str]:
    """Those of the latest in which the words stand, taken literally."""
    latest, _ = await paging.page_of_rows(
        Conversation.of(staff.tenant_id), within(staff, "conversations:read"), sort="last_at", descending=True,
        limit=LOOKED_THROUGH,
    )  # fmt: skip
    sought = text.strip().casefold()
    named = [row["_id"] for row in latest if sought in row["person"].get("profile_name", "").casefold()]
    said = await Message.of(staff.tenant_id).rows({"chat_id": {"$in": [row["_id"] for row in latest]}})
    return [*named, *{row["chat_id"] for row in said if sought in row.get("text", "").casefold()}]
