"""The people behind the chat, as a table."""

from flows import anywhere
from flows.steps.otp import CODE_TO_SHARE
from flows.steps.people import ADDING, NAME, NUMBER, ONE, PEOPLE, REMOVE, REMOVING, RENAMING, SHARING
from flows.steps.person import PERSON
from flows.steps.start import START
from flows.table import Flow, Move

STEPS = (
    START,
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
    *anywhere.STEPS,
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
    *anywhere.ways("people", "people"),
)

HOUSEHOLD = Flow("people", STEPS, MOVES)
