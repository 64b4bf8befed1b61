"""Calls about an account's WhatsApp senders: whether they speak, and where their webhooks go.

https://www.twilio.com/docs/whatsapp/api/senders
"""

import hashlib
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from simulator.errors import Json
from simulator.graph import root_of
from simulator.twilio_account import Sender, is_whatsapp
from simulator.twilio_call import Call, Handler, answer, body_of
from simulator.twilio_errors import TwilioRefusal

PATH = "/v2/Channels/Senders"
FIELDS = {"callback_url": "url", "fallback_url": "fallback", "status_callback_url": "status"}  # theirs, ours
METHODS = {"callback_method", "fallback_method", "status_callback_method"}


def sid_of(sender: Sender) -> str:
    """The same at every start."""
    return f"XE{hashlib.md5(sender.address.encode(), usedforsecurity=False).hexdigest()}"


async def _senders(call: Call) -> Response:
    if call.request.query_params.get("Channel") != "whatsapp":
        raise TwilioRefusal(20001, "Channel must be whatsapp")
    rows = [_shown(call, sender) for sender in _own(call)]
    url = f"{root_of(call.request)}{PATH}?Channel=whatsapp&PageSize=50&Page=0"
    meta: Json = {
        "page": 0, "page_size": 50, "key": "senders", "url": url, "first_page_url": url, "next_page_url": None,
        "previous_page_url": None,
    }  # fmt: skip
    return answer({"meta": meta, "senders": rows})


async def _sender(call: Call) -> Response:
    return answer(_shown(call, _found(call)))


async def _change(call: Call) -> Response:
    """Other addresses. All senders here share them."""
    sender, webhook = _found(call), (await body_of(call.request)).get("webhook")
    if not isinstance(webhook, dict) or webhook.keys() - FIELDS.keys() - METHODS:
        raise TwilioRefusal(20001, "webhook is not valid")
    for name, value in webhook.items():
        if name in FIELDS:
            setattr(call.network.twilio.courier.addresses, FIELDS[name], _address(value))
        elif value not in ("POST", "GET"):
            raise TwilioRefusal(20001, f"{name} is not valid")
    return answer(_shown(call, sender), 202)


def _address(value: Any) -> str:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    if value != "" and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise TwilioRefusal(20001, "a webhook's address is not a valid URL")
    return str(value)


def _own(call: Call) -> list[Sender]:
    return [sender for sender in call.account.senders if is_whatsapp(sender.address)]


def _found(call: Call) -> Sender:
    for sender in _own(call):
        if sid_of(sender) == call.part("sid"):
            return sender
    raise TwilioRefusal(20404, call.path)


def _shown(call: Call, sender: Sender) -> Json:
    addresses = call.network.twilio.courier.addresses
    return {
        "sid": sid_of(sender),
        "status": "ONLINE",
        "sender_id": sender.address,
        "configuration": {"waba_id": None, "verification_method": None, "voice_application_sid": None},
        "webhook": {
            **{name: _entered(call, getattr(addresses, own)) for name, own in FIELDS.items()},
            **dict.fromkeys(sorted(METHODS), "POST"),
        },
        "profile": {"name": sender.name},
        "properties": {"quality_rating": "HIGH", "messaging_limit": "1K Customers/24hr"},
        "offline_reasons": None,
        "url": f"{root_of(call.request)}{PATH}/{sid_of(sender)}",
    }


def _entered(call: Call, url: str) -> str | None:
    """As the business knows it: its public address."""
    return call.network.twilio.courier.addresses.signed(url) if url else None


PATHS: dict[str, dict[str, Handler]] = {PATH: {"GET": _senders}, f"{PATH}/{{sid}}": {"GET": _sender, "POST": _change}}
