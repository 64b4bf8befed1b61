"""One plain spelling for all the ways in which a word is typed: case, accents, vowel marks, digits of other scripts."""

import re
import unicodedata

_DIGITS = {ord(zero) + n: str(n) for zero in "٠۰०" for n in range(10)}
_MARKS = dict.fromkeys(
    [
        *range(0x0300, 0x0370),  # accents
        *range(0x064B, 0x0660),  # Arabic vowel marks, hamza and madda once decomposed
        0x0640,  # tatweel, which only stretches a word
        0x0670,
        0x093C,  # nukta: most people leave it out
        *range(0x200B, 0x2010),  # joiners and direction marks
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0xFE0F,
        0x20E3,  # what makes a keycap out of a digit
    ]
)
_LETTERS = str.maketrans({"ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ँ": "ं", "ø": "o", "œ": "oe", "æ": "ae"})
_SPELLING = {**_DIGITS, **_MARKS, **_LETTERS}
_NASAL = re.compile("[नम]्(?=[क-ह])")  # हिन्दी and हिंदी are one word
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")  # "hiii"

# Python's \w leaves out the vowel signs of Devanagari.
LETTER = r"(?:[^\W\d_]|[\u0900-\u0963\u0971-\u097f\u064b-\u0652\u200c\u200d])"
# Arabic in Latin letters writes some of its sounds as digits: "sa3a", "3asr".
_BEGUN = (
    "asr|ami|amee|ad\\b|ay[ez]|aw[ez]|and|[ei]nd|nd[iyk]|[ei]?yad|agz|ajz|[eo]nwan|a?shan|arab|[ei]la[gj]|ade[sr]|adsa|adet"
    "|al[ey]|alai|arar|oyou|otla|amm|amt|asas|ekk|afid|amat|abs|elw"
)
WORD = rf"(?:[37](?={_BEGUN})|5(?=asr|ami|amee|ad\b))?{LETTER}+(?:[235679]{LETTER}+)*(?:(?<={LETTER}{{3}})[37](?!\w))?"
_TOKEN = re.compile(rf"{WORD}|\d+")


def plain(text: str) -> str:
    """``text`` without case, accents and marks, its digits Latin; punctuation stays."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_SPELLING)
        text = _NASAL.sub("ं", text).casefold()
    return _STRETCHED.sub(r"\1", text)


def words(text: str) -> list[str]:
    """The plain words and numbers of ``text``, in order."""
    return _TOKEN.findall(plain(text))


def phrase(text: str) -> str:
    """``words`` as one string, so that two spellings of one answer are equal."""
    return " ".join(words(text))


def emoji(text: str) -> str:
    """The symbols of ``text`` alone, without skin tones and selectors; empty where there is a letter or a digit."""
    bare = plain(text)
    if _TOKEN.search(bare):
        return ""
    return "".join(char for char in bare if unicodedata.category(char) == "So")
