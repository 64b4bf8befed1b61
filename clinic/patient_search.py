"""Finding a patient among many: by name in any script and spelling, by phone however written, by reference.

Each step asks the index for a few rare keys; the next, more forgiving step is taken only where the one before found
nobody who fits well. What is found is then ranked by how near it is to what was typed.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product
from typing import Any

from clinic import name_word, patient_keys, phone
from clinic.appointment import ALPHABET, Appointment
from clinic.patient import Patient
from clinic.patient_keys import SHELVES, WORDS
from clinic.record import Door
from clinic.spelling import Word, words

Row = dict[str, Any]
FIELDS = ("name", "birth_date", "phones", "tags", "external_reference", "created_at")
ENOUGH = 25  # patients from the shelves of a word: who finds more types more
SAME, FITS, SIMILAR = 0.97, 0.9, 0.65  # of 1: it is the name; no need to look further; worth showing
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
    asked = [word for word in words(typed) if not word.letters.isdigit()][:WORDS]
    if not asked:
        return []
    known: dict[str, Found] = {}
    async for enough, rows in _steps(tenant_id, asked):
        known |= {row["_id"]: Found(row, likeness(typed, row["name"])) for row in rows}
        if max((each.score for each in known.values()), default=0.0) >= enough:
            break
    return [each for each in known.values() if each.score >= SIMILAR]


def likeness(typed: str, name: str) -> float:
    """How well the words of ``typed`` are found in ``name``: 1.0 for the same words in whatever order and script."""
    asked, there = words(typed), words(name)
    if not asked or not there:
        return 0.0
    letters = sum(len(word.letters) for word in asked)
    fit = sum(len(word.letters) * max(name_word.like(word, other) for other in there) for word in asked)
    return fit / letters - 0.01 * max(0, len(there) - len(asked))


def _order(each: Found) -> tuple[float, str, str]:
    return -round(each.score, 3), each.row["name"], each.row["_id"]


async def _steps(tenant_id: str, asked: Sequence[Word]) -> AsyncIterator[tuple[float, list[Row]]]:
    """Rows that may fit, from strict to forgiving, each time with how well one must for these to be enough. Of three
    words all come first, as typed and put right; then the two longest: with an initial beside them several times as
    many would."""
    door, nearest = Patient.of(tenant_id), list[list[Word]]()
    if len(asked) > 2:
        yield FITS, await _any(door, patient_keys.triple_keys(asked))
        nearest = await name_word.nearest(tenant_id, asked)
        yield FITS, await _any(door, _triples(nearest))
    if len(asked) == 1:
        yield FITS, await _shelves(door, asked[0])
    else:
        telling = patient_keys.pair_keys(sorted(asked, key=lambda word: -len(word.letters))[:2])
        yield SAME, await _any(door, telling)
        yield FITS, await _any(door, [key for key in patient_keys.pair_keys(asked) if key not in telling])
    nearest = nearest or await name_word.nearest(tenant_id, asked)
    if len(asked) > 1:
        yield FITS, await _any(door, _pairs(nearest))
        yield FITS, await _each(door, patient_keys.initial_keys(asked[:2]))
    rows: list[Row] = []
    for word in dict.fromkeys(word for group in nearest for word in group):
        if len(rows) < ENOUGH:
            rows += await _shelves(door, word)
    yield FITS, rows


def _triples(nearest: Sequence[Sequence[Word]]) -> list[str]:
    """The first three of the words, each as it may be meant."""
    chosen = product(*(meant[:3] for meant in nearest[:3]))
    return list(dict.fromkeys(patient_keys.triple_key(*(word.sound for word in three)) for three in chosen))


def _pairs(nearest: Sequence[Sequence[Word]]) -> list[str]:
    """Each two of the words that may be meant."""
    chosen = (pair for one, other in combinations(nearest, 2) for pair in product(one[:4], other[:4]))
    return list(dict.fromkeys(patient_keys.pair_key(one.sound, other.sound) for one, other in chosen))


async def _shelves(door: Door[Patient], word: Word) -> list[Row]:
    """From the first shelf, and from as many more as should be enough."""
    rows = await _any(door, [patient_keys.word_key(word.letters, 0)])
    if len(rows) >= ENOUGH:
        return rows
    until = min(SHELVES, 1 + ENOUGH // len(rows)) if rows else SHELVES
    return rows + await _any(door, [patient_keys.word_key(word.letters, shelf) for shelf in range(1, until)])


async def _any(door: Door[Patient], keys: Sequence[str]) -> list[Row]:
    """For keys that few have: one query."""
    return await door.rows({"keys": {"$in": list(keys)}}, FIELDS) if keys else []


async def _each(door: Door[Patient], keys: Sequence[str]) -> list[Row]:
    """For keys that more have: comparing each row with a list of keys would cost more than asking again."""
    found = await asyncio.gather(*(door.rows({"keys": key}, FIELDS) for key in keys))
    return [row for rows in found for row in rows]


async def _by_number(tenant_id: str, typed: str) -> list[Found]:
    """By whatever else identifies: phone, day of birth, a reference of ours or of another system."""
    if not any(letter.isdigit() for letter in typed):
        return [Found(row, 1.0) for row in await _visitor(tenant_id, typed)]
    digits, day = phone.digits_of(typed), _day(typed)
    keys = [patient_keys.reference_key(typed)]
    keys += [patient_keys.phone_key(digits)] if digits else []
    keys += [patient_keys.birth_key(day)] if day else []
    rows = await _any(Patient.of(tenant_id), keys)
    scored = [Found(row, 1.0 if _is_named(row, typed) or _born(row, day) else _ends(row, digits)) for row in rows]
    visitors = [Found(row, 1.0) for row in await _visitor(tenant_id, typed)]
    return [each for each in scored if each.score] + visitors


async def _visitor(tenant_id: str, typed: str) -> list[Row]:
    """Whose visit has this reference."""
    if not (reference := _reference(typed)):
        return []
    visits = await Appointment.of(tenant_id).rows({"reference": reference}, ("patient_id",))
    ids = [visit["patient_id"] for visit in visits]
    return await Patient.of(tenant_id).rows({"_id": {"$in": ids}}, FIELDS) if ids else []


def _ends(row: Row, digits: str) -> float:
    """How well one of the numbers ends so; what was typed may begin with another country's way of dialling."""
    numbers = row.get("phones", ()) if digits else ()
    if any(number.endswith(digits) for number in numbers):
        return 1.0
    least = digits[-max(len(digits) - 3, patient_keys.TAIL[-1]) :]
    return 0.9 if any(len(digits) > len(least) and number.endswith(least) for number in numbers) else 0.0


def _is_named(row: Row, typed: str) -> bool:
    reference: str = row.get("external_reference", "")
    return bool(reference) and patient_keys.reference_key(reference) == patient_keys.reference_key(typed)


def _born(row: Row, day: date | None) -> bool:
    return day is not None and row.get("birth_date") == day.isoformat()


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
