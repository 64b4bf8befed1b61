"""What is done when somebody is to be forgotten: step by step, each of which may be repeated, so that whoever does it
may be killed at any moment and another goes on. What is to be done is gathered and written down before anything is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from clinic import audit, booking, news, patient_keys, promises, quarantine
from clinic.appointment import Appointment
from clinic.booking import Asker
from clinic.erasure import Erasure, Scope
from clinic.media import Media
from clinic.name_word import NameWord
from clinic.patient import Patient
from clinic.personal_data import rows_of
from clinic.personal_kinds import KINDS, name_of
from clinic.personal_scope import gather
from clinic.record import Record, TenantRecord
from clinic.spelling import words
from clinic.vault import Vault

Step = Callable[[Erasure, Scope, datetime], Awaitable[Mapping[str, int]]]
SYSTEM = "system"


class NoVault(Exception):
    """There are files to be removed, and this process does not know where they are kept."""


async def work(
    asked: Erasure, now: datetime, vault: Vault | None = None, steps: Sequence[Step] | None = None
) -> Erasure:
    """Do all of it. Done twice, or again after a crash, it comes to the same. Raises ``NoVault``."""
    door = Erasure.of(asked.tenant_id)
    scope = asked.scope or await _gathered(asked, now)
    for step in (removing_files(vault), *STEPS) if steps is None else steps:
        for kind, count in (await step(asked, scope, now)).items():
            if count:  # a repetition finds less, and takes nothing back
                await door.change({"_id": asked.id}, {"$max": {f"counts.{kind}": count}})
    return await _finish(asked, now) if steps is None else asked


async def _gathered(asked: Erasure, now: datetime) -> Scope:
    """Written down before anything is done; where another worker was faster, theirs."""
    door, scope = Erasure.of(asked.tenant_id), await gather(asked, now)
    await door.change({"_id": asked.id, "scope": {"$exists": False}}, {"$set": {"scope": scope.model_dump()}})
    return (await door.get(asked.id)).scope or scope


async def _finish(asked: Erasure, now: datetime) -> Erasure:
    """Nothing of it names anybody any more."""
    ended = {"status": "done", "done_at": now, "chat_id": "", "patient_id": "", "request_id": f"erased.{asked.id}"}
    gone = dict.fromkeys(("scope", "thread", "erase_at"), 1)
    door = Erasure.of(asked.tenant_id)
    await door.change({"_id": asked.id, "status": "approved"}, {"$set": {**ended, "language": ""}, "$unset": gone})
    await news.tell(asked.tenant_id, "erasure.done", asked.id)
    return await door.get(asked.id)


async def cancel_visits(asked: Erasure, scope: Scope, now: datetime) -> Mapping[str, int]:
    """What is ahead is called off first, so that its time is offered to others."""
    rows = await Appointment.of(asked.tenant_id).find({"_id": {"$in": scope.visits}}) if scope.visits else []
    ahead = [visit for visit in rows if visit.status == "booked" and visit.start > now]
    for visit in ahead:
        asker = Asker(f"erasure.{asked.id}.{visit.id}", SYSTEM, "api", staff=True)
        gone = await booking.cancel(asked.tenant_id, visit.id, visit.version, asker, now, "other")
        await promises.cancelled(gone, now)
    return {"cancelled": len(ahead)}


def removing_files(vault: Vault | None) -> Step:
    """The step that takes the files out of the vault, before nothing says any more which they are. One that is being
    fetched at this moment is removed by who fetches it, since its record is gone then."""

    async def step(asked: Erasure, scope: Scope, _: datetime) -> Mapping[str, int]:
        files = await rows_of(Media, KINDS[Media], asked.tenant_id, scope)
        for each in files:
            if vault is None:
                raise NoVault
            await vault.remove(asked.tenant_id, each["_id"])
        return {"files": len(files)}

    return step


async def blank_audit(asked: Erasure, scope: Scope, now: datetime) -> Mapping[str, int]:
    """While the ids are known: what stood in the fields goes, the entries stay."""
    told = [*scope.chats, *scope.patients, *scope.visits, *scope.waits, *scope.others]
    return {"audit": await audit.erase(asked.tenant_id, asked.id, told, now)}


def of_kind(document: type[TenantRecord]) -> Step:
    """The step that does what the table says of one kind of document."""

    async def step(asked: Erasure, scope: Scope, _: datetime) -> Mapping[str, int]:
        kind, door, name = KINDS[document], document.of(asked.tenant_id), document.get_collection_name()
        if kind.left is None:
            return {name: sum([await door.delete(query) for query in (kind.find(scope) if kind.find else [])])}
        rows = await rows_of(document, kind, asked.tenant_id, scope)
        changes = [(row["_id"], kind.left(row, scope)) for row in rows]
        if gone := [row_id for row_id, left in changes if left is None]:
            await door.delete({"_id": {"$in": gone}})
        if bare := [({"_id": row_id}, {"$set": left}) for row_id, left in changes if left is not None]:
            await door.change_each(bare)
        return {name: len(rows)}

    return step


async def unlearn_names(asked: Erasure, scope: Scope, _: datetime) -> Mapping[str, int]:
    """Words of which nobody else is named. After the patients themselves."""
    spelt = {(word.letters, word.sound) for name in scope.names for word in words(name)}
    free = [word for word in sorted(spelt) if not await _borne(asked.tenant_id, word[0])]
    ids = [":".join((asked.tenant_id, *word)) for word in free]
    return {"name_words": await NameWord.of(asked.tenant_id).delete({"_id": {"$in": ids}}) if ids else 0}


async def _borne(tenant_id: str, letters: str) -> bool:
    shelves = [patient_keys.word_key(letters, shelf) for shelf in range(patient_keys.SHELVES)]
    return bool(await Patient.of(tenant_id).rows({"keys": {"$in": shelves}}, ("_id",), limit=1))


async def clear_quarantine(_: Erasure, scope: Scope, __: datetime) -> Mapping[str, int]:
    """Bodies that nobody could read, where one of them names the person."""
    return {"quarantine": await quarantine.forget(scope.senders)}


def _done_by_kind() -> list[type[TenantRecord]]:
    """In the table's order; what leads to the others stays until they are dealt with."""
    return [document for document, kind in KINDS.items() if kind.find and issubclass(document, TenantRecord)]


STEPS: tuple[Step, ...] = (
    cancel_visits, blank_audit, *(of_kind(document) for document in _done_by_kind()), unlearn_names, clear_quarantine,
)  # fmt: skip


async def drop_old_visits(tenant_id: str, retention_years: int, now: datetime, limit: int = 500) -> int:
    """The bare facts of forgotten patients' visits, once nothing demands them any more; how many."""
    before = now - timedelta(days=round(retention_years * 365.25))
    query: dict[str, Any] = {"patient_id": "", "start": {"$lt": before}}
    rows = await Appointment.of(tenant_id).rows(query, ("_id",), limit=limit)
    ids = [row["_id"] for row in rows]
    return await Appointment.of(tenant_id).delete({"_id": {"$in": ids}}) if ids else 0


def is_covered(document: type[Record]) -> bool:
    """Whether something is done about a kind: it has a query of its own, a step, or a reason to stay."""
    kind = KINDS.get(document)
    stepped = {"name_words", "quarantine", "audit", "erasures"}
    return kind is not None and (kind.fate in ("kept", "none") or kind.find is not None or name_of(document) in stepped)
