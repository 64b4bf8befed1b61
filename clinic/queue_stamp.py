"""A mark on a practice's queue that is another one after each change of it: who keeps a queue in memory sees by this
one small document whether it is still as it was."""

from typing import ClassVar

from pymongo.errors import DuplicateKeyError

from clinic.joined import Joined
from clinic.record import TenantRecord, new_id

NONE = ""  # before the first change


class QueueStamp(TenantRecord):
    """The practice's one; its id is the practice's."""

    stamp: str = NONE

    class Settings:
        name = "queue_stamps"


async def renew(tenant_id: str) -> None:
    """Returns when everybody can see that something has changed."""
    door, fresh = QueueStamp.of(tenant_id), {"$set": {"stamp": new_id()}}
    try:
        await door.change({"_id": tenant_id}, fresh, upsert=True)
    except DuplicateKeyError:  # two made it in the same moment
        await door.change({"_id": tenant_id}, fresh)


async def _load(tenant_id: str) -> str:
    rows = await QueueStamp.of(tenant_id).rows({"_id": tenant_id})
    return str(rows[0]["stamp"]) if rows else NONE


_stamps: Joined[str, str] = Joined(_load)


async def stamp_of(tenant_id: str) -> str:
    """As it is now, or a moment later."""
    return await _stamps.get(tenant_id)


class Stamped:
    """A kind of document that queues are reckoned from. Each change renews the mark, once it is stored and before
    anybody is told."""

    counts_changes: ClassVar[bool] = True

    @classmethod
    async def changed(cls, tenant_id: str) -> None:
        """Renew the mark."""
        await renew(tenant_id)
