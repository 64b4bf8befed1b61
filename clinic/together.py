"""Commands of one moment reach the database as one: inserts, reads by id, and changes whose outcome is expected.

While one is under way, those that come meanwhile gather for the next: alone, each waits for nobody; under load the
batches grow. A command for many costs the driver a tenth of as many commands, and the database half (of reads a tenth),
and each still succeeds or fails by itself. A read never joins one that has left already: it sees all that was written
before it was asked.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from pymongo import UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError
from pymongo.results import BulkWriteResult

Row = dict[str, Any]
Scope = Mapping[str, str]
Collection = AsyncCollection[Row]
DUPLICATE = 11000
MOST = 500  # in one command

Fates = Sequence[Exception | None]  # of each write why it was refused, if it was

A = TypeVar("A")  # what is asked
B = TypeVar("B")  # what is answered
R = TypeVar("R")  # what the driver tells


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
class Inserts(Gathering[Sequence[Row], Fates]):
    """New rows, some at a time."""

    collection: Collection = field(kw_only=True)

    async def _answers(self, asked: list[Sequence[Row]]) -> Sequence[Fates]:
        rows = [row for some in asked for row in some]
        fates, _ = await _each(rows, self.collection.insert_many(rows, ordered=False))
        each = iter(fates)
        return [[*islice(each, len(some))] for some in asked]


@dataclass(slots=True)
class Reads(Gathering[tuple[Sequence[str], Scope], list[Row]]):
    """Rows by their ids, those within a scope. The database is asked for the ids alone, which it finds at once; with a
    tenant's name beside them it weighs one index against another and takes four times as long."""

    collection: Collection = field(kw_only=True)

    async def _answers(self, asked: list[tuple[Sequence[str], Scope]]) -> Sequence[list[Row]]:
        wanted = list(dict.fromkeys(each for ids, _ in asked for each in ids))
        query = {"_id": wanted[0] if len(wanted) == 1 else {"$in": wanted}}
        found = {row["_id"]: row for row in await self.collection.find(query).to_list()}
        return [[row for each in ids if (row := found.get(each)) and _within(scope, row)] for ids, scope in asked]


@dataclass(slots=True)
class Changes(Gathering[Sequence[UpdateOne], tuple[Fates, bool]]):
    """Changes, each of a document by its id. Which of them matched the database does not say, only how many: true where
    all of the command did."""

    collection: Collection = field(kw_only=True)

    async def _answers(self, asked: list[Sequence[UpdateOne]]) -> Sequence[tuple[Fates, bool]]:
        changes = [change for some in asked for change in some]
        fates, told = await _each(changes, self.collection.bulk_write(changes, ordered=False))
        each, surely = iter(fates), told is not None and _met(told) == len(changes)
        return [([*islice(each, len(some))], surely) for some in asked]


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
        fates = await self._inserts.ask(rows) if rows else []
        _all_but_taken(fates)
        return [row for row, refused in zip(rows, fates, strict=True) if refused]

    async def read(self, ids: Sequence[str], scope: Scope) -> list[Row]:
        """The rows with these ids that are within the scope, in the ids' order. They may be another reader's, too: not
        to be changed."""
        return await self._reads.ask((ids, scope)) if ids else []

    async def change(self, update: UpdateOne) -> bool:
        """Change a document; true: it surely matched. Else it, or another one of the same moment, did not."""
        (refused,), surely = await self._changes.ask([update])
        if refused:
            raise refused
        return surely

    async def change_each(self, updates: Sequence[UpdateOne]) -> None:
        """Change documents, each on its own. One that would be made, and is there already, is left as it is."""
        if updates:
            fates, _ = await self._changes.ask(updates)
            _all_but_taken(fates)


def _all_but_taken(fates: Fates) -> None:
    """Raises why a write failed, unless its id or unique key was taken."""
    if failed := next((each for each in fates if each and not isinstance(each, DuplicateKeyError)), None):
        raise failed


def _met(told: BulkWriteResult) -> int:
    """How many changes found, or made, their document."""
    return told.matched_count + told.upserted_count


def _within(scope: Scope, row: Row) -> bool:
    return all(row.get(name) == value for name, value in scope.items())


async def _each(asked: Sequence[Any], command: Awaitable[R]) -> tuple[Fates, R | None]:
    """For each of the writes what became of it, and what the driver tells where none was refused."""
    fates: list[Exception | None] = [None] * len(asked)
    try:
        return fates, await command
    except BulkWriteError as error:
        if error.details.get("writeConcernErrors"):  # nobody knows which of them will last
            raise
        for refused in error.details["writeErrors"]:
            fates[refused["index"]] = _refusal(refused, error)
    return fates, None


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
