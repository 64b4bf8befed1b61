"""A webhook's body becomes messages, statuses and events. Pure; what is unknown or broken is a case, never an error.

The shapes are those of Meta's Cloud API, https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.content import content_of
from clinic.views import Sender
from flows.inbound import Inbound, Kind


@dataclass(frozen=True, slots=True)
class Received:
    """A patient's message. ``raw`` is kept where it says more than ``inbound`` does."""

    phone_number_id: str
    sender: Sender
    inbound: Inbound
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What became of a message of ours. ``outbox_id`` is what we sent along; empty for a message that is not ours."""

    phone_number_id: str
    wamid: str
    status: str  # sent, delivered, read, played, failed; the provider may invent others
    at: datetime
    outbox_id: str = ""
    recipient_id: str = ""
    recipient_user_id: str = ""
    pricing: dict[str, Any] | None = None
    error: dict[str, Any] | None = None  # code, title, details

    @property
    def code(self) -> int:
        """The provider's error code; 0 without an error."""
        code = (self.error or {}).get("code")
        return code if isinstance(code, int) else 0


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """News about a number, a template, an account: anything that is no conversation. Kept as it came."""

    account_id: str
    field: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Rightly signed, and not understood: an operator looks at it."""

    reason: str
    raw: bytes


Item = Received | StatusUpdate | AccountEvent | Unreadable


def parse(body: bytes, now: datetime) -> list[Item]:
    """Everything that a webhook brought, in its order. ``now`` stands in for times that make no sense."""
    match loads(body):
        case {"object": "whatsapp_business_account", "entry": [*entries]}:
            items: list[Item] = []
            try:
                for entry in entries:
                    _entry(entry, now, items)
            except orjson.JSONEncodeError:  # it reads deeper nesting than it writes
                return [Unreadable("nested too deeply", body)]
            return items
        case None:
            return [Unreadable("not json", body)]
        case _:
            return [Unreadable("not a whatsapp payload", body)]


def loads(body: bytes) -> Any:
    """The body's JSON, half characters (an emoji cut in two) replaced; None where it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _mended(body)


def _mended(body: bytes) -> Any:
    try:
        loose = json.loads(body.decode("utf-8", "replace"))
        return orjson.loads(json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _entry(entry: Any, now: datetime, items: list[Item]) -> None:
    match entry:
        case {"changes": [*changes]}:
            account = str(entry.get("id") or "")
            for change in changes:
                _change(account, change, now, items)
        case _:
            items.append(Unreadable("an entry without changes", orjson.dumps(entry)))


def _change(account: str, change: Any, now: datetime, items: list[Item]) -> None:
    match change:
        case {"field": "messages", "value": {"metadata": {"phone_number_id": str(number)}} as value} if number:
            _value(account, number, value, change, now, items)
        case {"field": str(field), "value": _}:
            items.append(AccountEvent(account, field, orjson.dumps(change)))
        case _:
            items.append(Unreadable("a change without field or value", orjson.dumps(change)))


def _value(account: str, number: str, value: dict[str, Any], change: Any, now: datetime, items: list[Item]) -> None:
    messages, statuses = _listed(value, "messages"), _listed(value, "statuses")
    contacts = _contacts(_listed(value, "contacts")) if messages else {}
    items += [_message(number, contacts, message, now) for message in messages]
    items += [_status(number, status, now) for status in statuses]
    if value.get("errors") or not (messages or statuses):
        items.append(AccountEvent(account, "messages", orjson.dumps(change)))


def _listed(value: dict[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _contacts(contacts: list[Any]) -> dict[str, dict[str, Any]]:
    """Contacts by each of their ids: a message finds its own by id, for the lists' orders are unrelated."""
    return {
        contact[name]: contact
        for contact in contacts
        if isinstance(contact, dict)
        for name in ("wa_id", "user_id")
        if isinstance(contact.get(name), str) and contact[name]
    }


def _message(number: str, contacts: dict[str, dict[str, Any]], message: Any, now: datetime) -> Item:
    match message:
        case {"id": str(id)} if id and (sender := _sender(number, contacts, message)):
            facts = content_of(message)
            raw = orjson.dumps(message) if _says_more(message, facts["kind"]) else b""
            at = _time(message.get("timestamp"), now)
            replies_to = _text(message.get("context"), "id")
            inbound = Inbound(id, at, replies_to=replies_to, profile_name=sender.profile_name, **facts)
            return Received(number, sender, inbound, raw)
    return Unreadable("a message without id or sender", orjson.dumps(message))


PLAIN = {Kind.TEXT, Kind.CHOICE}
KNOWN = {
    "id",
    "from",
    "from_user_id",
    "from_parent_user_id",
    "timestamp",
    "type",
    "text",
    "interactive",
    "button",
    "context",
}


def _says_more(message: dict[str, Any], kind: Kind) -> bool:
    return kind not in PLAIN or not message.keys() <= KNOWN


def _sender(number: str, contacts: dict[str, dict[str, Any]], message: dict[str, Any]) -> Sender | None:
    """Who wrote: the phone number may be missing (usernames), the user id too (older accounts), not both."""
    wa_id, user_id = _text(message, "from"), _text(message, "from_user_id")
    contact = contacts.get(user_id) or contacts.get(wa_id) or {}
    wa_id = wa_id or _text(contact, "wa_id")
    user_id = user_id or _text(contact, "user_id") or wa_id
    return Sender(user_id, wa_id, _text(contact.get("profile"), "name"), number) if user_id else None


def _status(number: str, status: Any, now: datetime) -> Item:
    wamid, name = _text(status, "id"), _text(status, "status")
    if not wamid or not name:
        return Unreadable("a status without id or name", orjson.dumps(status))
    pricing = status.get("pricing")
    return StatusUpdate(
        number, wamid, name, _time(status.get("timestamp"), now),
        outbox_id=_text(status, "biz_opaque_callback_data"),
        recipient_id=_text(status, "recipient_id"),
        recipient_user_id=_text(status, "recipient_user_id"),
        pricing=pricing if isinstance(pricing, dict) else None,
        error=_error(status.get("errors")),
    )  # fmt: skip


def _error(errors: Any) -> dict[str, Any] | None:
    match errors:
        case [{"code": int(code), **error}, *_]:
            details = _text(error.get("error_data"), "details") or _text(error, "message")
            return {"code": code, "title": _text(error, "title"), "details": details}
        case [_, *_]:
            return {"code": 0, "title": "", "details": ""}
    return None


def _text(found: Any, name: str) -> str:
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def _time(seconds: Any, now: datetime) -> datetime:
    """Meta sends POSIX seconds as a string."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return now
