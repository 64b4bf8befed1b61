"""The key of a waiting room's screen: it reads the queue of one clinic, as tokens and first names, and nothing else."""

import hashlib
import hmac
import secrets
from datetime import datetime

from pymongo import IndexModel

from clinic.edited import Edited
from clinic.errors import ClinicError


class BadDisplayKey(ClinicError):
    """The key of this screen is not valid (any more): ask for a new one, and send it as `X-Display-Key`."""

    code, status = "bad_display_key", 401


class DisplayKey(Edited):
    """Only the hash of the secret is kept. It has 256 random bits, so a plain hash is enough."""

    clinic_id: str
    name: str  # of the screen, for staff
    secret_hash: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None = None

    class Settings:
        name = "display_keys"
        indexes = [IndexModel([("tenant_id", 1), ("clinic_id", 1)])]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


async def issue(tenant_id: str, clinic_id: str, name: str, by: str, now: datetime) -> tuple[DisplayKey, str]:
    """A new key, and the text of it: told once, and never again."""
    secret = secrets.token_urlsafe(32)
    key = DisplayKey(
        tenant_id=tenant_id, clinic_id=clinic_id, name=name, secret_hash=_hash(secret), created_by=by, created_at=now
    )
    await DisplayKey.of(tenant_id).insert(key)
    return key, f"{tenant_id}.{key.id}.{secret}"


async def revoke(tenant_id: str, id: str, now: datetime) -> DisplayKey:
    """Let it open nothing any more. Raises ``NotFound``."""
    door = DisplayKey.of(tenant_id)
    open_key = {"_id": id, "revoked_at": {"$exists": False}}
    await door.change(open_key, {"$set": {"revoked_at": now}, "$inc": {"version": 1}})
    return await door.get(id)


async def opened(text: str) -> DisplayKey:
    """The key that a screen shows. Raises ``BadDisplayKey``."""
    match text.split("."):
        case [tenant_id, id, secret] if tenant_id and id and text.isascii():
            key = await DisplayKey.of(tenant_id).find_one({"_id": id})
            if key and key.revoked_at is None and hmac.compare_digest(key.secret_hash, _hash(secret)):
                return key
    raise BadDisplayKey
