"""For whom a visit is: oneself, a relation, or somebody by name."""

import re
import unicodedata
from typing import NamedTuple

from flows.understanding.evidence import STOPS, Heard, Hit
from flows.understanding.spelling import vocabulary

_NEAR, _LONGEST = 5, 3  # words
_MARKS = frozenset([":before", ":mine"])
_BEHIND = frozenset([":after", ":name_after"])


class Whom(NamedTuple):
    """ "me", a relation in English, or a name as written; and the words for it."""

    whom: str = ""
    because: tuple[str, ...] = ()
    at: frozenset[int] = frozenset()  # where a name may stand


def whom(heard: Heard, text: str, language: str) -> Whom:
    """The person for whom ``text`` asks; empty where it does not say."""
    relation = next((hit for hit in heard.hits if _relation(hit) and _said_of_one(heard, hit, language)), None)
    if relation:
        return Whom(_relation(relation), (relation.said,), frozenset([relation.end]))
    own = next((hit for hit in heard.hits if ":me" in hit.kinds and _said_of_me(heard, hit)), None)
    if own:
        return Whom("me", (own.said,))
    return _by_name(heard, text, language)


def _relation(hit: Hit) -> str:
    return next((kind[1:] for kind in sorted(hit.kinds) if kind[0] == "~"), "")


def _said_of_me(heard: Heard, hit: Hit) -> bool:
    """Words that are also "my" mean "me" only where nobody can follow: "para mí", "para mi Juan"."""
    also_my = not hit.kinds.isdisjoint({":mine", "my"})
    return not also_my or heard.words[hit.end : hit.end + 1] == () or heard.words[hit.end] in STOPS


def _said_of_one(heard: Heard, hit: Hit, language: str) -> bool:
    """ "My son", "for the baby", "bete ke liye"; a relation alone may be how one addresses somebody, or a name."""
    if any("doctor" in mark.kinds and 0 <= hit.at - mark.end <= 1 for mark in heard.hits):
        return False
    if (
        len(heard.words) == hit.end - hit.at
        or (hit.end - hit.at > 1 and language == "pt")
        or _arabic(hit.said)
        or language == "ar"
    ):
        return True
    before = any(not mark.kinds.isdisjoint(_MARKS) and 0 <= hit.at - mark.end < _NEAR - 1 for mark in heard.hits)
    behind = any(not mark.kinds.isdisjoint(_BEHIND) and mark.at == hit.end for mark in heard.hits)
    return before or behind


def _arabic(word: str) -> bool:
    """Arabic writes "my" onto the word."""
    return "\u0600" <= word[0] <= "\u06ff"


def _by_name(heard: Heard, text: str, language: str) -> Whom:
    for hit in heard.hits:
        if ":name_before" in hit.kinds:
            at = range(hit.end, min(hit.end + _LONGEST, len(heard.typed)))
        elif ":name_after" in hit.kinds:
            at = range(max(0, hit.at - 1), hit.at)
        else:
            continue
        place = _name_at(heard, at, language)
        name = _as_written(text, [heard.typed[n] for n in place])
        sure = hit.kinds & {":name_after"} or " " in hit.said or name[:1].isupper()
        if name and sure and not (name.islower() and ":name_before" in hit.kinds):
            return Whom(name, (name,), frozenset(place))
    return Whom()


def _name_at(heard: Heard, places: range, language: str) -> list[int]:
    """The places from the first on where unknown words stand."""
    found: list[int] = []
    for at in places:
        word = heard.typed[at]
        if len(word) < 3 or (not word.isalpha() and word.isascii()) or word in vocabulary(language):
            break
        found.append(at)
    return found


def _as_written(text: str, row: list[str]) -> str:
    """The words as they stand in the text, with their capitals."""
    if not row:
        return ""
    words = re.findall(r"[^\W\d_][\w'’\u0900-\u097f]*", text)
    plain = [
        "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
        for word in words
    ]
    for at in range(len(words) - len(row) + 1):
        if plain[at : at + len(row)] == row:
            return " ".join(words[at : at + len(row)])
    return " ".join(row)
