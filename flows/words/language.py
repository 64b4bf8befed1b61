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
    said = f" {phrase(text)} "
    hits = [language for language in offered if any(f" {words} " in said for words in _only(language))]
    return hits[0] if len(hits) == 1 else None


def _script(text: str) -> str:
    """The language whose script most of the letters are in."""
    letters = [char for char in text if char.isalpha()]
    for language, (first, last) in _SCRIPTS.items():
        if sum(first <= char <= last for char in letters) * 2 > len(letters):
            return language
    return ""


def _only(language: str) -> frozenset[str]:
    return listed(language, "language", "unmistakable")


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
    best = process.extractOne(said, _names(offered).keys(), scorer=OSA.distance, score_cutoff=1)
    return _names(offered)[best[0]] if best and best[0][0] == said[0] else None
