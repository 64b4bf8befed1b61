"""Mails to staff, kept until they are sent: written with what they tell of, sent by a worker, tried again."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field
from pymongo import IndexModel

from clinic.record import Door, TenantRecord, new_id
from clinic.seal import seal, unseal
from clinic.user import User

LEASE = timedelta(minutes=2)
GIVEN_UP = timedelta(hours=24)  # a link that comes later than this would only confuse
LONGEST = timedelta(hours=1)  # between two attempts
KEPT = timedelta(days=30)

Kind = Literal["invitation", "reset", "password_changed", "number_silent", "number_quality", "number_restricted"]


class Mail(TenantRecord):
    """``token`` is the sealed one of the link that the mail carries; it is removed when the mail has left.

    ``wake_at`` is when a worker should look at it; without it there is nothing left to do. ``attempt_id`` is the
    attempt's own: only its holder may say how it ended.
    """

    user_id: str
    to: str
    kind: Kind
    language: str
    about: str = ""  # the id of the number that it is about
    token: str = Field("", repr=False)
    status: Literal["due", "sending", "sent", "failed"] = "due"
    attempt: int = 0
    attempt_id: str = ""
    error: str = ""
    created_at: datetime
    wake_at: datetime | None = None

    class Settings:
        name = "mails"
        indexes = [
            IndexModel([("wake_at", 1)]),
            IndexModel([("created_at", 1)], expireAfterSeconds=int(KEPT.total_seconds())),
        ]

    def link_token(self, secret_key: str) -> str:
        """The token itself. Raises ``SealBroken``."""
        return unseal(self.token, secret_key) if self.token else ""


def mails() -> Door[Mail]:
    """All tenants' mails."""
    return Mail.everywhere("jobs and sweeps name mails by id alone")


async def write(user: User, kind: Kind, now: datetime, token: str = "", secret_key: str = "") -> str:
    """Write it down to be sent; its id for the job."""
    sealed = seal(token, secret_key) if token else ""
    mail = Mail(
        tenant_id=user.tenant_id, user_id=user.id, to=user.email, kind=kind, language=user.language, token=sealed,
        created_at=now, wake_at=now,
    )  # fmt: skip
    await Mail.of(user.tenant_id).insert(mail)
    return mail.id


async def write_about(user: User, kind: Kind, channel_id: str, now: datetime) -> bool:
    """Write word of a number down to be sent, once a day for each reader, kind and number; whether it was new."""
    mail = Mail(
        id=f"{channel_id}.{kind}.{now:%Y%m%d}.{user.id}", tenant_id=user.tenant_id, user_id=user.id, to=user.email,
        kind=kind, language=user.language, about=channel_id, created_at=now, wake_at=now,
    )  # fmt: skip
    return await Mail.of(user.tenant_id).insert_new(mail)


async def claim(id: str, now: datetime) -> Mail | None:
    """Take it for one attempt, if it is due. Nobody else gets it until the lease runs out."""
    attempt_id = new_id()
    taken = {"status": "sending", "attempt_id": attempt_id, "wake_at": now + LEASE}
    due = {"_id": id, "status": {"$in": ["due", "sending"]}, "wake_at": {"$lte": now}}
    if not await mails().change(due, {"$set": taken, "$inc": {"attempt": 1}}):
        return None
    return await mails().find_one({"_id": id, "attempt_id": attempt_id})


async def sent(mail: Mail) -> None:
    """It has left: its link is only in the mail now."""
    await _end(mail, {"status": "sent", "error": ""})


async def failed(mail: Mail, error: str, now: datetime, *, for_good: bool) -> bool:
    """The attempt failed; whether there will be another one."""
    again = now + min(timedelta(seconds=15 * 2 ** min(mail.attempt, 20)), LONGEST)
    if for_good or again > mail.created_at + GIVEN_UP:
        await _end(mail, {"status": "failed", "error": error})
        return False
    waiting = {"status": "due", "error": error, "wake_at": again}
    await mails().change({"_id": mail.id, "attempt_id": mail.attempt_id}, {"$set": waiting})
    return True


async def _end(mail: Mail, told: dict[str, Any]) -> None:
    ended = {"$set": told, "$unset": {"wake_at": 1, "token": 1}}
    await mails().change({"_id": mail.id, "attempt_id": mail.attempt_id}, ended)


async def overdue(now: datetime, limit: int = 200) -> list[str]:
    """The ids of what is due, or was being sent by somebody who is lost."""
    rows = await mails().rows({"wake_at": {"$lte": now}}, ("_id",), [("wake_at", 1)], limit)
    return [str(row["_id"]) for row in rows]
