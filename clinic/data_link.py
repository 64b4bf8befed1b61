"""A link to the patient's own copy of their data: for its bearer, for a short while, opened once. Only a hash of its
secret is stored, and neither says anything about the patient."""

from datetime import datetime, timedelta

from pymongo import IndexModel

from clinic.errors import NotFound
from clinic.record import TenantRecord
from clinic.secret_token import fresh, hashed, same

LIFETIME = timedelta(minutes=15)
KEPT = timedelta(days=1)


class DataLink(TenantRecord):
    """``request_id`` is the message's that asked for it: the same message again makes the earlier link worthless."""

    chat_id: str
    request_id: str
    hash: str
    language: str
    expires_at: datetime
    opened_at: datetime | None = None

    class Settings:
        name = "data_links"
        indexes = [
            IndexModel([("tenant_id", 1), ("request_id", 1)], unique=True),
            IndexModel([("tenant_id", 1), ("chat_id", 1)]),
            IndexModel([("expires_at", 1)], expireAfterSeconds=int(KEPT.total_seconds())),
        ]


async def make(tenant_id: str, chat_id: str, request_id: str, language: str, now: datetime) -> tuple[str, datetime]:
    """What stands at the end of a new link, and until when it is good."""
    secret, until = fresh(), now + LIFETIME
    link = DataLink(
        tenant_id=tenant_id, chat_id=chat_id, request_id=request_id, hash=hashed(secret), language=language,
        expires_at=until,
    )  # fmt: skip
    door = DataLink.of(tenant_id)
    if not await door.insert_new(link):  # its first reply was never sent
        link = await door.find_one({"request_id": request_id}) or link
        changed = {"hash": hashed(secret), "expires_at": until}
        await door.change({"_id": link.id}, {"$set": changed, "$unset": {"opened_at": 1}})
    return f"{link.id}.{secret}", until


async def look(token: str, now: datetime) -> DataLink:
    """The link behind a token, as long as it may be opened. Raises ``NotFound``."""
    link_id, _, secret = token.partition(".")
    link = await DataLink.everywhere("a link's bearer names no tenant").find_one({"_id": link_id})
    if link is None or link.opened_at or now >= link.expires_at or not same(link.hash, hashed(secret)):
        raise NotFound
    return link


async def open_once(token: str, now: datetime) -> DataLink:
    """The same, and nobody opens it again. Raises ``NotFound``."""
    link = await look(token, now)
    unopened = {"_id": link.id, "hash": link.hash, "opened_at": {"$exists": False}}
    if not await DataLink.of(link.tenant_id).change(unopened, {"$set": {"opened_at": now}}):
        raise NotFound
    return link
