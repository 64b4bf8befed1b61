"""The word that was meant by one that is not known: mistyped, run together, without vowels, or spelt by ear."""

import re
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from flows.understanding.table import known, own_phrases, own_words
from flows.words.lexicon import lexicon
from flows.words.sound import by_ear
from flows.words.table import everywhere

_SHORTEST, _LONG = 5, 8  # letters of a word that may hold one mistake, two
_GLUED = 8
_VOWELS = re.compile("[aeiou]")
_PREFIXES = ("وال", "بال", "فال", "لل", "ال", "و", "ف", "ب", "ل")
_CORRECTED_TOO = {"hi": ("en",), "ar": ("en",)}
_HEARD_IN = {"hi": ("hi",), "ar": ("ar",), "en": ("hi", "ar")}


@cache
def vocabulary(language: str) -> frozenset[str]:
    """Every single word that means something in a chat of that language."""
    phrases = (*known(language), *lexicon(language))
    polite = (words.split() for words in everywhere("polite", "words") | everywhere("polite", "titles"))
    return frozenset(word for row in (*phrases, *polite) for word in row) | own_words(language)


@cache
def _by_letter(language: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    spoken = (language, *_CORRECTED_TOO.get(language, ()))
    for word in sorted({word for each in spoken for row in own_phrases(each) for word in row}):
        if len(word) >= _SHORTEST - 1:
            found.setdefault(word[0], []).append(word)
    return found


@lru_cache(8192)
def meant(word: str, language: str) -> str:
    """The known word nearest to ``word``, or ``word`` itself."""
    if word in vocabulary(language) or len(word) < 3 or word[0].isdigit():
        return word
    return (
        _joined(word, language) or _mistyped(word, language) or _heard(word, language) or _bare(word, language) or word
    )


def _joined(word: str, language: str) -> str:
    """An Arabic word without the "and", "the", "for" written onto it."""
    if not "\u0600" <= word[0] <= "\u06ff":
        return ""
    bare = (word[len(prefix) :] for prefix in _PREFIXES if word.startswith(prefix))
    return next((rest for rest in bare if len(rest) >= 3 and rest in vocabulary(language)), "")


def _mistyped(word: str, language: str) -> str:
    if len(word) < _SHORTEST:
        return ""
    best = process.extractOne(
        word, _by_letter(language).get(word[0], ()), scorer=OSA.distance, score_cutoff=1 if len(word) < _LONG else 2
    )
    return best[0] if best and abs(len(best[0]) - len(word)) <= 2 else ""


@cache
def _sounds(language: str) -> dict[str, str]:
    """By ear, the words that a language spells in Latin letters."""
    found: dict[str, str] = {}
    for spoken in _HEARD_IN.get(language, ()):
        for word in sorted(
            {word for row in known(spoken) for word in row} | {word for row in lexicon(spoken) for word in row}
        ):
            if word.isascii() and len(word) >= 3:
                found.setdefault(by_ear(word), word)
    return found


def _heard(word: str, language: str) -> str:
    sound = by_ear(word) if word.isascii() else ""
    return _sounds(language).get(sound, "") if len(sound) >= 3 else ""


@cache
def _consonants(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in sorted({word for row in known(language) for word in row if word.isascii() and len(word) >= _SHORTEST}):
        bare = _VOWELS.sub("", word)
        if len(bare) >= 3:
            found[bare] = "" if bare in found else word
    return found


def _bare(word: str, language: str) -> str:
    """ "cncl", "rschdl": the only word with those consonants."""
    if not word.isascii() or _VOWELS.search(word):
        return ""
    return _consonants(language).get(word, "")


@lru_cache(4096)
def parted(word: str, language: str) -> tuple[str, ...]:
    """Two words that were run together, or the one."""
    words = vocabulary(language)
    if len(word) >= _GLUED and word not in words and meant(word, language) == word:
        for at in range(3, len(word) - 2):
            if word[:at] in words and word[at:] in words:
                return word[:at], word[at:]
    return (word,)
