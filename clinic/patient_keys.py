"""What a patient is found by: short keys in one index, each so rare that few patients share it.

Reading costs by the patient that matches, so a search never asks for a key that thousands share: keys of single words
come in shelves, of which a search opens as many as it needs; keys of two words together are rare by themselves, and
where one of them is an initial, keys of three are.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations
from zlib import crc32

from clinic.spelling import Word, words

SHELVES = 16
WORDS = 4  # of a name that are looked up
TAIL = (4, 5, 6, 7, 8)  # last digits of a number


def keys(id: str, name: str, phones: Sequence[str], birth_date: date | None, reference: str) -> list[str]:
    """All keys of a patient."""
    spelt = words(name)[:WORDS]
    own = [word_key(word.letters, shelf_of(id)) for word in spelt]
    own += pair_keys(spelt) + triple_keys(spelt) + initial_keys(spelt)
    own += [key for phone in phones for key in _tails(phone)]
    own += [birth_key(birth_date), born_key(name, birth_date)] if birth_date else []
    own += [reference_key(reference)] if reference else []
    return list(dict.fromkeys(own))


def shelf_of(id: str) -> int:
    """The same for a patient always."""
    return crc32(id.encode()) % SHELVES


def word_key(letters: str, shelf: int) -> str:
    """For a word as it is written, on one shelf."""
    return f"w:{letters}/{shelf}"


def pair_keys(spelt: Sequence[Word]) -> list[str]:
    """For each two words as they sound, in whatever order."""
    return [pair_key(one.sound, other.sound) for one, other in combinations(spelt, 2)]


def pair_key(sound: str, other: str) -> str:
    """For two words as they sound."""
    return "p:" + "|".join(sorted((sound, other)))


def triple_keys(spelt: Sequence[Word]) -> list[str]:
    """For each three words as they sound, in whatever order."""
    return [triple_key(*(word.sound for word in three)) for three in combinations(spelt, 3)]


def triple_key(*sounds: str) -> str:
    """For three words as they sound."""
    return "t:" + "|".join(sorted(sounds))


def initial_keys(spelt: Sequence[Word]) -> list[str]:
    """For a word as it sounds, together with the first letter of another."""
    return [key for one, other in combinations(spelt, 2) for key in _initials(one, other)]


def phone_key(digits: str) -> str:
    """For the number's last digits, four at least."""
    return f"n:{digits[-min(len(digits), TAIL[-1]) :]}"


def birth_key(day: date) -> str:
    """For everybody born that day."""
    return f"y:{day.isoformat()}"


def born_key(name: str, day: date) -> str:
    """For those of exactly this name born that day."""
    return f"z:{day.isoformat()}{same_name(name)[:60]}"


def same_name(name: str) -> str:
    """The name without regard to spaces and capitals."""
    return "".join(name.casefold().split())


def reference_key(reference: str) -> str:
    """For another system's number, however it is spaced."""
    return f"x:{''.join(word.letters for word in words(reference))}"


def _initials(one: Word, other: Word) -> Iterator[str]:
    yield f"i:{one.sound}|{other.letters[:1]}"
    yield f"i:{other.sound}|{one.letters[:1]}"


def _tails(phone: str) -> list[str]:
    digits = "".join(filter(str.isdigit, phone))
    return [f"n:{digits[-length:]}" for length in TAIL if len(digits) >= length]
