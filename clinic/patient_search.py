"""Finding a patient among many: by name in any script and spelling, by phone however written, by reference.

Each step asks the index for a few rare keys; the next, more forgiving step is taken only where the one before found
nobody who fits well. What is found is then ranked by how near it is to what was typed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rapidfuzz.distance import OSA, JaroWinkler

from clinic import patient_keys, phone
from clinic.appointment import ALPHABET, Appointment
from clinic.patient import Patient
from clinic.patient_keys import SHELVES
from clinic.record import Door
from clinic.spelling import skeletons, words

Row = dict[str, Any]
FIELDS = ("name", "birth_date", "phones", "tags", "external_reference", "created_at")
ENOUGH = 25  # patients from the shelves of a word: who finds more types more
AT_ONCE = 5  # shelves
FITS, SIMILAR = 0.86, 0.6  # of 1: no need to look further; worth showing
SAME_SOUND, BEGINS = 0.93, 0.95
LONGEST = 100  # characters that are looked at


@dataclass(frozen=True, slots=True)
class Found:
    """A stored row (``FIELDS`` and ``_id``) and how well it fits, from 0 to 1."""

    row: Row
    score: float


async def search(tenant_id: str, typed: str, limit: int = 20) -> list[Found]:
    """The best first; those who were merged into another are left out."""
    typed = typed.strip()[:LONGEST]
    named, numbered = await asyncio.gather(by_name(tenant_id, typed), _by_number(tenant_id, typed))
    found = {each.row["_id"]: each for each in [*named, *numbered]}
    return sorted(found.values(), key=_order)[:limit]


async def by_name(tenant_id: str, typed: str) -> list[Found]:
    """Those whose name is like it."""
    door, known, best = Patient.of(tenant_id), dict[str, Found](), 0.0
    async for rows in _steps(door, typed):
        for row in rows:
            known[row["_id"]] = Found(row, likeness(typed, row["name"]))
        best = max((each.score for each in known.values()), default=0.0)
        if best >= FITS:
            break
    return [each for each in known.values() if each.score >= SIMILAR]


def likeness(typed: str, name: str) -> float:
    """How well the words of ``typed`` are found in ``name``: 1.0 for the same words in whatever order and script."""
    asked = list(zip(words(typed), skeletons(typed), strict=True))
    there = list(zip(words(name), skeletons(name), strict=True))
    if not asked or not there:
        return 0.0
    letters = sum(len(word) for word, _ in asked)
    fit = sum(len(each[0]) * max(_like(each, other) for other in there) for each in asked) / letters
    return fit - 0.01 * max(0, len(there) - len(asked))


def _like(asked: tuple[str, str], there: tuple[str, str]) -> float:
    (word, sound), (other, other_sound) = asked, there
    if word == other:
        return 1.0
    if other.startswith(word):
        return BEGINS
    near: float = max(OSA.normalized_similarity(word, other), JaroWinkler.normalized_similarity(word, other) - 0.05)
    if sound != other_sound:
        return min(near, SAME_SOUND - 0.01)
    return max(near, SAME_SOUND if len(sound) > 1 else 0.8)


def _order(each: Found) -> tuple[float, str, str]:
    return -each.score, each.row["name"], each.row["_id"]


async def _steps(door: Door[Patient], typed: str) -> AsyncIterator[list[Row]]:
    """Rows that may fit, from strict to forgiving."""
    keys_of: list[Callable[[str], list[str]]]
    if len(words(typed)) > 1:
        yield await _together(door, patient_keys.both_key(typed))
        yield await _each(door, [key for key in patient_keys.pair_keys(typed) if key.startswith("i:")])
        keys_of = [patient_keys.slip_keys, patient_keys.sound_keys]
    else:
        keys_of = [patient_keys.exact_keys, patient_keys.prefix_keys, patient_keys.sound_keys, _with_slip]
    for keys in keys_of:
        yield await _shelves(door, keys, typed)


def _with_slip(typed: str) -> list[str]:
    """A letter too few was typed, or another, or one too many."""
    left_out = [f"d:{word}" for word in words(typed) if len(word) > 2]
    one_more = [key.replace("d:", "w:") for key in patient_keys.slip_keys(typed)]
    return [*patient_keys.slip_keys(typed), *left_out, *one_more]


async def _shelves(door: Door[Patient], keys_of: Callable[[str], list[str]], typed: str) -> list[Row]:
    """From the first shelf; from more of them while there is not enough."""
    keys, opened, rows = keys_of(typed), 0, list[Row]()
    while keys and opened < SHELVES and len(rows) < ENOUGH:
        until = 1 if not opened else SHELVES if not rows else min(opened + AT_ONCE, SHELVES)
        rows += await _together(door, patient_keys.shelved(keys, range(opened, until)))
        opened = until
    return rows


async def _together(door: Door[Patient], keys: Sequence[str]) -> list[Row]:
    """For keys that few have: one query."""
    return await door.rows({"keys": {"$in": list(keys)}}, FIELDS) if keys else []


async def _each(door: Door[Patient], keys: Sequence[str]) -> list[Row]:
    """For keys that more have: comparing each row with a list of keys would cost more than asking again."""
    found = await asyncio.gather(*(door.rows({"keys": key}, FIELDS) for key in keys))
    return [row for rows in found for row in rows]


async def _by_number(tenant_id: str, typed: str) -> list[Found]:
    """By whatever else identifies: phone, day of birth, a reference of ours or of another system."""
    door, found = Patient.of(tenant_id), list[Row]()
    if digits := phone.digits_of(typed):
        found += [row for row in await _each(door, [patient_keys.phone_key(digits)]) if _ends(row, digits)]
    if day := _day(typed):
        found += await _each(door, [patient_keys.birth_key(day)])
    if any(letter.isdigit() for letter in typed):
        found += await _each(door, [patient_keys.reference_key(typed)])
    if reference := _reference(typed):
        visits = await Appointment.of(tenant_id).rows({"reference": reference}, ("patient_id",))
        found += await door.rows({"_id": {"$in": [visit["patient_id"] for visit in visits]}}, FIELDS) if visits else []
    return [Found(row, 1.0) for row in found]


def _ends(row: Row, digits: str) -> bool:
    """Whether one of the numbers ends so; what was typed may begin with another country's way of dialling."""
    least = digits[-max(len(digits) - 3, 8) :]
    return any(
        number.endswith(digits) or (len(digits) > 8 and number.endswith(least)) for number in row.get("phones", ())
    )


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if len(typed) == len("2027-01-04") else None
    except ValueError:
        return None


def _reference(typed: str) -> str:
    """A visit's reference as it is stored, from however it was typed."""
    letters = "".join(letter for letter in typed.upper() if letter not in " -.")
    fits = len(letters) == 6 and all(letter in ALPHABET for letter in letters)
    return f"{letters[:3]}-{letters[3:]}" if fits else ""
