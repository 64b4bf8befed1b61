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
from clinic.record import ANY_TEXT, Door, Query, Record

R = TypeVar("R", bound=Record)
Fields = Sequence[str]


@cache
def _declared(record: Any) -> tuple[tuple[tuple[str, ...], Query], ...]:
    """The fields of a document's indexes, and which documents each holds."""
    declared = [each.document for each in getattr(record.Settings, "indexes", ())]
    return tuple((tuple(each["key"]), each.get("partialFilterExpression", {})) for each in declared)


def rides(record: type[Record], asked: Query) -> bool:
    """Whether the store finds this by its id, by the first fields of an index, or by the first clause of all that leads
    one, where that names more than the practice."""
    if not asked or any(name.startswith("$") for name in asked):
        return False
    indexes = [fields for fields, part in _declared(cast("Any", record)) if _implies(asked, part)]
    if "_id" in asked or any(_covers(fields, asked) for fields in indexes):
        return True
    leads = {fields[0] for fields in indexes}
    return next((name for name in asked if name in leads), "tenant_id") != "tenant_id"


def _implies(asked: Query, part: Query) -> bool:
    """Whether all that is asked for is in the part of the documents that an index holds: the store must see it."""
    return all(_within(asked.get(name), wanted) for name, wanted in part.items())


def _within(asked: Any, wanted: Any) -> bool:
    if is_operator(asked):
        return is_operator(wanted) and wanted.items() <= asked.items()
    return asked == wanted or (wanted == ANY_TEXT and isinstance(asked, str) and asked > "")


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
    whole = [fields for fields, part in _declared(record) if not part]
    return [fields[size:] for fields in whole if set(fields[:size]) == set(door.scope)]


async def found(door: Door[R], query: Query, sort: str = "") -> list[dict[str, Any]]:
    """All stored rows that match any query, read by an index as far as one goes; in the order of ``sort``, if given."""
    asked, rest = split(list(clauses(query)), within(door), sort)
    rows = await door.rows(asked, sort=[(sort, 1)] if sort else ())
    return [row for row in rows if all(meets(row, clause) for clause in rest)]
