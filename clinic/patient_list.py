"""All patients, those registered last first, in stretches of time: the embedded store reads all that matches a query,
however few rows it is asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.matching import matches
from clinic.paging import BadCursor, decode, encode, page_of_rows
from clinic.patient import Patient
from clinic.record import Query

FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # nobody was registered before
WIDTH, GROWTH = timedelta(seconds=1), 8
NEWEST_FIRST = [("created_at", -1), ("_id", -1)]
Row = dict[str, Any]


async def newest(
    tenant_id: str, query: dict[str, Any], cursor: str, limit: int, now: datetime
) -> tuple[list[Row], str | None]:
    """A part of the list as stored rows, and the cursor of the next. Raises ``BadCursor``."""
    if "_id" in query:
        return await page_of_rows(
            Patient.of(tenant_id), query, sort="created_at", descending=True, cursor=cursor, limit=limit
        )
    rows = list[Row]()
    until = now + timedelta(minutes=5)  # clocks differ
    if cursor:
        until, last = _place(cursor)
        rows = [row for row in await _registered(tenant_id, until, query) if row["_id"] < last]
    width = WIDTH
    while len(rows) <= limit and until > FIRST:
        start = max(FIRST, until - width)
        rows += await _registered(tenant_id, {"$gte": start, "$lt": until}, query)
        until, width = start, min(width * GROWTH, until - FIRST)
    following = encode(rows[limit - 1]["created_at"], rows[limit - 1]["_id"]) if len(rows) > limit else None
    return rows[:limit], following


async def _registered(tenant_id: str, then: Any, query: Query) -> list[Row]:
    """Asked for by the time alone: with anything beside it no index would be used."""
    rows = await Patient.of(tenant_id).rows({"created_at": then}, sort=NEWEST_FIRST)
    return [row for row in rows if matches(row, query)]


def _place(cursor: str) -> tuple[datetime, str]:
    value, last = decode(cursor)
    if not isinstance(value, datetime) or value.tzinfo is None or not FIRST.year <= value.year < 2300:
        raise BadCursor
    return value.astimezone(UTC), last
