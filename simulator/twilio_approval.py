"""A content template on its way to WhatsApp: submitted, reviewed as Meta reviews, approved, rejected, paused."""

import asyncio

from simulator.errors import Json, Refusal
from simulator.network import Network
from simulator.template import VARIABLE, variables
from simulator.template_rules import check_components, check_head
from simulator.twilio_content import Content, placeholders
from simulator.twilio_errors import TwilioRefusal
from simulator.twilio_types import KINDS

STATUSES = ("unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled")
SUBMITTED = ("received", "pending", "approved")


def submit(network: Network, content: Content, body: Json) -> Json:
    """Take a template for review. What it breaks of Meta's rules is told later, as the reason of the rejection."""
    name, category = body.get("name"), body.get("category")
    if not isinstance(name, str) or not name:
        raise TwilioRefusal(20001, "name is required")
    if not isinstance(category, str) or category.upper() not in ("UTILITY", "MARKETING", "AUTHENTICATION"):
        raise TwilioRefusal(20001, "category must be one of UTILITY, MARKETING, AUTHENTICATION")
    kind = type_of(content)
    if not KINDS[kind].opens:
        raise TwilioRefusal(20001, f"{kind} cannot be submitted for WhatsApp approval")
    if content.approval and content.approval["status"] in SUBMITTED:
        raise TwilioRefusal(20001, "The template was already submitted for WhatsApp approval")
    content.approval = {
        "name": name,
        "category": category.upper(),
        "content_type": kind,
        "status": "received",
        "rejection_reason": "",
        "allow_category_change": body.get("allow_category_change") is not False,
    }
    network.changed = True
    asyncio.get_running_loop().call_later(network.config.review_seconds, _review, network, content)
    return content.approval


def type_of(content: Content) -> str:
    """The type that WhatsApp gets: the richest."""
    return next(name for name in KINDS if name in content.types)


def _review(network: Network, content: Content) -> None:
    approval = content.approval
    if not approval or content.sid not in network.world.contents or approval["status"] not in ("received", "pending"):
        return
    reason = _wrong(network, content, approval)
    set_status(network, content, "rejected" if reason else "approved", reason)


def set_status(network: Network, content: Content, status: str, reason: str = "") -> None:
    """Give a submitted template another status. Twilio posts no webhook for it: one has to ask."""
    if content.approval is None:
        raise TwilioRefusal(20001, "The template was not submitted for WhatsApp approval")
    content.approval |= {"status": status, "rejection_reason": reason}
    network.changed = True
    network.stream.tell("template", {"sid": content.sid, "status": status})


def _wrong(network: Network, content: Content, approval: Json) -> str:
    """Why Meta rejects it; empty where it does not."""
    taken = any(
        other.approval and other.approval["name"] == approval["name"] and other.approval["status"] == "approved"
        for other in network.world.contents.values()
        if (other.account_sid, other.language) == (content.account_sid, content.language) and other is not content
    )
    if taken:
        return "There is already content in this language for this template name."
    names = placeholders(content.types[approval["content_type"]])
    if sorted(map(_as_number, names)) != list(range(1, len(names) + 1)):
        return "Variables must be numbered 1, 2, 3 and so on without gaps."
    try:
        check_head({**approval, "language": content.language})
        components = as_components(content, approval["content_type"])
        check_components(components, named=False, category=approval["category"])
    except Refusal as refusal:
        return refusal.user[1] if refusal.user else str(refusal)
    return ""


def _as_number(name: str) -> int:
    return int(name) if name.isdecimal() and len(name) < 4 else 0


def as_components(content: Content, kind: str) -> list[Json]:
    """The template as Twilio hands it to Meta, which counts the variables of each component apart."""
    part: Json = content.types[kind]
    if kind == "whatsapp/authentication":
        return [{"type": "BODY"}]
    parts: list[Json] = [_texted(content, "BODY", part.get("body") or part.get("title") or "")]
    if part.get("header_text"):
        parts.insert(0, _texted(content, "HEADER", part["header_text"]) | {"format": "TEXT"})
    if footer := part.get("footer") or part.get("subtitle"):
        parts.append({"type": "FOOTER", "text": footer})
    if buttons := [_button(content, action) for action in part.get("actions") or []]:
        parts.append({"type": "BUTTONS", "buttons": buttons})
    return parts


def _texted(content: Content, kind: str, text: str) -> Json:
    """A component with the template's own defaults as its examples."""
    key = f"{kind.lower()}_text"
    given = _samples(content, text)
    return {"type": kind, "text": _apart(text)} | (
        {"example": {key: [given] if kind == "BODY" else given}} if given else {}
    )


def _samples(content: Content, text: str) -> list[str]:
    return [content.variables.get(name, "") for name in sorted(variables(text), key=_as_number)]


def _apart(text: str) -> str:
    """The text with its own variables numbered from 1."""
    order = sorted(variables(text), key=_as_number)
    return VARIABLE.sub(lambda found: f"{{{{{order.index(found.group(1)) + 1}}}}}", text)


def _button(content: Content, action: Json) -> Json:
    kind = str(action.get("type") or "QUICK_REPLY").upper()
    button: Json = {"type": kind, "text": action["title"]}
    if kind == "URL":
        url = str(action.get("url") or "")
        samples = _samples(content, url)
        return button | {"url": _apart(url)} | ({"example": samples} if samples else {})
    if kind == "PHONE_NUMBER":
        return button | {"phone_number": action.get("phone")}
    return button | ({"example": action.get("code")} if kind == "COPY_CODE" else {})
