"""What Meta refuses when a template is created or edited: the head, and each component."""

import re
from collections.abc import Callable

from simulator import limits
from simulator.errors import Json, Refusal, missing, wrong_type
from simulator.languages import LANGUAGES
from simulator.template import HEADERS, VARIABLE, variables
from simulator.template_buttons import EMOJI_OR_MARKUP, check_buttons
from simulator.template_refusals import invalid, refused

NAME = re.compile(r"[a-z0-9_]{1,512}")
VARIABLE_NAME = re.compile(r"[a-z][a-z0-9_]*")
CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
FORMATS = ("POSITIONAL", "NAMED")


def check_head(body: Json) -> None:
    """Name, language, category and format of a new template."""
    for name in ("name", "language", "category"):
        _text(body, name)
    if not NAME.fullmatch(body["name"]):
        raise invalid(
            "Invalid template name", "Use lowercase letters, numbers and underscores, 512 characters at most."
        )
    if body["language"] not in LANGUAGES:
        raise Refusal(100, message=f"(#100) Param language is not a supported language code: {body['language']}.")
    _one_of(body, "category", CATEGORIES)
    _one_of(body, "parameter_format", FORMATS, "POSITIONAL")


def _text(body: Json, name: str) -> None:
    if body.get(name) in (None, ""):
        raise missing(name)
    if not isinstance(body[name], str):
        raise wrong_type(name, "a string")


def _one_of(body: Json, name: str, allowed: tuple[str, ...], default: str = "") -> None:
    value = str(body.get(name) or default).upper()
    if value not in allowed:
        raise Refusal(
            100, message=f'(#100) Param {name} must be one of {{{", ".join(allowed)}}} - got "{body.get(name)}".'
        )


def check_components(components: object, *, named: bool, category: str = "UTILITY") -> None:
    """Header, body, footer and buttons of a new or edited template."""
    if not isinstance(components, list) or not all(isinstance(part, dict) for part in components):
        raise missing("components") if components is None else wrong_type("components", "an array of objects")
    kinds = [str(part.get("type", "")).upper() for part in components]
    unknown = next((kind for kind in kinds if kind not in COMPONENTS), None)
    if unknown is not None:
        raise Refusal(
            100, message=f'(#100) Param components must be one of {{{", ".join(COMPONENTS)}}} - got "{unknown}".'
        )
    if "BODY" not in kinds or len(set(kinds)) != len(kinds):
        raise refused(2388043, "A template has exactly one component of type BODY and at most one of each other type.")
    for kind, part in zip(kinds, components, strict=True):
        if category != "AUTHENTICATION" or kind == "BUTTONS":
            COMPONENTS[kind](part, named)


def _check_header(header: Json, named: bool) -> None:
    kind = str(header.get("format", "")).upper()
    if kind in HEADERS:
        if kind != "LOCATION" and not (header.get("example") or {}).get("header_handle"):
            raise refused(2388043, "component of type HEADER is missing expected field(s) (example)")
        return
    if kind != "TEXT":
        raise refused(2388047, f"Header format must be one of TEXT, {', '.join(HEADERS)}.")
    text = _component_text(header, "HEADER", limits.TEMPLATE_HEADER, 2388047)
    if EMOJI_OR_MARKUP.search(VARIABLE.sub("", text)):
        raise refused(2388047, "Message header can't have any newlines, formatting characters, emojis or asterisks.")
    if len(_check_variables(text, named, 2388047)) > 1:
        raise refused(2388047, "A header can have one variable at most.")
    _check_examples(header, "header_text", text, named)


def _check_body(body: Json, named: bool) -> None:
    text = _component_text(body, "BODY", limits.TEMPLATE_BODY, 2388072)
    found = _check_variables(text, named, 2388072)
    if not found:
        return
    if text.strip().startswith("{{") or text.strip().endswith("}}"):
        raise refused(2388299)
    if re.search(r"\}\}\s*\{\{", text):
        raise refused(2388072, "Variables can't stand next to each other: put words between them.")
    if len(text.split()) < 2 * len(found) + 1:
        raise refused(2388293)
    _check_examples(body, "body_text", text, named)


def _check_footer(footer: Json, named: bool) -> None:  # noqa: ARG001 (one signature for all components)
    text = _component_text(footer, "FOOTER", limits.TEMPLATE_FOOTER, 2388073)
    if VARIABLE.search(text) or "\n" in text:
        raise refused(2388073, "A footer can't have variables or newlines.")


def _component_text(part: Json, kind: str, longest: int, subcode: int) -> str:
    text = part.get("text")
    if not isinstance(text, str) or not text.strip():
        raise refused(2388043, f"component of type {kind} is missing expected field(s) (text)")
    if limits.units(text) > longest:
        raise refused(2388040, f"{kind}: {longest} characters at most.")
    if text.count("{{") != len(VARIABLE.findall(text)):
        raise refused(subcode, "The variables are malformed.")
    return text


def _check_variables(text: str, named: bool, subcode: int) -> list[str]:
    found = variables(text)
    wrong = [name for name in found if not (VARIABLE_NAME.fullmatch(name) if named else name.isdecimal())]
    if wrong:
        raise refused(subcode, f"Variable parameters must be {'names' if named else 'whole numbers'}: {wrong[0]!r}.")
    if not named and sorted(map(int, found)) != list(range(1, len(found) + 1)):
        raise refused(subcode, "Variables must be numbered 1, 2, 3 and so on without gaps.")
    return found


def _check_examples(part: Json, key: str, text: str, named: bool) -> None:
    found = variables(text)
    if not found:
        return
    example = part.get("example") or {}
    given = _named_examples(example, key) if named else _numbered_examples(example, key)
    if given != (set(found) if named else len(found)):
        kind = "BODY" if key == "body_text" else "HEADER"
        raise refused(2388043, f"component of type {kind} is missing expected field(s) (example)")


def _named_examples(example: Json, key: str) -> set[str]:
    rows = example.get(f"{key}_named_params") or []
    return {row.get("param_name", "") for row in rows if isinstance(row, dict) and row.get("example")}


def _numbered_examples(example: Json, key: str) -> int:
    rows = example.get(key) or []
    if key == "body_text":
        rows = rows[0] if rows and isinstance(rows[0], list) else rows
    return len([row for row in rows if isinstance(row, str) and row])


COMPONENTS: dict[str, Callable[[Json, bool], None]] = {
    "HEADER": _check_header,
    "BODY": _check_body,
    "FOOTER": _check_footer,
    "BUTTONS": check_buttons,
}
