"""The tables of words, one file per language: who knows a language can correct its file without programming."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flows.words.plain import phrase

LANGUAGES = ("en", "hi", "ar", "es", "pt", "fr")
_FOLDER = Path(__file__).parent / "tables"

Table = Mapping[str, Any]


@cache
def table(language: str) -> Table:
    """A language's file; an empty table for a language that we do not have."""
    path = _FOLDER / f"{language}.toml"
    return tomllib.loads(path.read_text("utf-8")) if language in LANGUAGES else {}


def phrases(listed: str) -> Iterator[str]:
    """The phrases of a comma-separated list, in plain spelling."""
    return filter(None, map(phrase, listed.split(",")))


@cache
def meanings(language: str, section: str) -> tuple[tuple[str, str], ...]:
    """(phrase, meaning) for every phrase of a section such as ``[commands]``. Kept: each language is read in the chats
    of the others, too."""
    sections = table(language).get(section, {}).items()
    return tuple((words, meaning) for meaning, listed in sections for words in phrases(listed))


@cache
def listed(language: str, section: str, name: str) -> frozenset[str]:
    """One list of a section."""
    return frozenset(phrases(table(language).get(section, {}).get(name, "")))


def read_as(language: str) -> tuple[str, ...]:
    """The languages in which a message of that chat is read, its own first. English, Hindi and Arabic are typed in
    Latin letters in every chat; their own scripts can be nothing else."""
    return tuple(dict.fromkeys((language, "en", "hi", "ar")))


@cache
def merged(languages: tuple[str, ...], section: str) -> dict[str, str]:
    """phrase -> meaning over several languages; where they disagree the first one is right."""
    found: dict[str, str] = {}
    for language in languages:
        for words, meaning in meanings(language, section):
            found.setdefault(words, meaning)
    return found


@cache
def everywhere(section: str, name: str) -> frozenset[str]:
    """One list of a section, of all languages together."""
    return frozenset().union(*(listed(language, section, name) for language in LANGUAGES))
