"""The filled-in form: what was chosen there is looked at once more, then booked like any other choice."""

from flows.choices import forget
from flows.form.choice import read_completion
from flows.form.offer import FORM, OVER, open_form
from flows.session import Session
from flows.slots import read_slot
from flows.steps.confirm import VISIT
from flows.table import STAY, Flow, Step
from flows.talk import Talk
from flows.wanted import choose


def shown(session: Session) -> bool:
    """Whether the last bubble was the form's button."""
    return open_form(session) == str(session.asked)


def filled(flow: Flow, talk: Talk) -> str | None:
    """The move of a form that comes back; None: it is none of ours. One that was used, or whose question has gone by,
    changes nothing."""
    found, session = read_completion(talk.inbound.choice), talk.session
    if found is None:
        return None
    if found[0] != open_form(session) or not flow.can(session.step, "form"):
        talk.greets = session.step == flow.start
        talk.note("form_late")
        return STAY
    forget(talk.choices, "clinic")
    talk.choices.update(found[1])
    talk.choices[FORM] = OVER
    return "form"


async def ask(talk: Talk) -> str:
    """The patient has said yes on its last screen. A time that was taken meanwhile is chosen anew in the chat."""
    if await choose(talk, read_slot(talk.choices["slot"])) != STAY:
        return "yes"
    forget(talk.choices, "slot")
    return "slot_taken"


FILLED = Step("form", ask, needs=VISIT)
