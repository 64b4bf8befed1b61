"""The people behind the chat, as a table."""

from flows.steps import aside
from flows.steps.handoff import CALLING, HANDOFF
from flows.steps.language import LANGUAGE
from flows.steps.menu import MENU
from flows.steps.otp import CODE_TO_SHARE
from flows.steps.people import ADDING, NAME, NUMBER, ONE, PEOPLE, REMOVE, REMOVING, RENAMING, SHARING
from flows.steps.person import PERSON
from flows.steps.start import START
from flows.table import Flow, Move

STEPS = (
    START,
    LANGUAGE,
    PEOPLE,
    PERSON,
    ADDING,
    ONE,
    NAME,
    RENAMING,
    REMOVE,
    REMOVING,
    NUMBER,
    CODE_TO_SHARE,
    SHARING,
    CALLING,
    HANDOFF,
    MENU,
    *aside.STEPS,
)

MOVES: tuple[Move, ...] = (
    # move, from, to
    ("next", "start", "language"),
    ("next", "language", "people"),
    # one more
    ("new", "people", "person"),
    ("next", "person", "adding"),
    ("done", "adding", "people"),
    # one of them
    ("one", "people", "one"),
    ("list", ("one", "name", "remove", "number"), "people"),
    ("rename", "one", "name"),
    ("next", "name", "renaming"),
    ("done", "renaming", "one"),
    ("remove", "one", "remove"),
    ("yes", "remove", "removing"),
    ("keep", ("remove", "number"), "one"),
    ("done", "removing", "people"),
    # behind another chat, too: its holder agrees by a code
    ("share", "one", "number"),
    ("next", "number", "share_code"),
    ("next", "share_code", "sharing"),
    ("done", "sharing", "one"),
    # where the chat cannot help
    ("no_code", ("number", "share_code"), "calling"),
    ("done", "calling", "handoff"),
    ("next", "handoff", "people"),
    ("next", "menu", "booking.start"),
    # at any time
    ("people", "*", "start"),
    *aside.MOVES,
    ("book", "*", "booking.start"),
    ("begin", "*", "booking.anew"),
    ("human", "handoff", "handoff"),
    ("lost", "handoff", "handoff"),
    ("human", "*", "calling"),
    ("lost", "*", "calling"),
    ("restart", "*", "booking.start"),
    ("missing", "*", "people"),
    ("menu", "*", "menu"),
    ("visits", "*", "appointments.start"),
    ("queue", "*", "queueing.start"),
    ("visit", "*", "appointments.tapped"),
    ("household", "*", "appointments.together"),
    ("mark", "*", "appointments.marked"),
    ("offer", "*", "appointments.offered"),
    ("rights", "*", "rights.start"),
    ("language", "*", "language"),
    ("resume", "*", "people"),
)

HOUSEHOLD = Flow("people", STEPS, MOVES)
