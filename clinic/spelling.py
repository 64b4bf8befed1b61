"""Names as they sound and as they are typed: one Latin form for every script, and the consonants that remain when
spelling differs."""

import re
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

WORDS = re.compile(r"[a-z0-9]+")
QUIET = str.maketrans("", "", "'`´’‘ʼ.")  # within a word: O'Brien, `Ali, J.R.
SYLLABLES = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3])")  # scripts that write no spaces in a name
ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f]")
LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
PREFIXES = frozenset({"al", "el"})  # written apart or together: Al Zahra, Alzahra
TITLES = frozenset({"dr", "mr", "mrs", "ms", "shri", "smt", "sr", "sra", "dona", "don", "mme"})

# One sound, many spellings. In order: the longer ones first.
SOUNDS = (
    ("ph", "f"), ("sch", "s"), ("sh", "s"), ("zh", "s"), ("ch", "k"), ("kh", "k"), ("ck", "k"), ("gh", "g"),
    ("th", "t"), ("dh", "d"), ("bh", "b"), ("dj", "j"), ("x", "ks"), ("q", "k"), ("z", "s"), ("w", "v"),
)  # fmt: skip
SOFT_C = re.compile(r"c(?=[eiy])")
TWICE = re.compile(r"(.)\1+")
UNHEARD = re.compile(r"[aeiouyh]")


@dataclass(frozen=True, slots=True)
class Word:
    """``letters``: small and Latin, ``sharma``; ``sound``: its consonants, the same for most spellings, ``srm``."""

    letters: str
    sound: str


@lru_cache(maxsize=50_000)
def words(name: str) -> tuple[Word, ...]:
    """The words of a name; a title is left out where more follows."""
    return tuple(Word(letters, _sound(letters, script)) for letters, script in _words(name))


def _words(name: str) -> list[tuple[str, str]]:
    spaced = SYLLABLES.sub(r" \1 ", name)
    found = [(word, _script(part)) for part in spaced.split() for word in _latin(part)]
    joined: list[tuple[str, str]] = []
    for word, script in found:
        if joined and joined[-1][0] in PREFIXES:
            word = joined.pop()[0] + word
        joined.append((word, script))
    return [each for each in joined if each[1] != "latin" or each[0] not in TITLES] or joined


def _latin(part: str) -> list[str]:
    return WORDS.findall(anyascii(part).lower().translate(QUIET))


def _script(part: str) -> str:
    if ARABIC.search(part):
        return "arabic"
    return "latin" if LATIN.search(part) else "other"


def _sound(word: str, script: str) -> str:
    heard = TWICE.sub(r"\1", word)
    if script == "latin":
        heard = SOFT_C.sub("s", heard)
    if script == "arabic":  # the long vowels u and o are written as w
        heard = heard[:1] + heard[1:].replace("w", "")
    for spelling, sound in SOUNDS:
        heard = heard.replace(spelling, sound)
    return UNHEARD.sub("", heard.replace("c", "k")) or word
