"""Twilio's side of the wire for the benches: signed forms and its REST interface, as little of them as a load needs."""

import base64
import hashlib
import hmac
import re
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import orjson

from bench.wire import Patient

ACCOUNT, TOKEN = "ACbench", "bench-token"
MESSAGES, STATUS = "/webhooks/twilio", "/webhooks/twilio/status"
VARIABLE = re.compile(r"\{\{(\w+)\}\}")
NOTHING: dict[str, Any] = {
    "success": True,
    "messages": [],
    "contents": [],
    "next_page_uri": None,
    "meta": {"key": "contents"},
}

_contents: dict[str, dict[str, Any]] = {}  # content templates, by their sid


def message(patient: Patient, content: dict[str, Any], sid: str) -> bytes:
    """A patient's message: its path, and the form."""
    form = {
        "MessageSid": sid, "SmsSid": sid, "AccountSid": ACCOUNT, "From": f"whatsapp:+{patient.wa_id}",
        "To": patient.phone_number_id, "WaId": patient.wa_id, "ProfileName": patient.name, "NumMedia": "0",
        "ExternalUserId": f"whatsapp:{patient.user_id}", "SmsStatus": "received", "ApiVersion": "2010-04-01",
    }  # fmt: skip
    return f"{MESSAGES}\n{urlencode(form | _said(content))}".encode()


def _said(content: dict[str, Any]) -> dict[str, str]:
    if content["type"] == "text":
        return {"Body": content["text"]["body"], "MessageType": "text"}
    tapped, answers = content["interactive"], content["context"]["id"]
    reply = tapped[tapped["type"]]
    names = ("ButtonPayload", "ButtonText") if tapped["type"] == "button_reply" else ("ListId", "ListTitle")
    chosen = dict(zip(names, (reply["id"], reply["title"]), strict=True))
    return chosen | {"Body": reply["title"], "MessageType": "interactive", "OriginalRepliedMessageSid": answers}


def status(patient: Patient, sid: str, name: str, callback_data: str) -> bytes:
    """What became of a message of ours."""
    form = {
        "MessageSid": sid, "SmsSid": sid, "MessageStatus": name, "SmsStatus": name, "AccountSid": ACCOUNT,
        "From": patient.phone_number_id, "To": f"whatsapp:+{patient.wa_id}", "ChannelPrefix": "whatsapp",
        "ApiVersion": "2010-04-01",
    }  # fmt: skip
    return f"{STATUS}?{urlencode({'id': callback_data})}\n{urlencode(form)}".encode()


def request(posted: bytes, host: str) -> bytes:
    """The whole signed HTTP request."""
    path, _, form = posted.decode().partition("\n")
    text = f"http://{host}{path}" + "".join(f"{name}{value}" for name, value in sorted(parse_qsl(form)))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        f"x-twilio-signature: {signature}\r\ncontent-length: {len(form)}\r\n\r\n"
    )
    return head.encode() + form.encode()


def read(path: str, body: bytes) -> dict[str, Any]:
    """What we sent, in the words of Meta's JSON; without a type: something else was asked."""
    if not urlsplit(path).path.endswith("/Messages.json") or not body:
        return {}
    form = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
    mark = parse_qs(urlsplit(form.get("StatusCallback", "")).query).get("id", [""])[0]
    said = {"to": form["To"].removeprefix("whatsapp:"), "biz_opaque_callback_data": mark}
    if "ContentSid" not in form:
        return said | {"type": "text", "text": {"body": form["Body"]}}
    types, given = _contents[form["ContentSid"]], orjson.loads(form["ContentVariables"])
    filled = orjson.loads(
        VARIABLE.sub(lambda found: orjson.dumps(given[found[1]]).decode()[1:-1], orjson.dumps(types).decode())
    )
    return said | {"type": "interactive", "interactive": {"action": _action(filled), "body": filled}}


def _action(types: dict[str, Any]) -> dict[str, Any]:
    match types:
        case {"twilio/quick-reply": {"actions": [*actions]}}:
            return {"buttons": [{"reply": {"id": each["id"], "title": each["title"]}} for each in actions]}
        case {"twilio/list-picker": {"items": [*items]}}:
            return {"sections": [{"rows": [{"id": each["id"], "title": each["item"]} for each in items]}]}
    return {}


def answer(path: str, body: bytes, said: dict[str, Any], sid: str) -> bytes:
    """Twilio's JSON: a message taken, a template made, else that there is nothing."""
    if said:
        return orjson.dumps({"sid": sid, "status": "queued", "date_created": None, "direction": "outbound-api"})
    if body and path.startswith("/v1/Content"):
        made = orjson.loads(body)
        name = f"HX{len(_contents):032x}"
        _contents[name] = made["types"]
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return orjson.dumps(made | {"sid": name, "account_sid": ACCOUNT, "date_created": stamp, "date_updated": stamp})
    return orjson.dumps(NOTHING)
