"""Reading a JSON body field by field, refusing what is missing or of the wrong type as Meta does."""

from typing import Any

from simulator.errors import Json, Refusal, missing, wrong_type


def text_of(body: Json, name: str, path: str) -> str:
    """A text that must be there, not empty."""
    value = body.get(name)
    if value is None or value == "":
        raise missing(path)
    if not isinstance(value, str):
        raise wrong_type(path, "a string")
    return value


def maybe_text(body: Json, name: str, path: str) -> str | None:
    """A text that may be left out."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise wrong_type(path, "a string")
    return value


def object_of(body: Json, name: str, path: str) -> Json:
    """An object that must be there."""
    value = body.get(name)
    if value is None:
        raise missing(path)
    if not isinstance(value, dict):
        raise wrong_type(path, "a JSON object")
    return value


def required_object(body: Json, name: str, path: str) -> Json:
    """An object inside a message: its absence has a code of its own."""
    if body.get(name) is None:
        raise Refusal(131008, f"Parameter '{path}' is mandatory")
    return object_of(body, name, path)


def required_text(body: Json, name: str, path: str) -> str:
    """A text inside a message: its absence has a code of its own."""
    if body.get(name) is None:
        raise Refusal(131008, f"Parameter '{path}' is mandatory")
    value = body[name]
    if not isinstance(value, str):
        raise wrong_type(path, "a string")
    return value


def list_of(body: Json, name: str, path: str) -> list[Any]:
    """A list that must be there."""
    value = body.get(name)
    if value is None:
        raise Refusal(131008, f"Parameter '{path}' is mandatory")
    if not isinstance(value, list):
        raise wrong_type(path, "an array")
    return value


def objects_of(body: Json, name: str, path: str) -> list[Json]:
    """A list of objects that must be there."""
    items = list_of(body, name, path)
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise wrong_type(f"{path}[{index}]", "a JSON object")
    return items


def number_of(body: Json, name: str, path: str) -> float:
    """A number that must be there (Meta takes it as text, too)."""
    value = body.get(name)
    if value is None or value == "":
        raise Refusal(131008, f"Parameter '{path}' is mandatory")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise wrong_type(path, "a number") from None
