"""What a patient can say at any time, whatever was asked."""

from collections.abc import Callable

from flows.choices import forget, start_over
from flows.table import STAY, Flow
from flows.talk import Talk

PAUSE = 30 * 60  # seconds after which a half-done booking is not simply gone on with
DAY = 24 * 3600  # seconds after which nothing is gone on with unasked
FORGOTTEN = 7 * DAY  # seconds after which it is not worth going on with


def human(_flow: Flow, talk: Talk) -> str:
    """A person, please."""
    talk.why = "asked"
    return "human"


def restart(_flow: Flow, talk: Talk) -> str:
    """From the beginning, with nothing chosen."""
    start_over(talk.choices)
    for steps in (talk.session.trail, talk.session.aside_trail):
        steps.clear()
    talk.retraced = True
    return "restart"


def menu(_flow: Flow, _talk: Talk) -> str:
    """What can be done here."""
    return "menu"


def visits(aim: str) -> Callable[[Flow, Talk], str]:
    """To the visits that are booked, in order to see, confirm, move or cancel one."""

    def go(_flow: Flow, talk: Talk) -> str:
        talk.brings = {"aim": aim}
        return "visits"

    return go


def queue(aim: str) -> Callable[[Flow, Talk], str]:
    """To the queue of today: where one stands, or "I am here"."""

    def go(_flow: Flow, talk: Talk) -> str:
        talk.brings = {"aim": aim}
        return "queue"

    return go


def rights(aim: str) -> Callable[[Flow, Talk], str]:
    """To what belongs to the patient: messages that end and begin, their data."""

    def go(_flow: Flow, talk: Talk) -> str:
        talk.brings = {"aim": aim}
        return "rights"

    return go


def people(_flow: Flow, _talk: Talk) -> str:
    """To those behind this chat: one more, another name, one less."""
    return "people"


def language(_flow: Flow, talk: Talk) -> str:
    """Asked anew; what was chosen stays."""
    talk.fallback = talk.language
    talk.session.language = ""
    return "language"


def help_(_flow: Flow, talk: Talk) -> str:
    """How to talk to the desk."""
    talk.note("help")
    return STAY


def thanks(_flow: Flow, talk: Talk) -> str:
    """Politeness is answered."""
    talk.note("welcome")
    return STAY


def back(flow: Flow, talk: Talk) -> str:
    """To the question before this one, which is answered anew."""
    if not talk.session.trail:
        if talk.session.aside_trail:
            return "book"
        talk.note("at_the_beginning")
        return STAY
    step = flow.steps[talk.session.trail.pop()]
    forget(talk.choices, step.gives)
    talk.session.step, talk.session.page = step.name, 0
    talk.retraced = True
    return STAY


def greeting(flow: Flow, talk: Talk) -> str:
    """After a pause a half-done booking is offered again; without one a greeting begins a conversation."""
    move = came_back(flow, talk)
    if move is None:
        talk.note("hello_again")
    return move or STAY


def came_back(flow: Flow, talk: Talk) -> str | None:
    """The move for somebody who writes after a pause; None for one who was here just now."""
    idle = talk.session.idle(talk.now)
    nothing = idle > DAY and not talk.session.trail
    if idle > FORGOTTEN or nothing or (flow.steps[talk.began].ends and (idle > PAUSE or not talk.session.trail)):
        talk.greets = True
        return restart(flow, talk)
    return "resume" if idle > PAUSE and talk.session.trail else None


ANYTIME: dict[str, Callable[[Flow, Talk], str]] = {
    "human": human,
    "restart": restart,
    "menu": menu,
    "language": language,
    "help": help_,
    "thanks": thanks,
    "back": back,
    "greeting": greeting,
    "appointments": visits("show"),
    "come": visits("come"),
    "move": visits("move"),
    "cancel": visits("cancel"),
    "where": queue("where"),
    "here": queue("here"),
    "people": people,
    **{aim: rights(aim) for aim in ("stop", "start", "my_data", "forget_me")},
}
