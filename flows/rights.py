"""The patient's rights over what is sent and what is known, as a table."""

from flows import anywhere
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
    *anywhere.STEPS,
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
    *anywhere.ways("rights", "menu"),
)

RIGHTS = Flow("rights", STEPS, MOVES)
