"""The body of ``POST /{phone_number_id}/messages``: who it is for, what it says, and everything wrong with it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from simulator import limits
from simulator.errors import Json, Refusal, missing, wrong_type
from simulator.fields import maybe_text, number_of, object_of, objects_of, required_text, text_of
from simulator.interactive import read_interactive

MEDIA = ("audio", "document", "image", "sticker", "video")
CAPTIONED = ("document", "image", "video")
PHONE = re.compile(r"\+?[0-9]{7,15}")
BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


@dataclass(frozen=True)
class Recipient:
    """Whom a message is for, as written. ``number`` wins over ``bsuid``, as with Meta."""

    written: str
    number: str = ""
    bsuid: str = ""
    has_plus: bool = True


def check_product(body: Json) -> None:
    """Every body names the product."""
    product = text_of(body, "messaging_product", "messaging_product")
    if product != "whatsapp":
        raise Refusal(100, message=f'(#100) Param messaging_product must be one of {{WHATSAPP}} - got "{product}".')


def read_recipient(body: Json) -> Recipient:
    """``to`` (a phone number, with or without separators) or ``recipient`` (a business-scoped user id)."""
    if body.get("recipient_type", "individual") != "individual":
        raise Refusal(100, message="(#100) Param recipient_type must be one of {INDIVIDUAL}.")
    to = body.get("to")
    if isinstance(to, int) and not isinstance(to, bool):
        to = str(to)
    if to is None or to == "":
        return _by_user_id(body)
    if not isinstance(to, str):
        raise wrong_type("to", "a string")
    number = re.sub(r"[\s().-]", "", to)
    if not PHONE.fullmatch(number):
        raise Refusal(131009, "The phone number is malformed: Please use the format: +1234567890.")
    return Recipient(to, number=number.lstrip("+"), has_plus=number.startswith("+"))


def _by_user_id(body: Json) -> Recipient:
    if not body.get("recipient"):
        raise missing("to")
    bsuid = text_of(body, "recipient", "recipient")
    if not BSUID.fullmatch(bsuid):
        raise Refusal(131009, "The business-scoped user ID is malformed.")
    return Recipient(bsuid, bsuid=bsuid)


def read_kind(body: Json) -> str:
    """The type of the message; text, if none is named."""
    kind = body.get("type", "text")
    if kind not in KINDS:
        names = ", ".join(sorted(name.upper() for name in KINDS))
        raise Refusal(100, message=f'(#100) Param type must be one of {{{names}}} - got "{kind}".')
    return str(kind)


def read_context(body: Json) -> str | None:
    """The id of the message that this one quotes."""
    if body.get("context") is None:
        return None
    return text_of(object_of(body, "context", "context"), "message_id", "context['message_id']")


def read_callback_data(body: Json) -> str | None:
    """Our own words that come back in every status."""
    data = maybe_text(body, "biz_opaque_callback_data", "biz_opaque_callback_data")
    if data is not None and limits.units(data) > limits.CALLBACK_DATA:
        raise Refusal(
            100,
            message=(f"(#100) Param biz_opaque_callback_data must be at most {limits.CALLBACK_DATA} characters long."),
        )
    return data


def read_content(kind: str, body: Json) -> Json:
    """Check everything but a template; what the phone shows of it."""
    return KINDS[kind](body)


def _text(body: Json) -> Json:
    words = text_of(object_of(body, "text", "text"), "body", "text['body']")
    if limits.units(words) > limits.TEXT_BODY:
        raise Refusal(100, message=f"(#100) Param text['body'] must be at most {limits.TEXT_BODY} characters long.")
    if not words.strip():
        raise Refusal(131009, "Text body cannot be blank")
    return {"kind": "text", "text": words}


def _media(kind: str) -> Callable[[Json], Json]:
    def read(body: Json) -> Json:
        media = object_of(body, kind, kind)
        link, file = maybe_text(media, "link", f"{kind}['link']"), maybe_text(media, "id", f"{kind}['id']")
        if bool(link) == bool(file):
            raise Refusal(131008, f"Exactly one of '{kind}.id' and '{kind}.link' is mandatory")
        if link and not link.startswith(("https://", "http://")):
            raise Refusal(131009, f"{kind}.link is not a valid URL")
        return {"kind": "media", "text": _caption(kind, media), "media": _file(kind, media)}

    return read


def _caption(kind: str, media: Json) -> str:
    caption = maybe_text(media, "caption", f"{kind}['caption']") or ""
    if caption and kind not in CAPTIONED:
        raise Refusal(100, message=f'(#100) Unexpected key "caption" on param "{kind}".')
    limits.CAPTION.check(caption)
    return caption


def _file(kind: str, media: Json) -> Json:
    filename = maybe_text(media, "filename", f"{kind}['filename']")
    if filename:
        limits.FILENAME.check(filename)
    return {"type": kind, "link": media.get("link"), "id": media.get("id"), "filename": filename}


def _location(body: Json) -> Json:
    place = object_of(body, "location", "location")
    latitude = number_of(place, "latitude", "location.latitude")
    longitude = number_of(place, "longitude", "location.longitude")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Refusal(131009, "Location is out of range")
    names = {name: place[name] for name in ("name", "address") if place.get(name)}
    return {"kind": "location", "location": {"latitude": latitude, "longitude": longitude, **names}}


def _contacts(body: Json) -> Json:
    contacts = objects_of(body, "contacts", "contacts")
    if not contacts:
        raise Refusal(131008, "Parameter 'contacts' is mandatory")
    return {"kind": "contacts", "contacts": [_contact(contact) for contact in contacts]}


def _contact(contact: Json) -> Json:
    name = object_of(contact, "name", "contacts['name']")
    phones = contact.get("phones") or []
    return {
        "name": required_text(name, "formatted_name", "contacts.name.formatted_name"),
        "phone": next((phone.get("phone") for phone in phones if isinstance(phone, dict)), None),
    }


def _reaction(body: Json) -> Json:
    reaction = object_of(body, "reaction", "reaction")
    emoji = maybe_text(reaction, "emoji", "reaction['emoji']") or ""
    if limits.units(emoji) > 32 or emoji.isalnum():
        raise Refusal(131009, "Reaction emoji is not valid")
    message = text_of(reaction, "message_id", "reaction['message_id']")
    return {"kind": "reaction", "reaction": {"message": message, "emoji": emoji}}


def _template(body: Json) -> Json:
    return object_of(body, "template", "template")


KINDS: dict[str, Callable[[Json], Json]] = {
    **{kind: _media(kind) for kind in MEDIA},
    "text": _text,
    "interactive": read_interactive,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "template": _template,
}
