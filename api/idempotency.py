"""Every POST may be repeated under one Idempotency-Key: its first answer is kept for a day and given again.

An answer may hold personal data or tokens, so it is sealed. The domain's own request ids make the repetition of what a
crash left without an answer harmless as well.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from redis.asyncio import Redis

from api.house import House
from clinic.errors import ClinicError
from clinic.seal import seal, unseal

HEADER = "Idempotency-Key"
LONGEST = 255
KEPT = 24 * 3600
UNDER_WAY = 120  # seconds after which a request without an answer counts as lost
PENDING = "pending"
REPEATED = ("content-type", "etag", "location")


class BadKey(ClinicError):
    """An Idempotency-Key has 1 to 255 visible ASCII characters: a fresh UUID is a good one."""

    code, status = "bad_idempotency_key", 422


class KeyReused(ClinicError):
    """This Idempotency-Key came with another request before: use a fresh key for each new request."""

    code = "idempotency_key_reused"


class StillUnderWay(ClinicError):
    """The first request with this Idempotency-Key is still at work: ask again in a moment."""

    code, retry_after = "still_under_way", 1


@dataclass(frozen=True, slots=True)
class Once:
    """One POST under its key. ``request_id`` is what the domain knows it by."""

    redis: "Redis"
    secret_key: str
    key: str
    body_hash: str

    async def earlier(self) -> Response | None:
        """The first answer, if there is one; else the key is ours from now on. Raises ``KeyReused``,
        ``StillUnderWay``."""
        mine = f"{self.body_hash} {PENDING}"
        if await self.redis.set(self.key, mine, nx=True, ex=UNDER_WAY):
            return None
        stored: Any = await self.redis.get(self.key)
        if stored is None:  # it ran out this very moment
            return await self.earlier()
        body_hash, _, kept = stored.decode().partition(" ")
        if body_hash != self.body_hash:
            raise KeyReused
        if kept == PENDING:
            raise StillUnderWay
        return _opened(unseal(kept, self.secret_key))

    async def keep(self, answer: Response) -> None:
        """Keep the answer, unless it is a failure of ours: that may be tried again."""
        if answer.status_code >= 500:
            await self.forget()
            return
        kept = seal(_closed(answer), self.secret_key)
        await self.redis.set(self.key, f"{self.body_hash} {kept}", ex=KEPT)

    async def forget(self) -> None:
        """Let the request be tried again."""
        await self.redis.delete(self.key)


def key_of(request: Request) -> str:
    """The key as sent; empty without one. Raises ``BadKey``."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return ""
    if not (1 <= len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise BadKey
    return key


async def once(house: House, request: Request, who: str, key: str) -> Once:
    """``who`` keeps the keys of different people apart."""
    named = hashlib.sha256(f"{request.url.path} {key}".encode()).hexdigest()
    body = hashlib.sha256(await request.body() + request.url.query.encode()).hexdigest()
    return Once(house.redis, house.secret_key, f"once:{who}:{named}", body)


def _closed(answer: Response) -> str:
    headers = {name: value for name, value in answer.headers.items() if name in REPEATED}
    body = base64.b64encode(bytes(answer.body)).decode()
    return json.dumps({"status": answer.status_code, "headers": headers, "body": body})


def _opened(kept: str) -> Response:
    told = json.loads(kept)
    headers = told["headers"] | {"Idempotency-Replayed": "true"}
    return Response(base64.b64decode(told["body"]), told["status"], headers)
