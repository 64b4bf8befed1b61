"""A chat's number or user id has changed, and the provider says so: the chat, and the numbers of the people behind it,
follow. Where somebody else is there already, a person looks at it: nobody is merged by a machine."""

from collections.abc import Iterable
from datetime import datetime

from clinic import audit, patient_keys, phone, registry
from clinic.audit import Entry
from clinic.callback import Callback, open_card
from clinic.chat import Chat, number_of
from clinic.conversation import Conversation
from clinic.directory import directory_of
from clinic.opening import due_at
from clinic.patient import Patient
from clinic.views import Sender

CONFLICT = "number_conflict"


async def follow(tenant_id: str, before: Sender, after: Sender, request_id: str, now: datetime) -> bool:
    """Whether the chat is now that of ``after``. The same again changes nothing. An empty ``user_id`` or ``wa_id`` of
    ``after`` is one that stays."""
    chat = await _chat_of(tenant_id, before)
    if chat is None:
        return False
    new = _new(chat, after)
    if (new.user_id, new.wa_id) == (chat.user_id, chat.wa_id):
        return True
    if await _others(chat, new):
        await _ask_staff(chat, request_id, now)
        return False
    if await _people(chat, new):
        await _ask_staff(chat, request_id, now)
    await _take(chat, new, now)
    return True


def _new(chat: Chat, after: Sender) -> Sender:
    """A chat that is known by its number is known by the new one; one with a user id of its own keeps that."""
    wa_id = number_of(after) or chat.wa_id
    kept = wa_id if chat.user_id.isdigit() else chat.user_id
    return Sender(after.user_id or kept, wa_id)


async def _chat_of(tenant_id: str, before: Sender) -> Chat | None:
    """By either of the ids: the provider names the person itself here."""
    chats, number = Chat.of(tenant_id), number_of(before)
    rows = await chats.find({"user_id": {"$in": sorted({before.user_id, number} - {""})}})
    if not rows and number:
        rows = await chats.find({"wa_id": number}, limit=2)
    return rows[0] if len(rows) == 1 else next((each for each in rows if each.user_id == before.user_id), None)


async def _others(chat: Chat, new: Sender) -> list[Chat]:
    """Other chats that have one of the new ids."""
    chats = Chat.of(chat.tenant_id)
    rows = await chats.find({"user_id": {"$in": sorted({new.user_id, new.wa_id} - {""})}})
    rows += await chats.find({"wa_id": new.wa_id}) if new.wa_id else []
    return [each for each in rows if each.id != chat.id]


async def _people(chat: Chat, new: Sender) -> bool:
    """The numbers of those behind the chat follow; whether the new one is somebody else's, too."""
    old, number = phone.of_wa_id(chat.wa_id), phone.of_wa_id(new.wa_id)
    if number is None or number == old:
        return False
    own = await Patient.of(chat.tenant_id).find({"contacts.chat_id": chat.id})
    for each in own:
        if old in each.phones:
            await registry.edit(chat.tenant_id, each.id, {"phones": _replaced(each.phones, old, number)})
    return await _is_elsewhere(chat.tenant_id, number, {each.id for each in own})


def _replaced(phones: Iterable[str], old: str | None, new: str) -> list[str]:
    return list(dict.fromkeys(new if each == old else each for each in phones))


async def _is_elsewhere(tenant_id: str, number: str, own: set[str]) -> bool:
    key = patient_keys.phone_key(number.lstrip("+"))
    rows = await Patient.of(tenant_id).rows({"keys": key}, ("phones",))
    return any(number in row.get("phones", ()) for row in rows if row["_id"] not in own)


async def _take(chat: Chat, new: Sender, now: datetime) -> None:
    """The chat comes last: until then whoever does it again finds it by what it was."""
    told = {"user_id": new.user_id, "wa_id": new.wa_id}
    person = {f"person.{name}": value for name, value in told.items()}
    await Conversation.of(chat.tenant_id).change({"_id": chat.id}, {"$set": person})
    known = {"_id": chat.id, "user_id": chat.user_id}
    gone = {"proven_at": 1, "proven_number": 1}
    if await Chat.of(chat.tenant_id).change(known, {"$set": told, "$unset": gone}):
        await audit.append(chat.tenant_id, [Entry(now, "provider", "follow_number", "chats", chat.id)])


async def _ask_staff(chat: Chat, request_id: str, now: datetime) -> None:
    await open_card(
        Callback(
            tenant_id=chat.tenant_id, request_id=f"{CONFLICT}.{request_id}", reason=CONFLICT, chat_id=chat.id,
            language=chat.language, created_at=now, due_at=due_at(await directory_of(chat.tenant_id), "", now),
        )
    )  # fmt: skip
