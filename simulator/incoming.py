"""A person does something on the phone: what it is called on the wire, and what the bubble shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator import files, ids
from simulator.config import Number
from simulator.errors import Json
from simulator.people import Message, Person
from simulator.samples import sample
from simulator.sending import CAPTIONED, MEDIA
from simulator.twilio_account import is_whatsapp
from simulator.twilio_webhooks import sid
from simulator.world import MediaFile

if TYPE_CHECKING:
    from simulator.network import Network


class NotShown(Exception):
    """The person cannot tap what no message shows."""


def say(
    network: Network, person: Person, number: Number, kind: str, part: Any, content: Json, context: Json | None = None
) -> Message:
    """Post one message of a person, remember and show it, and open the 24-hour window."""
    now = network.clock.now()
    if is_sms(number):
        content = content | {"sms": True}
    message = Message(_new_id(number, person, kind), number.id, person.key, "in", now, content, status="sent")
    message.context = context["id"] if context else None
    wire: Json = {"id": message.id, "timestamp": str(int(now)), "type": kind}
    if context:
        wire["context"] = context
    if part is not None:
        wire[kind] = part
    person.last_seen[number.id] = now
    network.keep(message)
    network.post_message(number, person, message, wire)
    return message


def is_sms(number: Number) -> bool:
    """Whether what is written to that number goes by SMS."""
    return number.provider == "twilio" and not is_whatsapp(number.id)


def _new_id(number: Number, person: Person, kind: str) -> str:
    if number.provider == "twilio":
        return sid("MM" if kind in MEDIA else "SM")
    return ids.wamid(person.wa_id, from_user=True)


def quote(number: Number, person: Person, message: Message | None) -> Json | None:
    """The ``context`` of an answer to a message: who wrote that one, and its id."""
    if message is None:
        return None
    business = "".join(filter(str.isdecimal, number.display_phone_number))
    author = business if message.direction == "out" else person.wa_id
    return {"from": author, "id": message.id}


def text(network: Network, person: Person, number: Number, words: str, reply_to: str | None = None) -> Message:
    """Type a message."""
    context = quote(number, person, network.world.message(reply_to))
    return say(network, person, number, "text", {"body": words}, {"kind": "text", "text": words}, context)


def tap(network: Network, person: Person, number: Number, option_id: str, message_id: str | None = None) -> Message:
    """Tap a button or a row: of the message named, else of the last one that shows it."""
    message, option = _find(network, person, number, option_id, message_id)
    if option_id in [choice["id"] for choice in message.content.get("numbered", ())]:
        return text(network, person, number, option_id)  # a numbered text is answered with the number
    shown = {"kind": "tap", "text": option["title"], "option": option_id}
    context = quote(number, person, message)
    if message.content["kind"] == "template" or (number.provider == "twilio" and "template" in message.content):
        part = {"payload": option_id, "text": option["title"]}
        return say(network, person, number, "button", part, shown, context)
    way = "list_reply" if message.content["kind"] == "list" else "button_reply"
    reply = {key: option[key] for key in ("id", "title", "description") if key in option}
    if reply.get("description"):
        shown["description"] = reply["description"]
    return say(network, person, number, "interactive", {"type": way, way: reply}, shown, context)


def _find(
    network: Network, person: Person, number: Number, option_id: str, message_id: str | None
) -> tuple[Message, Json]:
    for message in reversed(network.world.chat(number.id, person.key)):
        if message_id and message.id != message_id:
            continue
        shown = message.content.get("options") or message.content.get("numbered") or ()
        for option in shown if message.direction == "out" else ():
            if option["id"] == option_id:
                return message, option
    raise NotShown(f"No message in this chat shows an option with the id {option_id!r}.")


def location(network: Network, person: Person, number: Number, place: Json) -> Message:
    """Send a pin."""
    context = quote(number, person, _asking(network, person, number, "location"))
    return say(network, person, number, "location", place, {"kind": "location", "location": place}, context)


def _asking(network: Network, person: Person, number: Number, what: str) -> Message | None:
    last = next((m for m in reversed(network.world.chat(number.id, person.key)) if m.direction == "out"), None)
    return last if last is not None and last.content.get("asks") == what else None


@dataclass(frozen=True)
class Sent:
    """A file on its way: its kind, its words, its bytes, and where this simulator is reached."""

    kind: str
    root: str
    caption: str = ""
    filename: str = ""
    mime_type: str = ""
    content: bytes = b""


def media(network: Network, person: Person, number: Number, sent: Sent) -> Message:
    """Send a file: a sample of its kind where none is given."""
    mime_type, content = (sent.mime_type, sent.content) if sent.content else sample(sent.kind)
    now = network.clock.now()
    file = MediaFile(ids.object_id(), number.waba_id, number.id, mime_type, content, now)
    network.world.keep_media(file)
    part: Json = {
        "id": file.id,
        "mime_type": file.mime_type,
        "sha256": files.digest(file),
        "url": files.address(sent.root, file, now),
    }
    name = sent.filename if sent.kind == "document" else ""
    part |= {"caption": sent.caption} if sent.caption and sent.kind in CAPTIONED else {}
    part |= {"filename": name} if name else {}
    part |= {"voice": True} if sent.kind == "audio" else {}
    shown = {
        "kind": "media",
        "text": sent.caption,
        "media": {"type": sent.kind, "id": file.id, "filename": name or None},
    }
    return say(network, person, number, sent.kind, part, shown)


def reaction(network: Network, person: Person, number: Number, message_id: str, emoji: str) -> Message:
    """React to a bubble; an empty emoji takes the reaction back."""
    part: Json = {"message_id": message_id} | ({"emoji": emoji} if emoji else {})
    target = network.world.message(message_id)
    if target is not None:
        target.reaction = emoji
        network.show(target, "status")
    shown = {"kind": "reaction", "reaction": {"message": message_id, "emoji": emoji}}
    return say(network, person, number, "reaction", part, shown)


def contacts(network: Network, person: Person, number: Number, name: str, phone: str) -> Message:
    """Share a contact; the own one, where the business asked for it, comes with ``origin``."""
    asking = _asking(network, person, number, "contact")
    digits = "".join(filter(str.isdecimal, phone))
    card: Json = {
        "name": {"formatted_name": name, "first_name": name.split(" ")[0]},
        "phones": [{"phone": phone, "wa_id": digits, "type": "CELL"}],
        "origin": "contact_request" if asking else "other",
    }
    shown = {"kind": "contacts", "contacts": [{"name": name, "phone": phone}]}
    return say(network, person, number, "contacts", [card], shown, quote(number, person, asking))


def unsupported(network: Network, person: Person, number: Number, what: str) -> Message:
    """Send something that the Cloud API cannot carry."""
    shown = {"kind": "note", "text": f"({what})"}
    message = Message(_new_id(number, person, what), number.id, person.key, "in", network.clock.now(), shown)
    message.status = "sent"
    error = {
        "code": 131051,
        "title": "Message type unknown",
        "message": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."},
    }
    wire = {"id": message.id, "timestamp": str(int(message.at)), "type": "unsupported"}
    person.last_seen[number.id] = message.at
    network.keep(message)
    network.post_message(number, person, message, {**wire, "errors": [error], "unsupported": {"type": what}})
    return message


def raw(network: Network, person: Person, number: Number, wire: Json) -> Message:
    """Post any message as it is given, completed by id, time and sender: for what has not been invented yet."""
    kind = str(wire.get("type", "unknown"))
    message = Message(
        str(wire.get("id") or _new_id(number, person, kind)),
        number.id,
        person.key,
        "in",
        network.clock.now(),
        {"kind": "note", "text": f"({kind})"},
        status="sent",
    )
    person.last_seen[number.id] = message.at
    network.keep(message)
    network.post_message(
        number, person, message, {"timestamp": str(int(message.at)), "type": kind, **wire, "id": message.id}
    )
    return message
