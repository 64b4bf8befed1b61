"""The shapes that Meta posts, and how it writes and signs them."""

import hashlib
import hmac
import json

from simulator.config import Number
from simulator.errors import Json
from simulator.people import Message, Person

Change = tuple[str, Json]  # (WABA id, {"field", "value"})


def encode(changes: list[Change], now: float) -> bytes:
    """One POST's body: grouped by account, non-ASCII and slashes escaped as Meta does."""
    entries: dict[str, Json] = {}
    for waba_id, change in changes:
        entry = entries.setdefault(waba_id, {"id": waba_id, "time": int(now), "changes": []})
        _join(entry["changes"], change)
    body = {"object": "whatsapp_business_account", "entry": list(entries.values())}
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def _join(changes: list[Json], change: Json) -> None:
    """Put the messages of one number into one change, as Meta's batches do; everything else stands alone."""
    last = changes[-1] if changes else None
    if last is None or not (_messages_of(last) and _messages_of(last) == _messages_of(change)):
        changes.append(dict(change))
        return
    last["value"] = {
        **last["value"],
        "contacts": last["value"]["contacts"] + change["value"]["contacts"],
        "messages": last["value"]["messages"] + change["value"]["messages"],
    }


def _messages_of(change: Json) -> str | None:
    value = change["value"]
    mergeable = change["field"] == "messages" and "messages" in value and "contacts" in value
    return value["metadata"]["phone_number_id"] if mergeable else None


def sign(secret: str, body: bytes) -> str:
    """The value of ``X-Hub-Signature-256``."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _value(number: Number, **parts: object) -> Json:
    metadata = {
        "display_phone_number": "".join(filter(str.isdecimal, number.display_phone_number)),
        "phone_number_id": number.id,
    }
    return {"messaging_product": "whatsapp", "metadata": metadata, **parts}


def message_change(number: Number, person: Person, message: Json) -> Change:
    """Somebody wrote. ``message`` has an id, a timestamp, a type and what the type brings."""
    shown = {} if person.numberless else {"from": person.wa_id}
    who = {**shown, "from_user_id": person.user_id(number)}
    contacts = {} if message["type"] == "system" else {"contacts": [person.contact(number)]}
    return number.waba_id, {"field": "messages", "value": _value(number, **contacts, messages=[{**who, **message}])}


def status_change(number: Number, person: Person, message: Message, status: str, at: float) -> Change:
    """What became of a message of the business. A failed one names no contacts."""
    shown = {} if person.numberless else {"recipient_id": person.wa_id}
    body: Json = {
        "id": message.id,
        "status": status,
        "timestamp": str(int(at)),
        **shown,
        "recipient_user_id": person.user_id(number),
    }
    if message.callback_data is not None:
        body["biz_opaque_callback_data"] = message.callback_data
    if status in ("sent", "delivered") and message.priced_as:
        body["pricing"] = message.priced_as
    if status == "failed" and message.error:
        body["errors"] = [message.error]
    contacts = {} if status == "failed" else {"contacts": [person.contact(number)]}
    return number.waba_id, {"field": "messages", "value": _value(number, **contacts, statuses=[body])}


def field_change(waba_id: str, field: str, value: Json) -> Change:
    """Any other event: templates, account, preferences."""
    return waba_id, {"field": field, "value": value}
