"""What was rightly signed but could not be understood: kept for an operator, for a while."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import IndexModel

from clinic.record import ANY_MOMENT, Record

KEPT = timedelta(days=14)


class Quarantine(Record):
    """One body, as it came. Nobody knows whose it is, so it has no tenant."""

    reason: str  # "malformed", "unknown_number", ...
    body: str
    phone_number_id: str = ""
    at: datetime

    class Settings:
        name = "quarantine"
        indexes = [IndexModel([("at", 1)], expireAfterSeconds=int(KEPT.total_seconds()))]


async def keep(reason: str, body: str, now: datetime, phone_number_id: str = "") -> None:
    """Keep one for the operator."""
    kept = Quarantine(reason=reason, body=body, phone_number_id=phone_number_id, at=now)
    await Quarantine.everywhere("a body that cannot be read belongs to no tenant").insert(kept)


async def forget(senders: Sequence[str]) -> int:
    """Remove the bodies in which one of these senders is named; how many. They are few, and kept for days."""
    door = Quarantine.everywhere("the person who is forgotten may be named in what could not be read")
    rows = await door.rows({"at": ANY_MOMENT}, ("body",)) if senders else []
    named = [row["_id"] for row in rows if any(f'"{sender}"' in row["body"] for sender in senders)]
    return await door.delete({"_id": {"$in": named}}) if named else 0


async def latest(limit: int = 100) -> list[Quarantine]:
    """The newest ones, for the operator."""
    door = Quarantine.everywhere("the operator looks at what could not be read")
    return await door.find({"at": ANY_MOMENT}, sort=[("at", -1)], limit=limit)
