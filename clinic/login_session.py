"""A sign-in on one device: a family of refresh tokens, each good for one exchange.

An exchange is one compare-and-set. The next token follows from the present one and the secret key, so that whoever
shows a token again within the grace (its answer was lost, or two windows asked at once) is given the same next one:
there are no siblings that could later be taken for thieves. Shown after that, a used token ends the whole family.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import Field
from pymongo import IndexModel
from redis.asyncio import Redis

from clinic import access_token
from clinic.errors import ClinicError, NotFound
from clinic.record import TenantRecord
from clinic.secret_token import fresh, hashed, mac, same
from clinic.user import User

ABSOLUTE = timedelta(days=30)
IDLE = timedelta(days=7)
GRACE = timedelta(seconds=10)
DEVICE = 200  # characters of a device's name that are kept


class SignedOut(ClinicError):
    """This session has ended: sign in again."""

    code, status = "signed_out", 401


@dataclass(frozen=True, slots=True)
class Where:
    """From where somebody signs in: shown to them in the list of their sessions."""

    address: str = ""
    device: str = ""


class LoginSession(TenantRecord):
    """``token_hash`` and ``previous_hash`` are those of the refresh token that is good and of the one before."""

    user_id: str
    token_hash: str = Field(repr=False)
    previous_hash: str = Field("", repr=False)
    live: bool = True
    ended_because: str = ""
    address: str = ""
    device: str = ""
    created_at: datetime
    used_at: datetime
    expires_at: datetime

    class Settings:
        name = "login_sessions"
        indexes = [
            IndexModel([("tenant_id", 1), ("user_id", 1), ("live", 1)]),
            IndexModel([("expires_at", 1)], expireAfterSeconds=0),
        ]

    def is_open(self, now: datetime) -> bool:
        """Neither ended nor expired."""
        return self.live and now < min(self.expires_at, self.used_at + IDLE)


class TokenReused(SignedOut):
    """This session has ended: sign in again."""

    def __init__(self, session: LoginSession) -> None:
        super().__init__()
        self.session = session


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of this installation, and the access tokens that must not be believed any more."""

    redis: "Redis"
    secret_key: str

    async def begin(self, user: User, where: Where, now: datetime) -> tuple[LoginSession, str]:
        """A new session and its first refresh token."""
        secret = fresh()
        session = LoginSession(
            tenant_id=user.tenant_id, user_id=user.id, token_hash=hashed(secret), address=where.address,
            device=where.device[:DEVICE], created_at=now, used_at=now, expires_at=now + ABSOLUTE,
        )  # fmt: skip
        await LoginSession.of(user.tenant_id).insert(session)
        return session, self._token(session.id, secret)

    async def exchange(self, token: str, now: datetime) -> tuple[LoginSession, str]:
        """The next refresh token for this one. Raises ``SignedOut``; ``TokenReused`` where a thief may have it."""
        session, secret = await self.opened(token)
        successor = mac(self.secret_key, "next refresh token", f"{session.id} {secret}")
        if session.is_open(now) and session.token_hash == hashed(secret):
            if await self._rotate(session, successor, now):
                return session, self._token(session.id, successor)
            session, _ = await self.opened(token)  # somebody was faster, with the same token: look again
        if not session.is_open(now):
            raise SignedOut
        # a family that has not moved on since gives the same answer as the first time
        if session.previous_hash == hashed(secret) and now - session.used_at <= GRACE:
            return session, self._token(session.id, successor)
        structlog.get_logger().warning("refresh token reused", session=session.id, tenant=session.tenant_id)
        await self.end([session], "reused")
        raise TokenReused(session)

    async def opened(self, token: str) -> tuple[LoginSession, str]:
        """The session of a refresh token that we have made, and the token's secret. Raises ``SignedOut``."""
        session_id, _, rest = token.partition(".")
        secret, _, tag = rest.partition(".")
        if not same(tag, self._tag(session_id, secret)):  # nobody can make us end a session by inventing old tokens
            raise SignedOut
        door = LoginSession.everywhere("who shows a refresh token names no tenant")
        if (session := await door.find_one({"_id": session_id})) is None:
            raise SignedOut
        return session, secret

    async def named_by(self, token: str) -> LoginSession | None:
        """The session of a refresh token, unless it has ended."""
        try:
            session, _ = await self.opened(token)
        except SignedOut:
            return None
        return session if session.live else None

    async def of_user(self, user: User, now: datetime) -> list[LoginSession]:
        """The open ones, the one used last first."""
        found = await LoginSession.of(user.tenant_id).find({"user_id": user.id, "live": True})
        return sorted((each for each in found if each.is_open(now)), key=lambda each: each.used_at, reverse=True)

    async def end_one(self, user: User, id: str, because: str) -> None:
        """Raises ``NotFound``, also where it is somebody else's."""
        session = await LoginSession.of(user.tenant_id).get(id)
        if session.user_id != user.id or not session.live:
            raise NotFound
        await self.end([session], because)

    async def end_all(self, user: User, because: str, but: str = "") -> None:
        """All sessions of a user, but perhaps the one in which they ask for it."""
        found = await LoginSession.of(user.tenant_id).find({"user_id": user.id, "live": True})
        await self.end([each for each in found if each.id != but], because)

    async def end(self, sessions: Iterable[LoginSession], because: str) -> None:
        """No token of theirs is good any more, access tokens included."""
        ended = list(sessions)
        for session in ended:
            over: dict[str, Any] = {"live": False, "ended_because": because}
            await LoginSession.of(session.tenant_id).change({"_id": session.id, "live": True}, {"$set": over})
        for session in ended:
            await self.redis.set(revoked_key(session.id), 1, ex=access_token.LIFETIME)

    async def _rotate(self, session: LoginSession, successor: str, now: datetime) -> bool:
        seen = {"_id": session.id, "token_hash": session.token_hash, "live": True}
        rotated = {"token_hash": hashed(successor), "previous_hash": session.token_hash, "used_at": now}
        return await LoginSession.of(session.tenant_id).change(seen, {"$set": rotated})

    def _token(self, id: str, secret: str) -> str:
        return f"{id}.{secret}.{self._tag(id, secret)}"

    def _tag(self, id: str, secret: str) -> str:
        return mac(self.secret_key, "refresh tokens", f"{id} {secret}")[:16]


def revoked_key(session_id: str) -> str:
    """Set for as long as an access token of an ended session might still be shown."""
    return f"revoked:{session_id}"


def epoch_key(user_id: str) -> str:
    """Set, for as long, to the first epoch whose access tokens count."""
    return f"epoch:{user_id}"


async def renew_epoch(redis: "Redis", user: User) -> int:
    """What the user may do has changed: access tokens made before must be refreshed."""
    door = User.of(user.tenant_id)
    await door.change({"_id": user.id}, {"$inc": {"epoch": 1}})
    epoch = (await door.get(user.id)).epoch
    await redis.set(epoch_key(user.id), epoch, ex=access_token.LIFETIME)
    return epoch
