"""A message template: its variables, what Meta tells of it, and filling it for one message."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator import authentication, flow_button, limits
from simulator.errors import Json, Refusal
from simulator.fields import list_of, object_of, objects_of, text_of

VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
HEADERS = ("IMAGE", "VIDEO", "DOCUMENT", "LOCATION")


@dataclass
class Template:
    """One template in one language."""

    id: str
    waba_id: str
    name: str
    language: str
    category: str
    components: list[Json]
    parameter_format: str = "POSITIONAL"
    status: str = "PENDING"
    rejected_reason: str = "NONE"
    message_send_ttl_seconds: int | None = None
    created: float = 0.0
    edits: list[float] = field(default_factory=list)  # times of the edits while approved

    def shown(self) -> Json:
        """The node as the Graph API tells it."""
        node = asdict(self)
        del node["waba_id"], node["edits"], node["created"]
        if self.message_send_ttl_seconds is None:
            del node["message_send_ttl_seconds"]
        return node | {"quality_score": {"score": "UNKNOWN", "date": int(self.created)}}

    def component(self, type: str) -> Json | None:
        """The component of that type, if there is one."""
        return next((part for part in self.components if str(part.get("type", "")).upper() == type), None)

    @property
    def named(self) -> bool:
        """Whether its variables have names instead of numbers."""
        return self.parameter_format == "NAMED"


def variables(text: str) -> list[str]:
    """The names or numbers between double braces, each once, in order."""
    return list(dict.fromkeys(VARIABLE.findall(text)))


def check_status(template: Template | None, name: str, language: str) -> Template:
    """A template must exist in the language and be approved."""
    if template is None or template.status not in ("APPROVED", "PAUSED", "DISABLED"):
        raise Refusal(132001, f"template name ({name}) does not exist in {language}")
    if template.status == "PAUSED":
        raise Refusal(132015, f"Template {name} is paused due to low quality")
    if template.status == "DISABLED":
        raise Refusal(132016, f"Template {name} is permanently disabled due to low quality")
    return template


def address(body: Json) -> tuple[str, str]:
    """The name and language that a send asks for."""
    name = text_of(body, "name", "template['name']")
    language = text_of(object_of(body, "language", "template['language']"), "code", "template['language']['code']")
    return name, language


def fill(template: Template, body: Json) -> Json:
    """Check the parameters of a send against the template; what the phone shows."""
    parts = objects_of(body, "components", "template.components") if body.get("components") is not None else []
    if template.category == "AUTHENTICATION":
        about = {"name": template.name, "language": template.language, "category": template.category}
        return {"kind": "template", "template": about, **authentication.filled(template.components, parts)}
    header = _filled_header(template, _parameters(parts, "header"))
    text = _fill_text(template, "body", (template.component("BODY") or {}).get("text", ""), _parameters(parts, "body"))
    footer = (template.component("FOOTER") or {}).get("text")
    content: Json = {
        "kind": "template",
        "text": text,
        "template": {"name": template.name, "language": template.language, "category": template.category},
        **_buttons(template, parts),
    }
    return content | ({"header": header} if header else {}) | ({"footer": footer} if footer else {})


def _parameters(parts: list[Json], type: str) -> list[Json]:
    part = next((part for part in parts if str(part.get("type", "")).lower() == type), None)
    return objects_of(part, "parameters", f"{type}.parameters") if part and part.get("parameters") else []


def _filled_header(template: Template, parameters: list[Json]) -> Json | None:
    header = template.component("HEADER")
    if header is None:
        _check_count("header", len(parameters), 0)
        return None
    kind = str(header.get("format", "TEXT")).upper()
    if kind == "TEXT":
        return {"type": "text", "text": _fill_text(template, "header", header.get("text", ""), parameters)}
    _check_count("header", len(parameters), 1)
    received = str(parameters[0].get("type", "unknown")).upper()
    if received != kind:
        raise Refusal(132012, f"header: Format mismatch, expected {kind}, received {received}")
    media = object_of(parameters[0], kind.lower(), f"header.{kind.lower()}")
    return {"type": kind.lower(), **{key: media[key] for key in media if key in SHOWN_OF_HEADER}}


SHOWN_OF_HEADER = ("link", "id", "filename", "latitude", "longitude", "name", "address")


def _check_count(where: str, got: int, expected: int) -> None:
    if got != expected:
        raise Refusal(
            132000,
            f"{where}: number of localizable_params ({got}) does not match the expected number of params ({expected})",
        )


def _fill_text(template: Template, where: str, text: str, parameters: list[Json]) -> str:
    wanted = variables(text)
    _check_count(where, len(parameters), len(wanted))
    values = [_value(parameter, where) for parameter in parameters]
    filled = dict(zip(_names(template, wanted, parameters), values, strict=True))
    result = VARIABLE.sub(lambda found: filled[found.group(1)], text)
    longest = limits.TEMPLATE_HEADER if where == "header" else limits.TEMPLATE_BODY
    if limits.units(result) > longest:
        raise Refusal(132005, f"{where}: the translated text is too long ({limits.units(result)} > {longest})")
    return result


def _names(template: Template, wanted: list[str], parameters: list[Json]) -> list[str]:
    if not template.named:
        return sorted(wanted, key=int)
    names = [parameter.get("parameter_name") for parameter in parameters]
    if not all(names):
        raise Refusal(100, "Parameter name is missing or empty")
    unknown = next((name for name in names if name not in wanted), None)
    if unknown is not None or len(set(names)) != len(names):
        raise Refusal(100, f"Invalid parameter name: {unknown or names[0]}")
    return [str(name) for name in names]


# parameter type -> the member that carries what is shown
LOCALIZABLE = {"currency": "fallback_value", "date_time": "fallback_value"}


def _value(parameter: Json, where: str) -> str:
    kind = parameter.get("type")
    if kind in LOCALIZABLE:
        return text_of(object_of(parameter, kind, kind), LOCALIZABLE[kind], f"{kind}.fallback_value")
    if kind != "text":
        raise Refusal(132012, f"{where}: Format mismatch, expected TEXT, received {str(kind).upper()}")
    text = parameter.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refusal(131008, "Parameter of type text is missing text value")
    if re.search(r"[\n\t]| {5,}", text):
        raise Refusal(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    return text


def _buttons(template: Template, parts: list[Json]) -> Json:
    buttons: list[Json] = (template.component("BUTTONS") or {}).get("buttons", [])
    given = _button_parts(parts, buttons)
    options: list[Json] = []
    links: list[Json] = []
    asks: Json = {}  # what one button of the template does besides
    for index, button in enumerate(buttons):
        kind, title = str(button.get("type", "")).upper(), button.get("text", "")
        if kind == "QUICK_REPLY":
            options.append({"id": _payload(given.get(index)) or title, "title": title})
        elif kind == "URL":
            links.append({"title": title, "url": _url(index, button["url"], given.get(index))})
        elif kind == "PHONE_NUMBER":
            links.append({"title": title, "url": f"tel:{button['phone_number']}"})
        elif kind == "COPY_CODE":
            links.append({"title": title or "Copy code", "url": "", "code": _code(index, given.get(index))})
        elif kind == "REQUEST_CONTACT_INFO":
            asks = {"asks": "contact"}
        elif kind == "FLOW":
            asks = {"button": title, "flow": flow_button.in_template(button, given.get(index))}
    return ({"options": options} if options else {}) | ({"links": links} if links else {}) | asks


def _button_parts(parts: list[Json], buttons: list[Json]) -> dict[int, Json]:
    given: dict[int, Json] = {}
    for part in parts:
        if str(part.get("type", "")).lower() != "button":
            continue
        index = _index(part)
        kind = str(buttons[index].get("type")).lower() if index < len(buttons) else "none"
        if str(part.get("sub_type", "")).lower() != kind:
            raise Refusal(132018, f"buttons: Button at index {index} of type {part.get('sub_type')} does not exist")
        given[index] = part
    return given


def _index(part: Json) -> int:
    try:
        return int(part.get("index", ""))
    except (TypeError, ValueError):
        raise Refusal(131008, "Parameter 'button.index' is mandatory") from None


def _first(part: Json | None) -> Json:
    parameters: list[Any] = list_of(part, "parameters", "button.parameters") if part else []
    return parameters[0] if parameters and isinstance(parameters[0], dict) else {}


def _payload(part: Json | None) -> str | None:
    payload = _first(part).get("payload")
    if payload is not None and (not isinstance(payload, str) or limits.units(payload) > limits.TEMPLATE_PAYLOAD):
        raise Refusal(131009, f"Button payload length invalid. Max length: {limits.TEMPLATE_PAYLOAD}")
    return payload


def _url(index: int, url: str, part: Json | None) -> str:
    text = _first(part).get("text")
    if not variables(url):
        return url
    if not isinstance(text, str) or not text:
        raise Refusal(131008, f"buttons: Button at index {index} of type Url requires a parameter")
    return VARIABLE.sub(text.replace("\\", r"\\"), url)


def _code(index: int, part: Json | None) -> str:
    code = _first(part).get("coupon_code")
    if not isinstance(code, str) or not code:
        raise Refusal(131008, f"buttons: Button at index {index} of type CopyCode requires a parameter")
    return code
