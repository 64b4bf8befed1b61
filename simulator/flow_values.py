"""What a person puts into a form: the values that fields begin with, and what is wrong with one."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from simulator.errors import Json
from simulator.flow_components import CHOICES, DAYS, SEVERAL

REQUIRED = "This field is required."
PATTERNS = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "number": re.compile(r"-?\d+([.,]\d+)?"),
    "phone": re.compile(r"\+?[\d ()-]{5,20}"),
    "passcode": re.compile(r"\d+"),
}


def empty(kind: str) -> Any:
    """What a field holds before anything is put in."""
    if kind in SEVERAL:
        return []
    return False if kind == "OptIn" else ""


def begun(component: Json, given: Any) -> Any:
    """The value that a field begins with, as it is given; an unusable one counts as none."""
    blank = empty(str(component["type"]))
    return given if given is not None and isinstance(given, type(blank)) else blank


def is_filled(value: Any) -> bool:
    """Whether anything was put in."""
    return bool(value.strip() if isinstance(value, str) else value)


def still_possible(component: Json, value: Any) -> Any:
    """The value without the choices that are not offered any more."""
    if component["type"] not in CHOICES:
        return value
    offered = {option.get("id") for option in options(component)}
    if isinstance(value, list):
        return [each for each in value if each in offered]
    return value if value in offered else ""


def options(component: Json) -> list[Json]:
    """The choices of a component whose properties are resolved."""
    listed = component.get("data-source")
    return [option for option in listed if isinstance(option, dict)] if isinstance(listed, list) else []


def wrong(component: Json, value: Any) -> str:
    """What is wrong with a value, as the phone says it; nothing, where it is right."""
    if not is_filled(value):
        return REQUIRED if component.get("required") is True else ""
    check = CHECKS.get(str(component["type"]))
    return check(component, value) if check else ""


def _text(component: Json, value: Any) -> str:
    least, most = _limit(component, "min-chars", 0), _limit(component, "max-chars", 80)
    if not least <= len(value) <= most:
        return _own(component) or f"Between {least} and {most} characters."
    pattern = PATTERNS.get(str(component.get("input-type", "text")))
    own = component.get("pattern")
    fits = (pattern is None or pattern.fullmatch(value)) and (not own or re.fullmatch(str(own), value))
    return "" if fits else _own(component) or "This is not valid."


def _area(component: Json, value: Any) -> str:
    most = _limit(component, "max-length", 600)
    return "" if len(value) <= most else f"{most} characters at most."


def _several(component: Json, value: Any) -> str:
    least, most = _limit(component, "min-selected-items", 0), _limit(component, "max-selected-items", 20)
    return "" if least <= len(value) <= most else f"Choose between {least} and {most}."


def _choice(component: Json, value: Any) -> str:
    chosen = next((option for option in options(component) if option.get("id") == value), None)
    return "" if chosen and chosen.get("enabled", True) is not False else "Choose one."


def _day(component: Json, value: Any) -> str:
    return "" if day_is_free(component, value) else _own(component) or "This day cannot be chosen."


CHECKS: dict[str, Callable[[Json, Any], str]] = {
    "TextInput": _text,
    "TextArea": _area,
    "CheckboxGroup": _several,
    "ChipsSelector": _several,
    "RadioButtonsGroup": _choice,
    "Dropdown": _choice,
    "DatePicker": _day,
    "CalendarPicker": _day,
}


def day_is_free(component: Json, value: str) -> bool:
    """Whether a picker lets that day (YYYY-MM-DD) be chosen."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return False
    first, last = component.get("min-date") or "1900-01-01", component.get("max-date") or "2100-12-31"
    days, gone = component.get("include-days"), component.get("unavailable-dates")
    weekday = DAYS[day.weekday()]
    return (
        str(first) <= value <= str(last)
        and (not isinstance(days, list) or weekday in days)
        and (not isinstance(gone, list) or value not in gone)
    )


def _limit(component: Json, name: str, default: int) -> int:
    try:
        return int(component.get(name, default))
    except (TypeError, ValueError):
        return default


def _own(component: Json) -> str:
    said = component.get("error-message")
    return said if isinstance(said, str) else ""
