"""What a patient is found by: short keys in one index, each so rare that few patients share it.

Reading costs by the patient that matches, so a search never asks for a key that thousands share: keys of single words
come in shelves, of which a search opens as many as it needs; keys of two words together are rare by themselves.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations
from zlib import crc32

from clinic.spelling import skeletons, words

SHELVES = 16
WORDS = 4  # of a name that are looked up
TAIL = (4, 5, 6, 7, 8)  # last digits of a number
PREFIX = (3, 4)  # first letters of a word


def keys(id: str, name: str, phones: Sequence[str], birth_date: date | None, reference: str) -> list[str]:
    """All keys of a patient."""
    own = [f"{key}/{shelf_of(id)}" for key in _word_keys(name)]
    own += pair_keys(name)
    own += [key for phone in phones for key in _tails(phone)]
    own += [birth_key(birth_date)] if birth_date else []
    own += [reference_key(reference)] if reference else []
    return list(dict.fromkeys(own))


def shelf_of(id: str) -> int:
    """The same for a patient always."""
    return crc32(id.encode()) % SHELVES


def shelved(keys: Iterable[str], shelves: Iterable[int]) -> list[str]:
    """These keys on these shelves."""
    found = list(keys)
    return [f"{key}/{shelf}" for shelf in shelves for key in found]


def exact_keys(name: str) -> list[str]:
    """Of each word as it is written."""
    return [f"w:{word}" for word in words(name)[:WORDS]]


def sound_keys(name: str) -> list[str]:
    """Of each word as it sounds."""
    return [f"s:{skeleton}" for skeleton in skeletons(name)[:WORDS]]


def prefix_keys(name: str) -> list[str]:
    """Of how each word begins: the longest prefix that is kept."""
    return [f"b:{word[: PREFIX[-1]]}" for word in words(name)[:WORDS] if len(word) >= PREFIX[0]]


def slip_keys(name: str) -> list[str]:
    """Of each word with one letter left out: two words that differ by one slip of the finger share one."""
    return [f"d:{slip}" for word in words(name)[:WORDS] for slip in _slips(word)]


def pair_keys(name: str) -> list[str]:
    """Of two words as they sound, and of one with the other's first letter."""
    found = list(zip(words(name)[:WORDS], skeletons(name)[:WORDS], strict=True))
    return [key for one, other in combinations(found, 2) for key in _pair(one, other)]


def both_key(name: str) -> list[str]:
    """Of each two words as they sound, only."""
    return [key for key in pair_keys(name) if key.startswith("p:")]


def phone_key(digits: str) -> str:
    """For the number's last digits, four at least."""
    return f"n:{digits[-min(len(digits), TAIL[-1]) :]}"


def birth_key(day: date) -> str:
    """For everybody born that day."""
    return f"y:{day.isoformat()}"


def reference_key(reference: str) -> str:
    """For another system's number, however it is spaced."""
    return f"x:{''.join(words(reference))}"


def _word_keys(name: str) -> list[str]:
    begins = [f"b:{word[:length]}" for word in words(name)[:WORDS] for length in PREFIX if len(word) >= PREFIX[0]]
    return [*exact_keys(name), *sound_keys(name), *begins, *slip_keys(name)]


def _slips(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))} if len(word) > 3 else set()


def _pair(one: tuple[str, str], other: tuple[str, str]) -> Iterator[str]:
    (word, skeleton), (second, second_skeleton) = one, other
    yield "p:" + "|".join(sorted((skeleton, second_skeleton)))
    yield f"i:{skeleton}|{second[:1]}"
    yield f"i:{second_skeleton}|{word[:1]}"


def _tails(phone: str) -> list[str]:
    digits = "".join(filter(str.isdigit, phone))
    return [f"n:{digits[-length:]}" for length in TAIL if len(digits) >= length]
