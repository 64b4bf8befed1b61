"""The tables of evidence, one file per language, and the rules over them, as an index of phrases."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from flows.words.table import LANGUAGES, meanings, phrases, read_as

_FOLDER = Path(__file__).parent / "tables"
_SHORTEST_FOREIGN = 5  # letters of an emergency's word that is known in every chat

_ROMANCE = ("es", "pt", "fr")
_CHANCE = frozenset([":name_before", ":name_after"])  # of no use in another language's sentence

Phrase = tuple[str, ...]
Kinds = frozenset[str]


@cache
def table(name: str) -> dict[str, Any]:
    """A language's file, or the rules."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


def _entries(language: str) -> Iterator[tuple[str, str]]:
    """(phrase, kind): evidence by its list's name, relations as "~son", specialties as "=dentist", marks as ":mine"."""
    own = table(language)
    for kind, listed in own["evidence"].items():
        if kind == "stray":
            continue
        yield from ((words, kind) for words in phrases(listed))
    for sign, section in (("~", "relations"), ("=", "specialties"), (":", "for")):
        for name, listed in own[section].items():
            yield from ((words, sign + name) for words in phrases(listed))


@cache
def _language(language: str) -> dict[Phrase, Kinds]:
    found: dict[Phrase, set[str]] = {}
    for words, kind in _entries(language):
        found.setdefault(tuple(words.split()), set()).add(kind)
    return {words: frozenset(kinds) for words, kinds in found.items()}


def _names_of_languages() -> Iterator[tuple[Phrase, Kinds]]:
    for language in LANGUAGES:
        for words, meaning in meanings(language, "language"):
            if meaning == "names":
                yield tuple(words.split()), frozenset({"language_name", f"@{language}"})


def _relative(kinds: Kinds, words: Phrase) -> bool:
    return any(kind[0] == "~" for kind in kinds) and words[0].isascii()


@cache
def dangers() -> dict[str, tuple[Phrase, ...]]:
    """The phrases of an emergency in any language that are more than one word, by their first."""
    found: dict[str, list[Phrase]] = {}
    for language in LANGUAGES:
        for words, kinds in _language(language).items():
            if "emergency" in kinds and len(words) > 1:
                found.setdefault(words[0], []).append(words)
    return {first: tuple(rows) for first, rows in found.items()}


@cache
def own_phrases(language: str) -> tuple[Phrase, ...]:
    return tuple(_language(language))


@cache
def own_words(language: str) -> frozenset[str]:
    """The single words of a language that the tables know: none of them is another language's."""
    stray = phrases(table(language)["evidence"]["stray"])
    return frozenset([*stray, *(words[0] for words in _language(language) if len(words) == 1)])


@cache
def known(language: str) -> dict[Phrase, Kinds]:
    """Every phrase that says something in a chat of that language: its own, then English's, Hindi's and Arabic's, and
    the emergencies of all. A language's own words are never read as another's."""
    spoken = tuple(each for each in read_as(language) if each in LANGUAGES)
    found = dict(_language(spoken[0]))
    stray = {tuple(words.split()) for words in phrases(table(spoken[0])["evidence"]["stray"])}
    for other in spoken[1:]:
        for words, kinds in _language(other).items():
            if words not in stray and not (_CHANCE & kinds or (_relative(kinds, words) and spoken[0] in _ROMANCE)):
                found.setdefault(words, kinds)
    for other in LANGUAGES:
        for words, kinds in _language(other).items():
            if kinds & {"emergency", "harmless"} and (len(words) > 1 or len(words[0]) >= _SHORTEST_FOREIGN):
                found.setdefault(words, kinds & {"emergency", "harmless"})
    for words, kinds in _names_of_languages():
        found[words] = found.get(words, frozenset()) | kinds
    return found


@cache
def index(language: str) -> dict[str, tuple[tuple[Phrase, Kinds], ...]]:
    """The phrases by their first word, the longest first."""
    found: dict[str, list[tuple[Phrase, Kinds]]] = {}
    for words, kinds in known(language).items():
        found.setdefault(words[0], []).append((words, kinds))
    return {first: tuple(sorted(rows, key=lambda row: -len(row[0]))) for first, rows in found.items()}


class Rule(NamedTuple):
    """So much weight for an intent, where all ``needs`` were said and none of ``without``."""

    intent: str
    weight: float
    needs: Kinds
    without: Kinds


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(_rule(intent, line) for intent, lines in table("rules").items() for line in lines)


@cache
def _rules_by_need() -> dict[str, tuple[int, ...]]:
    """The places of the rules that need a kind, each rule at the kind that fewest rules need."""
    often = Counter(kind for rule in rules() for kind in rule.needs)
    found: dict[str, list[int]] = {}
    for place, rule in enumerate(rules()):
        found.setdefault(min(sorted(rule.needs), key=often.__getitem__), []).append(place)
    return {kind: tuple(places) for kind, places in found.items()}


def rules_for(kinds: Kinds) -> list[Rule]:
    """The rules that may hold where these kinds were said, in their order."""
    every, by_need = rules(), _rules_by_need()
    return [every[place] for place in sorted(place for kind in kinds for place in by_need.get(kind, ()))]


def _rule(intent: str, line: str) -> Rule:
    weight, *kinds = line.split()
    needs = frozenset(kind for kind in kinds if kind[0] != "!")
    return Rule(intent, float(weight), needs, frozenset(kind[1:] for kind in kinds if kind[0] == "!"))
