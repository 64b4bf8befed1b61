"""The one door to the stored documents: whoever asks names the tenant first, or is refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Generic, NoReturn, Self, TypeVar

from beanie import Document
from bson import ObjectId
from pydantic import Field, PlainSerializer
from pymongo import UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from clinic.errors import NotFound, UnscopedQuery
from clinic.together import together
from clinic.wall_clock import EPOCH

Query = Mapping[str, Any]
Day = Annotated[date, PlainSerializer(date.isoformat)]  # BSON has no day without a time: stored as ISO text

# Beanie's own ways to the collection. None of them knows the tenant, so none of them is open.
CLOSED = (
    "aggregate", "all", "avg", "bulk_writer", "count", "create", "current_date", "delete", "delete_all", "distinct",
    "find", "find_all", "find_many", "find_one", "get", "inc", "insert", "insert_many", "insert_one",
    "inspect_collection", "max", "min", "replace", "replace_many", "save", "save_changes", "set", "sum", "sync",
    "update", "update_all",
)  # fmt: skip


def new_id() -> str:
    """A fresh document id; later ones sort later."""
    return str(ObjectId())


def as_kept(moment: datetime) -> datetime:
    """As exact as the store keeps it: to the millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Record(Document):
    """A document that can be reached only through ``of(tenant_id)``, or through ``everywhere`` by one of the few that
    have a reason to."""

    id: str = Field(default_factory=new_id)  # type: ignore[assignment]

    counts_changes: ClassVar[bool] = False

    # Beanie's own looks for values that are not parsed yet, at every access: ours are parsed when they are read, and it
    # took a twentieth of the bot's time.
    __getattribute__ = object.__getattribute__

    @classmethod
    async def changed(cls, tenant_id: str) -> None:
        """Called after each write to a tenant's documents of a kind that counts its changes."""

    @classmethod
    def everywhere(cls, because: str) -> "Door[Self]":
        """All tenants' documents. Only for the named exceptions; a test knows each of them."""
        if not because:
            raise UnscopedQuery
        return Door(cls, {})


class TenantRecord(Record):
    """A document that belongs to one tenant."""

    tenant_id: str

    @classmethod
    def of(cls, tenant_id: str) -> "Door[Self]":
        """The documents of one tenant, and no others."""
        if not tenant_id:
            raise UnscopedQuery
        return Door(cls, {"tenant_id": tenant_id})


def _closed(name: str) -> Any:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise UnscopedQuery(f"{name}() does not name a tenant: ask through of(tenant_id)")

    return staticmethod(refuse)


for _name in CLOSED:
    setattr(Record, _name, _closed(_name))


R = TypeVar("R", bound=Record)
N = TypeVar("N", bound=int)
Watcher = Callable[[type[Record], Query], None]
_watcher: Watcher | None = None


def watch(watcher: Watcher | None) -> None:
    """Have each query of this process shown to ``watcher``, before it is asked."""
    global _watcher
    _watcher = watcher


DUPLICATE = 11000  # MongoDB's code

# What a partial index covers: every text, every moment. The embedded store reads by it only where the query implies
# that, which it cannot tell of {"$exists": True}. A text that is partial leads its index: from any other place the
# store finds nothing by it as soon as the query names more than the index.
ANY_TEXT: Query = {"$gt": ""}
ANY_MOMENT: Query = {"$gt": EPOCH}


def _duplicates(error: BulkWriteError) -> list[dict[str, Any]]:
    """The writes that a unique index refused. Raises the error itself if any failed otherwise."""
    refused: list[dict[str, Any]] = error.details["writeErrors"]
    if any(each["code"] != DUPLICATE for each in refused) or error.details["writeConcernErrors"]:
        raise error
    return refused


def _plain(wanted: Any) -> Any:
    """One of one is that one: the embedded store finds it by its index in a tenth of the time."""
    match wanted:
        case {"$in": [only], **rest} if not rest:
            return only
    return wanted


def _ids(query: Query | None) -> list[str] | None:
    """The ids, where a query names nothing else."""
    match dict(query or {}):
        case {"_id": str(id), **rest} if not rest:
            return [id]
        case {"_id": {"$in": [*ids], **more}, **rest} if not rest and not more:
            return list(dict.fromkeys(ids)) if all(isinstance(each, str) for each in ids) else None
    return None


def to_mongo(record: Record) -> dict[str, Any]:
    """What is stored: a field without a value is left out, so that partial indexes see it as missing."""
    row: dict[str, Any] = record.model_dump(by_alias=True, exclude_none=True)
    return row


@dataclass(frozen=True, slots=True)
class Door(Generic[R]):
    """What can be asked of one collection, always within ``scope``.

    It speaks to PyMongo itself: a Beanie insert costs twice the processor time of the same insert here.
    """

    record: type[R]
    scope: Mapping[str, str]

    async def rows(
        self,
        query: Query | None = None,
        fields: Sequence[str] = (),
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
    ) -> list[dict[str, Any]]:
        """Plain stored rows, for what is read too often to become objects."""
        asked = self._scoped(query)
        if not sort and not limit and (ids := _ids(query)) is not None:
            wanted = {"_id", *fields} if fields else ()
            found = await together(self._collection).read(ids, self.scope)
            return [{name: value for name, value in row.items() if not wanted or name in wanted} for row in found]
        cursor = self._collection.find(asked, dict.fromkeys(fields, 1) or None, sort=list(sort) or None, limit=limit)
        return await cursor.to_list()

    async def find(self, query: Query | None = None, sort: Sequence[tuple[str, int]] = (), limit: int = 0) -> list[R]:
        """The documents that match."""
        return [self.record.model_validate(row) for row in await self.rows(query, sort=sort, limit=limit)]

    async def find_one(self, query: Query) -> R | None:
        """One document that matches, if there is any."""
        asked = self._scoped(query)
        if (ids := _ids(query)) is not None:
            row = next(iter(await together(self._collection).read(ids, self.scope)), None)
        else:
            row = await self._collection.find_one(asked)
        return None if row is None else self.record.model_validate(row)

    async def get(self, id: str) -> R:
        """The document with this id. Raises ``NotFound``, also where it is another tenant's."""
        if (found := await self.find_one({"_id": id})) is None:
            raise NotFound
        return found

    async def count(self, query: Query | None = None) -> int:
        """How many match. The ids are counted here: the embedded store's own count reads the whole collection."""
        return len(await self.rows(query, fields=("_id",)))

    async def insert(self, record: R) -> None:
        """Store a new one. Raises ``DuplicateKeyError``."""
        await together(self._collection).insert(self._own(to_mongo(record)))
        await self._tell()

    async def insert_new(self, record: R) -> bool:
        """Store it unless it is there already (by id or by a unique key); whether it was new."""
        try:
            await self.insert(record)
        except DuplicateKeyError:
            return False
        return True

    async def insert_rows(self, rows: Sequence[dict[str, Any]]) -> list[str]:
        """Store many new ones, each on its own; the ids of those that were there already."""
        try:
            return [row["_id"] for row in await together(self._collection).insert_new([*map(self._own, rows)])]
        finally:
            await self._tell()

    async def insert_in_order(self, rows: Sequence[dict[str, Any]]) -> int:
        """Store them one after the other until one is there already; how many were stored."""
        try:
            await self._collection.insert_many([self._own(row) for row in rows], ordered=True)
        except BulkWriteError as error:
            return int(_duplicates(error)[0]["index"])
        finally:
            await self._tell()
        return len(rows)

    async def change(self, query: Query, update: Query, upsert: bool = False) -> bool:
        """Compare and set in one write: whether a document matched ``query`` and was changed (or made)."""
        result = await self._collection.update_one(self._scoped(query), update, upsert=upsert)
        changed = bool(result.modified_count or result.upserted_id is not None)
        return await self._told(changed)

    async def change_together(self, query: Query, update: Query) -> bool:
        """Change one document in a command that those of the same moment share; true: it surely matched ``query``. Else
        it may have, all the same: look, or ask ``change`` again."""
        surely = await together(self._collection).change(UpdateOne(self._scoped(query), update))
        await self._tell()
        return surely

    async def change_all(self, query: Query, update: Query) -> int:
        """Change every document that matches; how many were."""
        changed = await self._collection.update_many(self._scoped(query), update)
        return await self._told(changed.modified_count)

    async def change_each(self, changes: Iterable[tuple[Query, Query]], upsert: bool = False) -> None:
        """Many independent changes ``(query, update)`` in a command that those of the same moment share. With
        ``upsert``, one that is there but does not match is left as it is."""
        writes = [UpdateOne(self._scoped(query), update, upsert) for query, update in changes]
        await together(self._collection).change_each(writes)
        await self._tell()

    async def delete(self, query: Query) -> int:
        """Remove what matches; how many were removed."""
        return await self._told((await self._collection.delete_many(self._scoped(query))).deleted_count)

    async def _told(self, changed: N) -> N:
        """The same, after whoever is to know of a change has been told."""
        if changed:
            await self._tell()
        return changed

    async def _tell(self) -> None:
        if self.record.counts_changes and self.scope:
            await self.record.changed(self.scope["tenant_id"])

    @property
    def _collection(self) -> AsyncCollection[dict[str, Any]]:
        return self.record.get_pymongo_collection()

    def _scoped(self, query: Query | None) -> dict[str, Any]:
        asked = {**{name: _plain(wanted) for name, wanted in (query or {}).items()}, **self.scope}
        if _watcher is not None:
            _watcher(self.record, asked)
        return asked

    def _own(self, row: dict[str, Any]) -> dict[str, Any]:
        if any(row.get(name) != value for name, value in self.scope.items()):
            raise UnscopedQuery("the document belongs to another tenant")
        return row
