"""A link or a poster brings a patient here: the code in their words says what they would like to book."""

from flows.anytime import FORGOTTEN, PAUSE, came_back
from flows.choices import start_over
from flows.hearing import hear
from flows.inbound import Kind
from flows.said import LONGEST
from flows.session import HOME
from flows.table import STAY, Flow
from flows.talk import Talk
from flows.wish import PARTS


async def begun(flow: Flow, talk: Talk) -> str | None:
    """The move of a text with such a code; None where it has none, or says something more urgent."""
    start = await talk.desk.start_in(talk.inbound.text[:LONGEST]) if talk.inbound.kind is Kind.TEXT else None
    if start is None or (await hear(talk)).intent == "emergency":
        return None
    found = {f"start_{part}": named for part in PARTS if (named := getattr(start, f"{part}_id"))}
    return _begin(flow, talk, found) if found else _outdated(flow, talk)


def _outdated(flow: Flow, talk: Talk) -> str | None:
    """At the beginning the words themselves may still lead somewhere."""
    talk.note("start_outdated")
    return None if talk.began == flow.start else came_back(flow, talk) or STAY


def _begin(flow: Flow, talk: Talk, found: dict[str, str]) -> str:
    session, idle = talk.session, talk.session.idle(talk.now)
    talk.greets = talk.began == flow.start or idle > PAUSE
    if session.flow != HOME:
        talk.brings = {**session.aside, **found}
        return "begin"
    if idle > FORGOTTEN or flow.steps[talk.began].ends:
        start_over(session.choices)
        session.trail.clear()
    for part in PARTS:  # of a link that was asked about and not decided on
        session.choices.pop(f"start_{part}", None)
    session.choices.update(found)
    return "begin"
