"""How a free time is found: the steps and moves that every conversation has that looks for one."""

from flows.steps.day import DAY
from flows.steps.part import PART
from flows.steps.slot import SLOT
from flows.table import Move

STEPS = (DAY, PART, SLOT)

# any of the steps may learn a time, a day to look at, or that other days are wanted
MOVES: tuple[Move, ...] = (
    # move, from, to
    ("chosen", ("time", "day", "part", "slot"), "confirm"),
    ("day", ("time", "day", "part", "slot"), "part"),
    ("times", ("time", "day", "part", "slot"), "time"),
    ("other", ("time", "part", "slot"), "day"),
    ("next", "part", "slot"),
)
