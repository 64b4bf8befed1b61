"""What is wrong with a property of a Flow JSON by itself: unknown, missing, of another type."""

from typing import Any

from simulator.errors import Json
from simulator.flow_findings import Findings, Path, rooted

SCHEMA = "JSON_SCHEMA_ERROR"
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def unknown(findings: Findings, name: str, path: Path, component: str = "") -> None:
    """A property that may not stand there."""
    where = f"{component} on {rooted(path[:-1])}" if component else rooted(path[:-1])
    findings.add("INVALID_PROPERTY_KEY", f'Property "{name}" cannot be specified at "{where}".', path, SCHEMA)


def missing_or_wrong(findings: Findings, body: Json, name: str, kind: str, path: Path) -> bool:
    """Whether a required property is there and of its type."""
    if name not in body:
        findings.add("MISSING_REQUIRED_TYPE_PROPERTY", f"Required property '{name}' is missing.", (*path, name), SCHEMA)
        return False
    return typed(findings, body[name], kind, (*path, name))


def typed(findings: Findings, value: Any, kind: str, path: Path) -> bool:
    """Whether a value is of its type; else with an error."""
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
