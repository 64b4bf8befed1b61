"""What staff do in a conversation: put into the patient's inbox, and told as done once a turn has dealt with it."""

import asyncio
from datetime import datetime, timedelta

from api.house import House
from api.staff import Staff
from clinic import conversation
from clinic.conversation import Conversation, HeldByOther, NotAnswered, NotHeld, WindowClosed, WordKind
from clinic.message import Message
from clinic.tenant import Tenant

PATIENCE = 8.0  # seconds for a turn to end; longer than most of a patient's own
LOOK = 0.03  # seconds between two looks


async def take(staff: Staff, house: House, chat: Conversation, now: datetime) -> Conversation:
    """Silence the bot. A turn that runs ends before. Raises ``HeldByOther``, ``NotAnswered``, ``NoChannel``."""
    if chat.holder(now) not in ("", staff.user_id):
        raise HeldByOther
    taken = await _done(staff, house, chat, "staff:take", now)
    if taken.held_by != staff.user_id:
        raise HeldByOther
    return taken


async def hand_back(staff: Staff, house: House, chat: Conversation, now: datetime) -> Conversation:
    """Let the bot speak again; it says so where it may. Raises ``NotHeld``, ``NotAnswered``, ``NoChannel``."""
    if not chat.held_by:
        raise NotHeld
    return await _done(staff, house, chat, "staff:back", now)


async def say(staff: Staff, house: House, chat: Conversation, text: str, now: datetime) -> Message:
    """Write to the patient; the message as it begins. Raises ``NotHeld``, ``HeldByOther``, ``WindowClosed``,
    ``NoChannel``."""
    if (holder := chat.holder(now)) != staff.user_id:
        raise HeldByOther if holder else NotHeld
    if not chat.open_at(now):
        raise WindowClosed
    hold = await _hold(staff.tenant_id)
    word = conversation.word(chat, "staff:say", staff.request_id, now, staff.user_id, text, hold)
    named = await house.chats(word)
    message = Message(
        id=named, tenant_id=staff.tenant_id, chat_id=chat.id, direction="out", kind="text", by=staff.user_id, text=text,
        at=now,
    )  # fmt: skip
    await Message.of(staff.tenant_id).insert_new(message)
    await conversation.spoke(staff.tenant_id, chat.id, now, now + hold)
    return await Message.of(staff.tenant_id).get(named)


async def tell(staff: Staff, house: House, chat: Conversation, again: datetime | None, now: datetime) -> bool:
    """Let the patient know that nobody answered the call, and when somebody tries again (local to the clinic); whether
    that could be said. Raises ``NoChannel``."""
    if not chat.open_at(now):
        return False
    when = again.isoformat(timespec="minutes") if again else ""
    await house.chats(conversation.word(chat, "staff:tell", staff.request_id, now, staff.user_id, when))
    return True


async def _done(staff: Staff, house: House, chat: Conversation, kind: WordKind, now: datetime) -> Conversation:
    quiet = not chat.open_at(now)
    hold = await _hold(staff.tenant_id)
    word = conversation.word(chat, kind, staff.request_id, now, staff.user_id, hold=hold, quiet=quiet)
    await house.chats(word)
    door, loop = Conversation.of(staff.tenant_id), asyncio.get_running_loop()
    ends = loop.time() + PATIENCE
    while loop.time() < ends:
        present = await door.get(chat.id)
        if present.answered.get(staff.user_id) == word.id or _reached(present, kind, staff.user_id, now):
            return present
        await asyncio.sleep(LOOK)
    raise NotAnswered


def _reached(present: Conversation, kind: WordKind, user_id: str, now: datetime) -> bool:
    """It is as it should be, by whichever of two requests."""
    return present.holder(now) == user_id if kind == "staff:take" else not present.held_by


async def _hold(tenant_id: str) -> timedelta:
    return timedelta(minutes=(await Tenant.load(tenant_id)).person_idle_minutes)
