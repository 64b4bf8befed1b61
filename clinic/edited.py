"""What several people edit: each change names the version that its author has seen."""

from collections.abc import Mapping
from typing import Any, TypeVar

from clinic.errors import ClinicError
from clinic.record import Door, Query, Record, TenantRecord

ATTEMPTS = 5  # of a change that names no version, against others' changes


class Versioned(Record):
    """A document whose ``version`` counts its changes."""

    version: int = 1


class Edited(Versioned, TenantRecord):
    """Such a document of one tenant."""


E = TypeVar("E", bound=Versioned)


class Stale(ClinicError):
    """Somebody else changed it meanwhile: look at the present state, then try again with its version."""

    code, status = "stale", 412

    def __init__(self, current: Versioned) -> None:
        super().__init__()
        self.current = current


async def edit(door: Door[E], id: str, changes: Mapping[str, Any], version: int | None = None) -> tuple[E, E]:
    """Change those fields; the document before and after. A value of None removes its field. Without a ``version``
    the last one wins. The changed document is validated before it is written.

    Raises ``NotFound``, ``Stale``, pydantic's ``ValidationError``.
    """
    for _ in range(ATTEMPTS):
        before = await door.get(id)
        if version is not None and before.version != version:
            raise Stale(before)
        after = _changed(before, changes)
        if after == before:
            return before, before
        if await door.change({"_id": id, "version": seen(before)}, _update(before, after)):
            return before, after
    raise Stale(await door.get(id))


def seen(before: Versioned) -> Query | int:
    """The version to compare with; what was stored before there were versions has none."""
    return before.version if before.version > 1 else {"$in": [1, None]}


def _changed(before: E, changes: Mapping[str, Any]) -> E:
    row = before.model_dump(by_alias=True) | dict(changes)
    after: E = type(before).model_validate({name: value for name, value in row.items() if value is not None})
    if after != before:
        after.version = before.version + 1
    return after


def _update(before: E, after: E) -> dict[str, Any]:
    was, now = (each.model_dump(by_alias=True, exclude_none=True) for each in (before, after))
    update: dict[str, Any] = {"$set": {name: value for name, value in now.items() if was.get(name) != value}}
    if gone := set(was) - set(now):
        update["$unset"] = dict.fromkeys(gone, 1)
    return update
