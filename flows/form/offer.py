"""When a patient who is known begins to book, the first question comes as a form's button, where the practice likes it.

The question itself stays as it is: what is typed is an answer to it, and a channel without forms shows its options.
"""

from dataclasses import replace

from flows.reply import BODY, Form, Reply, shorten
from flows.session import HOME, Session
from flows.steps.person import NEW
from flows.talk import Talk

FORM = "form"  # the choice that says which question the form came with, "7:clinic"; another one has none
OVER = "over"  # in its place: it was offered in this booking, and is no longer open
OFFERED_AT = frozenset({"clinic", "service", "doctor", "time"})
NAMED = frozenset({"day", "days", "not_days", "between", "slot"})  # when, in the patient's own words
MOST_ROWS = 20  # of one of the form's lists


def open_form(session: Session) -> str:
    """The number of the question whose form is still open; empty for none."""
    asked, _, step = session.choices.get(FORM, "").partition(":")
    return asked if session.flow == HOME and step == session.step and session.held is None else ""


async def with_form(talk: Talk, reply: Reply) -> Reply:
    """The bubble of this turn, with a form where the moment for one has come: once in each booking."""
    session, choices = talk.session, talk.choices
    if session.flow == HOME and FORM in choices and not open_form(session):
        choices[FORM] = OVER
    if FORM in choices or not await _fits(talk):
        return reply
    choices[FORM] = f"{session.asked}:{session.step}"
    text = shorten("\n\n".join([*talk.notes, talk.say("form_offer")]), BODY)
    return replace(reply, form=Form(text, talk.say("form_open"), session.asked))


async def _fits(talk: Talk) -> bool:
    """Whether it is wanted, the patient is known, nothing was said of the time, and all there is fits its lists."""
    choices = talk.choices
    at_start = talk.session.flow == HOME and talk.session.step in OFFERED_AT
    if not at_start or choices.get("patient", NEW) == NEW or not (await talk.tenant()).booking_form:
        return False
    if NAMED & choices.keys() or any(name.startswith("wish_") for name in choices):
        return False
    practice = await talk.practice()
    return len(await talk.clinics()) <= MOST_ROWS and len(practice.doctors) < MOST_ROWS
