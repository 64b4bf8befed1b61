"""The words of days and times: a message becomes a row of items, each a kind (one letter) and a value."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from flows.words.moment import clinic_hour
from flows.words.plain import LETTER, WORD, plain
from flows.words.sound import by_ear
from flows.words.table import listed, meanings, read_as

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

# The lists of a table's [grammar] and the letter that the rules know them by. A word in two lists is the earlier one.
GRAMMAR = {
    "am": "a",
    "pm": "P",
    "day_marker": "D",
    "day_follows": "E",
    "hour": "h",
    "hours": "U",
    "after_follows": ")",
    "before_follows": "(",
    "between_follows": "B",
    "in_follows": "j",
    "at": "@",
    "after": ">",
    "before": "<",
    "starting": "F",
    "from": "f",
    "between": "b",
    "to": "t",
    "and": "&",
    "in": "i",
    "end_of": "Z",
    "middle_of": "Z",
    "start_of": "Z",
    "last_of": "Z",
    "week_after_next": "Q",
    "week_from": "V",
    "week_later": "G",
    "instead": "I",
    "unit_day": "u",
    "unit_week": "u",
    "unit_month": "u",
    "next": "N",
    "this": "T",
    "weekend": "W",
    "not": "!",
    "not_follows": "]",
    "filler": "",
}
# Words that mean something only beside certain others, and are dropped elsewhere: kind -> (before, after).
_NEEDS = {
    "D": ("", "nzO"),
    "@": ("", "nvcA^tw"),
    "i": ("", "nvm"),
    "j": ("u", ""),
    "U": ("nv", ""),
    "h": ("nvc", ""),
    "E": ("nz", ""),
}
# Names one letter away from a day or a part of it.
_NAMES = frozenset(
    {"martin", "martine", "martina", "mangala", "mangali", "sundar", "sobha", "shobha", "soham", "entero"}
)
_CORRECTED = "wmop"  # the kinds whose words are also read with a typing mistake
# Whose words are known in a chat only as they are: "borra", delete, is no "bokra", tomorrow.
_NOT_CORRECTED_IN = dict.fromkeys(("es", "pt", "fr"), ("hi", "ar"))
_ARABIC_PREFIXES = ("و", "ب", "ل")


class Item(NamedTuple):
    """One meaning. ``value``: a weekday, a month, days from today, a number, (hour, minute), the name of a part ..."""

    kind: str
    value: Any = None
    said: str = ""  # the words of the message


def _value(kind: str, meaning: str) -> Any:
    match kind:
        case "w":
            return WEEKDAYS.index(meaning)
        case "m":
            return MONTHS.index(meaning) + 1
        case "p":
            return meaning
        case "C":
            hour, minute = meaning.split(":")
            return int(hour), int(minute)
    return int(meaning)


def _grammar(language: str) -> Iterator[tuple[str, Item]]:
    for name, kind in GRAMMAR.items():
        for words in listed(language, "grammar", name):
            unit_day = words in listed(language, "grammar", "unit_day")
            yield words, Item(kind, name.removeprefix("unit_") if kind in "uZ" else unit_day)


# The sections in the order in which they are believed; None: the [grammar].
SECTIONS = {
    "day": "o",
    "time": "C",
    "part": "p",
    "weekday": "w",
    "month": "m",
    "minutes_before": "^",
    "minutes_after": "+",
    "grammar": None,
    "numbers": "v",
    "ordinals": "O",
}


def _entries(language: str) -> Iterator[tuple[str, Item]]:
    for section, kind in SECTIONS.items():
        if kind is None:
            yield from _grammar(language)
        else:
            yield from ((words, Item(kind, _value(kind, meaning))) for words, meaning in meanings(language, section))


def _language(language: str) -> dict[str, tuple[Item, ...]]:
    """One language's words. A phrase that is a day and a part of it ("tonight") is both."""
    found: dict[str, tuple[Item, ...]] = {}
    for words, item in _entries(language):
        known = found.setdefault(words, (item,))
        if item.kind == "p" and known[0].kind == "o":
            found[words] = (known[0], item)
    return found


def _prefixed(words: str) -> Iterator[str]:
    """The spellings of an Arabic phrase with "and", "in" or "for" written onto it."""
    if "\u0600" <= words[0] <= "\u06ff":
        yield from (prefix + words for prefix in _ARABIC_PREFIXES)
        if words.startswith("ال"):
            yield "لل" + words[2:]


@cache
def lexicon(language: str) -> dict[tuple[str, ...], tuple[Item, ...]]:
    """The phrases that are understood in a chat of that language; where two languages disagree, its own is right."""
    found: dict[tuple[str, ...], tuple[Item, ...]] = {}
    for spoken in read_as(language):
        own = _language(spoken)
        for words, items in own.items():
            found.setdefault(tuple(words.split()), items)
        for words, items in own.items():
            if items[0].kind in "womp":
                for variant in _prefixed(words):
                    found.setdefault(tuple(variant.split()), items)
    return found


@cache
def _longest(language: str) -> dict[str, int]:
    """How many words the longest phrase has that begins with a word."""
    found: dict[str, int] = {}
    for first, *rest in lexicon(language):
        found[first] = max(found.get(first, 0), 1 + len(rest))
    return found


@cache
def _correctable(language: str) -> dict[str, list[str]]:
    """Single words worth correcting, by first letter."""
    found: dict[str, list[str]] = {}
    foreign = {words for spoken in _NOT_CORRECTED_IN.get(language, ()) for words in _language(spoken)}
    for words, items in lexicon(language).items():
        if len(words) == 1 and len(words[0]) >= 5 and items[0].kind in _CORRECTED and words[0] not in foreign:
            found.setdefault(words[0][0], []).append(words[0])
    return found


def _corrected(word: str, language: str) -> tuple[Item, ...]:
    """The meaning of a word with a typing mistake in it; two mistakes in a long one."""
    choices = _correctable(language).get(word[0], ()) if len(word) >= 5 and word not in _NAMES else ()
    allowed = 1 if len(word) < 8 else 2
    best = process.extractOne(word, choices, scorer=OSA.distance, score_cutoff=allowed)
    return lexicon(language)[(best[0],)] if best else (Item("x"),)


_TOKEN = re.compile(
    rf"""
      (?P<iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})(?!\d)
    | (?P<dmy>\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}}))(?!\d)
    | (?P<dm>\d{{1,2}}/\d{{1,2}}(?![\d/])|\d{{1,2}}\.\d{{1,2}}\.(?!\d))
    | (?P<clock>\d{{1,2}}(?::|\ ?h\ ?)[0-5]\d)(?!\d)
    | (?P<dotted>\d{{1,2}}\.\d{{2}})(?![\d.])
    | (?P<dashed>\d{{1,2}}-\d{{1,2}})(?![\d:h.-])
    | (?P<nth>\d{{1,2}}(?:st|nd|rd|th|er|ro|ra|o))(?!{LETTER})
    | (?P<word>{WORD})
    | (?P<number>\d+)
    | (?P<mark>[,;!?،؛؟\n]|\.(?=\s|$)|(?<!{LETTER})[-–—]|[-–—](?!{LETTER}))
    """,
    re.VERBOSE,
)


def _clock(text: str) -> list[Item]:
    """08:00 is the morning, where 8:00 may be either."""
    said = _integers(text)
    return [Item("C" if text[0] == "0" and said[0] in (7, 8) else "c", said)]


# "5a feira", "5ª" is Thursday.
_FEIRA = re.compile(r"(?<!\d)([2-6])[aª][ -]?(?:feira)\b")
_FEIRAS = ("segunda", "terca", "quarta", "quinta", "sexta")


def _integers(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)))


def _dotted(text: str) -> list[Item]:
    """17.30 is a time, 24.11 a day."""
    hour, minute = _integers(text)
    if hour < 24 and minute < 60 and minute % 5 == 0:
        return [Item("c", (hour, minute))]
    return [Item("d", (hour, minute))]


def _dashed(text: str) -> list[Item]:
    """9-11 are hours, as is 4-6; 12-12 and 24-11 are days."""
    first, second = _integers(text)
    if max(first, second) < 24 and clinic_hour(first) < clinic_hour(second):
        return [Item("n", first), Item("-"), Item("n", second)]
    return [Item("d", (first, second))]


def _number(text: str) -> list[Item]:
    return [Item("n", int(text)) if len(text) <= 4 else Item("x")]


_READ: dict[str, Callable[[str], list[Item]]] = {
    "iso": lambda text: [Item("d", _integers(text)[::-1])],
    "dmy": lambda text: [Item("d", _integers(text))],
    "dm": lambda text: [Item("d", _integers(text))],
    "clock": _clock,
    "dotted": _dotted,
    "dashed": _dashed,
    "nth": lambda text: [Item("z", _integers(text)[0])],
    "number": _number,
    "mark": lambda text: [Item("-" if text in "-–—" else ",")],
}


@cache
def _heard(language: str) -> dict[str, str]:
    """The Latin spellings of Hindi and Arabic days and hours, by ear."""
    found: dict[str, str] = {}
    for phrase in lexicon(language):
        for word in phrase:
            if word.isascii() and len(word) >= 4:
                found.setdefault(by_ear(word), word)
    return found


@cache
def _words(language: str) -> frozenset[str]:
    return frozenset(word for phrase in lexicon(language) for word in phrase)


@cache
def _foreign(language: str) -> frozenset[str]:
    """Single words that are a day or an hour in another language only."""
    own = _language(language)
    return frozenset(phrase[0] for phrase in lexicon(language) if len(phrase) == 1 and phrase[0] not in own)


def _spelt(word: str, language: str, ordinary: frozenset[str]) -> str:
    if len(word) < 4 or word in _words(language) or word in ordinary or not word.isascii():
        return word
    return _heard(language).get(by_ear(word), word) if language in ("en", "hi", "ar") else word


def _phrases(row: list[str], language: str, ordinary: frozenset[str]) -> Iterator[Item]:
    """The meanings of words in a row, the longest phrase first. ``ordinary``: words that are not another language's,
    nor mistyped ("q")."""
    known, longest, at = lexicon(language), _longest(language), 0
    row = [_spelt(word, language, ordinary) for word in row]
    while at < len(row):
        for length in range(min(longest.get(row[at], 0), len(row) - at), 0, -1):
            items = known.get(tuple(row[at : at + length]))
            if items and not (length == 1 and row[at] in ordinary and row[at] in _foreign(language)):
                break
        else:
            items, length = (Item("q"),) if row[at] in ordinary else _corrected(row[at], language), 1
        said = " ".join(row[at : at + length])
        yield from (Item(item.kind, item.value, said) for item in items)
        at += length


def _raw(text: str, language: str, ordinary: frozenset[str]) -> Iterator[Item]:
    row: list[str] = []
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "word":
            row.append(token.group())
            continue
        yield from _phrases(row, language, ordinary)
        row = []
        read = _READ[token.lastgroup or "mark"](token.group())
        yield from (Item(item.kind, item.value, item.said or token.group()) for item in read)
    yield from _phrases(row, language, ordinary)


def _unit_or_marker(item: Item, before: str) -> Item:
    """ "dia 12" marks a day of the month; "12 dias" counts days."""
    return Item("u", "day") if item.kind == "D" and item.value and before in "nv" else item


def _kept(item: Item, before: str, after: str) -> bool:
    left, right = _NEEDS.get(item.kind, ("", ""))
    return (not left or before in left) and (not right or after in right)


def items(text: str, language: str, ordinary: frozenset[str] = frozenset()) -> list[Item]:
    """The meanings of a message, in order; "x" stands for what is not understood, "q" for an ``ordinary`` word."""
    text = plain(text)
    if language == "pt":
        text = _FEIRA.sub(lambda match: _FEIRAS[int(match[1]) - 2], text)
    row = [item for item in _raw(text, language, ordinary) if item.kind]
    kinds = ["~", *(item.kind for item in row), "~"]
    row = [_unit_or_marker(item, before) for item, before in zip(row, kinds, strict=False)]
    kinds = ["~", *(item.kind for item in row), "~"]
    around = zip(row, kinds, kinds[2:], strict=False)
    return [item for item, before, after in around if _kept(item, before, after)]
