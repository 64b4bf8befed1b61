"""The bare consonants of a name, so that "शर्मा" and "شارما" find "Sharma", whatever letters they are written in."""

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


@lru_cache(4096)
def skeleton(word: str) -> str:
    """The consonants of a plain word by class, doubled ones once; empty where fewer than two would say nothing."""
    found = ""
    for letter in word.replace("ch", "s"):
        sound = _SOUND.get(letter, "")
        found += sound if not found.endswith(sound) or not sound else ""
    return found if len(found) >= 2 else ""
