"""The ledger as staff look through it: by day, status, purpose and reason; and how a day went, counted."""

import re
from collections import Counter
from datetime import date, timedelta
from typing import Any

from clinic import indexed
from clinic.notification import Notification
from clinic.record import Query
from clinic.wall_clock import instant


def of_day(day: date, zone: str) -> Query:
    """What is, or was, due on a local day."""
    return {"due_at": {"$gte": instant(day, 0, zone), "$lt": instant(day + timedelta(days=1), 0, zone)}}


def for_purpose(purpose: str) -> Query:
    """All steps and channels of a purpose: "reminder", "reminder:24h", "reminder@sms", and not "reminder_soon"."""
    after = [{"kind": {"$gte": f"{purpose}{mark}", "$lt": f"{purpose}{chr(ord(mark) + 1)}"}} for mark in ":@"]
    return {"$or": [{"kind": purpose}, *after]}


def because_of(reason: str) -> Query:
    """What did not arrive for a reason, by the provider's code or our word."""
    return {"error": {"$regex": rf"(^|[^0-9a-z_]){re.escape(reason)}($|[^0-9a-z_])"}}


async def counted(tenant_id: str, query: Query) -> dict[str, dict[str, int]]:
    """How many there are of each status, by purpose."""
    rows = await indexed.found(Notification.of(tenant_id), query, "due_at")
    found = Counter((re.split("[:@]", str(row["kind"]), maxsplit=1)[0], str(row["status"])) for row in rows)
    told: dict[str, dict[str, int]] = {}
    for (purpose, status), count in sorted(found.items()):
        told.setdefault(purpose, {})[status] = count
    return told


def both(*queries: Query) -> dict[str, Any]:
    """What meets all of them."""
    wanted = [query for query in queries if query]
    return {"$and": wanted} if wanted else {}
