"""One row of a list of patients: what can be read of it, and what is wrong with it, all at once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from clinic import phone
from clinic.spelling import words

DateOrder = Literal["dmy", "mdy", "ymd"]
ORDERS = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}  # where year, month and day stand
SPOKEN = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
UNREADABLE = "\ufffd"
LONGEST = {"name": 120, "reference": 64, "language": 12}
LONG, MANY_PHONES, MANY_TAGS = 200, 5, 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong; ``row`` as a spreadsheet counts them, the heading being 1."""

    row: int
    column: str
    fault: str


@dataclass(frozen=True, slots=True)
class Line:
    """A patient as read."""

    row: int
    name: str
    birth_date: date | None = None
    phones: tuple[str, ...] = ()
    reference: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[Any, ...]:
        """The same for two rows that are of one patient."""
        return (self.reference,) if self.reference else (self.name.casefold(), self.phones, self.birth_date)


@dataclass(frozen=True, slots=True)
class Reader:
    """``region``: where numbers without a country code are dialled; ``today``: nobody is born later."""

    region: str
    order: DateOrder
    today: date

    def line(self, row: int, cells: Mapping[str, str]) -> tuple[Line | None, list[Fault]]:
        """``cells`` by their kind. The patient, or all faults."""
        found: dict[str, Any] = {}
        faults: list[Fault] = []
        for column, read in READERS.items():
            try:
                found[column] = read(self, cells)
            except ValueError as error:
                faults.append(Fault(row, column, str(error)))
        if faults:
            return None, faults
        return Line(row, found["name"], found["birth_date"], found["phone"], *(found[name] for name in REST)), []

    def born(self, cells: Mapping[str, str]) -> date | None:
        """Raises ``ValueError``, like the others here, with a sentence that says what to do."""
        if not (cell := _checked(cells, "birth_date")):
            return None
        parts = re.split(r"[-/. ]", re.split(r"[T ]\d\d:", cell)[0].strip())
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
            raise ValueError("That is no date: write it like 1980-05-17.")
        order: DateOrder = "ymd" if len(parts[0]) == 4 else self.order
        day = _day([int(parts[place]) for place in ORDERS[order]])
        if day is None or day.year < 1900 or day > self.today:
            raise ValueError(f"There is no such day of birth: it is read as {SPOKEN[order]}.")
        return day

    def phones(self, cells: Mapping[str, str]) -> tuple[str, ...]:
        """As E.164."""
        typed = [each for each in re.split(r"[;,|/\n]", _checked(cells, "phone")) if each.strip()]
        found = [number for each in typed if (number := phone.e164(each, self.region))]
        if len(found) < len(typed):
            raise ValueError("That is no telephone number: write it with + and the country code.")
        return tuple(dict.fromkeys(found))[:MANY_PHONES]


def _day(parts: list[int]) -> date | None:
    try:
        return date(*parts)
    except ValueError:
        return None


def _checked(cells: Mapping[str, str], column: str) -> str:
    cell, longest = cells.get(column, ""), LONGEST.get(column, LONG)
    if UNREADABLE in cell or any(ord(letter) < 32 and letter not in "\n\t" for letter in cell):
        raise ValueError("There are characters that cannot be read: save the file as UTF-8.")
    if len(cell) > longest:
        raise ValueError(f"It is longer than {longest} characters: shorten it.")
    return cell


def _name(_: Reader, cells: Mapping[str, str]) -> str:
    parts = [_checked(cells, "name") or _checked(cells, "first_name"), _checked(cells, "last_name")]
    name = " ".join(" ".join(parts).split())
    if not words(name):
        raise ValueError("There is no name: fill it in.")
    return _checked({"name": name}, "name")


def _tags(_: Reader, cells: Mapping[str, str]) -> tuple[str, ...]:
    found = (tag.strip()[:40] for tag in re.split(r"[;,|]", _checked(cells, "tags")))
    return tuple(dict.fromkeys(tag for tag in found if tag))[:MANY_TAGS]


READERS: Mapping[str, Callable[[Reader, Mapping[str, str]], Any]] = {
    "name": _name,
    "birth_date": Reader.born,
    "phone": Reader.phones,
    "reference": lambda _, cells: _checked(cells, "reference"),
    "language": lambda _, cells: _checked(cells, "language").lower(),
    "tags": _tags,
}
REST = ("reference", "language", "tags")
