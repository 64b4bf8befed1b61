"""Buttons and lists at Twilio: content templates whose every word is a variable, one for each shape of a bubble.

A list that changes with each message would need a content template each time; with the words as variables a few dozen
shapes serve all bubbles of an account. A variable may not be empty and holds no line break, so the lines of a text are
variables of their own. https://www.twilio.com/docs/content/using-variables-with-content-api
"""

import re
from dataclasses import dataclass
from typing import Any

from flows.reply import Option, Reply

PREFIX = "opdesk_"  # of the names by which we know our shapes again
MOST_VARIABLES = 100  # of one template
NOTHING = "…"  # where there are no words: a variable may not be empty
GAPS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")  # become one space: tabs are refused, and spaces in a row


@dataclass(frozen=True, slots=True)
class Shape:
    """``lines``: which lines of the text have words (a blank one has none); ``described``: which options."""

    kind: str  # buttons, list
    lines: tuple[bool, ...]
    described: tuple[bool, ...]

    @property
    def name(self) -> str:
        """The template's ``friendly_name``."""
        marks = ("".join("x" if each else "o" for each in part) for part in (self.lines, self.described))
        return f"{PREFIX}{self.kind}_{'_'.join(marks)}"

    @property
    def size(self) -> int:
        """How many variables it has."""
        each = 2 * len(self.described) + sum(self.described)
        return sum(self.lines) + each + (self.kind == "list")

    def types(self) -> dict[str, Any]:
        """The template's ``types``, as the Content API takes them."""
        number = iter(range(1, MOST_VARIABLES + 1))

        def variable() -> str:
            return f"{{{{{next(number)}}}}}"

        body = "\n".join(variable() if line else "" for line in self.lines)
        if self.kind == "buttons":
            actions = [{"type": "QUICK_REPLY", "title": variable(), "id": variable()} for _ in self.described]
            return {"twilio/quick-reply": {"body": body, "actions": actions}}
        button = variable()
        items = [
            {"item": variable(), "id": variable(), **({"description": variable()} if described else {})}
            for described in self.described
        ]
        return {"twilio/list-picker": {"body": body, "button": button, "items": items}}

    def samples(self) -> dict[str, str]:
        """A value for each variable: the Content API wants one."""
        return {str(number): f"sample {number}" for number in range(1, self.size + 1)}


def shape_of(reply: Reply) -> Shape | None:
    """The shape of a bubble; None for one that is words alone, or has more of them than a template takes."""
    lines = tuple(bool(line) for line in _lines(reply))
    if not reply.options or not any(lines):
        return None
    shape = Shape(
        "buttons" if reply.as_buttons else "list",
        lines,
        tuple(bool(_plain(each.description)) for each in reply.options),
    )
    return shape if shape.size <= MOST_VARIABLES else None


def variables(reply: Reply) -> dict[str, str]:
    """What fills the shape of this bubble."""
    words = [line for line in _lines(reply) if line]
    words += [] if reply.as_buttons else [_plain(reply.menu) or NOTHING]
    words += [word for option in reply.options for word in _option(option)]
    return {str(number): word for number, word in enumerate(words, 1)}


def _option(option: Option) -> list[str]:
    described = _plain(option.description)
    return [_plain(option.title) or NOTHING, option.id, *([described] if described else [])]


def _lines(reply: Reply) -> list[str]:
    return [_plain(line) for line in reply.text.split("\n")]


def _plain(text: str) -> str:
    return GAPS.sub(" ", text).strip()
