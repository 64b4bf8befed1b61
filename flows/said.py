"""What a message says, read against the question that was asked last."""

from dataclasses import dataclass
from functools import cached_property

from flows.inbound import Inbound, Kind
from flows.session import Session
from flows.words.command import command
from flows.words.pick import pick

LONGEST = 300  # characters of a text that are read
MORE = "more"  # the row that leads to the next page


@dataclass(frozen=True)
class Said:
    """``certain`` is the id of an option that was tapped, or called by its number or as a command."""

    text: str = ""
    command: str = ""
    certain: str = ""
    options: tuple[tuple[str, str], ...] = ()
    location: tuple[float, float] | None = None
    phone: str = ""  # of a contact that was shared
    readable: bool = True
    stale: bool = False

    @cached_property
    def option(self) -> str:
        """The id of the option that is meant, also by words; empty for none. Read only where a step asks for it:
        likening words to titles costs more than all else in a turn."""
        option = self.certain or pick(self.text, self.options) or ""
        return "" if option == MORE else option


def read(session: Session, inbound: Inbound, language: str) -> Said:
    """A message of any kind. What no step can use is ``readable=False``."""
    match inbound.kind:
        case Kind.CHOICE:
            return _tapped(session, inbound.choice)
        case Kind.TEXT:
            return _typed(session, inbound.text.strip()[:LONGEST], language)
        case Kind.MEDIA if caption := inbound.text.strip()[:LONGEST]:
            return _typed(session, caption, language)
        case Kind.LOCATION if inbound.latitude is not None and inbound.longitude is not None:
            return Said(location=(inbound.latitude, inbound.longitude))
        case Kind.CONTACTS if inbound.phone:
            return Said(phone=inbound.phone)
        case _:
            return Said(readable=False)


def _tapped(session: Session, choice: str) -> Said:
    stamp, _, option = choice.partition(":")
    known = stamp == str(session.asked) and option in session.shown
    return Said(command=option, certain=option) if known else Said(stale=True)


def _typed(session: Session, text: str, language: str) -> Said:
    """The words of a command stand for the option of that name: "ok" is the option ``yes``."""
    word, options = command(text, language) or "", tuple(session.options)
    number = text.strip(" .()#")
    certain = word if word in session.shown else number.isdecimal() and pick(number, options)
    return Said(text, word, certain or "", options)
