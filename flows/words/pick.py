"""Which option is meant: by its number, or by its words with mistakes, accents and halves of names."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from flows.words.command import without_politeness
from flows.words.plain import phrase, plain
from flows.words.sound import skeleton
from flows.words.table import LANGUAGES, everywhere, meanings

Options = Sequence[tuple[str, str]]

MAX_LENGTH = 120
CLEARLY = 0.06  # how much better the best must be
_NUMBER = re.compile(r"[\s#(]*(\d{1,3})[\s.)]*")


def pick(text: str, options: Options) -> str | None:
    """The id of the option (id, title) that ``text`` means; None when that is not certain."""
    if not options or not text or len(text) > MAX_LENGTH:
        return None
    number = _NUMBER.fullmatch(text if text.isascii() else plain(text))
    if number and 1 <= int(number[1]) <= len(options):
        return _titled(number[1], options) or options[int(number[1]) - 1][0]
    said = phrase(text)
    return _titled(said, options) or _counted(said, options) or _worded(said, options)


@cache
def _titles() -> frozenset[str]:
    return everywhere("polite", "titles")


def _told(said: str) -> str:
    """What distinguishes: without politeness and "doctor"."""
    return " ".join(word for word in without_politeness(said).split() if word not in _titles())


def _titled(said: str, options: Options) -> str | None:
    """By the whole title, if only one option has it."""
    bare = said.replace(" ", "")
    hits = [option for option, title in options if plain_title(title).replace(" ", "") == bare]
    return hits[0] if said and len(hits) == 1 else None


@lru_cache(4096)
def plain_title(title: str) -> str:
    """An option's words."""
    return phrase(title)


@cache
def _places() -> dict[str, int]:
    """Every word for a place in a list, in any language: "two", "second", "dusra"; -1 is the last."""
    found: dict[str, int] = {}
    for section in ("numbers", "ordinals"):
        for language in LANGUAGES:
            for words, place in meanings(language, section):
                found.setdefault(words, int(place))
    return found


@cache
def _weekdays() -> frozenset[str]:
    """ "Segunda" alone is a Monday rather than the second option."""
    return frozenset(words for language in LANGUAGES for words, _ in meanings(language, "weekday"))


def _counted(said: str, options: Options) -> str | None:
    """By its place: "option 2", "2 please", "the second one", "last"."""
    row = [word for word in said.split() if word not in everywhere("polite", "option")]
    bare = " ".join(row)
    marked = bare != said
    place = int(bare[:4]) if marked and bare.isdigit() else _place(bare, marked) or _place(said, marked)
    if place and place <= len(options):
        return options[place - 1 if place > 0 else place][0]
    return None


def _place(said: str, marked: bool) -> int:
    for words in (said, without_politeness(said)):
        if words in _places() and (marked or words not in _weekdays()):
            return _places()[words]
    return 0


class Likeness(NamedTuple):
    """How well a title fits what was said; more is better."""

    whole: bool  # every word of the title was said
    strength: float


def _worded(said: str, options: Options) -> str | None:
    """By some of its words, if they are those of one option only."""
    spoken = tuple(_told(said).split() or said.split())
    if not any(len(word) > 1 or word.isdigit() for word in spoken) or _ruled_out(said, options):
        return None
    scored = [(likeness, option) for option, title in options if (likeness := _likeness(spoken, plain_title(title)))]
    best = max(scored, default=None)
    rivals = [option for likeness, option in scored if best and _rivals(likeness, best[0])]
    return best[1] if best and len(rivals) == 1 else None


def _rivals(other: Likeness, best: Likeness) -> bool:
    """Whether the other one may be meant just as well. A title that was said as a whole leaves half a title behind."""
    return other.whole >= best.whole and other.strength > best.strength - CLEARLY


@cache
def _negations() -> frozenset[str]:
    return everywhere("grammar", "not") | everywhere("grammar", "not_follows")


def _ruled_out(said: str, options: Options) -> bool:
    """ "Not Sharma" is no choice, unless an option itself says "no"."""
    against = _negations().intersection(said.split())
    return bool(against) and not any(against.intersection(plain_title(title).split()) for _, title in options)


def _likeness(spoken: tuple[str, ...], title: str) -> Likeness | None:
    """None where too much was said that the title does not have."""
    words = title.split()
    hits = [max([same(said, word) for word in words], default=0.0) for said in spoken]
    if not (matched := len(hits) - hits.count(0.0)):
        return None
    named = _told(title).split() or words
    whole = all(any(same(said, word) >= 0.8 for said in spoken) for word in named)
    if matched == len(spoken) or (whole and matched * 2 >= len(spoken)):
        return Likeness(whole, round(sum(hits) / len(spoken), 3))
    return None


@lru_cache(8192)
def same(said: str, word: str) -> float:
    """1 for the same word, less for its beginning, a mistyped or differently written one; 0 for another word."""
    if said == word:
        return 1.0
    if said.isdigit() or word.isdigit() or len(said) < 3:
        return 0.0
    if word.startswith(said):
        return 0.9
    if len(said) >= 4 and len(word) >= 4 and OSA.distance(said, word) <= (len(word) >= 5) + (len(word) >= 8):
        return 0.8
    return 0.8 if said.isascii() != word.isascii() and skeleton(said) == skeleton(word) != "" else 0.0
