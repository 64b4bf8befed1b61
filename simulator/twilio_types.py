"""The content types: their limits, and what the phone shows of each."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.authentication import SAFE
from simulator.errors import Json
from simulator.limits import units
from simulator.template import VARIABLE
from simulator.twilio_errors import FailsLater, TwilioRefusal


@dataclass(frozen=True)
class Text:
    """A field that is a text: how long, and whether it must be there."""

    longest: int
    needed: bool = True


@dataclass(frozen=True)
class Rows:
    """A field that is a list of objects: how many, and the fields of each; ``unique`` names those that differ."""

    most: int
    fields: dict[str, Text]
    unique: tuple[str, ...] = ()
    least: int = 1


@dataclass(frozen=True)
class Kind:
    """One content type."""

    texts: dict[str, Text]
    rows: dict[str, Rows]
    show: Callable[[Json], Json]
    opens: bool = True  # approved, it may open a conversation
    in_session: bool = True  # may be sent within the 24 hours without approval
    buttons_in_session: int = 3


def check(name: str, part: object) -> None:
    """Refuse a type that cannot be created: fields missing, too long as they stand, too many or too few."""
    kind = KINDS.get(name)
    if kind is None:
        raise _bad(f"types: unknown content type {name}")
    if not isinstance(part, dict):
        raise _bad(f"{name} must be an object")
    _fields(name, part, kind.texts)
    for field, rows in kind.rows.items():
        _rows(f"{name}.{field}", part.get(field), rows)
    if name == "twilio/location" and None in (part.get("latitude"), part.get("longitude")):
        raise _bad(f"{name}: latitude and longitude are required")
    files = part.get("media")
    listed = isinstance(files, list) and files and all(isinstance(url, str) for url in files)
    if not listed and (files is not None or name == "twilio/media"):
        raise _bad(f"{name}.media must be a list of addresses")


def _rows(where: str, given: object, rows: Rows) -> None:
    items = [] if given is None else given
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _bad(f"{where} must be a list of objects")
    if not rows.least <= len(items) <= rows.most:
        raise _bad(f"{where} must have {rows.least} to {rows.most} elements")
    for item in items:
        _fields(where, item, rows.fields)


def _fields(where: str, part: Json, fields: dict[str, Text]) -> None:
    for field, text in fields.items():
        value = part.get(field)
        if value is None and not text.needed:
            continue
        if not isinstance(value, str) or (text.needed and not value.strip()):
            raise _bad(f"{where}.{field} is required and must be a text")
        if units(VARIABLE.sub("", value)) > text.longest:
            raise _bad(f"{where}.{field} must have {text.longest} characters at most")


def _bad(words: str) -> TwilioRefusal:
    return TwilioRefusal(20001, words)


def check_filled(name: str, part: Json, *, approved: bool) -> None:
    """What WhatsApp finds wrong only when the variables are in place."""
    kind = KINDS[name]
    _within(name, part, kind.texts)
    for field, rows in kind.rows.items():
        items = part.get(field) or []
        for item in items:
            _within(f"{name}.{field}", item, rows.fields)
        for key in rows.unique:
            values = [item[key] for item in items if item.get(key)]
            if len(set(values)) < len(values):
                raise FailsLater(63021, f"{name}.{field}: the same {key} twice")
    if name == "twilio/quick-reply" and not approved and len(part["actions"]) > kind.buttons_in_session:
        raise FailsLater(63005, f"{name}: {kind.buttons_in_session} buttons at most without approval")


def _within(where: str, part: Json, fields: dict[str, Text]) -> None:
    for field, text in fields.items():
        if units(str(part.get(field) or "")) > text.longest:
            raise FailsLater(63021, f"{where}.{field} is longer than {text.longest} characters")


def _text(part: Json) -> Json:
    return {"kind": "text", "text": part["body"]}


def _option(item: Json, title: str = "title") -> Json:
    shown = {"id": item.get("id") or item[title], "title": item[title]}
    return shown | ({"description": item["description"]} if item.get("description") else {})


def _quick_reply(part: Json) -> Json:
    return {"kind": "buttons", "text": part["body"], "options": [_option(action) for action in part["actions"]]}


def _list_picker(part: Json) -> Json:
    options = [_option(item, "item") for item in part["items"]]
    return {"kind": "list", "text": part["body"], "button": part["button"], "options": options}


def _link(action: Json) -> Json:
    url = action.get("url") or (f"tel:{action['phone']}" if action.get("phone") else "")
    return {"title": action["title"], "url": url, **({"code": action["code"]} if action.get("code") else {})}


def _call_to_action(part: Json) -> Json:
    return {"kind": "link", "text": part["body"], "links": [_link(action) for action in part["actions"]]}


def _media(part: Json) -> Json:
    link = part["media"][0] if isinstance(part.get("media"), list) and part["media"] else None
    return {"kind": "media", "text": part.get("body") or "", "media": {"type": kind_of(link), "link": link}}


MEDIA_KINDS = {"jpg": "image", "jpeg": "image", "png": "image", "mp4": "video", "ogg": "audio", "webp": "sticker"}


def kind_of(link: str | None) -> str:
    """What a linked file is, by the end of its name."""
    return MEDIA_KINDS.get((link or "").partition("?")[0].rpartition(".")[2].lower(), "document")


def _location(part: Json) -> Json:
    try:
        latitude, longitude = float(part["latitude"]), float(part["longitude"])
    except (TypeError, ValueError):
        raise FailsLater(63021, "twilio/location: latitude and longitude must be numbers") from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise FailsLater(63021, "twilio/location: out of range")
    place = {"latitude": latitude, "longitude": longitude, "name": part.get("label")}
    return {"kind": "location", "location": place}


def _card(part: Json) -> Json:
    """Both cards: a headline or picture, words, a footer, and buttons of every kind."""
    actions: list[Json] = part.get("actions") or []
    replies = [_option(action) for action in actions if action.get("type") == "QUICK_REPLY"]
    links = [_link(action) for action in actions if action.get("type") != "QUICK_REPLY"]
    words = part.get("body") or part.get("title") or ""
    shown: Json = {"kind": "buttons", "text": words, "options": replies, "links": links}
    if part.get("header_text"):
        shown["header"] = {"type": "text", "text": part["header_text"]}
    elif part.get("media"):
        shown["header"] = {"type": kind_of(part["media"][0]), "link": part["media"][0]}
    footer = part.get("footer") or part.get("subtitle")
    return shown | ({"footer": footer} if footer else {})


def _authentication(part: Json) -> Json:
    """WhatsApp's own words around the code, which is the first variable."""
    safe = SAFE if part.get("add_security_recommendation") else ""
    minutes = part.get("code_expiration_minutes")
    code = part.get("code", "{{1}}")
    title = (part.get("actions") or [{}])[0].get("copy_code_text") or "Copy code"
    shown: Json = {"kind": "text", "text": f"*{code}* is your verification code.{safe}"}
    shown["links"] = [{"title": title, "url": "", "code": code}]
    return shown | ({"footer": f"This code expires in {minutes:g} minutes."} if minutes else {})


def _flow(part: Json) -> Json:
    return {"kind": "flow", "text": part["body"], "button": part["button_text"]}


BODY = {"body": Text(1024)}
BUTTON = {"title": Text(20), "id": Text(200, needed=False)}
CTA = {"title": Text(25), "type": Text(20), "url": Text(2000, needed=False), "phone": Text(20, needed=False)}

# from the richest to the plainest: the first that the channel takes is sent
KINDS: dict[str, Kind] = {
    "whatsapp/authentication": Kind(
        {}, {"actions": Rows(1, {"type": Text(20), "copy_code_text": Text(25)})}, _authentication, in_session=False
    ),
    "whatsapp/card": Kind(
        {"body": Text(1024), "footer": Text(60, needed=False), "header_text": Text(60, needed=False)},
        {"actions": Rows(10, CTA, least=0)},
        _card,
        in_session=False,
    ),
    "twilio/flows": Kind({"body": Text(1024), "button_text": Text(20)}, {}, _flow),
    "twilio/card": Kind(
        {"title": Text(1024), "subtitle": Text(60, needed=False)},
        {"actions": Rows(10, CTA, least=0)},
        _card,
        in_session=False,
    ),
    "twilio/list-picker": Kind(
        BODY | {"button": Text(20)},
        {"items": Rows(10, {"item": Text(24), "id": Text(200), "description": Text(72, needed=False)}, unique=("id",))},
        _list_picker,
        opens=False,
    ),
    "twilio/quick-reply": Kind(BODY, {"actions": Rows(10, BUTTON, unique=("id", "title"))}, _quick_reply),
    "twilio/call-to-action": Kind(BODY, {"actions": Rows(2, CTA)}, _call_to_action, in_session=False),
    "twilio/location": Kind({"label": Text(1024, needed=False)}, {}, _location, opens=False),
    "twilio/media": Kind({"body": Text(1024, needed=False)}, {}, _media),
    "twilio/text": Kind({"body": Text(1600)}, {}, _text),
}
BY_SMS = ("twilio/media", "twilio/text")
