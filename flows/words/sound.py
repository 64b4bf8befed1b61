"""The bare consonants of a name, so that "शर्मा" and "شارما" find "Sharma", whatever letters they are written in."""

import re
from functools import lru_cache

# Sounds that one script has and another lacks are one class: Arabic writes P as B and V as F.
_CLASSES = {
    "k": "kqcxकखكق",
    "g": "gगघغ",
    "s": "szचछशषसسشصثز",
    "j": "jजझج",
    "t": "tटठतथتطة",
    "d": "dडढदधدضذظ",
    "n": "nङञणनंن",
    "b": "bpfvwपफबभवبفپڤ",
    "m": "mमم",
    "r": "rरر",
    "l": "lलل",
}
_SOUND = {letter: sound for sound, letters in _CLASSES.items() for letter in letters}

_BY_EAR = (
    (re.compile("7"), "h"), (re.compile("[3'2]"), ""), (re.compile("5"), "kh"), (re.compile("8"), "gh"),
    (re.compile("9"), "s"),
    (re.compile("ph"), "f"), (re.compile("[vw]"), "v"), (re.compile("z"), "j"), (re.compile("[ck]h?|q"), "k"),
    (re.compile("(?<=[bdgjpst])h"), ""), (re.compile("ee|ea|[iye]+"), "i"), (re.compile("oo|ou|[ou]+"), "u"),
    (re.compile("a+"), "a"), (re.compile(r"(.)\1+"), r"\1"), (re.compile("[nmh]$"), ""), (re.compile("ai|ia"), "i"),
)  # fmt: skip


@lru_cache(4096)
def skeleton(word: str) -> str:
    """The consonants of a plain word by class, doubled ones once; empty where fewer than two would say nothing."""
    found = ""
    for letter in word.replace("ch", "s"):
        sound = _SOUND.get(letter, "")
        found += sound if not found.endswith(sound) or not sound else ""
    return found if len(found) >= 2 else ""


@lru_cache(32768)
def by_ear(word: str) -> str:
    """One spelling for the many in which Hindi and Arabic are typed in Latin letters."""
    for pattern, letter in _BY_EAR:
        word = pattern.sub(letter, word)
    return word
