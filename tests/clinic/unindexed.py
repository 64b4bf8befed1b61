"""Sees every query of a test, and keeps those that no index serves."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

from clinic.indexed import rides
from clinic.record import Query, Record

TESTS = Path(__file__).parents[1]
DOOR = str(Path(sys.modules[Record.__module__].__file__ or ""))
Shape = tuple[str, tuple[str, ...]]

# What may read a whole practice, or all of them, and why.
KNOWN: dict[Shape, str] = {
    ("Tenant", ()): "the operator's list of tenants: all are wanted",
    ("Channel", ()): "every number that is served: all are wanted",
}


class Unindexed:
    """To be given to ``clinic.record.watch``."""

    def __init__(self) -> None:
        self._found: dict[Shape, str] = {}

    def __call__(self, record: type[Record], asked: Query) -> None:
        """What a test itself asks for may take its time."""
        if not rides(record, asked) and (place := _place()):
            self._found[record.__name__, tuple(sorted(asked))] = place

    def new(self) -> list[tuple[Any, ...]]:
        """Document, fields and place of each that is not known."""
        return [(*shape, place) for shape, place in self._found.items() if shape not in KNOWN]


def _place() -> str:
    """Who asks; nothing where it is a test."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename == DOOR:
        frame = frame.f_back
    if frame is None or TESTS in Path(frame.f_code.co_filename).parents:
        return ""
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
