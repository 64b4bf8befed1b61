"""The last thing before the provider is asked for promises, in one write for all that leave at the same moment: an
update of many costs the database a third of as many updates. Few that are claimed together are marked by the claim.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.notification import Notification, ledger
from clinic.record import as_kept
from clinic.together import Gathering

# For which a mark serves; with a request to a provider much less than ``consent_stop.LOST``.
GOOD = timedelta(seconds=5)


@dataclass(slots=True)
class Departures(Gathering[tuple[Notification, datetime], bool]):
    """Promises at the provider's door, each with the present moment."""

    async def _answers(self, asked: list[tuple[Notification, datetime]]) -> Sequence[bool]:
        claims: dict[str, list[str]] = defaultdict(list)
        for promise, _ in asked:
            claims[promise.token].append(promise.id)
        now = max(now for _, now in asked)
        left = {(token, each) for token, ids in claims.items() for each in await _left(token, ids, now)}
        return [(promise.token, promise.id) in left for promise, _ in asked]


_departures = Departures()


def marked(promise: Notification, now: datetime) -> bool:
    """Whether its claim has marked it as leaving, not too long ago: nobody takes it back, and what was read of the
    patient's consent since is as good as what is read now."""
    return promise.leaving_at is not None and timedelta() <= now - promise.leaving_at < GOOD


async def leave(promise: Notification, now: datetime) -> bool:
    """Mark it as leaving; False: it was taken back. Look at the patient's consent after this and not before: who says
    STOP first writes that down and then waits for all that is leaving, so nobody takes back what is marked already."""
    return await _departures.ask((promise, now))


async def _left(token: str, ids: Sequence[str], now: datetime) -> Iterable[str]:
    """Which of a claim's promises may leave."""
    query = {"_id": {"$in": list(ids)}, "token": token, "status": "sending"}
    if await ledger().change_all(query, {"$set": {"leaving_at": now}}) == len(ids):
        return ids
    rows = await ledger().find({"_id": {"$in": list(ids)}})
    mine = [each for each in rows if (each.token, each.status) == (token, "sending")]
    return [each.id for each in mine if each.leaving_at == as_kept(now)]
