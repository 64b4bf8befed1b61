"""What a poster says: all its words, its colour and its size."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a poster says. ``width`` and ``height`` in points, ``colour`` as ``#rrggbb``, ``scan`` by language."""

    width: float
    height: float
    colour: str
    practice: str
    clinic: str
    subject: str
    scan: tuple[tuple[str, str], ...]
    language: str
    how: str
    url: str
    or_write: str
    number: str
    address: str
    hours_title: str
    hours: tuple[tuple[str, str], ...]
