"""Which messages can be sent in which language, and what a patient gets where one is missing. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from clinic.purpose import PURPOSES
from clinic.standing import rank
from clinic.template import APPROVED, Template

MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class At:
    """How a purpose stands in a language with one account."""

    account: str
    status: str
    falls_back_to: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """``status`` of the best template (``template_id``); where none is approved, ``falls_back_to`` is the language in
    which the patient is told instead, empty where in none. ``waiting``: a newer wording is under way. ``accounts``:
    the same for each account of the practice, since a patient is told from the number they wrote to."""

    purpose: str
    language: str
    status: str
    template_id: str = ""
    falls_back_to: str = ""
    waiting: bool = False
    accounts: tuple[At, ...] = ()


Found = dict[tuple[str, str], list[Template]]


def coverage(templates: Iterable[Template], languages: Sequence[str], accounts: Sequence[str] = ()) -> list[Cell]:
    """One cell for each purpose and language of the chat; ``languages`` are the practice's, the default first."""
    found: Found = {}
    for each in templates:
        found.setdefault((each.purpose, each.language.split("_")[0]), []).append(each)
    cells = (_cell(found, purpose, language, languages) for purpose in PURPOSES for language in languages)
    return [replace(each, accounts=tuple(_at(found, each, name, languages) for name in accounts)) for each in cells]


def _cell(found: Found, purpose: str, language: str, languages: Sequence[str]) -> Cell:
    known = sorted(found.get((purpose, language), ()), key=lambda each: (rank(each.status), -each.number))
    if not known:
        return Cell(purpose, language, MISSING, "", _instead(found, purpose, languages))
    best = known[0]
    waiting = any(each.number > best.number and each.status in ("DRAFT", "PENDING") for each in known[1:])
    instead = "" if best.status == APPROVED else _instead(found, purpose, languages)
    return Cell(purpose, language, best.status, best.id, instead, waiting)


def _at(found: Found, cell: Cell, account: str, languages: Sequence[str]) -> At:
    told = [each.at(account).status for each in found.get((cell.purpose, cell.language), ())]
    status = min(filter(None, told), key=rank, default=MISSING)
    return At(account, status, "" if status == APPROVED else _instead(found, cell.purpose, languages, account))


def _instead(found: Found, purpose: str, languages: Sequence[str], account: str = "") -> str:
    def speaks(language: str) -> bool:
        return any(each.at(account).status == APPROVED for each in found.get((purpose, language), ()))

    return next(filter(speaks, languages), "")
