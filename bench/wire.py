"""Meta's side of the wire for the benches: signed webhooks, written from the documentation, built as fast as may be."""

import hashlib
import hmac
import itertools
import time
from dataclasses import dataclass
from typing import Any

import orjson

SECRET = b"demo-app-secret"
_serial = itertools.count()
_run = f"{time.time_ns():x}"


def message_id() -> str:
    """A message id that no other run of the bench has used."""
    return f"wamid.{_run}{next(_serial):08x}"


@dataclass(frozen=True, slots=True)
class Patient:
    """Who writes to which of our numbers."""

    phone_number_id: str
    wa_id: str
    user_id: str
    name: str = "Asha Rao"


def webhook(patient: Patient, value: dict[str, object]) -> bytes:
    """One update as Meta posts it, without its signature."""
    metadata = {"display_phone_number": "15550000000", "phone_number_id": patient.phone_number_id}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": "2", "changes": [change]}]})


def message(patient: Patient, content: dict[str, object], wamid: str) -> bytes:
    """A patient's message: ``content`` is its type and body."""
    contact = {"profile": {"name": patient.name}, "wa_id": patient.wa_id, "user_id": patient.user_id}
    stamp = {"from": patient.wa_id, "from_user_id": patient.user_id, "id": wamid, "timestamp": str(int(time.time()))}
    return webhook(patient, {"contacts": [contact], "messages": [stamp | content]})


def text(body: str) -> dict[str, object]:
    """The content of a typed message."""
    return {"type": "text", "text": {"body": body}}


def words(content: dict[str, object]) -> str:
    """What was typed; empty for a tap."""
    typed = content.get("text")
    return str(typed["body"]) if isinstance(typed, dict) else ""


def tap(kind: str, option: str, title: str, answers: str) -> dict[str, object]:
    """The content of a tapped option: ``kind`` is ``button_reply`` or ``list_reply``."""
    reply = {"type": kind, kind: {"id": option, "title": title}}
    return {"type": "interactive", "interactive": reply, "context": {"from": "15550000000", "id": answers}}


def status(patient: Patient, wamid: str, name: str, callback_data: str) -> bytes:
    """What became of a message of ours."""
    update = {
        "id": wamid,
        "status": name,
        "timestamp": str(int(time.time())),
        "recipient_id": patient.wa_id,
        "recipient_user_id": patient.user_id,
        "biz_opaque_callback_data": callback_data,
        "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"},
    }
    return webhook(patient, {"statuses": [update]})


def read(_path: str, body: bytes) -> dict[str, Any]:
    """What we sent; without a type: a mark that something was read."""
    said: dict[str, Any] = orjson.loads(body) if body else {}
    return {} if said.get("status") == "read" else said


def answer(_path: str, _body: bytes, said: dict[str, Any], wamid: str) -> bytes:
    """Meta's JSON."""
    if "type" not in said:
        return b'{"success":true}'
    to = said.get("to", "")
    contact = {"input": to, "wa_id": to.lstrip("+")}
    return orjson.dumps({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]})


def request(body: bytes, host: str, path: str = "/webhooks/cloud") -> bytes:
    """The whole signed HTTP request."""
    signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
        f"x-hub-signature-256: sha256={signature}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
