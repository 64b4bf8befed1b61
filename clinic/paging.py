"""Long lists in pages: a cursor says after which document the next page begins, however many were added meanwhile."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from clinic.errors import ClinicError
from clinic.record import Door, Query, Record

R = TypeVar("R", bound=Record)
Scalar = str | int | datetime | None


class BadCursor(ClinicError):
    """The cursor is not one that this list gave: leave it out to begin at the first page."""

    code, status = "bad_cursor", 422


def encode(value: Scalar, id: str) -> str:
    """The place of a document in a list sorted by ``value`` and id."""
    kept = {"at": value.isoformat()} if isinstance(value, datetime) else {"is": value}
    return base64.urlsafe_b64encode(json.dumps([kept, id]).encode()).decode()


def decode(cursor: str) -> tuple[Scalar, str]:
    """Raises ``BadCursor``. Only plain values come out: a cursor never carries an operator."""
    try:
        match json.loads(base64.urlsafe_b64decode(cursor.encode())):
            case [{"at": str(text)}, str(id)]:
                return datetime.fromisoformat(text), id
            case [{"is": (str() | int() | None) as value}, str(id)] if _storable(value, id):
                return value, id
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        pass
    raise BadCursor


def _storable(value: Scalar, id: str) -> bool:
    """What BSON can carry: whole characters, and numbers of eight bytes."""
    for text in (value, id):
        if isinstance(text, str):
            text.encode()
    return not isinstance(value, int) or abs(value) < 2**63


def after(query: Query, sort: str, descending: bool, cursor: str) -> dict[str, Any]:
    """``query`` without all up to and including the cursor's document."""
    if not cursor:
        return dict(query)
    value, last = decode(cursor)
    beyond, ordered = ("$lt", "$lte") if descending else ("$gt", "$gte")
    if sort == "_id":
        return {"$and": [query, {"_id": {beyond: last}}]}
    rest = [{sort: {beyond: value}}, {sort: value, "_id": {beyond: last}}]
    return {"$and": [query, {sort: {ordered: value}}, {"$or": rest}]}


async def page(
    door: Door[R], query: Query | None = None, *, sort: str = "_id", descending: bool = False, cursor: str = "",
    limit: int = 50,
) -> tuple[list[R], str | None]:  # fmt: skip
    """One page, and the cursor of the next one. Raises ``BadCursor``."""
    rows, following = await page_of_rows(door, query, sort=sort, descending=descending, cursor=cursor, limit=limit)
    return [door.record.model_validate(row) for row in rows], following


async def page_of_rows(
    door: Door[R], query: Query | None = None, *, sort: str = "_id", descending: bool = False, cursor: str = "",
    limit: int = 50, fields: tuple[str, ...] = (),
) -> tuple[list[dict[str, Any]], str | None]:  # fmt: skip
    """The same as plain stored rows."""
    way = -1 if descending else 1
    order = [(sort, way)] if sort == "_id" else [(sort, way), ("_id", way)]
    rows = await door.rows(after(query or {}, sort, descending, cursor), fields, order, limit + 1)
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], _cursor_at(rows[limit - 1], sort)


def _cursor_at(row: Mapping[str, Any], sort: str) -> str:
    return encode(row.get(sort), row["_id"])
