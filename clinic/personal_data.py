"""What is known about the people behind a chat: in short, and all of it as their own copy."""

from datetime import UTC, date, datetime
from typing import Any

from clinic import data_link
from clinic.chat import Chat
from clinic.data_link import DataLink
from clinic.directory import directory_of
from clinic.erasure import Erasure, Scope
from clinic.message import Message
from clinic.patient import Patient
from clinic.personal_kinds import KINDS, Kind
from clinic.personal_scope import gather
from clinic.record import TenantRecord
from clinic.views import DataView

PAGE = "/my-data/"
MOST = 5000  # rows of one kind, the latest ones


async def shown(known: Chat, request_id: str, public_url: str, now: datetime) -> DataView:
    """The short answer, with a link to the long one."""
    scope = await scope_of(known, now)
    people = await Patient.of(known.tenant_id).find({"_id": {"$in": [*scope.patients, *scope.shared]}}, [("_id", 1)])
    written = await Message.of(known.tenant_id).rows({"chat_id": known.id}, ("at",), [("at", 1)])
    token, until = await data_link.make(known.tenant_id, known.id, request_id, known.language, now)
    return DataView(
        tuple(each.name for each in people if each.status == "active"), known.wa_id, len(scope.visits), len(written),
        written[0]["at"] if written else None, f"{public_url}{PAGE}{token}", until,
    )  # fmt: skip


async def scope_of(known: Chat, now: datetime) -> Scope:
    """Everything that is theirs."""
    asked = Erasure(tenant_id=known.tenant_id, request_id="", chat_id=known.id, requested_at=now, due_at=now)
    return await gather(asked, now)


async def copy_of(link: DataLink, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """All that is stored about the people behind the link's chat, by the titles of ``personal_kinds``: plain values,
    times in UTC, ids of the practice replaced by names."""
    known = await Chat.of(link.tenant_id).get(link.chat_id)
    scope, names = await scope_of(known, now), await _names(link.tenant_id)
    return {
        kind.title: [_plain(row, kind, names) for row in await rows_of(document, kind, link.tenant_id, scope, MOST)]
        for document, kind in KINDS.items()
        if kind.title and issubclass(document, TenantRecord)
    }


async def rows_of(
    document: type[TenantRecord], kind: Kind, tenant_id: str, scope: Scope, limit: int = 0
) -> list[dict[str, Any]]:
    """The stored rows of one kind, each once; with a ``limit`` the latest ones."""
    found: dict[str, dict[str, Any]] = {}
    for query in kind.find(scope) if kind.find else []:
        rows = await document.of(tenant_id).rows(query, sort=[("_id", -1)], limit=limit)
        found |= {row["_id"]: row for row in rows}
    return [found[each] for each in sorted(found)]


async def _names(tenant_id: str) -> dict[str, str]:
    directory = await directory_of(tenant_id)
    kept = (directory.clinics, directory.doctors, directory.services)
    return {each.id: each.name for one in kept for each in one.values()}


def _plain(row: dict[str, Any], kind: Kind, names: dict[str, str]) -> dict[str, Any]:
    return {name.removesuffix("_id"): _value(row[name], names) for name in kind.fields if row.get(name) not in _NOTHING}


_NOTHING: tuple[Any, ...] = (None, "", [], {})


def _value(value: Any, names: dict[str, str]) -> Any:
    match value:
        case str():
            return names.get(value, value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case dict():
            return {name: _value(each, names) for name, each in value.items() if each not in _NOTHING}
        case list():
            return [_value(each, names) for each in value]
    return value
