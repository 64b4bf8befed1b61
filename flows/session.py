"""Where a conversation stands: plain data, JSON in Redis between two turns."""

from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

import orjson

HOME = "booking"  # the conversation in which everybody begins, and to which one comes back


@dataclass(frozen=True, slots=True)
class Held:
    """A person of the clinic has the conversation, until then (POSIX) unless they do more. ``unheard``: the patient
    wrote since they last did; ``spoke``: they have said something."""

    by: str
    until: float = 0.0
    unheard: bool = False
    spoke: bool = False


@dataclass(slots=True)
class Session:
    """``flow`` is the conversation that ``step`` belongs to.

    ``asked`` numbers the menus: every option's id starts with it, so a tap on an older menu is known as stale.
    ``options`` are the ones last shown, in their order, so that "2" or the words of one can be understood."""

    flow: str = HOME
    step: str = "start"
    asked: int = 0
    language: str = ""
    choices: dict[str, str] = field(default_factory=dict)  # what was chosen so far: "clinic": id, "day": ISO date, ...
    options: list[tuple[str, str]] = field(default_factory=list)  # (id, title)
    trail: list[str] = field(default_factory=list)  # the steps behind, for "back"
    aside: dict[str, str] = field(
        default_factory=dict
    )  # the choices of a booking that another conversation interrupted
    aside_trail: list[str] = field(default_factory=list)  # and the steps behind it
    page: int = 0  # of a list longer than one message
    misses: int = 0  # misunderstandings in a row within this step
    at: float = 0.0  # POSIX time of the last turn
    kept_at: float = 0.0  # POSIX time of the last of the files that were sent one after the other
    hushed: float = 0.0  # POSIX time until which a flood of messages is not answered
    held: Held | None = None  # by a person, while the bot is silent
    hidden: str = ""  # the id of a message whose words are not kept

    def to_json(self) -> bytes:
        """The whole session, for the store."""
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, data: bytes | None) -> "Session":
        """The stored session, or a fresh one. A newer version's field is dropped, a missing one takes its default."""
        known = orjson.loads(data) if data else {}
        session = cls(**{name: value for name, value in known.items() if name in FIELDS})
        session.options = [(option, title) for option, title in session.options]
        session.held = Held(**known["held"]) if known.get("held") else None
        return session

    def copy(self) -> "Session":
        """One that can be changed without changing this one."""
        made = Session(*_values(self))
        made.choices, made.aside = dict(self.choices), dict(self.aside)
        made.options, made.trail, made.aside_trail = list(self.options), list(self.trail), list(self.aside_trail)
        return made

    def enter(self, flow: str, brings: dict[str, str]) -> None:
        """Go over to a conversation with what it is to be about. A half-done booking is laid aside, and taken up where
        one comes back with nothing else in mind. The answer about consent goes along: nobody is asked twice."""
        consent = {name: self.choices[name] for name in ("consent",) if name in self.choices}
        if self.flow == HOME != flow and self.trail:
            self.aside, self.aside_trail = self.choices, self.trail
        self.choices, self.trail = {**consent, **brings}, []
        if flow == HOME:
            if not brings and self.aside_trail:
                self.choices, self.trail = {**self.aside, **consent}, self.aside_trail
            self.aside, self.aside_trail = {}, []
        self.flow = flow

    @property
    def half_done(self) -> bool:
        """Whether a booking was begun and not finished."""
        return bool(self.trail if self.flow == HOME else self.aside_trail)

    @property
    def shown(self) -> set[str]:
        """The ids of the options last shown."""
        return {option for option, _ in self.options}

    def idle(self, now: datetime) -> float:
        """Seconds since the last turn."""
        return now.timestamp() - self.at if self.at else 0.0


FIELDS = frozenset(Session.__slots__)
_values = attrgetter(*Session.__slots__)
