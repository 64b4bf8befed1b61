"""The audit: who did what, looked through, verified, given out."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse

from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Moment
from api.shapes.audit import AuditOut, VerdictOut
from api.staff import NotAllowed, Staff, may
from clinic import audit, patient_csv
from clinic.audit import AuditEntry
from clinic.chain import Head
from clinic.dense import Dense
from clinic.paging import BadCursor, decode, encode

router = desk_router("/audit", "audit")
Reading = Annotated[Staff, may("audit:read")]
Word = Annotated[str, Query(max_length=120)]
SKEW = timedelta(minutes=5)  # by which the clocks of two machines may differ
COLUMNS = tuple(AuditOut.model_fields)
FILES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in FILES.values()}}
}


@router.get("")
async def list_audit(
    staff: Reading,
    asked: Asked,
    actor: Word = "",
    action: Word = "",
    kind: Word = "",
    entity_id: Word = "",
    start: Annotated[Moment | None, Query(alias="from", description="At or after this moment.")] = None,
    end: Annotated[Moment | None, Query(alias="to", description="Before this moment.")] = None,
) -> Page[AuditOut]:
    """Who did what, the newest first. Reading this is written down as well."""
    _whole_practice(staff, "audit:read")
    named = {"actor": actor, "action": action, "kind": kind, "entity_id": entity_id}
    query: dict[str, Any] = {name: value for name, value in named.items() if value}
    time = {name: moment for name, moment in (("$gte", start), ("$lt", end)) if moment}
    entries = Dense(AuditEntry.of(staff.tenant_id))
    last = await entries.last()
    below = await entries.last_before(end + SKEW, last) + 1 if end else last + 1
    above = await entries.last_before(start - SKEW, last) if start else 0
    rows = await entries.backwards(
        query | ({"at": time} if time else {}), _below(asked.cursor, below), asked.limit + 1, above
    )
    following = encode(rows[asked.limit - 1]["seq"], "") if len(rows) > asked.limit else None
    staff.touched("audit", "")
    return Page(items=[AuditOut.stored(row) for row in rows[: asked.limit]], next=following)


@router.get("/verify")
async def verify_audit(
    staff: Reading,
    seq: Annotated[int, Query(ge=0, le=2**40, description="Of a head that you noted earlier.")] = 0,
    hash: Annotated[str, Query(max_length=128, description="Its hash.")] = "",
) -> VerdictOut:
    """Recompute the chain and say whether an entry was changed, taken out or moved, and which is the first. Without a
    noted head: from the beginning. At most about 100,000 entries at once."""
    _whole_practice(staff, "audit:read")
    staff.touched("audit", "")
    return VerdictOut.told(await audit.verify(staff.tenant_id, Head(seq, hash.replace("-", "").lower())))


@router.get("/export", response_class=StreamingResponse, responses=STREAM)
async def export_audit(
    staff: Annotated[Staff, may("audit:export")],
    format: Annotated[Literal["csv", "jsonl"], Query(description="CSV, or a JSON object per line.")] = "jsonl",
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
) -> StreamingResponse:
    """All entries, oldest first, as a file; the last line's `seq` and `hash` are the head to note."""
    _whole_practice(staff, "audit:export")
    entries = Dense(AuditEntry.of(staff.tenant_id))
    last = await entries.last()
    first = await entries.last_before(start - SKEW, last) if start else 0
    until = await entries.last_before(end + SKEW, last) if end else last
    staff.touched("audit", "", {}, {"exported": format, "until": until})
    headers = {"Content-Disposition": f'attachment; filename="audit.{format}"'}
    lines = _lines(staff.tenant_id, format, first, until, start, end)
    return StreamingResponse(lines, media_type=FILES[format], headers=headers)


async def _lines(
    tenant_id: str, format: str, after: int, until: int, start: datetime | None, end: datetime | None
) -> AsyncIterator[str]:
    if format == "csv":
        yield "\ufeff" + patient_csv.written([COLUMNS])
    while after < until:
        rows = await audit.stretch(tenant_id, after, until)
        told = [AuditOut.stored(row).model_dump(mode="json") for row in rows if _within(row["at"], start, end)]
        yield "".join(f"{json.dumps(each)}\n" for each in told) if format == "jsonl" else _csv(told)
        after += audit.READ


def _csv(told: list[dict[str, Any]]) -> str:
    return patient_csv.written(
        [each if isinstance(each, str) else json.dumps(each) for each in row.values()] for row in told
    )


def _within(at: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or at >= start) and (end is None or at < end)


def _below(cursor: str, below: int) -> int:
    if not cursor:
        return below
    seq, _ = decode(cursor)
    if not isinstance(seq, int) or not 0 < seq < 2**40:
        raise BadCursor
    return min(seq, below)


def _whole_practice(staff: Staff, permission: str) -> None:
    """The audit is of the whole practice: who answers for one clinic only does not see the others'. Raises
    ``NotAllowed``."""
    if staff.clinics(permission) is not None:
        raise NotAllowed
