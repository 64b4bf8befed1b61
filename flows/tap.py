"""What a template's button says: which visit, offer or mark it is about. Workers write it, conversations read it.

A button stays in the chat for good, so it names its record, and a visit's also the version of the start that it told:
``visit.<action>.<appointment>.<start version>``, ``household.<action>.<promise>`` of a message about several visits,
``offer.<answer>.<offer>``, ``mark.<1 to 5>.<appointment>``.
"""

from dataclasses import dataclass

VISIT = frozenset({"come", "move", "cancel", "keep", "later", "otherday", "again", "first", "second", "third", "call"})
HOUSEHOLD = frozenset({"come", "move"})
OFFER = frozenset({"yes", "no", "stop"})
MARK = frozenset({"1", "2", "3", "4", "5"})
DIGITS = 9


@dataclass(frozen=True, slots=True)
class Tap:
    """``kind`` is ``visit``, ``household``, ``offer`` or ``mark``; ``version`` is a visit's only."""

    kind: str
    action: str
    id: str
    version: int = 0

    @property
    def named(self) -> str:
        """What sort of record ``id`` is of."""
        return "visit" if self.kind == "mark" else self.kind

    def __str__(self) -> str:
        named = (self.kind, self.action, self.id)
        return ".".join((*named, str(self.version)) if self.kind == "visit" else named)


def read_tap(choice: str) -> Tap | None:
    """The tap behind a button's payload; None for anything else, such as an option of the chat's own menus."""
    match choice.split("."):
        case ["household", action, id] if action in HOUSEHOLD and id:
            return Tap("household", action, id)
        case ["visit", action, id, version] if action in VISIT and id and _is_number(version):
            return Tap("visit", action, id, int(version))
        case ["offer", action, id] if action in OFFER and id:
            return Tap("offer", action, id)
        case ["mark", action, id] if action in MARK and id:
            return Tap("mark", action, id)
        case _:
            return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS
