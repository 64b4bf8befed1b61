"""How far something sent has come, as the provider tells it, in whatever order it tells it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

RANK = {
    "queued": 0,
    "due": 0,
    "sending": 1,
    "accepted": 2,
    "sent": 3,
    "delivered": 4,
    "read": 5,
    "failed": 9,
    "withdrawn": 9,
    "included": 9,
}


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One status of one message. ``outbox_id`` is what we gave the provider to send back, ``wamid`` its own id."""

    tenant_id: str
    status: str  # sent, delivered, read, failed
    at: datetime
    outbox_id: str = ""
    wamid: str = ""
    error: str = ""  # code and title of a failure
    pricing: dict[str, Any] | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Which message it is about."""
        return (self.tenant_id, self.outbox_id, "" if self.outbox_id else self.wamid)


def below(status: str) -> int:
    """The rank under which a message must be for this status to count: a late ``sent`` never undoes ``read``, and a
    failure counts unless the message was delivered. After a failure nothing counts."""
    return RANK["delivered"] if status == "failed" else RANK[status]


def furthest(changes: Iterable[StatusChange]) -> list[StatusChange]:
    """One change per message, the one that counts, so that three statuses cost one write."""
    kept: dict[tuple[str, str, str], StatusChange] = {}
    for change in changes:
        if change.status not in RANK:
            continue
        before = kept.get(change.key)
        if before is None:
            kept[change.key] = change
        elif RANK[before.status] < below(change.status):
            kept[change.key] = replace(change, pricing=change.pricing or before.pricing)
    return list(kept.values())


def fields(change: StatusChange) -> dict[str, Any]:
    """What of it is stored with the message."""
    told = {"wamid": change.wamid, "error": change.error, "pricing": change.pricing}
    return {
        "status": change.status,
        "status_rank": RANK[change.status],
        "status_at": change.at,
        **{name: value for name, value in told.items() if value},
    }
