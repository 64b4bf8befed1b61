"""What Meta finds wrong with a Flow JSON when it is uploaded: its versions, its screens and what they are given."""

import re

from simulator import flow_rules_whole
from simulator.errors import Json
from simulator.flow_components import DATA_API, VERSIONS
from simulator.flow_findings import Findings, Path
from simulator.flow_rules_component import check_component
from simulator.flow_schema import SCHEMA, TYPES, missing_or_wrong, type_of, typed, unknown
from simulator.flow_walk import Screen, screens

TOP = frozenset({"version", "data_api_version", "routing_model", "screens", "data_channel_uri"})
SCREEN = frozenset({"id", "title", "data", "terminal", "success", "refresh_on_back", "layout", "sensitive"})


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
        unknown(findings, name, (name,))
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
        missing_or_wrong(findings, document, "screens", "array", ())
    elif not listed:
        findings.add("MIN_ITEMS_REQUIRED", "Property 'screens' should have at least '1' items.", ("screens",), SCHEMA)


def _check_screen(findings: Findings, screen: Screen, version: float) -> None:
    body, path = screen.body, screen.path
    for name in body.keys() - SCREEN:
        unknown(findings, name, (*path, name))
    if missing_or_wrong(findings, body, "id", "string", path) and not re.fullmatch(r"[A-Za-z_]+", body["id"]):
        said = "Property 'id' should only consist of alphabets and underscores."
        findings.add("PATTERN_MISMATCH", said, (*path, "id"), SCHEMA)
    for name in ("terminal", "success", "refresh_on_back"):
        if name in body:
            typed(findings, body[name], "boolean", (*path, name))
    if "success" in body and not body.get("terminal"):
        said = "Property 'success' can only be specified on a terminal screen."
        findings.add("NOT_KEYWORD_SCHEMA_VALIDATION_FAILED", said, (*path, "success"), SCHEMA)
    if "data" in body and typed(findings, body["data"], "object", (*path, "data")):
        _check_data(findings, body["data"], (*path, "data"))
    _check_layout(findings, body, path)
    for found in screen.components():
        check_component(findings, found, version)


def _check_layout(findings: Findings, body: Json, path: Path) -> None:
    if not missing_or_wrong(findings, body, "layout", "object", path):
        return
    layout, path = body["layout"], (*path, "layout")
    if layout.get("type") != "SingleColumnLayout":
        said = "Invalid value found for property 'type'."
        findings.add("INVALID_PROPERTY_VALUE", said, (*path, "type"), SCHEMA)
    missing_or_wrong(findings, layout, "children", "array", path)


def _check_data(findings: Findings, data: Json, path: Path) -> None:
    """The declarations of what a screen is given."""
    for name, schema in data.items():
        where = (*path, name)
        if not isinstance(schema, dict) or "type" not in schema:
            findings.add("INVALID_SCREEN_DATA", "Missing the definition of property 'type'.", where)
        elif not isinstance(schema["type"], str) or schema["type"] not in TYPES:
            findings.add("INVALID_SCREEN_DATA", "Expected the property 'type' to be of type string.", where)
        elif schema["type"] == "array" and "items" not in schema:
            findings.add("INVALID_SCREEN_DATA", "Missing the schema for property 'items' in array.", where)
        elif "__example__" in schema and not isinstance(schema["__example__"], TYPES[schema["type"]]):
            said = (
                "Invalid data model schema. Expected property '__example__' to be of type "
                f"{schema['type']}, but found {type_of(schema['__example__'])}."
            )
            findings.add("INVALID_SCREEN_DATA", said, (*where, "__example__"))
