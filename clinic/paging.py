"""Long lists in pages: a cursor says after which document the next page begins, however many were added meanwhile."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from clinic.errors import ClinicError
from clinic.indexed import split, within
from clinic.matching import Clause, clauses, is_operator, meets
from clinic.record import Door, Query, Record

R = TypeVar("R", bound=Record)
Scalar = str | int | datetime | None
Place = tuple[Scalar, str]  # a value and the id of the document that has it
GROWTH = 4  # of what is read at once, while too little of it fits


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
                return _moment(text), id
            case [{"is": (str() | int() | None) as value}, str(id)] if _storable(value, id):
                return value, id
    except (ValueError, OverflowError, binascii.Error, UnicodeError, RecursionError):
        pass
    raise BadCursor


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _storable(value: Scalar, id: str) -> bool:
    """What BSON can carry: whole characters, and numbers of eight bytes."""
    for text in (value, id):
        if isinstance(text, str):
            text.encode()
    return not isinstance(value, int) or abs(value) < 2**63


def after(query: Query, sort: str, descending: bool, place: Place | None, missing: bool) -> list[Clause]:
    """The query's clauses, and one that leaves out what is surely up to the place, in front of them. ``missing``: the
    field may be; these come first, so in a descending list after every value."""
    wanted = list(clauses(query))
    if place is None:
        return wanted
    bound: dict[str, Any]
    if sort == "_id":
        bound = {"$lt" if descending else "$gt": place[1]}
    elif place[0] is None or (descending and missing):
        return wanted
    else:
        bound = {"$lte" if descending else "$gte": place[0]}
    own = dict(reversed(wanted)).get(sort, {})
    if not is_operator(own):
        return wanted if sort in dict(wanted) else [(sort, bound), *wanted]
    sides = ("$lt", "$lte") if descending else ("$gt", "$gte")
    others = {name: value for name, value in own.items() if name not in sides}
    return [(sort, {**others, **bound}), *wanted]


async def page(
    door: Door[R], query: Query | None = None, *, sort: str = "_id", descending: bool = False, cursor: str = "",
    limit: int = 50,
) -> tuple[list[R], str | None]:  # fmt: skip
    """One page, and the cursor of the next one. Raises ``BadCursor``."""
    rows, following = await page_of_rows(door, query, sort=sort, descending=descending, cursor=cursor, limit=limit)
    return [door.record.model_validate(row) for row in rows], following


async def page_of_rows(
    door: Door[R], query: Query | None = None, *, sort: str = "_id", descending: bool = False, cursor: str = "",
    limit: int = 50,
) -> tuple[list[dict[str, Any]], str | None]:  # fmt: skip
    """The same as plain stored rows. The store is asked for what one index finds; the rest of the query is looked at
    here, and more is read until the page is full."""
    way = -1 if descending else 1
    order = [(sort, way)] if sort == "_id" else [(sort, way), ("_id", way)]
    place, found, missing = decode(cursor) if cursor else None, list[dict[str, Any]](), _may_miss(door.record, sort)
    width, whole = limit + 2, False  # one for the cursor's own row, one to see whether there is more
    while len(found) <= limit and not whole:
        asked, rest = split(after(query or {}, sort, descending, place, missing), within(door), sort)
        rows = await door.rows(asked, (), order, width)
        whole = len(rows) < width
        fresh = [row for row in rows if place is None or _beyond(_place(row, sort), place, descending)]
        found += [row for row in fresh if all(meets(row, clause) for clause in rest)]
        place = _place(fresh[-1], sort) if fresh else place
        width *= GROWTH
    return found[:limit], encode(*_place(found[limit - 1], sort)) if len(found) > limit else None


def _may_miss(record: type[Record], sort: str) -> bool:
    field = record.model_fields.get(sort)
    return field is not None and not field.is_required() and field.default is None


def _place(row: Mapping[str, Any], sort: str) -> Place:
    return row.get(sort), row["_id"]


def _beyond(place: Place, last: Place, descending: bool) -> bool:
    """Raises ``BadCursor`` where the two have no order: the cursor is another list's."""
    one, other = ((each[0] is not None, *each) for each in ((last, place) if descending else (place, last)))
    try:
        return one > other
    except TypeError:
        raise BadCursor from None
