"""What Meta finds wrong with one component of a Flow JSON: its properties, their types and lengths, its actions."""

from typing import Any

from simulator.errors import Json
from simulator.flow_components import (
    ACTIONS,
    CHOICES,
    ENUMS,
    FILLED,
    INPUTS,
    NESTED_IFS,
    OPTION_KEYS,
    OPTION_LONGEST,
    OPTIONS,
    PROPERTIES,
    SINCE,
    actions_of,
    kind_of,
    too_long,
)
from simulator.flow_expression import REFERENCE, Malformed, Scope, evaluate, is_expression
from simulator.flow_findings import Findings, Path, rooted
from simulator.flow_schema import SCHEMA, missing_or_wrong, typed, unknown
from simulator.flow_walk import Found, actions


def check_component(findings: Findings, found: Found, version: float) -> None:
    """All rules for one component, apart from the others."""
    component, path, kind = found.component, found.path, found.type
    if kind not in PROPERTIES:
        code = "INVALID_PROPERTY_VALUE" if "type" in component else "MISSING_REQUIRED_TYPE_PROPERTY"
        said = (
            f"Invalid value found for property 'type' at {rooted(path)}."
            if "type" in component
            else ("Required property 'type' is missing.")
        )
        findings.add(code, said, (*path, "type"), SCHEMA)
        return
    if SINCE.get(kind, 0) > version:
        findings.add("INVALID_PROPERTY_VALUE", f"{kind} is supported from Flow JSON {SINCE[kind]}.", path, SCHEMA)
    required, others = (set(names.split()) for names in PROPERTIES[kind])
    for name in component.keys() - required - others - {"type"}:
        unknown(findings, name, (*path, name), kind)
    for name in sorted(required - component.keys()):
        findings.add("MISSING_REQUIRED_TYPE_PROPERTY", f"Required property '{name}' is missing.", (*path, name), SCHEMA)
    for name in sorted(component.keys() & (required | others)):
        _check_property(findings, found, name)
    for where, name, action in actions(found):
        _check_action(findings, kind, name, action, where, version)
    _check_nesting(findings, found)


def _check_nesting(findings: Findings, found: Found) -> None:
    if found.type == "If" and found.inside.count("If") >= NESTED_IFS:
        findings.add("INVALID_PROPERTY_VALUE", f"It is allowed to nest up to {NESTED_IFS} If components.", found.path)
    if "Form" in found.inside and found.type == "Form":
        findings.add("INVALID_COMPONENT_PLACEMENT", "A Form cannot stand inside a Form.", found.path)
    if found.type in INPUTS and "Form" in found.inside:
        for name in found.component.keys() & {"init-value", "error-message"}:
            said = f"Property '{name}' of a component inside Form stands in the Form's '{name}s'."
            findings.add("INVALID_PROPERTY_KEY", said, (*found.path, name), SCHEMA)


def _check_property(findings: Findings, found: Found, name: str) -> None:
    value, path = found.component[name], (*found.path, name)
    kind = kind_of(found.type, name)
    if kind == "condition":
        _check_expression(findings, value, path)
    elif isinstance(value, str) and ("${" in value or is_expression(value)) and kind != "action":
        _check_dynamic(findings, value, path)
    elif name in ENUMS:
        if value not in ENUMS[name]:
            said = f"Value should be one of: [{', '.join(ENUMS[name])}]."
            findings.add("INVALID_ENUM_VALUE", said, path, SCHEMA)
    elif kind in STATIC:
        STATIC[kind](findings, found, name, value)


def _check_dynamic(findings: Findings, value: str, path: Path) -> None:
    if is_expression(value):
        _check_expression(findings, value[1:-1], path)
    elif not REFERENCE.fullmatch(value):
        said = f"Property '{path[-1]}' should have dynamic data format of the form ${{data.your_value}}."
        findings.add("PATTERN_MISMATCH", said, path, SCHEMA)


def _check_expression(findings: Findings, value: Any, path: Path) -> None:
    if not isinstance(value, str):
        typed(findings, value, "string", path)
        return
    try:
        evaluate(value, Scope())
        said = "" if "${" in value else "The only operand is a literal value. Expected a dynamic value."
    except Malformed as problem:
        said = str(problem)
    if said:
        findings.add("INVALID_PROPERTY_VALUE", said, path)


def _check_text(findings: Findings, found: Found, name: str, value: Any) -> None:
    path = (*found.path, name)
    if not typed(findings, value, "string", path):
        return
    longest = too_long(found.component, name, value)
    if longest is not None:
        said = f"Property '{name}' should have at most '{longest}' characters."
        findings.add("MAX_CHARS_REQUIRED", said, path, SCHEMA)
    if not value.strip() and (found.type in FILLED or name in ("label", "name")):
        findings.add("PATTERN_MISMATCH", f"Property '{name}' should not be blank or empty string.", path, SCHEMA)


def _check_texts(findings: Findings, found: Found, name: str, value: Any) -> None:
    listed = value if isinstance(value, list) else [value]
    for each in listed:
        _check_text(findings, found, name, each)


def _check_range(findings: Findings, found: Found, name: str, value: Any) -> None:
    if found.component.get("mode") != "range":
        _check_text(findings, found, name, value)
    elif typed(findings, value, "object", (*found.path, name)):
        for each in value.values():
            _check_text(findings, found, name, each)


def _check_components(findings: Findings, found: Found, name: str, value: Any) -> None:
    if typed(findings, value, "array", (*found.path, name)) and not value and name != "else":
        said = "Expected array to contain at least one component."
        findings.add("INVALID_PROPERTY_VALUE", said, (*found.path, name))


def _check_cases(findings: Findings, found: Found, name: str, value: Any) -> None:
    if typed(findings, value, "object", (*found.path, name)) and not value:
        findings.add("INVALID_PROPERTY_VALUE", "Invalid empty property found.", (*found.path, name))


def _check_list(findings: Findings, found: Found, name: str, value: Any) -> None:
    path = (*found.path, name)
    if not typed(findings, value, "array", path) or found.type not in CHOICES or name != "data-source":
        return
    least, most = OPTIONS[found.type]
    if not least <= len(value) <= most:
        code = "MIN_ITEMS_REQUIRED" if len(value) < least else "MAX_ITEMS_REQUIRED"
        said = f"Property '{name}' should have from '{least}' to '{most}' items."
        findings.add(code, said, path, SCHEMA)
    for index, option in enumerate(value):
        _check_option(findings, option, (*path, index))


def _check_option(findings: Findings, option: Any, path: Path) -> None:
    if not typed(findings, option, "object", path):
        return
    for name in option.keys() - OPTION_KEYS:
        unknown(findings, name, (*path, name))
    for name in ("id", "title"):
        missing_or_wrong(findings, option, name, "string", path)
    for name, longest in OPTION_LONGEST.items():
        if len(str(option.get(name, ""))) > longest:
            said = f"Property '{name}' should have at most '{longest}' characters."
            findings.add("MAX_CHARS_REQUIRED", said, (*path, name), SCHEMA)


def _check_boolean(findings: Findings, found: Found, name: str, value: Any) -> None:
    typed(findings, value, "boolean", (*found.path, name))


def _check_number(findings: Findings, found: Found, name: str, value: Any) -> None:
    typed(findings, value, "number", (*found.path, name))


def _check_action_type(findings: Findings, found: Found, name: str, value: Any) -> None:
    if found.type != "CalendarPicker" or found.component.get("mode") != "range":
        typed(findings, value, "object", (*found.path, name))


STATIC = {
    "text": _check_text,
    "texts": _check_texts,
    "range": _check_range,
    "components": _check_components,
    "cases": _check_cases,
    "array": _check_list,
    "boolean": _check_boolean,
    "number": _check_number,
    "action": _check_action_type,
}


def _check_action(findings: Findings, kind: str, place: str, action: Json, path: Path, version: float) -> None:
    name = str(action.get("name", ""))
    allowed = [each for each in actions_of(kind, place) if SINCE.get(each, 0) <= version]
    if name not in allowed:
        said = f"Value should be one of: [{', '.join(allowed)}]."
        findings.add("INVALID_ENUM_VALUE", said, (*path, "name"), SCHEMA)
        return
    required, others = (set(names.split()) for names in ACTIONS[name])
    for each in action.keys() - required - others - {"name"}:
        unknown(findings, each, (*path, each))
    for each in sorted(required - action.keys()):
        findings.add("MISSING_REQUIRED_TYPE_PROPERTY", f"Required property '{each}' is missing.", (*path, each), SCHEMA)
    if "payload" in action:
        typed(findings, action["payload"], "object", (*path, "payload"))
    if name == "navigate" and "next" in action:
        _check_next(findings, action["next"], (*path, "next"))


def _check_next(findings: Findings, following: Any, path: Path) -> None:
    if typed(findings, following, "object", path):
        missing_or_wrong(findings, following, "name", "string", path)
        if following.get("type") not in ("screen", "plugin"):
            said = "Value should be one of: [screen, plugin]."
            findings.add("INVALID_ENUM_VALUE", said, (*path, "type"), SCHEMA)
