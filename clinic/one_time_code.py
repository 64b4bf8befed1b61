"""One-time codes: six digits sent to a telephone, by which a chat shows that whoever writes there holds it.

No code is stored. It follows from its record's id and the installation's secret key, so that whoever sends it, also a
second time after a crash, says the same; what is stored is a keyed hash, worth nothing without the key. A try is
counted by the very write that tells how it ended: many at once have three between them.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel
from pymongo import IndexModel

from clinic.errors import ClinicError
from clinic.record import TenantRecord, new_id
from clinic.secret_token import key_for, mac, same

PURPOSE = "one_time_code"  # of its template
DIGITS = 6
LIFETIME = timedelta(minutes=5)
TRIES = 3
KEPT = timedelta(days=2)
WINDOWS = {"hour": (3600, 5), "day": (24 * 3600, 10)}  # seconds, and how many codes for one chat, and for one number
ATTEMPTS = 20  # against other processes that ask for codes at the same moment

State = Literal["live", "right", "spent", "expired", "undeliverable"]


class TooManyCodes(ClinicError):
    """Too many codes were asked for: wait a while, then ask for a new one."""

    code, status = "too_many_codes", 429


class NoWayToSend(ClinicError):
    """No code can be sent: no template for it is approved, and no other way is connected."""

    code = "no_way_to_send"


class CodeNeeded(ClinicError):
    """The practice asks for a one-time code before this: ask for one first."""

    code = "code_needed"


class Try(BaseModel):
    """One try, by the message that made it: the same message again is the same try."""

    request_id: str
    right: bool


class OneTimeCode(TenantRecord):
    """``purpose`` is ``identity`` of the chat that asked, or ``share:<patient>``: the holder of ``number`` agrees.
    ``places`` are what it uses up of each limit: a unique index over them holds the limits, whoever races."""

    chat_id: str  # where it is to be typed
    number: str  # where it is sent, E.164
    purpose: str
    digest: str
    language: str
    request_id: str
    created_at: datetime
    expires_at: datetime
    tried: int = 0
    tries: list[Try] = []
    right_at: datetime | None = None
    undeliverable: bool = False
    places: list[str]

    class Settings:
        name = "one_time_codes"
        indexes = [
            IndexModel([("tenant_id", 1), ("chat_id", 1), ("created_at", 1)]),
            IndexModel([("tenant_id", 1), ("number", 1), ("created_at", 1)]),
            IndexModel([("tenant_id", 1), ("request_id", 1)], unique=True),
            IndexModel([("tenant_id", 1), ("places", 1)], name="limits", unique=True),
            IndexModel([("created_at", 1)], expireAfterSeconds=int(KEPT.total_seconds())),
        ]

    def state(self, now: datetime) -> State:
        """How it stands."""
        if self.right_at:
            return "right"
        if self.tried >= TRIES:
            return "spent"
        if now >= self.expires_at:
            return "expired"
        return "undeliverable" if self.undeliverable else "live"

    @property
    def left(self) -> int:
        """The tries that are left."""
        return TRIES - self.tried


def digits_of(secret_key: str, id: str) -> str:
    """The code itself. Only for whoever sends it, or compares."""
    if not secret_key:
        raise ValueError("one-time codes need the installation's secret key")
    drawn = hmac.digest(key_for(secret_key, "one-time code"), id.encode(), "sha256")
    return f"{int.from_bytes(drawn) % 10**DIGITS:0{DIGITS}d}"


def digest_of(secret_key: str, id: str, digits: str) -> str:
    """What is stored of a code."""
    return mac(secret_key, "one-time code hash", f"{id} {digits}")


async def asked_before(tenant_id: str, request_id: str) -> OneTimeCode | None:
    """The code that this request has asked for already."""
    return await OneTimeCode.of(tenant_id).find_one({"request_id": request_id})


async def ask(
    tenant_id: str, chat_id: str, number: str, purpose: str, language: str, request_id: str, secret_key: str,
    now: datetime,
) -> OneTimeCode:  # fmt: skip
    """A new code, not sent yet; the same request has the same. Raises ``TooManyCodes``."""
    codes = OneTimeCode.of(tenant_id)
    for _ in range(ATTEMPTS):
        if earlier := await asked_before(tenant_id, request_id):
            return earlier
        named = new_id()
        new = OneTimeCode(
            id=named, tenant_id=tenant_id, chat_id=chat_id, number=number, purpose=purpose, language=language,
            digest=digest_of(secret_key, named, digits_of(secret_key, named)), request_id=request_id, created_at=now,
            expires_at=now + LIFETIME, places=await _places(tenant_id, chat_id, number, now),
        )  # fmt: skip
        if await codes.insert_new(new):
            return new
    raise TooManyCodes


async def _places(tenant_id: str, chat_id: str, number: str, now: datetime) -> list[str]:
    """The first free place within each limit. Raises ``TooManyCodes``."""
    since = {"$gte": now - timedelta(seconds=max(length for length, _ in WINDOWS.values()))}
    codes = OneTimeCode.of(tenant_id)
    rows = await codes.rows({"chat_id": chat_id, "created_at": since}, ("places",))
    rows += await codes.rows({"number": number, "created_at": since}, ("places",))
    taken = {place for row in rows for place in row["places"]}
    return [_free(f"{name}:{whose}", taken, now) for whose in (f"c{chat_id}", f"n{number}") for name in WINDOWS]


def _free(limit: str, taken: Iterable[str], now: datetime) -> str:
    length, most = WINDOWS[limit.partition(":")[0]]
    window = f"{limit}:{int(now.timestamp()) // length}"
    for n in range(most):
        if (place := f"{window}:{n}") not in taken:
            return place
    raise TooManyCodes


async def latest(tenant_id: str, chat_id: str, purpose: str, now: datetime) -> OneTimeCode | None:
    """The code last asked for, of those that may still be of interest: an older one counts no more."""
    recent = {"chat_id": chat_id, "created_at": {"$gte": now - KEPT}}
    found = [each for each in await OneTimeCode.of(tenant_id).find(recent) if each.purpose == purpose]
    return max(found, key=lambda each: (each.created_at, each.id), default=None)


async def guess(code: OneTimeCode, digits: str, request_id: str, secret_key: str, now: datetime) -> OneTimeCode:
    """The code after a try; one that is over, or was right, stays as it is. The same request tries once."""
    codes = OneTimeCode.of(code.tenant_id)
    while code.state(now) in ("live", "undeliverable") and all(each.request_id != request_id for each in code.tries):
        right = same(digest_of(secret_key, code.id, digits), code.digest)
        told: dict[str, object] = {"tried": code.tried + 1} | ({"right_at": now} if right else {})
        entry = Try(request_id=request_id, right=right).model_dump()
        counted = {"_id": code.id, "tried": code.tried}
        await codes.change(counted, {"$set": told, "$push": {"tries": entry}})
        code = await codes.get(code.id)  # ours, or somebody's who was faster: then once more
    return code


async def not_delivered(tenant_id: str, id: str) -> None:
    """No way has brought it to the telephone."""
    await OneTimeCode.of(tenant_id).change({"_id": id}, {"$set": {"undeliverable": True}})
