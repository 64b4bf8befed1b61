"""The parameters that Twilio posts for a message and for a status, and how it signs them."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urldefrag

from simulator.config import Number
from simulator.errors import Json
from simulator.people import Message, Person
from simulator.twilio_account import WHATSAPP, Account, is_whatsapp
from simulator.twilio_errors import final_status

Parameters = dict[str, str]
VERSION = "2010-04-01"
HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
PLACES = ("City", "State", "Zip", "Country")  # said of SMS numbers, mostly blank


def sid(prefix: str) -> str:
    """A new identifier of Twilio's: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def sign(key: str, url: str, parameters: Parameters, algorithm: str = "HMAC_SHA1") -> str:
    """``X-Twilio-Signature``: over the address without its fragment and the parameters, sorted by name."""
    text = urldefrag(url).url + "".join(f"{name}{parameters[name]}" for name in sorted(parameters))
    return base64.b64encode(hmac.new(key.encode(), text.encode(), HASHES[algorithm]).digest()).decode()


def address_of(number: Number, person: Person) -> str:
    """The person's address on the channel of that number; without a number, WhatsApp's id for them."""
    if not is_whatsapp(number.id):
        return f"+{person.wa_id}"
    return WHATSAPP + (person.user_id(number) if person.numberless else f"+{person.wa_id}")


def inbound(account: Account, number: Number, person: Person, message: Message, said: Parameters) -> Parameters:
    """Everything that is posted for a message of a person; ``said`` is what its kind brings."""
    base = {
        "SmsMessageSid": message.id,
        "NumMedia": "0",
        "SmsSid": message.id,
        "SmsStatus": "received",
        "Body": "",
        "To": number.id,
        "NumSegments": "1",
        "MessageSid": message.id,
        "AccountSid": account.sid,
        "From": address_of(number, person),
        "ApiVersion": VERSION,
    }
    service = account.service_of(number.id)
    own = _of_whatsapp(number, person) if is_whatsapp(number.id) else _of_sms()
    return base | own | ({"MessagingServiceSid": service} if service else {}) | said


def _of_whatsapp(number: Number, person: Person) -> Parameters:
    who = {"ProfileName": person.name} | ({} if person.numberless else {"WaId": person.wa_id})
    context = {"type": "whatsapp", "data": {"context": who}}
    metadata = json.dumps(context, ensure_ascii=False, separators=(",", ":"))
    user_id = f"{WHATSAPP}{person.user_id(number)}"
    return {**who, "MessageType": "text", "ReferralNumMedia": "0", "ChannelMetadata": metadata} | {
        "ExternalUserId": user_id
    }


def _of_sms() -> Parameters:
    return {f"{side}{place}": "" for side in ("From", "To") for place in PLACES}


def said_by(wire: Json, number: Number, media_url: Callable[[Json], str]) -> Parameters | None:
    """What a phone sent, as parameters. None for what Twilio does not pass on: reactions, polls."""
    if wire["type"] == "unsupported":
        return None
    read = KINDS.get(wire["type"])
    if read is None:
        return {name: str(value) for name, value in wire.items() if name[:1].isupper()}
    said = read(wire, media_url)
    return None if said is None else said | _reply(wire, number)


def _reply(wire: Json, number: Number) -> Parameters:
    context = wire.get("context")
    if not context or not is_whatsapp(number.id):
        return {}
    return {
        "OriginalRepliedMessageSid": context["id"],
        "OriginalRepliedMessageSender": f"{WHATSAPP}+{context['from']}",
    }


MediaUrl = Callable[[Json], str]


def _text(wire: Json, _: MediaUrl) -> Parameters:
    return {"Body": wire["text"]["body"]}


def _button(wire: Json, _: MediaUrl) -> Parameters:
    """A quick reply of an approved template."""
    part = wire["button"]
    words = {"Body": part["text"], "ButtonText": part["text"], "ButtonPayload": part["payload"]}
    return {"MessageType": "button", **words}


def _interactive(wire: Json, _: MediaUrl) -> Parameters:
    part = wire["interactive"]
    reply = part[part["type"]]
    if part["type"] == "button_reply":
        chosen = {"ButtonText": reply["title"], "ButtonPayload": reply["id"]}
    else:
        chosen = {"ListId": reply["id"], "ListTitle": reply["title"], "ListDescription": reply.get("description", "")}
    return {"MessageType": "interactive", "Body": reply["title"], **chosen}


def _location(wire: Json, _: MediaUrl) -> Parameters:
    place = wire["location"]
    named = {"Address": place.get("address"), "Label": place.get("name")}
    point = {"Latitude": str(place["latitude"]), "Longitude": str(place["longitude"])}
    return {"MessageType": "location", **point, **{name: words for name, words in named.items() if words}}


def _media(wire: Json, media_url: MediaUrl) -> Parameters:
    """A file: where it is, and its type; its caption, or a document's name, is the body."""
    part = wire[wire["type"]]
    return {
        "MessageType": wire["type"],
        "Body": part.get("caption") or part.get("filename") or "",
        "NumMedia": "1",
        "MediaUrl0": media_url(part),
        "MediaContentType0": str(part["mime_type"]).partition(";")[0],
    }


def _contacts(wire: Json, media_url: MediaUrl) -> Parameters:
    """A shared contact comes as a card in a file."""
    return {
        "MessageType": "contacts",
        "NumMedia": "1",
        "MediaUrl0": media_url({"vcard": wire["contacts"][0]}),
        "MediaContentType0": "text/vcard",
    }


def _nothing(_: Json, __: MediaUrl) -> None:
    return None


KINDS: dict[str, Callable[[Json, MediaUrl], Parameters | None]] = {
    "text": _text,
    "button": _button,
    "interactive": _interactive,
    "location": _location,
    "contacts": _contacts,
    "reaction": _nothing,
    **dict.fromkeys(("image", "audio", "video", "document", "sticker"), _media),
}

TOLD = {"delivered": "DELIVERED", "read": "READ", "undelivered": "UNDELIVERED", "failed": "FAILED"}


def word(message: Message) -> str:
    """The status of a bubble in Twilio's words."""
    if message.direction == "in":
        return "received"
    if message.status == "accepted":
        return "queued"
    return final_status(int((message.error or {}).get("code", 0))) if message.status == "failed" else message.status


def status(account: Account, number: Number, person: Person, message: Message, at: float) -> Parameters:
    """What is posted when a message of the business has moved on."""
    now = word(message)
    to = address_of(number, person)
    told = {
        "SmsSid": message.id,
        "SmsStatus": now,
        "MessageStatus": now,
        "To": to,
        "From": number.id,
        "MessageSid": message.id,
        "AccountSid": account.sid,
        "ApiVersion": VERSION,
    }
    service = (message.twilio or {}).get("service")
    told |= {"MessagingServiceSid": service} if service else {}
    if not is_whatsapp(number.id):
        told["RawDlrDoneDate"] = f"{datetime.fromtimestamp(at, UTC):%y%m%d%H%M}"
    else:
        told |= {"ChannelInstallSid": "XE" + account.sid[2:], "ChannelPrefix": "whatsapp", "ChannelToAddress": to[9:]}
        told |= {"EventType": TOLD[now]} if now in TOLD else {}
    return told | _why(message)


def _why(message: Message) -> Parameters:
    if not message.error:
        return {}
    error = message.error
    said = {"ErrorCode": str(error["code"]), "ErrorMessage": str(error["message"])}
    return said | {"ChannelStatusMessage": str(error["error_data"]["details"])}


def rfc2822(at: float) -> str:
    """A time as the 2010 API writes it."""
    return format_datetime(datetime.fromtimestamp(at, UTC))


def iso(at: float) -> str:
    """A time as the newer APIs write it."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
