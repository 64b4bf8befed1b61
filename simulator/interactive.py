"""Interactive messages: reply buttons, lists, links, requests for a location or a phone number; Meta's limits."""

from collections.abc import Callable

from simulator import flow_message, limits
from simulator.errors import Json, Refusal
from simulator.fields import object_of, objects_of, required_object, required_text, text_of

MEDIA_HEADERS = ("image", "video", "document")


def read_interactive(body: Json) -> Json:
    """Check an ``interactive`` object; what the phone shows of it."""
    interactive = object_of(body, "interactive", "interactive")
    kind = text_of(interactive, "type", "interactive['type']")
    reader = READERS.get(kind)
    if reader is None:
        raise Refusal(131009, f"Interactive type invalid. Supported types are: {', '.join(sorted(READERS))}")
    content = reader(interactive, required_object(interactive, "action", "interactive.action"))
    return content | _around(interactive, text_header_only=kind == "list")


def _around(interactive: Json, *, text_header_only: bool) -> Json:
    return _header(interactive, text_only=text_header_only) | _footer(interactive)


def _header(interactive: Json, *, text_only: bool) -> Json:
    if interactive.get("header") is None:
        return {}
    header = object_of(interactive, "header", "interactive['header']")
    kind = text_of(header, "type", "interactive['header']['type']")
    if kind == "text":
        text = required_text(header, "text", "header.text")
        limits.HEADER.check(text)
        return {"header": {"type": "text", "text": text}}
    if text_only or kind not in MEDIA_HEADERS:
        raise Refusal(131009, f"Header type invalid: {kind}")
    return {"header": {"type": kind, **_linked(required_object(header, kind, f"header.{kind}"), kind)}}


def _linked(media: Json, kind: str) -> Json:
    if not media.get("id") and not media.get("link"):
        raise Refusal(131008, f"Parameter 'header.{kind}.id' or 'header.{kind}.link' is mandatory")
    return {"link": media.get("link"), "id": media.get("id"), "filename": media.get("filename")}


def _footer(interactive: Json) -> Json:
    if interactive.get("footer") is None:
        return {}
    text = required_text(object_of(interactive, "footer", "interactive['footer']"), "text", "footer.text")
    limits.FOOTER.check(text)
    return {"footer": text}


def _body(interactive: Json, limit: limits.Length) -> str:
    text = required_text(required_object(interactive, "body", "interactive.body"), "text", "body.text")
    if not text.strip():
        raise Refusal(131009, limit.details.format(shortest=1, longest=limit.longest))
    limit.check(text)
    return text


def _unique(values: list[str], what: str) -> None:
    if len(set(values)) != len(values):
        raise Refusal(131009, f"Duplicated {what}")


def _id(value: str, limit: limits.Length, what: str) -> str:
    limit.check(value)
    if value != value.strip():
        raise Refusal(131009, f"{what} cannot have leading or trailing spaces")
    return value


def _buttons(interactive: Json, action: Json) -> Json:
    buttons = objects_of(action, "buttons", "action.buttons")
    if not 1 <= len(buttons) <= limits.BUTTONS:
        raise Refusal(131009, f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {limits.BUTTONS}")
    options = [_button(button) for button in buttons]
    _unique([option["title"] for option in options], "button title")
    _unique([option["id"] for option in options], "button id")
    return {"kind": "buttons", "text": _body(interactive, limits.BUTTONS_BODY), "options": options}


def _button(button: Json) -> Json:
    if text_of(button, "type", "buttons['type']") != "reply":
        raise Refusal(131009, "Button type invalid. Supported type is: reply")
    reply = required_object(button, "reply", "buttons.reply")
    title = required_text(reply, "title", "buttons.reply.title")
    if not title.strip():
        title = ""  # blank is empty to Meta
    limits.BUTTON_TITLE.check(title)
    return {"id": _id(required_text(reply, "id", "buttons.reply.id"), limits.BUTTON_ID, "Button id"), "title": title}


def _list(interactive: Json, action: Json) -> Json:
    label = required_text(action, "button", "action.button")
    limits.LIST_BUTTON.check(label.strip())
    sections = objects_of(action, "sections", "action.sections")
    if not 1 <= len(sections) <= limits.SECTIONS:
        raise Refusal(131009, f"Invalid sections count. Min allowed sections: 1, Max allowed: {limits.SECTIONS}")
    options = [row for section in sections for row in _rows(section, titled=len(sections) > 1)]
    if len(options) > limits.ROWS:
        raise Refusal(131009, f"Total row count exceed max allowed count: {limits.ROWS}")
    _unique([option["id"] for option in options], "row id")
    return {"kind": "list", "text": _body(interactive, limits.LIST_BODY), "button": label, "options": options}


def _rows(section: Json, *, titled: bool) -> list[Json]:
    title = section.get("title") or ""
    if titled and not title:
        raise Refusal(131009, "Section title is required when there is more than one section")
    if title:
        limits.SECTION_TITLE.check(required_text(section, "title", "sections.title"))
    rows = objects_of(section, "rows", "sections.rows")
    if not rows:
        raise Refusal(131009, "Section must have at least one row")
    return [_row(row, title) for row in rows]


def _row(row: Json, section: str) -> Json:
    title = required_text(row, "title", "rows.title")
    limits.ROW_TITLE.check(title.strip() and title)
    option = {"id": _id(required_text(row, "id", "rows.id"), limits.ROW_ID, "Row id"), "title": title}
    if row.get("description") is not None:
        option["description"] = required_text(row, "description", "rows.description")
        limits.ROW_DESCRIPTION.check(option["description"])
    return option | ({"section": section} if section else {})


def _link(interactive: Json, action: Json) -> Json:
    _named(action, "cta_url")
    parameters = required_object(action, "parameters", "action.parameters")
    title = required_text(parameters, "display_text", "parameters.display_text")
    limits.LINK_LABEL.check(title.strip() and title)
    url = required_text(parameters, "url", "parameters.url")
    limits.LINK_URL.check(url)
    if not url.startswith(("https://", "http://")):
        raise Refusal(131009, "Url is not valid")
    return {"kind": "link", "text": _body(interactive, limits.BUTTONS_BODY), "links": [{"title": title, "url": url}]}


def _asking(what: str, name: str) -> Callable[[Json, Json], Json]:
    def read(interactive: Json, action: Json) -> Json:
        _named(action, name)
        return {"kind": "ask", "asks": what, "text": _body(interactive, limits.BUTTONS_BODY)}

    return read


def _named(action: Json, name: str) -> None:
    if required_text(action, "name", "action.name") != name:
        raise Refusal(131009, f"Action name invalid. Expected: {name}")


def _flow(interactive: Json, action: Json) -> Json:
    _named(action, "flow")
    label, opens = flow_message.read(action)
    return {"kind": "flow", "text": _body(interactive, limits.BUTTONS_BODY), "button": label, "flow": opens}


READERS: dict[str, Callable[[Json, Json], Json]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link,
    "location_request_message": _asking("location", "send_location"),
    "request_contact_info": _asking("contact", "request_contact_info"),
    "flow": _flow,
}
