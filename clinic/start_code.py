"""The code in a link or on a poster, by which a conversation begins at a clinic, a service or a doctor.

The link opens a chat with words such as "I would like to book with Dr Sharma (#D7K2QX)" typed in. Patients change or
translate the words; only the code counts. It is no secret, and it stays the same for ever: posters hang for years.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import count

from clinic.check_in_word import folded, made, words_in
from clinic.views import PracticeView, StartView

PARTS = ("clinic", "service", "doctor")
Codes = Mapping[str, tuple[str, str]]  # by code: one of PARTS, and an id
_MARKED = re.compile(r"#\s?(?=[A-Z]{0,5}\d)(?=\d{0,5}[A-Z])[A-Z0-9]{6}(?![A-Z0-9])")


def code_of(tenant_id: str, part: str, id: str) -> str:
    """Six letters and digits, some of each, so that it is no word of any language."""
    tries = (made(f"start {tenant_id} {part} {id} {number}") for number in count())
    return next(code for code in tries if not code.isalpha() and not code.isdigit())


def codes_of(tenant_id: str, clinic_ids: Iterable[str], practice: PracticeView) -> Codes:
    """Of all that one can begin with now."""
    ids = {
        "clinic": clinic_ids,
        "service": (each.id for each in practice.services),
        "doctor": (each.id for each in practice.doctors),
    }
    return {code_of(tenant_id, part, one): (part, one) for part in PARTS for one in ids[part]}


def start_in(codes: Codes, text: str) -> StartView | None:
    """Where a text begins; None: it has no such code. An empty start: its code leads nowhere, or nowhere any more."""
    found: dict[str, str] = {}
    for word in words_in(text):
        if word in codes:
            found.setdefault(*codes[word])
    if found:
        return StartView(**{f"{part}_id": one for part, one in found.items()})
    return StartView() if _MARKED.search(folded(text)) else None
