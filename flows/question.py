"""What a step asks, and how it becomes the one bubble of the turn: paged, stamped, within the limits."""

from dataclasses import dataclass

from flows.reply import BODY, MAX_OPTIONS, TEXT, Option, Reply, shorten
from flows.session import Session


@dataclass(frozen=True, slots=True)
class Question:
    """``options`` lead forward and are shown page by page; ``tail`` stands below them on every page."""

    text: str
    options: tuple[Option, ...] = ()
    tail: tuple[Option, ...] = ()
    ask_location: bool = False  # by WhatsApp's own button, in place of options
    ask_contact: bool = False  # the number of the one who writes, in the same way


def page(question: Question, number: int, more: Option) -> tuple[Option, ...]:
    """The options that fit one message. After the last page comes the first again."""
    room = MAX_OPTIONS - len(question.tail)
    if len(question.options) <= room:
        return question.options + question.tail
    room -= 1
    pages = -(-len(question.options) // room)
    start = number % pages * room
    return (*question.options[start : start + room], more, *question.tail)


def show(session: Session, question: Question, notes: list[str], more: Option, menu: str) -> Reply:
    """Write the question down in the session and make the bubble. Every option is stamped with the number of the
    question, so that a tap on an older one is known."""
    shown = page(question, session.page, more)
    session.asked += 1
    session.options = [(option.id, option.title) for option in shown]
    stamped = tuple(Option(f"{session.asked}:{option.id}", option.title, option.description) for option in shown)
    text = "\n\n".join(filter(None, [_above(notes, question, bool(stamped)), question.text]))
    return Reply(text, stamped, menu if shown else "", question.ask_location, question.ask_contact)


def _above(notes: list[str], question: Question, options: bool) -> str:
    """What is said above the question gives way to it."""
    limit = BODY if options or question.ask_location or question.ask_contact else TEXT
    room = limit - len(question.text.encode("utf-16-le")) // 2 - 2
    return shorten("\n\n".join(notes), room) if notes and room > 1 else ""
