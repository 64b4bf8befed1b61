"""One's own account: a password set by link or changed, and who is let in or kept out."""

from datetime import datetime
from typing import Any

from clinic import mail, metrics, one_time_link, password
from clinic.errors import ClinicError
from clinic.login_session import renew_epoch
from clinic.one_time_link import BadLink, Kind
from clinic.sign_in import SignIn
from clinic.tenant import Tenant
from clinic.user import User, by_email, by_id, put


class WrongPassword(ClinicError):
    """The present password is wrong: try again."""

    code = "wrong_password"


async def new_link(user: User, kind: Kind, now: datetime) -> str:
    """Make one; any earlier is worth nothing from now on. The token for the mail."""
    link, token = one_time_link.make(user.id, kind, now)
    await put(user, {}, {"$set": {"link": link.model_dump()}})
    return token


async def mail_link(user: User, kind: Kind, secret_key: str, now: datetime) -> str:
    """Make a link and write the mail that carries it; the mail's id for the job."""
    return await mail.write(user, kind, now, await new_link(user, kind, now), secret_key)


async def forgot(door: SignIn, email: str, now: datetime) -> str:
    """The id of the mail to be sent; empty where nobody active signs in with that address."""
    user = await by_email(email)
    if user is None or user.status != "active":
        return ""
    metrics.SIGN_INS.labels("forgot").inc()
    return await mail_link(user, "reset", door.secret_key, now)


async def set_password(door: SignIn, kind: Kind, token: str, chosen: str, now: datetime, name: str = "") -> User:
    """What a link is for. Whoever was signed in is not any more. Raises ``BadLink``, ``WeakPassword``, ``Busy``."""
    shown = one_time_link.read(token)
    user = await by_id(shown.user_id)
    if user is None or user.link is None or not user.link.fits(kind, shown.secret, now):
        raise BadLink
    if user.status != {"invitation": "invited", "reset": "active"}[kind]:
        raise BadLink
    await _check(user, chosen)
    fresh: dict[str, Any] = {"password_hash": await door.passwords.hash(chosen), "status": "active"}
    if name:
        fresh["name"] = name
    unused = {"link.hash": user.link.hash, "status": user.status}
    if not await put(user, unused, {"$set": fresh, "$unset": {"link": 1}, "$inc": {"version": 1}}):
        raise BadLink
    await keep_out(door, user, "password set")
    await door.throttle.forget(account=user.email)
    return user


async def change_password(door: SignIn, user: User, present: str, chosen: str, now: datetime, session_id: str) -> None:
    """All other sessions end. Raises ``WrongPassword``, ``WeakPassword``, ``TooManyTries``, ``Busy``."""
    await prove(door, user, present, now)
    await _check(user, chosen)
    fresh = {"password_hash": await door.passwords.hash(chosen)}
    if not await put(user, {"password_hash": user.password_hash}, {"$set": fresh, "$unset": {"link": 1}}):
        raise WrongPassword
    await door.sessions.end_all(user, "password changed", but=session_id)


async def prove(door: SignIn, user: User, present: str, now: datetime) -> None:
    """The password once more, before something that a found screen must not allow. Raises ``WrongPassword``."""
    await door.throttle.attempt(now, account=user.email)
    if not await door.passwords.verify(user.password_hash, present):
        raise WrongPassword
    await door.throttle.forget(account=user.email)


async def keep_out(door: SignIn, user: User, because: str) -> None:
    """Nothing that was given to them counts any more: neither refresh tokens nor access tokens."""
    await renew_epoch(door.redis, user)
    await door.sessions.end_all(user, because)


async def _check(user: User, chosen: str) -> None:
    tenant = await Tenant.load(user.tenant_id)
    password.check(chosen, (user.email, user.name, tenant.name))
