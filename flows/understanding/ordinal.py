"""Which of a list is meant: "the second one", "option 3", "the last"."""

from functools import cache

from flows.words.command import without_politeness
from flows.words.plain import phrase
from flows.words.table import LANGUAGES, meanings, read_as



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


def ordinal(text: str, language: str, beside: frozenset[str], before_number: frozenset[str]) -> int | None:
    """The place in a list that is named; -1 the last. ``beside``: the words that stand beside an ordinal ("one", "slot");
    ``before_number``: those before a number ("option")."""
    row = phrase(text).split()
    bare = without_politeness(" ".join(row)).split()
    for at, word in enumerate(row[:-1]):
        number = row[at + 1]
        if word in before_number and (number.isdigit() or number in _numbers(language)):
            return _small(int(number) if number.isdigit() else _numbers(language)[number])
    for length in (2, 1):
        for at in range(len(row) - length + 1):
            place = _ordinals(language).get(" ".join(row[at : at + length]))
            around = (*row[max(0, at - 1) : at], *row[at + length : at + length + 1])
            if place is not None and (beside & set(around) or len(bare) <= length):
                return place
    return None


def _small(number: int) -> int | None:
    return number if 1 <= number <= 20 else None


