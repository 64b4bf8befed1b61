"""Validation errors of a Flow JSON as Meta lists them: a code, a sentence, and the line and column of the place."""

import json
import re
from dataclasses import dataclass, field
from json import JSONDecoder
from typing import Any

from simulator.errors import Json

Path = tuple[str | int, ...]
SPACE = re.compile(r"[ \t\r\n]*")
SCALAR = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")
DEEPEST = 60  # brackets within brackets
_DECODER = JSONDecoder()


@dataclass
class Findings:
    """The errors of one text, in the order in which they were found."""

    text: str
    errors: list[Json] = field(default_factory=list)
    _places: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def read(self) -> Any:
        """The text's value; None, with an error, where it is no JSON."""
        try:
            if len(re.findall(r"[\[{]", self.text)) and _depth(self.text) > DEEPEST:
                raise ValueError("nested too deeply")
            value = json.loads(self.text, parse_constant=_no_number)
        except ValueError as problem:
            self.add("INVALID_FLOW_JSON", f"Flow JSON is not valid. {problem}", ())
            return None
        _place(self.text, _skip(self.text, 0), (), self._places)
        return value

    def add(self, code: str, message: str, path: Path, kind: str = "FLOW_JSON_ERROR") -> None:
        """One error; an absent property's place is that of what should have it."""
        known = path
        while known and known not in self._places:
            known = known[:-1]
        start, end = self._places.get(known, (0, 0))
        place = _position(self.text, start, end)
        pointer = {**place, "path": written(path)}
        self.errors.append({"error": code, "error_type": kind, "message": message, **place, "pointers": [pointer]})


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def written(path: Path) -> str:
    """``screens[0].layout.children[1].type``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def rooted(path: Path) -> str:
    """``$root/screens/0/layout``, as the sentences of the schema say it."""
    return "/".join(["$root", *map(str, path)])


def _depth(text: str) -> int:
    deep = most = 0
    for bracket in re.findall(r'"(?:\\.|[^"\\])*"|[\[{}\]]', text):
        deep += {"[": 1, "{": 1, "]": -1, "}": -1}.get(bracket, 0)
        most = max(most, deep)
    return most


def _position(text: str, start: int, end: int) -> Json:
    def column(at: int) -> int:
        return at - text.rfind("\n", 0, at)

    return {
        "line_start": text.count("\n", 0, start) + 1,
        "line_end": text.count("\n", 0, end) + 1,
        "column_start": column(start),
        "column_end": column(end),
    }


def _skip(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at


def _place(text: str, at: int, path: Path, places: dict[Path, tuple[int, int]]) -> int:
    """Write down where the value at ``at`` stands, and all in it; where it ends. The text is known to be JSON."""
    if text[at] in "{[":
        end = _inside(text, at, path, places)
    elif text[at] == '"':
        end = _DECODER.raw_decode(text, at)[1]
    else:
        scalar = SCALAR.match(text, at)
        end = scalar.end() if scalar else at + 1
    places[path] = (at, end)
    return end


def _inside(text: str, at: int, path: Path, places: dict[Path, tuple[int, int]]) -> int:
    is_object, index = text[at] == "{", 0
    at = _skip(text, at + 1)
    while text[at] not in "}]":
        key: str | int = index
        if is_object:
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        at = _skip(text, _place(text, at, (*path, key), places))
        at = _skip(text, at + 1) if text[at] == "," else at
        index += 1
    return at + 1
