"""Which stored rows meet a query, decided here: for what is left to ask of the few rows that an index has brought."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from clinic.record import Query

Row = Mapping[str, Any]
Clause = tuple[str, Any]  # a field and what is wanted of it, or "$or" and some queries


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Values of different kinds have no order: neither comes before the other."""

    def compare(value: Any, bound: Any) -> bool:
        try:
            return holds(value, bound)
        except TypeError:
            return False

    return compare


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": operator.eq,
    "$gt": _ordered(operator.gt),
    "$gte": _ordered(operator.ge),
    "$lt": _ordered(operator.lt),
    "$lte": _ordered(operator.le),
    "$in": lambda value, wanted: value in wanted,
    "$regex": lambda value, pattern: isinstance(value, str) and bool(re.search(pattern, value)),
}
RANGES = {"$gt", "$gte", "$lt", "$lte", "$in"}  # what an index narrows by


def clauses(query: Query) -> Iterator[Clause]:
    """A query's clauses, however deep it nests those that must all be met."""
    for name, wanted in query.items():
        if name == "$and":
            for part in wanted:
                yield from clauses(part)
        else:
            yield name, wanted


def is_operator(wanted: Any) -> bool:
    """Whether more is wanted than one value."""
    return isinstance(wanted, Mapping) and any(name.startswith("$") for name in wanted)


def is_range(wanted: Any) -> bool:
    """Whether an index knows where to look for it."""
    return is_operator(wanted) and wanted.keys() <= RANGES


def matches(row: Row, query: Query) -> bool:
    """Whether the store would find this row by ``query``. Raises ``KeyError`` for an operator unknown here."""
    return all(meets(row, clause) for clause in clauses(query))


def meets(row: Row, clause: Clause) -> bool:
    """The same for one clause."""
    name, wanted = clause
    if name == "$or":
        return any(matches(row, part) for part in wanted)
    tests = wanted if is_operator(wanted) else {"$eq": wanted}
    values = list(_values(row, name.split(".")))
    return all(_holds(values, test, bound) for test, bound in tests.items())


def _holds(values: list[Any], test: str, bound: Any) -> bool:
    if test == "$ne":
        return not _holds(values, "$eq", bound)
    return any(OPERATORS[test](value, bound) for value in values)


def _values(row: Any, path: list[str]) -> Iterator[Any]:
    """All that a field has: of a list each item too, and nothing at all is None."""
    value = row.get(path[0]) if isinstance(row, Mapping) else None
    found = [value, *value] if isinstance(value, list) else [value]
    if len(path) == 1:
        yield from found
    else:
        for each in found[1:] or found:
            yield from _values(each, path[1:])
