"""What one message of WhatsApp says, type by type. A type not known yet is ``other``: answered, never an error."""

from typing import Any

import orjson

from flows.inbound import Kind

MEDIA = {"image", "video", "audio", "voice", "document", "sticker", "gif"}
LONGEST_ANSWER = 1000  # characters
BARE = {"revoke": Kind.DELETION, "order": Kind.ORDER, "system": Kind.SYSTEM}


def content_of(message: dict[str, Any]) -> dict[str, Any]:
    """The fields of ``Inbound`` that a message's own part fills: ``kind`` always, the others as they are there."""
    match message:
        case {"type": "text", "text": {"body": str(text)}}:
            return {"kind": Kind.TEXT, "text": text}
        case {"type": "interactive", "interactive": dict(interactive)}:
            return _tapped(interactive)
        case {"type": "button", "button": {"text": str(title), **button}}:
            payload = button.get("payload")
            return {"kind": Kind.CHOICE, "text": title, "choice": payload if isinstance(payload, str) else title}
        case {
            "type": "location",
            "location": {"latitude": int() | float() as north, "longitude": int() | float() as east},
        }:
            return _located(north, east)
        case {"type": "contacts", "contacts": [*contacts]}:
            return {"kind": Kind.CONTACTS, "phone": _phone(contacts), "own_phone": _is_own(contacts)}
        case {"type": str(type)} if type in MEDIA:
            part = message.get(type)
            caption = part.get("caption") if isinstance(part, dict) else None
            return {"kind": Kind.MEDIA, "text": caption if isinstance(caption, str) else ""}
        case {"type": "system", "system": dict(system)}:
            return _changed(system)
        case {"type": "reaction", "reaction": dict(reaction)}:
            emoji = reaction.get("emoji")  # empty: taken back
            return {"kind": Kind.REACTION, "text": emoji if isinstance(emoji, str) else ""}
        case {"type": "edit", "edit": {"message": dict(edited)}}:
            return content_of(edited) | {"kind": Kind.EDIT} if edited.get("type") != "edit" else {"kind": Kind.EDIT}
    return {"kind": BARE.get(str(message.get("type")), Kind.OTHER)}


def _tapped(interactive: dict[str, Any]) -> dict[str, Any]:
    match interactive:
        case {"button_reply": {"id": str(choice), **reply}} | {"list_reply": {"id": str(choice), **reply}}:
            title = reply.get("title")
            return {"kind": Kind.CHOICE, "choice": choice, "text": title if isinstance(title, str) else ""}
        case {"nfm_reply": {"response_json": str(response)}}:
            return {"kind": Kind.FORM, **_filled(response)}
        case {"nfm_reply": dict()}:
            return {"kind": Kind.FORM}
    return {"kind": Kind.OTHER}


def _filled(response: str) -> dict[str, str]:
    """What a form of ours ends with. Some phones leave the form's token out, so nothing hangs on that."""
    try:
        told = orjson.loads(response)
    except orjson.JSONDecodeError:
        return {}
    named = {name: told.get(name) for name in ("choice", "text")} if isinstance(told, dict) else {}
    return {name: value for name, value in named.items() if isinstance(value, str) and len(value) <= LONGEST_ANSWER}


def _located(north: float, east: float) -> dict[str, Any]:
    """A place on this earth, or something that only looks like one."""
    if abs(north) <= 90 and abs(east) <= 180:
        return {"kind": Kind.LOCATION, "latitude": float(north), "longitude": float(east)}
    return {"kind": Kind.OTHER}


def _is_own(contacts: list[Any]) -> bool:
    """Whether it is the sender's own number, given by the button that asked for it."""
    match contacts:
        case [{"origin": "contact_request"}]:
            return True
    return False


CHANGES = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})


def _changed(system: dict[str, Any]) -> dict[str, Any]:
    """The new number or user id of somebody who has changed it; older webhooks call the number ``new_wa_id``."""
    if system.get("type") not in CHANGES:
        return {"kind": Kind.SYSTEM}
    user_id, number = system.get("user_id"), system.get("wa_id") or system.get("new_wa_id")
    return {
        "kind": Kind.SYSTEM,
        "user_id": user_id if isinstance(user_id, str) else "",
        "wa_id": number.lstrip("+") if isinstance(number, str) and number.lstrip("+").isdecimal() else "",
    }


def _phone(contacts: list[Any]) -> str:
    """The first number of the first card: WhatsApp's own spelling of it where there is one."""
    match contacts:
        case [{"phones": [{"wa_id": str(number)}, *_]}, *_] | [{"phones": [{"phone": str(number)}, *_]}, *_]:
            return number
    return ""
