"""What a poster says, for whoever draws none: what draws it takes a second to load."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on it. ``width`` and ``height`` in points, ``colour`` as ``#rrggbb``, ``scan`` by language."""

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
