"""The words of which a practice's patients are named, each once: what was mistyped is put right against them."""

import asyncio
from collections.abc import Iterable, Sequence

from pymongo import IndexModel
from rapidfuzz.distance import OSA, JaroWinkler

from clinic.record import TenantRecord
from clinic.spelling import Word, words

PREFIX = (3, 4)  # first letters by which a word is found
NEAREST = 6  # words that are taken for one that was typed
SAME_SOUND, BEGINS = 0.93, 0.95
REMEMBERED = 200_000  # words that this process need not store again

_learned: set[tuple[str, str, str]] = set()


class NameWord(TenantRecord):
    """``finds``: its sound, how it begins, and itself with each letter left out, so that two words which differ by one
    slip of the finger share one."""

    letters: str
    sound: str
    finds: list[str]

    class Settings:
        name = "name_words"
        indexes = [IndexModel([("tenant_id", 1), ("finds", 1)])]


async def learn(tenant_id: str, names: Iterable[str]) -> None:
    """Remember the words of these names. Those that are known cost nothing."""
    new = {(tenant_id, word.letters, word.sound): word for name in names for word in words(name)}
    fresh = {known: word for known, word in new.items() if known not in _learned}
    if not fresh:
        return
    door = NameWord.of(tenant_id)
    await asyncio.gather(*(door.insert_new(_row(tenant_id, word)) for word in fresh.values()))
    if len(_learned) > REMEMBERED:
        _learned.clear()
    _learned.update(fresh)


async def nearest(tenant_id: str, typed: Sequence[Word]) -> list[list[Word]]:
    """For each word that was typed those that may be meant, the likeliest first."""
    asked = list(dict.fromkeys(key for word in typed for key in _finds(word)))
    rows = await NameWord.of(tenant_id).rows({"finds": {"$in": asked}}, ("letters", "sound"))
    there = [Word(row["letters"], row["sound"]) for row in rows]
    return [_best(word, there) for word in typed]


def like(typed: Word, other: Word) -> float:
    """From 0 to 1, for the same."""
    if typed.letters == other.letters:
        return 1.0
    if other.letters.startswith(typed.letters):
        return BEGINS
    slips = OSA.normalized_similarity(typed.letters, other.letters)
    near: float = max(slips, JaroWinkler.normalized_similarity(typed.letters, other.letters) - 0.05)
    if typed.sound != other.sound:
        return min(near, SAME_SOUND - 0.01)
    return max(near, SAME_SOUND if len(typed.sound) > 1 else 0.8)


def _best(typed: Word, there: Sequence[Word]) -> list[Word]:
    fits = sorted(((like(typed, word), word.letters, word) for word in there), key=lambda fit: (-fit[0], fit[1]))
    return [word for likeness, _, word in fits if likeness >= 0.7][:NEAREST]


def _row(tenant_id: str, word: Word) -> NameWord:
    finds = list(dict.fromkeys([*_finds(word), f"b:{word.letters[: PREFIX[0]]}"]))
    known = {"tenant_id": tenant_id, "letters": word.letters, "sound": word.sound}
    return NameWord(id=":".join(known.values()), **known, finds=finds)


def _finds(word: Word) -> list[str]:
    return [f"s:{word.sound}", f"b:{word.letters[: PREFIX[1]]}", *(f"d:{slip}" for slip in _slips(word.letters))]


def _slips(letters: str) -> list[str]:
    if len(letters) < 4:
        return [letters]
    return [letters, *(letters[:at] + letters[at + 1 :] for at in range(min(len(letters), 20)))]
