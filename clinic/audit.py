"""Who did what: an append-only list per practice, chained so that no change of it goes unseen. Only the content of an
entry can be taken out, where the person is forgotten whom it tells of; that it was, and why, stays to be seen.

An entry is stored before the answer that it speaks of is given. Entries of one moment share a write: one writer per
practice and process numbers them, at once after a rest, else those of a fortieth of a second together; where another
process was faster, the unique number refuses, and the writer goes on behind it.
"""

import asyncio
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel

from clinic import metrics
from clinic.chain import BEGINNING, Fault, Head, canonical, digest, fault, is_erased, link, sealing
from clinic.dense import Dense
from clinic.errors import ClinicError
from clinic.record import TenantRecord, as_kept, new_id

BATCH = 500  # callers whose entries share a write
APART = 0.025  # seconds between two writes: for the store a write of ten costs twice what a write of one does
ATTEMPTS = 50  # against other processes that append at the same moment
LONGEST = 512  # characters of a name or an id
ERASED = "erase_person"  # the action by which contents were taken out: it names their numbers
READ = 500  # entries at a time, when the chain is verified


class Contended(ClinicError):
    """Too many processes write the audit at this moment: ask again."""

    code, status, retry_after = "contended", 503, 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened. ``actor``: a user's id or such as ``platform``; ``action``: an operation id; ``kind`` and
    ``entity_id``: on what; ``difference``: of each changed field the value before and after, never a secret."""

    at: datetime
    actor: str
    action: str
    kind: str = ""
    entity_id: str = ""
    difference: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""
    correlation_id: str = ""
    outcome: str = "done"


class AuditEntry(TenantRecord):
    """An entry as stored. ``difference`` is JSON text, so that it is read as it was hashed."""

    seq: int
    at: datetime
    actor: str
    action: str
    kind: str
    entity_id: str
    difference: str
    salt: str = ""
    sealed: str = ""
    erasure: str | None = None  # by which the content was taken out
    address: str
    correlation_id: str
    outcome: str
    prev: str
    hash: str

    class Settings:
        name = "audit"
        indexes = [
            IndexModel([("tenant_id", 1), ("seq", 1)], unique=True),
            IndexModel([("tenant_id", 1), ("actor", 1), ("seq", 1)]),
            IndexModel([("tenant_id", 1), ("action", 1), ("seq", 1)]),
            IndexModel([("tenant_id", 1), ("kind", 1), ("seq", 1)]),
            IndexModel([("tenant_id", 1), ("entity_id", 1), ("seq", 1)]),
        ]


async def append(tenant_id: str, entries: Sequence[Entry]) -> None:
    """Returns when they are stored. Raises ``Contended``, and what the driver raises where the store is away."""
    if entries:
        await _writers.setdefault(tenant_id, _Writer(tenant_id)).append(entries)


async def head(tenant_id: str) -> Head:
    """The last entry as stored."""
    door = AuditEntry.of(tenant_id)
    last = await Dense(door).last()
    rows = await door.rows({"seq": last}, ("seq", "hash")) if last else []
    return Head(rows[0]["seq"], rows[0]["hash"]) if rows else BEGINNING


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found: ``head`` is the last entry that is good, ``broken_at`` the number of the first that is not;
    ``complete``: nothing follows that was not looked at."""

    head: Head
    checked: int
    complete: bool
    broken_at: int | None = None
    fault: Fault | None = None


async def verify(tenant_id: str, since: Head = BEGINNING, limit: int = 100_000) -> Verdict:
    """Walk the chain behind ``since``, a head that was noted earlier: that it is gone or differs is found as well.
    At most about ``limit`` entries; go on from the verdict's head."""
    if since.seq and (wrong := await _noted_wrong(tenant_id, since)):
        return Verdict(BEGINNING, 0, True, since.seq, wrong)
    walked = since
    while walked.seq - since.seq < limit:
        rows = await stretch(tenant_id, walked.seq)
        for row in rows:
            if wrong := fault(walked, row) or await _wrongly_erased(tenant_id, row):
                return Verdict(walked, walked.seq - since.seq, True, walked.seq + 1, wrong)
            walked = Head(row["seq"], row["hash"])
        if len(rows) < READ:
            return await _end(tenant_id, since, walked)
    return Verdict(walked, walked.seq - since.seq, False)


async def erase(tenant_id: str, erasure_id: str, entity_ids: Iterable[str], now: datetime) -> int:
    """Take the content out of all entries about these; how many that were. What is about to be taken out is written
    down first, by numbers, so that nobody can do it unseen. May be repeated."""
    door, wanted = AuditEntry.of(tenant_id), sorted(set(entity_ids) - {""})
    fields = ("seq", "action", "sealed", "difference")
    rows = await door.rows({"entity_id": {"$in": wanted}}, fields) if wanted else []
    whole = [row for row in rows if row.get("sealed") and row["action"] != ERASED]
    told = [row for row in whole if row["difference"] not in ("", "{}")]
    if told:
        numbers = {"entries": [None, sorted(row["seq"] for row in told)]}
        await append(tenant_id, [Entry(now, "system", ERASED, "erasures", erasure_id, numbers)])
        emptied = {"$set": {"difference": "", "salt": "", "erasure": erasure_id}}
        await door.change_each(({"_id": row["_id"]}, emptied) for row in told)
    return len(told)


async def _wrongly_erased(tenant_id: str, row: Mapping[str, Any]) -> Fault | None:
    """An emptied entry must be named by the erasure that it names."""
    if not is_erased(row):
        return None
    named = await AuditEntry.of(tenant_id).rows({"entity_id": row["erasure"]}, ("action", "seq", "difference"))
    said = [json.loads(each["difference"] or "{}") for each in named if each["action"] == ERASED]
    return None if any(row["seq"] in each.get("entries", [None, []])[1] for each in said) else "changed"


async def stretch(tenant_id: str, after: int, until: int | None = None) -> list[dict[str, Any]]:
    """The stored rows of the next ``READ`` numbers, oldest first, up to and with ``until``."""
    last = min(after + READ, until) if until is not None else after + READ
    return await AuditEntry.of(tenant_id).rows({"seq": {"$gt": after, "$lte": last}}, sort=[("seq", 1)])


async def _end(tenant_id: str, since: Head, walked: Head) -> Verdict:
    """Nothing follows, unless something was taken out there."""
    beyond = await AuditEntry.of(tenant_id).rows({"seq": {"$gt": walked.seq}}, ("seq",))
    if not beyond:
        return Verdict(walked, walked.seq - since.seq, True)
    if min(row["seq"] for row in beyond) == walked.seq + 1:  # written while we read
        return Verdict(walked, walked.seq - since.seq, False)
    return Verdict(walked, walked.seq - since.seq, True, walked.seq + 1, "missing")


async def _noted_wrong(tenant_id: str, noted: Head) -> Fault | None:
    rows = await AuditEntry.of(tenant_id).rows({"seq": noted.seq}, limit=1)
    if not rows:
        return "missing"
    return None if rows[0].get("hash") == noted.hash == digest(rows[0]) else "changed"


@dataclass(slots=True)
class _Writer:
    """The one of a practice in this process."""

    tenant_id: str
    _head: Head | None = None
    _waiting: "list[tuple[Sequence[Entry], asyncio.Future[None]]]" = field(default_factory=list)
    _writing: "asyncio.Task[None] | None" = None
    _left_at: float = -APART  # the last write, by the loop's clock

    async def append(self, entries: Sequence[Entry]) -> None:
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entries, stored))
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write())
        await stored

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                error = await self._outcome([entry for entries, _ in batch for entry in entries])
                for _, stored in batch:
                    _tell(stored, error)
        finally:
            self._writing = None

    async def _gather(self) -> None:
        """A later loop's clock may begin anew: nobody waits longer than the time between two writes."""
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(min(max(0.0, self._left_at + APART - clock()), APART))
        self._left_at = clock()

    async def _outcome(self, entries: Sequence[Entry]) -> Exception | None:
        try:
            await self._store([_row(self.tenant_id, entry) for entry in entries])
        except Exception as error:
            self._head = None  # nobody knows how far it came
            return error
        return None

    async def _store(self, rows: list[dict[str, Any]]) -> None:
        """All of them, in order, behind whatever others have appended meanwhile."""
        for _ in range(ATTEMPTS):
            linked = _linked(self._head or await head(self.tenant_id), rows)
            count = await AuditEntry.of(self.tenant_id).insert_in_order(linked)
            metrics.AUDITED.inc(count)
            if count == len(rows):
                self._head = Head(linked[-1]["seq"], linked[-1]["hash"])
                return
            self._head, rows = None, rows[count:]
        raise Contended


_writers: dict[str, _Writer] = {}


def _tell(stored: "asyncio.Future[None]", error: Exception | None) -> None:
    if stored.done():  # who asked has gone; the entry stays
        return
    if error is None:
        stored.set_result(None)
    else:
        stored.set_exception(error)


def _linked(head: Head, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    linked = []
    for row in rows:
        linked.append(link(head, row))
        head = Head(linked[-1]["seq"], linked[-1]["hash"])
    return linked


def _row(tenant_id: str, entry: Entry) -> dict[str, Any]:
    difference, salt = canonical(entry.difference), secrets.token_hex(16)
    return {
        "_id": new_id(),
        "tenant_id": tenant_id,
        "at": as_kept(entry.at.astimezone(UTC)),
        "actor": _plain(entry.actor),
        "action": _plain(entry.action),
        "kind": _plain(entry.kind),
        "entity_id": _plain(entry.entity_id),
        "difference": difference,
        "salt": salt,
        "sealed": sealing(difference, salt),
        "address": _plain(entry.address),
        "correlation_id": _plain(entry.correlation_id),
        "outcome": _plain(entry.outcome),
    }


def _plain(text: str) -> str:
    """What any store takes: no half of a surrogate pair, and not endless."""
    return text[:LONGEST].encode("utf-8", "replace").decode()
