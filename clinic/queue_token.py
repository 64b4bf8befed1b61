"""The number in a patient's hand: per doctor and day from 1, none given twice, none left out.

The next number is one more than the highest; where somebody was faster the unique index says so, and the next one is
tried. So a number is tried only after the one before it was given.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import TypeVar

from pymongo.errors import DuplicateKeyError

from clinic.errors import ClinicError
from clinic.queue_entry import QueueEntry, number_of, token_label
from clinic.seats import refused_by

T = TypeVar("T")
LIMIT = 1000  # attempts: far more than a doctor has patients in a day


class NoToken(ClinicError):
    """No number could be given: too many are asked for at this moment. Try again."""

    code = "no_token"


async def with_token(tenant_id: str, doctor_id: str, day: date, write: Callable[[int, str], Awaitable[T]]) -> T:
    """Write with the next free number and its label. Raises what ``write`` raises."""
    number = 0
    for _ in range(LIMIT):
        number = max(number, await _highest(tenant_id, doctor_id, day)) + 1
        try:
            return await write(number, token_label(doctor_id, day, number))
        except DuplicateKeyError as error:
            if not refused_by(error, "tokens"):
                raise
    raise NoToken


async def renumbered(
    entry: QueueEntry, doctor_id: str, day: date, write: Callable[[int, Mapping[str, str]], Awaitable[T]]
) -> T:
    """Write with the patient's number for another doctor or day, and what to append to ``tokens``: the number that they
    had there before, or else the next one."""
    if earlier := [
        number for number in map(number_of, entry.tokens) if token_label(doctor_id, day, number) in entry.tokens
    ]:
        return await write(earlier[0], {})
    return await with_token(entry.tenant_id, doctor_id, day, lambda number, label: write(number, {"tokens": label}))


async def _highest(tenant_id: str, doctor_id: str, day: date) -> int:
    """Among the patients of now. Numbers of those who were transferred are higher at most, and found by trying."""
    query = {"doctor_id": doctor_id, "day": day.isoformat()}
    rows = await QueueEntry.of(tenant_id).rows(query, ("token",), [("token", -1)], 1)
    return int(rows[0]["token"]) if rows else 0
