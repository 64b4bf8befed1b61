"""Inserts of one moment reach the database as one command.

While one is under way, those that come meanwhile gather for the next: alone, an insert waits for nobody; under load the
batches grow. A command for many costs the driver a tenth and the database half of what as many commands do, and each
insert still succeeds or is refused by itself.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError

Row = dict[str, Any]
Collection = AsyncCollection[Row]
DUPLICATE = 11000


@dataclass(slots=True)
class Together:
    """The inserts into one collection, from one event loop."""

    collection: Collection
    _waiting: list[tuple[Row, "asyncio.Future[None]"]] = field(default_factory=list)
    _writing: "asyncio.Task[None] | None" = None

    async def insert(self, row: Row) -> None:
        """Store it. Raises ``DuplicateKeyError``, and what the driver raises where the database does not answer."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, stored))
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write())
        await stored

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                outcome = await self._outcome([row for row, _ in batch])
                for (_, stored), error in zip(batch, outcome, strict=True):
                    _tell(stored, error)
        finally:
            self._writing = None

    async def _outcome(self, rows: list[Row]) -> list[Exception | None]:
        """For each row what became of it."""
        outcome: list[Exception | None] = [None] * len(rows)
        try:
            await self.collection.insert_many(rows, ordered=False)
        except BulkWriteError as error:
            for refused in error.details["writeErrors"]:
                outcome[refused["index"]] = _refusal(refused, error)
        except Exception as error:
            return [error] * len(rows)
        return outcome


def _refusal(refused: dict[str, Any], error: BulkWriteError) -> Exception:
    if refused["code"] == DUPLICATE:
        return DuplicateKeyError(refused["errmsg"], DUPLICATE, refused)
    return error


def _tell(stored: "asyncio.Future[None]", error: Exception | None) -> None:
    if stored.done():  # who asked has given up; a retry finds what was stored
        return
    if error is None:
        stored.set_result(None)
    else:
        stored.set_exception(error)


_open: dict[str, Together] = {}


def together(collection: Collection) -> Together:
    """The way into this collection that all share."""
    known = _open.get(collection.full_name)
    if known is None or known.collection is not collection:
        known = _open[collection.full_name] = Together(collection)
    return known
