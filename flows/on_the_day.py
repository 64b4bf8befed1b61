"""On the day: where one stands in the queue, and "I am here", as a table."""

from flows import anywhere
from flows.steps.queueing import ARRIVING, PLACE
from flows.steps.start import START
from flows.table import Flow, Move

STEPS = (START, PLACE, ARRIVING, *anywhere.STEPS)

MOVES: tuple[Move, ...] = (
    # move, from, to
    ("next", "start", "language"),
    ("next", "language", "place"),
    ("arriving", "place", "arriving"),
    ("next", "arriving", "place"),
    *anywhere.ways("queueing", "place"),
)

QUEUEING = Flow("queueing", STEPS, MOVES)
