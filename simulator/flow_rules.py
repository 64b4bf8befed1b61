"""What Meta finds wrong with a Flow JSON when it is uploaded: its versions, and each screen and component by itself."""

import re
from typing import Any

from simulator import flow_rules_whole
from simulator.errors import Json
from simulator.flow_components import (
    ACTIONS,
    CHOICES,
    DATA_API,
    ENUMS,
    FILLED,
    INPUTS,
    NESTED_IFS,
    OPTION_KEYS,
    OPTION_LONGEST,
    OPTIONS,
    PROPERTIES,
    SINCE,
    VERSIONS,
    actions_of,
    kind_of,
    too_long,
)
from simulator.flow_expression import REFERENCE, Malformed, Scope, evaluate, is_expression
from simulator.flow_findings import Findings, Path, rooted
from simulator.flow_walk import Found, Screen, actions, screens

SCHEMA = "JSON_SCHEMA_ERROR"
TOP = frozenset({"version", "data_api_version", "routing_model", "screens", "data_channel_uri"})
SCREEN = frozenset({"id", "title", "data", "terminal", "success", "refresh_on_back", "layout", "sensitive"})
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def check(text: str) -> tuple[Json, list[Json]]:
    """The document (empty where it is none) and its validation errors."""
    findings = Findings(text)
    document = findings.read()
    if findings.errors:
        return {}, findings.errors
    if not isinstance(document, dict):
        findings.add("INVALID_PROPERTY_TYPE", "Expected property $root to be of type object.", (), SCHEMA)
        return {}, findings.errors
    if _check_version(findings, document):
        _check_top(findings, document)
        for screen in screens(document):
            _check_screen(findings, screen, float(str(document["version"])))
        if not findings.errors:
            flow_rules_whole.check(findings, document)
    return document, findings.errors


def _check_version(findings: Findings, document: Json) -> bool:
    version = document.get("version")
    if version is None:
        findings.add("MISSING_FLOW_JSON_VERSION", "Flow JSON version is not specified.", ("version",))
    elif not re.fullmatch(r"\d{1,2}\.\d{1,2}", str(version)):
        findings.add("INVALID_FLOW_JSON_VERSION", "Invalid Flow JSON version.", ("version",))
    elif str(version) not in VERSIONS:
        findings.add("UNSUPPORTED_FLOW_JSON_VERSION", "Unsupported Flow JSON version.", ("version",))
    return not findings.errors


def _check_top(findings: Findings, document: Json) -> None:
    for name in document.keys() - TOP:
        _unknown(findings, name, (name,))
    if "data_channel_uri" in document:
        said = "Property 'data_channel_uri' is no longer supported as of version '3.0'. Configure your endpoint by API."
        findings.add("INVALID_PROPERTY_KEY", said, ("data_channel_uri",))
    if "data_api_version" in document and str(document["data_api_version"]) not in DATA_API:
        said = "No supported Data API version found for given Flow JSON version."
        findings.add("NO_SUPPORTED_DATA_API_VERSION", said, ("data_api_version",))
    if "data_api_version" in document and "routing_model" not in document:
        said = "The property 'routing_model' is required for property 'data_api_version'."
        findings.add("MISSING_REQUIRED_PROPERTY", said, ("routing_model",))
    listed = document.get("screens")
    if not isinstance(listed, list):
        _missing_or_wrong(findings, document, "screens", "array", ())
    elif not listed:
        findings.add("MIN_ITEMS_REQUIRED", "Property 'screens' should have at least '1' items.", ("screens",), SCHEMA)


def _unknown(findings: Findings, name: str, path: Path, component: str = "") -> None:
    where = f"{component} on {rooted(path[:-1])}" if component else rooted(path[:-1])
    findings.add("INVALID_PROPERTY_KEY", f'Property "{name}" cannot be specified at "{where}".', path, SCHEMA)


def _missing_or_wrong(findings: Findings, body: Json, name: str, kind: str, path: Path) -> bool:
    """Whether a required property is there and of its type."""
    if name not in body:
        findings.add("MISSING_REQUIRED_TYPE_PROPERTY", f"Required property '{name}' is missing.", (*path, name), SCHEMA)
        return False
    return _typed(findings, body[name], kind, (*path, name))


def _typed(findings: Findings, value: Any, kind: str, path: Path) -> bool:
    if isinstance(value, TYPES[kind]) and not (kind == "number" and isinstance(value, bool)):
        return True
    actual = type_of(value)
    said = f"Expected property {rooted(path)} to be of type {kind}, but found {actual}."
    findings.add("INVALID_PROPERTY_TYPE", said, path, SCHEMA)
    return False


def type_of(value: Any) -> str:
    """The JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    return next((name for name, types in TYPES.items() if isinstance(value, types)), "null")


def _check_screen(findings: Findings, screen: Screen, version: float) -> None:
    body, path = screen.body, screen.path
    for name in body.keys() - SCREEN:
        _unknown(findings, name, (*path, name))
    if _missing_or_wrong(findings, body, "id", "string", path) and not re.fullmatch(r"[A-Za-z_]+", body["id"]):
        said = "Property 'id' should only consist of alphabets and underscores."
        findings.add("PATTERN_MISMATCH", said, (*path, "id"), SCHEMA)
    for name in ("terminal", "success", "refresh_on_back"):
        if name in body:
            _typed(findings, body[name], "boolean", (*path, name))
    if "success" in body and not body.get("terminal"):
        said = "Property 'success' can only be specified on a terminal screen."
        findings.add("NOT_KEYWORD_SCHEMA_VALIDATION_FAILED", said, (*path, "success"), SCHEMA)
    if "data" in body and _typed(findings, body["data"], "object", (*path, "data")):
        _check_data(findings, body["data"], (*path, "data"))
    _check_layout(findings, body, path)
    for found in screen.components():
        _check_component(findings, found, version)


def _check_layout(findings: Findings, body: Json, path: Path) -> None:
    if not _missing_or_wrong(findings, body, "layout", "object", path):
        return
    layout, path = body["layout"], (*path, "layout")
    if layout.get("type") != "SingleColumnLayout":
        said = "Invalid value found for property 'type'."
        findings.add("INVALID_PROPERTY_VALUE", said, (*path, "type"), SCHEMA)
    _missing_or_wrong(findings, layout, "children", "array", path)


def _check_data(findings: Findings, data: Json, path: Path) -> None:
    """The declarations of what a screen is given."""
    for name, schema in data.items():
        where = (*path, name)
        if not isinstance(schema, dict) or "type" not in schema:
            findings.add("INVALID_SCREEN_DATA", "Missing the definition of property 'type'.", where)
        elif schema["type"] not in TYPES:
            findings.add("INVALID_SCREEN_DATA", "Expected the property 'type' to be of type string.", where)
        elif schema["type"] == "array" and "items" not in schema:
            findings.add("INVALID_SCREEN_DATA", "Missing the schema for property 'items' in array.", where)
        elif "__example__" in schema and not isinstance(schema["__example__"], TYPES[schema["type"]]):
            said = (
                "Invalid data model schema. Expected property '__example__' to be of type "
                f"{schema['type']}, but found {type_of(schema['__example__'])}."
            )
            findings.add("INVALID_SCREEN_DATA", said, (*where, "__example__"))


def _check_component(findings: Findings, found: Found, version: float) -> None:
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
        _unknown(findings, name, (*path, name), kind)
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
        _typed(findings, value, "string", path)
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
    if not _typed(findings, value, "string", path):
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
    elif _typed(findings, value, "object", (*found.path, name)):
        for each in value.values():
            _check_text(findings, found, name, each)


def _check_components(findings: Findings, found: Found, name: str, value: Any) -> None:
    if _typed(findings, value, "array", (*found.path, name)) and not value and name != "else":
        said = "Expected array to contain at least one component."
        findings.add("INVALID_PROPERTY_VALUE", said, (*found.path, name))


def _check_cases(findings: Findings, found: Found, name: str, value: Any) -> None:
    if _typed(findings, value, "object", (*found.path, name)) and not value:
        findings.add("INVALID_PROPERTY_VALUE", "Invalid empty property found.", (*found.path, name))


def _check_list(findings: Findings, found: Found, name: str, value: Any) -> None:
    path = (*found.path, name)
    if not _typed(findings, value, "array", path) or found.type not in CHOICES or name != "data-source":
        return
    least, most = OPTIONS[found.type]
    if not least <= len(value) <= most:
        code = "MIN_ITEMS_REQUIRED" if len(value) < least else "MAX_ITEMS_REQUIRED"
        said = f"Property '{name}' should have from '{least}' to '{most}' items."
        findings.add(code, said, path, SCHEMA)
    for index, option in enumerate(value):
        _check_option(findings, option, (*path, index))


def _check_option(findings: Findings, option: Any, path: Path) -> None:
    if not _typed(findings, option, "object", path):
        return
    for name in option.keys() - OPTION_KEYS:
        _unknown(findings, name, (*path, name))
    for name in ("id", "title"):
        _missing_or_wrong(findings, option, name, "string", path)
    for name, longest in OPTION_LONGEST.items():
        if len(str(option.get(name, ""))) > longest:
            said = f"Property '{name}' should have at most '{longest}' characters."
            findings.add("MAX_CHARS_REQUIRED", said, (*path, name), SCHEMA)


def _check_boolean(findings: Findings, found: Found, name: str, value: Any) -> None:
    _typed(findings, value, "boolean", (*found.path, name))


def _check_number(findings: Findings, found: Found, name: str, value: Any) -> None:
    _typed(findings, value, "number", (*found.path, name))


def _check_action_type(findings: Findings, found: Found, name: str, value: Any) -> None:
    if found.type != "CalendarPicker" or found.component.get("mode") != "range":
        _typed(findings, value, "object", (*found.path, name))


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
        _unknown(findings, each, (*path, each))
    for each in sorted(required - action.keys()):
        findings.add("MISSING_REQUIRED_TYPE_PROPERTY", f"Required property '{each}' is missing.", (*path, each), SCHEMA)
    if "payload" in action:
        _typed(findings, action["payload"], "object", (*path, "payload"))
    if name == "navigate" and "next" in action:
        _check_next(findings, action["next"], (*path, "next"))


def _check_next(findings: Findings, following: Any, path: Path) -> None:
    if _typed(findings, following, "object", path):
        _missing_or_wrong(findings, following, "name", "string", path)
        if following.get("type") not in ("screen", "plugin"):
            said = "Value should be one of: [screen, plugin]."
            findings.add("INVALID_ENUM_VALUE", said, (*path, "type"), SCHEMA)
