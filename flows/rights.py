"""The patient's rights over what is sent and what is known, as a table."""

from flows.steps import aside
from flows.steps.handoff import CALLING, HANDOFF
from flows.steps.language import LANGUAGE
from flows.steps.menu import MENU
from flows.steps.otp import CODE_TO_DATA
from flows.steps.rights import DATA, ENDING_WAITS, FORGET, FORGETTING, RIGHT, STARTING, STOPPED, STOPPING
from flows.table import Flow, Move

STEPS = (
    RIGHT,
    STOPPING,
    STOPPED,
    ENDING_WAITS,
    STARTING,
    CODE_TO_DATA,
    DATA,
    FORGET,
    FORGETTING,
    LANGUAGE,
    CALLING,
    HANDOFF,
    MENU,
    *aside.STEPS,
)

MOVES: tuple[Move, ...] = (
    # move, from, to
    ("stop", "start", "stopping"),
    ("done", "stopping", "stopped"),
    ("end_waits", "stopped", "ending_waits"),
    ("done", "ending_waits", "menu"),
    ("start", "start", "starting"),
    ("done", "starting", "menu"),
    ("my_data", "start", "data_code"),
    ("next", "data_code", "data"),
    ("code_needed", "data", "data_code"),
    ("no_code", "data_code", "calling"),
    ("done", "data", "menu"),
    ("forget_me", "start", "forget"),
    ("yes", "forget", "forgetting"),
    ("keep", "forget", "menu"),
    ("done", "forgetting", "menu"),
    ("next", "language", "menu"),
    ("done", "calling", "handoff"),
    ("next", "handoff", "menu"),
    ("next", "menu", "booking.start"),
    *aside.MOVES,
    # at any time
    ("rights", "*", "start"),
    ("book", "*", "booking.start"),
    ("begin", "*", "booking.anew"),
    ("human", "handoff", "handoff"),
    ("lost", "handoff", "handoff"),
    ("human", "*", "calling"),
    ("lost", "*", "calling"),
    ("restart", "*", "booking.start"),
    ("missing", "*", "menu"),
    ("menu", "*", "menu"),
    ("visits", "*", "appointments.start"),
    ("queue", "*", "queueing.start"),
    ("visit", "*", "appointments.tapped"),
    ("household", "*", "appointments.together"),
    ("mark", "*", "appointments.marked"),
    ("offer", "*", "appointments.offered"),
    ("people", "*", "people.start"),
    ("language", "*", "language"),
    ("resume", "*", "menu"),
)

RIGHTS = Flow("rights", STEPS, MOVES)
