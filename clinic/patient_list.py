"""All patients, those registered last first, in stretches of time: the embedded store reads all that matches a query,
however few rows it is asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.paging import BadCursor, decode, encode
from clinic.patient import Patient

FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # nobody was registered before
WIDTH, GROWTH = timedelta(seconds=1), 8
NEWEST_FIRST = [("created_at", -1), ("_id", -1)]
Row = dict[str, Any]


async def newest(
    tenant_id: str, query: dict[str, Any], cursor: str, limit: int, now: datetime
) -> tuple[list[Row], str | None]:
    """A part of the list as stored rows, and the cursor of the next. Raises ``BadCursor``."""
    door, rows = Patient.of(tenant_id), list[Row]()
    until = now + timedelta(minutes=5)  # clocks differ
    if cursor:
        until, last = _place(cursor)
        rows = await door.rows({**query, "created_at": until, "_id": {"$lt": last}}, sort=NEWEST_FIRST)
    width = WIDTH
    while len(rows) <= limit and until > FIRST:
        start = max(FIRST, until - width)
        rows += await door.rows({**query, "created_at": {"$gte": start, "$lt": until}}, sort=NEWEST_FIRST)
        until, width = start, min(width * GROWTH, until - FIRST)
    following = encode(rows[limit - 1]["created_at"], rows[limit - 1]["_id"]) if len(rows) > limit else None
    return rows[:limit], following


def _place(cursor: str) -> tuple[datetime, str]:
    value, last = decode(cursor)
    if not isinstance(value, datetime) or value.tzinfo is None or not FIRST.year <= value.year < 2300:
        raise BadCursor
    return value.astimezone(UTC), last
