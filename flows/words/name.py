"""A person's name and date of birth out of one free sentence: "my name is Asha Rao, born 14 March 1985"."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

from flows.words.command import command
from flows.words.lexicon import MONTHS
from flows.words.plain import LETTER, WORD, phrase, plain
from flows.words.table import listed, merged, read_as

MAX_LENGTH, MAX_WORDS = 200, 7
EARLIEST_BIRTH = date(1900, 1, 1)

_HIDDEN = dict.fromkeys([*range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0xFEFF])
_LATIN_DIGITS = {ord(zero) + n: str(n) for zero in "٠۰०" for n in range(10)}
_QUESTION = re.compile("[?؟@]|https?:")
_DIGIT = re.compile(r"\d")
_PHONE = re.compile(r"\+?\d[\d \-]{6,}\d")
_WORD = re.compile(rf"{WORD}|\d+")
# Small words inside a name that stay small.
_PARTICLES = frozenset(
    [
        *("de", "da", "do", "das", "dos", "del", "la", "las", "los", "du", "e", "y"),
        *("van", "von", "bin", "ibn", "al", "el"),
    ]
)

_YEAR = r"(?P<year>\d{4}|\d{2})"
_BETWEEN = r"(?:\s*(?:st|nd|rd|th|er|ro|ª|º|[.,/،-]|\bde\b|\bdel\b|\bof\b|\bd[’'])\s*|\s+)+"
_NUMERIC = r"(?P<day>\d{1,2})\s*[./\- ]\s*(?P<month>\d{1,2})\s*[./\- ]\s*" + _YEAR
_NAMED = rf"(?P<day>\d{{1,2}}){_BETWEEN}(?P<name>{LETTER}{{2,}}(?: {LETTER}+)??){_BETWEEN}{_YEAR}"
_MONTH_FIRST = rf"(?P<name>{LETTER}{{3,}}){_BETWEEN}(?P<day>\d{{1,2}}){_BETWEEN}{_YEAR}"
_DATES = [
    re.compile(rf"(?<!\d){pattern}(?!\d)", re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})",
        _NUMERIC,
        r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})",
        _NAMED,
        _MONTH_FIRST,
    )
]


class Piece(NamedTuple):
    """A word as it was typed, where it stands, and its plain spelling."""

    plain: str
    start: int
    end: int


def read_person(text: str, language: str, today: date) -> tuple[str | None, date | None]:
    """(name, birth date) as far as ``text`` tells them. Dates are day first; one in the future or before 1900 is None.
    What cannot be a name (a question, a greeting, a number, one letter) is None. Never raises."""
    text = unicodedata.normalize("NFC", text.translate(_HIDDEN).translate(_LATIN_DIGITS)).strip()
    if not text or len(text) > MAX_LENGTH or _QUESTION.search(text):
        return None, None
    if not _DIGIT.search(text):
        return _name(text, language), None
    text = _PHONE.sub(_no_phone, text)
    born, rest = _cut_date(text, language, today)
    names = (_name(part, language) for part in rest)
    return next(filter(None, names), None), born


def _no_phone(match: re.Match[str]) -> str:
    """A run of digits that is no date is a telephone number."""
    digits = re.sub(r"\D", "", match[0])
    return match[0] if len(digits) <= 8 else ","


def _cut_date(text: str, language: str, today: date) -> tuple[date | None, list[str]]:
    """The birth date, and what stands before and after it."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            month = _month(match, language)
            if month:
                return _birth(match, month, today), [text[: match.start()], text[match.end() :]]
    return None, [text]


def _month(match: re.Match[str], language: str) -> int:
    """The month's number, 0 for a word that is no month."""
    parts = match.groupdict()
    if "month" in parts:
        return int(parts["month"]) or 13
    name = merged(read_as(language), "month").get(phrase(parts["name"]))
    return MONTHS.index(name) + 1 if name else 0


def _birth(match: re.Match[str], month: int, today: date) -> date | None:
    day, year = int(match["day"]), int(match["year"])
    if len(match["year"]) == 2:
        year += 2000 if year <= today.year % 100 else 1900
    if month > 12:
        day, month = month, day
    try:
        born = date(year, month, day)
    except ValueError:
        return None
    return born if EARLIEST_BIRTH <= born <= today else None


def _name(text: str, language: str) -> str | None:
    """The name that a part of the sentence is, without what is said around it."""
    for sentence in re.split(r"[,;،؛\n|!]|(?<=[^\W\d_]{3})\.\s|\s[-–—]\s|:", text):
        pieces = _stripped([*_pieces(sentence)], language)
        said = sentence[pieces[0].start : pieces[-1].end] if pieces else ""
        if len(said) >= 2 and _is_name(pieces, language):
            return _written(said)
    return None


def _pieces(text: str) -> Iterator[Piece]:
    for match in _WORD.finditer(text):
        for word in plain(match[0]).split():
            yield Piece(word, match.start(), match.end())


def _listed(language: str, name: str) -> frozenset[str]:
    return frozenset().union(*(listed(spoken, "person", name) for spoken in read_as(language)))


def _commands(language: str, *wanted: str) -> frozenset[str]:
    return frozenset(words for words, meaning in merged(read_as(language), "commands").items() if meaning in wanted)


def _rows(phrases: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words.split()) for words in phrases)


@cache
def _said_before(language: str) -> frozenset[tuple[str, ...]]:
    """ "My name is", "hello I am", "my daughter"; a greeting alone may be the beginning of a name ("Salam Khan")."""
    introductions = _listed(language, "introduction")
    greeted = (f"{hello} {words}" for hello in _commands(language, "greeting") for words in introductions)
    return _rows([*introductions, *greeted, *_listed(language, "born"), *_commands(language, "other_person")])


@cache
def _said_behind(language: str) -> frozenset[tuple[str, ...]]:
    return _rows([*_listed(language, "ending"), *_listed(language, "born"), *_commands(language, "thanks")])


def _stripped(pieces: list[Piece], language: str) -> list[Piece]:
    """Without "my name is" before and "born on" behind."""
    before, behind = _said_before(language), _said_behind(language)
    while pieces:
        row = tuple(piece.plain for piece in pieces)
        start = next((n for n in range(min(7, len(row)), 0, -1) if row[:n] in before), 0)
        end = next((n for n in range(min(7, len(row)), 0, -1) if row[-n:] in behind), 0)
        if not start and not end:
            break
        pieces = pieces[start:] if start else pieces[:-end]
    return pieces


@cache
def _never(language: str) -> frozenset[str]:
    return _listed(language, "never")


def _is_name(pieces: list[Piece], language: str) -> bool:
    row = [piece.plain for piece in pieces]
    letters = "".join(row)
    return (
        len(row) <= MAX_WORDS
        and len(set(letters)) >= 2
        and not any(char.isdigit() for char in letters)
        and _never(language).isdisjoint(row)
        and command(" ".join(row), language) is None
    )


def _written(name: str) -> str:
    """With capitals, where somebody wrote none or nothing else."""
    name = " ".join(name.split())
    if name != name.lower() and name != name.upper():
        return name
    words = name.lower().split(" ")
    return " ".join(word if n and word in _PARTICLES else _capital(word) for n, word in enumerate(words))


def _capital(word: str) -> str:
    return re.sub(r"(^|[-'’.])(\w)", lambda match: match[1] + match[2].upper(), word)
