"""On the day: where one stands in the queue, and "I am here", as a table."""

from flows.steps import aside
from flows.steps.handoff import CALLING, HANDOFF
from flows.steps.language import LANGUAGE
from flows.steps.menu import MENU
from flows.steps.queueing import ARRIVING, PLACE
from flows.steps.start import START
from flows.table import Flow, Move

STEPS = (START, LANGUAGE, PLACE, ARRIVING, CALLING, HANDOFF, MENU, *aside.STEPS)

MOVES: tuple[Move, ...] = (
    # move, from, to
    ("next", "start", "language"),
    ("next", "language", "place"),
    ("arriving", "place", "arriving"),
    ("next", "arriving", "place"),
    ("done", "calling", "handoff"),
    ("next", "handoff", "place"),
    ("next", "menu", "booking.start"),
    # at any time
    ("queue", "*", "start"),
    *aside.MOVES,
    ("book", "*", "booking.start"),
    ("begin", "*", "booking.anew"),
    ("human", "handoff", "handoff"),
    ("lost", "handoff", "handoff"),
    ("human", "*", "calling"),
    ("lost", "*", "calling"),
    ("restart", "*", "booking.start"),
    ("missing", "*", "place"),
    ("menu", "*", "menu"),
    ("visits", "*", "appointments.start"),
    ("visit", "*", "appointments.tapped"),
    ("household", "*", "appointments.together"),
    ("rights", "*", "rights.start"),
    ("mark", "*", "appointments.marked"),
    ("offer", "*", "appointments.offered"),
    ("people", "*", "people.start"),
    ("language", "*", "language"),
    ("resume", "*", "place"),
)

QUEUEING = Flow("queueing", STEPS, MOVES)
