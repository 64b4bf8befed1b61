"""Where a conversation stands: plain data, JSON in Redis between two turns."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson


@dataclass(slots=True)
class Session:
    """``asked`` numbers the menus: every option's id starts with it, so a tap on an older menu is known as stale.
    ``options`` are the ones last shown, in their order, so that "2" or the words of one can be understood."""

    step: str = "start"
    asked: int = 0
    language: str = ""
    choices: dict[str, str] = field(default_factory=dict)  # what was chosen so far: "clinic": id, "day": ISO date, ...
    options: list[tuple[str, str]] = field(default_factory=list)  # (id, title)
    trail: list[str] = field(default_factory=list)  # the steps behind, for "back"
    page: int = 0  # of a list longer than one message
    misses: int = 0  # misunderstandings in a row within this step
    at: float = 0.0  # POSIX time of the last turn

    def to_json(self) -> bytes:
        """The whole session, for the store."""
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, data: bytes | None) -> "Session":
        """The stored session, or a fresh one. A newer version's field is dropped, a missing one takes its default."""
        known = orjson.loads(data) if data else {}
        session = cls(**{name: value for name, value in known.items() if name in cls.__slots__})
        session.options = [(option, title) for option, title in session.options]
        return session

    def copy(self) -> "Session":
        """One that can be changed without changing this one."""
        return replace(self, choices=dict(self.choices), options=list(self.options), trail=list(self.trail))

    @property
    def shown(self) -> set[str]:
        """The ids of the options last shown."""
        return {option for option, _ in self.options}

    def idle(self, now: datetime) -> float:
        """Seconds since the last turn."""
        return now.timestamp() - self.at if self.at else 0.0
