"""Which of a list is meant: "the second one", "option 3", "the last"."""

from functools import cache
from itertools import pairwise
from typing import NamedTuple

from flows.words.command import without_politeness
from flows.words.plain import phrase
from flows.words.table import LANGUAGES, meanings, read_as

_SHORT, _LONGEST, _MOST, _NEAR = 6, 40, 20, 3


@cache
def _ordinals(language: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for spoken in dict.fromkeys((*read_as(language), *LANGUAGES)):
        for words, place in meanings(spoken, "ordinals"):
            found.setdefault(words, int(place))
    return found


@cache
def _numbers(language: str) -> dict[str, int]:
    return {words: int(place) for spoken in read_as(language) for words, place in meanings(spoken, "numbers")}


class Choice(NamedTuple):
    """A place in a list, -1 the last, and the word for it."""

    place: int
    said: str


def ordinal(
    text: str, language: str, beside: frozenset[str], before_number: frozenset[str], last: bool = False
) -> Choice | None:
    """The place in a list that is named. ``beside``: the words that stand beside an ordinal ("one", "slot");
    ``before_number``: those before a number ("option"); ``last``: a message's last word needs none beside it."""
    row = phrase(text).split()[:_LONGEST]
    bare = without_politeness(" ".join(row)).split() if len(row) <= _SHORT else row
    return (
        _numbered(row, language, before_number)
        or _ordered(row, bare, language, beside)
        or (_at_the_end(row, language) if last else None)
    )


def _numbered(row: list[str], language: str, before_number: frozenset[str]) -> Choice | None:
    for word, number in pairwise(row):
        if word in before_number and (number.isdigit() or number in _numbers(language)):
            place = int(number[:4]) if number.isdigit() else _numbers(language)[number]
            return Choice(place, number) if 1 <= place <= _MOST else None
    return None


def _at_the_end(row: list[str], language: str) -> Choice | None:
    place = _ordinals(language).get(row[-1]) if row else None
    return Choice(place, row[-1]) if place is not None and not row[-1][0].isdigit() else None


def _ordered(row: list[str], bare: list[str], language: str, beside: frozenset[str]) -> Choice | None:
    for length in (2, 1):
        for at in range(len(row) - length + 1):
            said = " ".join(row[at : at + length])
            place = _ordinals(language).get(said)
            if place is None or said[0].isdigit():
                continue
            around = (*row[max(0, at - 1) : at], *row[at + length : at + length + _NEAR])
            if len(bare) <= length or not beside.isdisjoint(around):
                return Choice(place, said)
    return None
