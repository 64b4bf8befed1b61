"""Which messages can be sent in which language, and what a patient gets where one is missing. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clinic.purpose import PURPOSES
from clinic.template import APPROVED, Template

MISSING = "MISSING"
# Of several templates for one purpose and language the one that says most about it: the first of these.
RANK = (APPROVED, "PAUSED", "PENDING", "IN_APPEAL", "DRAFT", "REJECTED", "DISABLED")


@dataclass(frozen=True, slots=True)
class Cell:
    """``status`` of the best template (``template_id``); where none is approved, ``falls_back_to`` is the language in
    which the patient is told instead, empty where in none. ``waiting``: a newer wording is under way."""

    purpose: str
    language: str
    status: str
    template_id: str = ""
    falls_back_to: str = ""
    waiting: bool = False


def coverage(templates: Iterable[Template], languages: Sequence[str]) -> list[Cell]:
    """One cell for each purpose and language of the chat; ``languages`` are the practice's, the default first."""
    found: dict[tuple[str, str], list[Template]] = {}
    for each in templates:
        found.setdefault((each.purpose, each.language.split("_")[0]), []).append(each)
    return [_cell(found, purpose, language, languages) for purpose in PURPOSES for language in languages]


def _cell(found: dict[tuple[str, str], list[Template]], purpose: str, language: str, languages: Sequence[str]) -> Cell:
    known = sorted(found.get((purpose, language), ()), key=lambda each: (_rank(each.status), -each.number))
    if not known:
        return Cell(purpose, language, MISSING, "", _instead(found, purpose, languages))
    best = known[0]
    waiting = any(each.number > best.number and each.status in ("DRAFT", "PENDING") for each in known[1:])
    instead = "" if best.status == APPROVED else _instead(found, purpose, languages)
    return Cell(purpose, language, best.status, best.id, instead, waiting)


def _rank(status: str) -> int:
    return RANK.index(status) if status in RANK else len(RANK)


def _instead(found: dict[tuple[str, str], list[Template]], purpose: str, languages: Sequence[str]) -> str:
    spoken = (each for each in languages if any(t.status == APPROVED for t in found.get((purpose, each), ())))
    return next(spoken, "")
