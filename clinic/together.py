"""Commands of one moment reach the database as one: inserts, reads by id, and changes whose outcome is expected.

While one is under way, those that come meanwhile gather for the next: alone, each waits for nobody; under load the
batches grow. A command for many costs the driver a tenth of as many commands, and the database half (of reads a tenth),
and each still succeeds or fails by itself. A read never joins one that has left already: it sees all that was written
before it was asked.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from pymongo import UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError

Row = dict[str, Any]
Scope = Mapping[str, str]
Collection = AsyncCollection[Row]
DUPLICATE = 11000
MOST = 500  # in one command

A = TypeVar("A")  # what is asked
B = TypeVar("B")  # what is answered


@dataclass(slots=True)
class Gathering(Generic[A, B]):
    """What is asked in one moment, from one event loop."""

    _waiting: "list[tuple[A, asyncio.Future[B]]]" = field(default_factory=list)
    _working: "asyncio.Task[None] | None" = None

    async def ask(self, asked: A) -> B:
        """The answer to this one. Raises what the driver raises where the database does not answer."""
        answer: asyncio.Future[B] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._working is None:
            self._working = asyncio.ensure_future(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                answers = await self._answers_or_error([asked for asked, _ in batch])
                for (_, waiting), answer in zip(batch, answers, strict=True):
                    _tell(waiting, answer)
        finally:
            self._working = None

    async def _answers_or_error(self, asked: list[A]) -> Sequence[B | Exception]:
        try:
            return await self._answers(asked)
        except Exception as error:
            return [error] * len(asked)

    @abstractmethod
    async def _answers(self, asked: list[A]) -> Sequence[B | Exception]:
        """One command for all: for each its answer, or why it has none."""


@dataclass(slots=True)
class Inserts(Gathering[Sequence[Row], Sequence[Exception | None]]):
    """New rows, some at a time: for each why it was refused, if it was."""

    collection: Collection = field(kw_only=True)

    async def _answers(self, asked: list[Sequence[Row]]) -> Sequence[Sequence[Exception | None]]:
        rows = [row for some in asked for row in some]
        outcome = iter(await _each(rows, self.collection.insert_many(rows, ordered=False)))
        return [[*islice(outcome, len(some))] for some in asked]


@dataclass(slots=True)
class Reads(Gathering[tuple[str, Scope], Row | None]):
    """Rows by id and scope."""

    collection: Collection = field(kw_only=True)

    async def _answers(self, asked: list[tuple[str, Scope]]) -> Sequence[Row | None]:
        found = {row["_id"]: row for row in await self.collection.find(_any_of(asked)).to_list()}
        return [_within(scope, found.get(named)) for named, scope in asked]


@dataclass(slots=True)
class Changes(Gathering[UpdateOne, bool]):
    """Changes, each of a document by its id. Which of them matched the database does not say, only how many: true where
    all of the command did."""

    collection: Collection = field(kw_only=True)

    async def _answers(self, asked: list[UpdateOne]) -> Sequence[bool]:
        return [(await self.collection.bulk_write(asked, ordered=False)).matched_count == len(asked)] * len(asked)


@dataclass(slots=True)
class Together:
    """The way into one collection that all share."""

    collection: Collection
    _inserts: Inserts = field(init=False)
    _reads: Reads = field(init=False)
    _changes: Changes = field(init=False)

    def __post_init__(self) -> None:
        self._inserts, self._reads = Inserts(collection=self.collection), Reads(collection=self.collection)
        self._changes = Changes(collection=self.collection)

    async def insert(self, row: Row) -> None:
        """Store it. Raises ``DuplicateKeyError``."""
        (refused,) = await self._inserts.ask([row])
        if refused:
            raise refused

    async def insert_new(self, rows: Sequence[Row]) -> list[Row]:
        """Store them, each on its own; those whose id or unique key was taken."""
        outcome = await self._inserts.ask(rows) if rows else []
        if failed := next((each for each in outcome if each and not isinstance(each, DuplicateKeyError)), None):
            raise failed
        return [row for row, refused in zip(rows, outcome, strict=True) if refused]

    async def read(self, id: str, scope: Scope) -> Row | None:
        """The row with this id, if it is within the scope. It may be another reader's, too: not to be changed."""
        return await self._reads.ask((id, scope))

    async def change(self, update: UpdateOne) -> bool:
        """Change a document; true: it surely matched. Else it, or another one of the same moment, did not."""
        return await self._changes.ask(update)


def _any_of(asked: Sequence[tuple[str, Scope]]) -> Row:
    """All of these at once; the scopes are named as long as each has the same fields."""
    query = {"_id": _in(named for named, _ in asked)}
    names = {tuple(scope) for _, scope in asked}
    fields = names.pop() if len(names) == 1 else ()
    return query | {name: _in(scope[name] for _, scope in asked) for name in fields}


def _in(values: Iterable[str]) -> str | Row:
    several = list(dict.fromkeys(values))
    return several[0] if len(several) == 1 else {"$in": several}


def _within(scope: Scope, row: Row | None) -> Row | None:
    return row if row is not None and all(row.get(name) == value for name, value in scope.items()) else None


async def _each(asked: Sequence[Any], command: Awaitable[object]) -> Sequence[Exception | None]:
    """For each of the writes what became of it."""
    outcome: list[Exception | None] = [None] * len(asked)
    try:
        await command
    except BulkWriteError as error:
        if error.details.get("writeConcernErrors"):  # nobody knows which of them will last
            raise
        for refused in error.details["writeErrors"]:
            outcome[refused["index"]] = _refusal(refused, error)
    return outcome


def _refusal(refused: Row, error: BulkWriteError) -> Exception:
    if refused["code"] == DUPLICATE:
        return DuplicateKeyError(refused["errmsg"], DUPLICATE, refused)
    return error


def _tell(waiting: "asyncio.Future[B]", answer: B | Exception) -> None:
    if waiting.done():  # who asked has given up; a retry finds what was stored
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)


_open: dict[str, Together] = {}


def together(collection: Collection) -> Together:
    """The way into this collection that all share."""
    known = _open.get(collection.full_name)
    if known is None or known.collection is not collection:
        known = _open[collection.full_name] = Together(collection)
    return known
