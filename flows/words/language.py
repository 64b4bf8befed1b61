"""Which language somebody writes, and which one they ask for by its name."""

from collections.abc import Iterable
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from flows.words.command import without_politeness
from flows.words.plain import phrase
from flows.words.table import everywhere, listed

_SCRIPTS = {"hi": ("\u0900", "\u097f"), "ar": ("\u0600", "\u06ff")}
# Around a language's name: "in hindi", "hindi mein", "en español".
_AROUND = frozenset(
    [
        *("in", "into", "to", "speak", "talk", "language", "only", "change", "switch", "continue", "me", "mein", "में"),
        *("badlo", "karo", "baat", "en", "a", "au", "em", "para", "pra", "idioma", "lengua", "langue", "parler"),
        *("hablar", "falar", "cambiar", "mudar", "continuer", "continuar", "اللغه", "لغه"),
    ]
)


def detect(text: str, offered: Iterable[str]) -> str | None:
    """The offered language that ``text`` is unmistakably written in: by its script, or by words that only it has.
    None for "hi", "ok" and whatever is written in several."""
    offered = tuple(offered)
    by_script = _script(text)
    if by_script:
        return by_script if by_script in offered else None
    said = phrase(text)
    hits = [language for language in offered if _speaks(said, language)]
    return hits[0] if len(hits) == 1 else None


def _speaks(said: str, language: str) -> bool:
    words, rows = _only(language)
    return not words.isdisjoint(said.split()) or any(row in f" {said} " for row in rows)


def _script(text: str) -> str:
    """The language whose script most of the letters are in."""
    letters = [char for char in text if char.isalpha()]
    for language, (first, last) in _SCRIPTS.items():
        if sum(first <= char <= last for char in letters) * 2 > len(letters):
            return language
    return ""


@cache
def _only(language: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The words that no other language has, and rows of words between spaces."""
    every = listed(language, "language", "unmistakable")
    return frozenset(each for each in every if " " not in each), tuple(f" {each} " for each in every if " " in each)


def named(text: str, offered: Iterable[str]) -> str | None:
    """The offered language whose name the whole message is: "hindi", "हिंदी", "espanol", "in arabic please"."""
    said = phrase(text)
    bare = " ".join(word for word in without_politeness(said).split() if word not in _AROUND)
    for language in offered:
        names = listed(language, "language", "names")
        if said in names or bare in names:
            return language
    return _mistyped(bare, tuple(offered))


@cache
def _names(offered: tuple[str, ...]) -> dict[str, str]:
    return {name: language for language in offered for name in listed(language, "language", "names") if len(name) >= 5}


def _mistyped(said: str, offered: tuple[str, ...]) -> str | None:
    if len(said) < 5 or said in everywhere("language", "not_names"):
        return None
    alike = sorted(name for name in _names(offered) if name[0] == said[0])
    best = process.extractOne(said, alike, scorer=OSA.distance, score_cutoff=1)
    return _names(offered)[best[0]] if best else None
