"""Rows in a chain: each carries the hash of the one before, so that none can be changed, taken out or moved unseen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

Row = Mapping[str, Any]
Fault = Literal["missing", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class Head:
    """The last row: its number, counted from 1, and its hash. Noted elsewhere, it shows if the chain was cut."""

    seq: int = 0
    hash: str = ""

    @property
    def spelt(self) -> str:
        """The hash in groups of four: a log takes long rows of digits for telephone numbers, and hides them."""
        return "-".join(self.hash[at : at + 4] for at in range(0, len(self.hash), 4))


BEGINNING = Head()


def link(head: Head, row: Row) -> dict[str, Any]:
    """``row`` as it follows ``head``."""
    linked = {**row, "seq": head.seq + 1, "prev": head.hash}
    return {**linked, "hash": digest(linked)}


# What a person's erasure may take out of a row, and what then stands in its place. The row's hash is over ``sealed``, a
# hash of the content with a salt that goes with it: so the chain still holds, and nobody can guess what stood there.
CONTENT = ("difference", "salt", "erasure")


def sealing(difference: str, salt: str) -> str:
    """What stands for a content in the row's hash."""
    return hashlib.sha256(f"{salt}{difference}".encode()).hexdigest()


def digest(row: Row) -> str:
    """SHA-256 over all that a row holds, but the hash itself and what is sealed, as JSON with sorted names."""
    apart = {"hash", *(CONTENT if "sealed" in row else ())}
    told = {name: value for name, value in row.items() if name not in apart}
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def is_erased(row: Row) -> bool:
    """Whether its content was taken out for an erasure, whose id it names instead."""
    return "sealed" in row and bool(row.get("erasure")) and not row.get("difference") and not row.get("salt")


def _as_sealed(row: Row) -> bool:
    if "sealed" not in row or is_erased(row):
        return True
    return "erasure" not in row and sealing(str(row.get("difference")), str(row.get("salt"))) == row["sealed"]


def fault(head: Head, row: Row) -> Fault | None:
    """What is wrong with the row that stands behind ``head``."""
    if row.get("seq") != head.seq + 1:
        return "missing"
    if row.get("hash") != digest(row) or not _as_sealed(row):
        return "changed"
    return None if row.get("prev") == head.hash else "moved"


def canonical(value: Any) -> str:
    """JSON in one form only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_simple)


def _simple(value: Any) -> Any:
    """What JSON has no word for."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds")
        case date():
            return value.isoformat()
        case set() | frozenset():
            return sorted(map(str, value))
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else str(value)
