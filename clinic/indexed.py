"""Which queries ride an index of their document, and how any query is cut into a part that does and the rest.

The embedded store looks a query up in an index only where its clauses are exactly the first fields of one, the last of
them alone being more than an equality; whatever else is asked costs a look at every document. A MongoDB reads as few
rows for such a query.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import takewhile
from typing import Any, TypeVar, cast

from clinic.matching import Clause, clauses, is_operator, is_range, meets
from clinic.record import Door, Query, Record

R = TypeVar("R", bound=Record)
Fields = Sequence[str]


@cache
def indexes_of(record: Any) -> tuple[tuple[str, ...], ...]:
    """The fields of a document's indexes. Partial ones are left out: they serve a read in narrow cases only."""
    declared = [each.document for each in getattr(record.Settings, "indexes", ())]
    return tuple(tuple(each["key"]) for each in declared if "partialFilterExpression" not in each)


def rides(asked: Query, indexes: Iterable[Fields]) -> bool:
    """Whether the store finds this by its id, or by the first fields of an index."""
    if any(name.startswith("$") for name in asked):
        return False
    return "_id" in asked or any(_covers(fields, asked) for fields in indexes)


def _covers(fields: Fields, asked: Query) -> bool:
    """Nothing but equalities on its first fields, or so and one more clause on the field after them."""
    used = fields[: len(asked)]
    return set(used) == set(asked) and not any(is_operator(asked[name]) for name in used[:-1])


def split(wanted: Sequence[Clause], indexes: Iterable[Fields], sort: str = "") -> tuple[dict[str, Any], list[Clause]]:
    """What to ask of the store, by the index that fits best, and what to look at in the rows that come. Of two clauses
    on a field the store is asked the first. An index in the order of ``sort`` is the better one of two."""
    first = {name: value for name, value in reversed(wanted) if not name.startswith("$")}
    if "_id" in first:
        asked = {"_id": first["_id"], **first}
    else:
        used = max((_used(fields, first, sort) for fields in indexes), key=lambda each: each[0], default=((), ()))[1]
        asked = {name: first[name] for name in used}
    return asked, [(name, value) for name, value in wanted if name not in asked or asked[name] is not value]


def _used(fields: Fields, first: Query, sort: str) -> tuple[tuple[object, ...], Fields]:
    """The index's first fields that are asked for, at the end one with a range; and how good that is."""
    equal = list(takewhile(lambda name: name in first and not is_operator(first[name]), fields))
    (following,) = fields[len(equal) : len(equal) + 1] or [""]
    used = [*equal, following] if is_range(first.get(following)) else equal
    return (len(equal), len(used), bool(sort) and following == sort), used


def within(door: Door[R]) -> list[Fields]:
    """The fields by which an index finds more narrowly than by the door's own scope."""
    size, record = len(door.scope), cast("Any", door.record)
    return [fields[size:] for fields in indexes_of(record) if set(fields[:size]) == set(door.scope)]


async def found(door: Door[R], query: Query, sort: str = "") -> list[dict[str, Any]]:
    """All stored rows that match any query, read by an index as far as one goes; in the order of ``sort``, if given."""
    asked, rest = split(list(clauses(query)), within(door), sort)
    rows = await door.rows(asked, sort=[(sort, 1)] if sort else ())
    return [row for row in rows if all(meets(row, clause) for clause in rest)]
