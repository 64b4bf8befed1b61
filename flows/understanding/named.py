"""Which doctor, clinic, service or person of the house is named, in any script and with mistakes."""

from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii

from flows.understanding.evidence import Heard
from flows.understanding.spelling import vocabulary
from flows.understanding.table import known as known_phrases
from flows.understanding.understood import Known
from flows.words.pick import same
from flows.words.plain import words as plain_words
from flows.words.sound import by_ear, skeleton
from flows.words.table import LANGUAGES, everywhere

_ALIKE = 0.8
_SAYING = 3  # consonants that tell a name from another word; fewer do beside a title


class Named(NamedTuple):
    """Ids, empty where none was named. ``doctors``: how many doctors the words fit."""

    doctor: str = ""
    doctors: int = 0
    specialty: str = ""
    clinic: str = ""
    service: str = ""
    patient: str = ""
    because: tuple[str, ...] = ()


def named(heard: Heard, known: Known, language: str, whom_at: frozenset[int], names: frozenset[str]) -> Named:
    """What of ``known`` the message names. ``whom_at``: where the name of a patient may stand; ``names``: every word of
    the known names."""
    doctors, words = _doctors(heard, known, language, whom_at, names)
    asked = {kind[1:] for hit in heard.hits for kind in hit.kinds if kind[0] == "="}
    said = tuple(hit.said for hit in heard.hits if any(kind[0] == "=" for kind in hit.kinds))
    if not doctors and asked:
        doctors = [key for key, _, specialty in known.doctors if asked & _specialties(specialty)]
        words = said
    one = doctors[0] if len(doctors) == 1 else ""
    return Named(
        doctor=one,
        doctors=len(doctors),
        specialty="" if one else next(iter(sorted(asked)), ""),
        clinic=_by_words(heard, known.clinics),
        service=_by_words(heard, known.services),
        patient=_patient(heard, known),
        because=words,
    )


@lru_cache(256)
def _specialties(shown: str) -> frozenset[str]:
    """The specialties that a doctor's own words for it mean."""
    row = plain_words(shown)
    found: set[str] = set()
    for language in LANGUAGES:
        for phrase, kinds in known_phrases(language).items():
            if all(word in row for word in phrase):
                found.update(kind[1:] for kind in kinds if kind[0] == "=")
    return frozenset(found)


@lru_cache(512)
def _name(shown: str) -> tuple[str, ...]:
    return tuple(word for word in plain_words(shown) if word not in everywhere("polite", "titles") and len(word) > 1)


def names_of(known: Known) -> frozenset[str]:
    """Every word of the names that are known."""
    shown = (*(name for _, name, _ in known.doctors), *(name for _, name in known.household))
    return frozenset(word for name in shown for word in _name(name))


def _doctors(
    heard: Heard, known: Known, language: str, whom_at: frozenset[int], names: frozenset[str]
) -> tuple[list[str], tuple[str, ...]]:
    """The doctors whose name fits best, and the words that it was read from."""
    places = [at for at in range(len(heard.typed)) if _may_be_name(heard, at, language, names)]
    if not places:
        return [], ()
    scores: dict[str, float] = {}
    said: dict[str, list[str]] = {}
    for key, shown, _ in known.doctors:
        for place, part in enumerate(_name(shown)):
            best = max(((_fits(heard, at, part), -at) for at in places), default=(0.0, 0))
            if best[0] and not (place == 0 and -best[1] in whom_at):
                scores[key] = scores.get(key, 0.0) + best[0]
                said.setdefault(key, []).append(heard.typed[-best[1]])
    top = max(scores.values(), default=0.0)
    first = [key for key, score in scores.items() if score > top - 0.05]
    return first, tuple(said[first[0]]) if first else ()


def _may_be_name(heard: Heard, at: int, language: str, names: frozenset[str]) -> bool:
    """The language's own words are names beside a title only."""
    word = heard.typed[at]
    return word in names or (len(word) > 1 and (word not in vocabulary(language) or _titled(heard, at)))


def _fits(heard: Heard, at: int, part: str) -> float:
    """How well a word of the message is that part of a name."""
    word = heard.typed[at]
    if len(word) < 2 or word == part:
        return float(word == part and (len(part) > 2 or _titled(heard, at)))
    if word.isascii():
        alike = same(word, part) if len(word) >= 4 and word[0] == part[0] else 0.0
        alike = alike or (0.8 if len(word) >= 4 and len(part) >= 4 and by_ear(word) == by_ear(part) else 0.0)
    else:
        alike = _other_script(word, part, _titled(heard, at))
    return alike if alike >= _ALIKE else 0.0


@lru_cache(8192)
def _other_script(word: str, part: str, titled: bool) -> float:
    bare = skeleton(word)
    if bare and bare == skeleton(part) and (titled or len(bare) >= _SAYING):
        return 0.9
    return 0.85 if titled and _aloud(anyascii(word).lower()) == _aloud(part) else 0.0


def _aloud(word: str) -> str:
    """A name by its sounds alone; Arabic writes few of its vowels."""
    return by_ear(word).replace("v", "u").replace("a", "").replace("i", "")


def _titled(heard: Heard, at: int) -> bool:
    """Whether "doctor" stands just before, or just behind ("sharma ji doctor")."""
    return any(
        not hit.kinds.isdisjoint(("doctor", "specialty")) and (at == hit.end or hit.at == at + 1) for hit in heard.hits
    ) or any(word in everywhere("polite", "titles") for word in heard.typed[max(0, at - 1) : at])


@lru_cache(64)
def _distinct(options: tuple[tuple[str, str], ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each option's words that no other option has."""
    rows = [(key, plain_words(title)) for key, title in options]
    every = [word for _, row in rows for word in set(row)]
    return tuple((key, tuple(word for word in row if every.count(word) == 1 and len(word) > 2)) for key, row in rows)


def _by_words(heard: Heard, options: tuple[tuple[str, str], ...]) -> str:
    """The one option of which a word was said that is its own."""
    hits = [
        key for key, own in _distinct(options)
        if any(same(word, part) >= _ALIKE for word in heard.typed if _says(word) for part in own)
    ]  # fmt: skip
    return hits[0] if len(hits) == 1 else ""


def _says(word: str) -> bool:
    """Whether it is long enough to be told from others: by its consonants alone "أريد" would be a road."""
    return len(word) >= 4 and (word.isascii() or len(skeleton(word)) >= _SAYING)


def _patient(heard: Heard, known: Known) -> str:
    """The one of the house whose first name, or whole name, was said."""
    said = frozenset(heard.typed)
    names = [(key, plain_words(name)) for key, name in known.household if name]
    whole = [key for key, words in names if said.issuperset(words)]
    first = [key for key, words in names if said.issuperset(words[:1])]
    return next((found[0] for found in (whole, first) if len(found) == 1), "")
