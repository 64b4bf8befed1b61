"""What a message says, read against the question that was asked last."""

from dataclasses import dataclass

from flows.inbound import Inbound, Kind
from flows.session import Session
from flows.words.command import command
from flows.words.pick import pick

LONGEST = 300  # characters of a text that are read


@dataclass(frozen=True, slots=True)
class Said:
    """``option`` is the id of the option that was tapped, or is meant by the typed number or words."""

    text: str = ""
    option: str = ""
    command: str = ""
    location: tuple[float, float] | None = None
    readable: bool = True
    stale: bool = False
    sure: bool = False  # tapped, or typed as a number


def read(session: Session, inbound: Inbound, language: str) -> Said:
    """A message of any kind. What no step can use is ``readable=False``."""
    match inbound.kind:
        case Kind.CHOICE:
            return _tapped(session, inbound.choice)
        case Kind.TEXT:
            return _typed(session, inbound.text.strip()[:LONGEST], language)
        case Kind.LOCATION if inbound.latitude is not None and inbound.longitude is not None:
            return Said(location=(inbound.latitude, inbound.longitude))
        case _:
            return Said(readable=False)


def _tapped(session: Session, choice: str) -> Said:
    stamp, _, option = choice.partition(":")
    known = stamp == str(session.asked) and option in session.shown
    return Said(option=option, command=option, sure=True) if known else Said(stale=True)


def _typed(session: Session, text: str, language: str) -> Said:
    """The words of a command stand for the option of that name: "ok" is the option ``yes``."""
    word = command(text, language) or ""
    named = word in session.shown
    option = word if word and named else pick(text, session.options) or ""
    return Said(text=text, option=option, command=word, sure=bool(option) and text.strip(" .()#").isdecimal())
