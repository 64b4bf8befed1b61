"""A poster for a clinic's door or desk: what it says, and the PDF that says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from clinic.deep_link import DEFAULT, Kind, Number, link_to, spoken_at, words
from clinic.directory import Directory
from clinic.errors import NotFound
from clinic.opening_told import opening_told
from clinic.poster_sheet import Sheet

Size = Literal["a4", "a5"]
SIZES: dict[Size, tuple[float, float]] = {"a4": (595.28, 841.89), "a5": (419.53, 595.28)}  # in points
COLOUR = "#0f766e"  # of a practice that has not told its own
KEPT = 16  # posters


@dataclass(frozen=True, slots=True)
class About:
    """What a poster is to be: ``id`` of the service or doctor; no ``language``: all of the clinic's."""

    kind: Kind = "clinic"
    id: str = ""
    language: str = ""
    size: Size = "a4"


def sheet_of(directory: Directory, clinic_id: str, about: About, number: Number, now: datetime) -> Sheet:
    """All that the poster says. Raises ``NotFound``."""
    clinic = directory.clinic(clinic_id)
    languages = _languages(spoken_at(directory, clinic), about.language)
    first = languages[0]
    link = link_to(directory, clinic_id, about.kind, about.id, number, first)
    scan = "scan_check_in" if about.kind == "check_in" else "scan"
    width, height = SIZES[about.size]
    practice = directory.tenant.name
    return Sheet(
        width=width,
        height=height,
        colour=directory.tenant.branding.colour or COLOUR,
        practice=practice if practice.casefold() not in clinic.name.casefold() else "",
        clinic=clinic.name,
        subject=link.name if about.kind in ("service", "doctor") else "",
        scan=tuple((each, words()[each][scan]) for each in languages),
        language=first,
        how=words()[first]["how"],
        url=link.url,
        or_write=words()[first]["or_write"],
        number=number.shown,
        address=clinic.address,
        hours_title=words()[first]["hours"],
        hours=tuple(opening_told(directory, clinic_id, first, now)),
    )


def _languages(spoken: Sequence[str], wished: str) -> list[str]:
    if wished and wished not in words():
        raise NotFound
    return [wished] if wished else list(spoken) or [DEFAULT]


def tag(sheet: Sheet) -> str:
    """Changes with what the poster says."""
    return sha256(repr(sheet).encode()).hexdigest()[:32]


@lru_cache(KEPT)
def pdf(sheet: Sheet) -> bytes:
    """The poster, one page; about half a second of work. Raises ``NoFont``."""
    from clinic.poster_page import draw  # with the first poster: fonts and PDF take a second of work to load

    return draw(sheet)
