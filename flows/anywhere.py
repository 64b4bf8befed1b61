"""The ways that lead on from any step of any conversation, in one table, and the steps that all of them share."""

from flows.steps import aside
from flows.steps.handoff import CALLING, HANDOFF
from flows.steps.language import LANGUAGE
from flows.steps.menu import MENU
from flows.table import Move

STEPS = (LANGUAGE, CALLING, HANDOFF, MENU, *aside.STEPS)

WAYS = {
    # move: step of a conversation
    "book": "booking.start",
    "restart": "booking.start",
    "begin": "booking.anew",
    "visits": "appointments.start",
    "visit": "appointments.tapped",
    "household": "appointments.together",
    "mark": "appointments.marked",
    "offer": "appointments.offered",
    "queue": "queueing.start",
    "people": "people.start",
    "rights": "rights.start",
}


def ways(own: str, home: str, resume: str = "") -> tuple[Move, ...]:
    """Those of the conversation ``own``, which goes on at ``home``, or at ``resume`` after a pause. They stand behind
    its own moves: the first that fits counts."""
    on = {move: step.removeprefix(f"{own}.") for move, step in WAYS.items()}
    return (
        ("done", "calling", "handoff"),
        ("next", "handoff", home),
        ("next", "menu", on["book"]),
        ("human", "handoff", "handoff"),
        ("lost", "handoff", "handoff"),
        ("human", "*", "calling"),
        ("lost", "*", "calling"),
        ("missing", "*", home),
        ("resume", "*", resume or home),
        ("menu", "*", "menu"),
        ("language", "*", "language"),
        *aside.MOVES,
        *((move, "*", step) for move, step in on.items()),
    )
