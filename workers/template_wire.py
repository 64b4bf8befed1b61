"""A template message as the JSON that Meta takes: what fills its variables, and what its buttons bring back.

Not through pywa, as the chat's replies are not: a test holds it to what pywa would have sent.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.channels.cloud import message
from workers.provider import Letter

Part = dict[str, Any]


def wire(letter: Letter) -> dict[str, Any]:
    """The body of a send."""
    template: Part = {"name": letter.template, "language": {"code": letter.language}}
    if parts := [*_parts(letter)]:
        template["components"] = parts
    return message(letter.to, letter.outbox_id, "template", template)


def _parts(letter: Letter) -> Iterator[Part]:
    if letter.code:  # the same in the words and behind the button that copies it
        yield _words("BODY", [letter.code])
        yield _button("URL", 0, _text(letter.code))
        return
    if letter.header:
        yield _words("HEADER", [letter.header])
    if letter.parameters:
        yield _words("BODY", letter.parameters)
    for at, payload in enumerate(letter.buttons):
        if payload:
            yield _button("QUICK_REPLY", at, {"type": "payload", "payload": payload})
    for at, end in letter.links.items():
        yield _button("URL", at, _text(end))


def _words(kind: str, values: Sequence[str]) -> Part:
    return {"type": kind, "parameters": [_text(value) for value in values]}


def _button(kind: str, at: int, value: Part) -> Part:
    return {"type": "button", "sub_type": kind, "index": at, "parameters": [value]}


def _text(value: str) -> Part:
    return {"type": "text", "text": value}
