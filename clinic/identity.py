"""Whether a chat has to show by a one-time code that it is whose it says, before it may do something."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from clinic import one_time_code, phone
from clinic.chat import Chat
from clinic.one_time_code import LIFETIME, PURPOSE, OneTimeCode
from clinic.purpose import codes_of
from clinic.record import Query
from clinic.template import Template, approved
from clinic.views import CodeView

Policy = Literal["none", "risky_steps", "new_chat"]
RISKY = frozenset({"cancel", "move", "data"})
GOOD_FOR = timedelta(minutes=15)  # a code that was right, where risky steps ask for one
FORGOTTEN = timedelta(minutes=30)  # a code that was never typed: nobody remembers that it was sent
IDENTITY, SHARE = "identity", "share:"


def number_of(chat: Chat) -> str:
    """The chat's own number, E.164; empty where it is not known."""
    return phone.of_wa_id(chat.wa_id or chat.user_id) or ""


def needed(policy: Policy, step: str, chat: Chat, now: datetime) -> bool:
    """Whether the step asks for a code. Who has changed the number since has shown nothing."""
    shown = chat.proven_at if chat.proven_number == number_of(chat) else None
    match policy:
        case "risky_steps":
            return step in RISKY and (shown is None or now - shown > GOOD_FOR)
        case "new_chat":
            return shown is None
    return False


def purpose_of(about: str) -> str:
    """Every step asks for the same code, every patient who is shared for one of their own."""
    return about if about.startswith(SHARE) else IDENTITY


async def look(policy: Policy, about: str, chat: Chat, now: datetime) -> CodeView:
    """How it stands with the code for a step (``cancel``, ``move``, ``book``, ``data``), or to share a patient."""
    sharing = about.startswith(SHARE)
    if not sharing and not needed(policy, about, chat, now):
        return CodeView()
    if not sharing and not number_of(chat):
        return CodeView("no_number")
    code = await one_time_code.latest(chat.tenant_id, chat.id, purpose_of(about), now)
    if code is None or now - code.created_at > FORGOTTEN or (code.right_at and not sharing):
        return CodeView("none", phone.masked(number_of(chat)))
    return view(code, now)


def view(code: OneTimeCode, now: datetime) -> CodeView:
    """What the chat may know of a code."""
    return CodeView(code.state(now), phone.masked(code.number), code.left)


def agreed(code: OneTimeCode | None, now: datetime) -> bool:
    """Whether the holder of the number has agreed, not long ago."""
    return code is not None and code.right_at is not None and now - code.right_at <= GOOD_FOR


async def proven(chat: Chat, now: datetime) -> None:
    """Write down that the chat has shown it."""
    told = {"proven_at": now, "proven_number": number_of(chat)}
    await Chat.of(chat.tenant_id).change(_itself(chat), {"$set": told})


def _itself(chat: Chat) -> Query:
    return {"_id": chat.id}


async def template_of(tenant_id: str, languages: Sequence[str], account: str) -> Template | None:
    """The template that carries a code and that the account has approved, in the first language that has one."""
    return await approved(tenant_id, PURPOSE, [code for each in languages if each for code in codes_of(each)], account)


def useless(code: OneTimeCode | None, now: datetime) -> str:
    """Why a code need not be sent any more; empty if it must."""
    if code is None:
        return "gone"
    return "" if code.state(now) == "live" and now < code.created_at + LIFETIME else "code_over"
