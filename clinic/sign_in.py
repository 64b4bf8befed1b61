"""Signing in: password, second factor, and the tokens that follow.

What is refused tells nobody whether an account exists: the same sentence, the same work.
"""

from dataclasses import dataclass, field
from datetime import datetime

from redis.asyncio import Redis

from clinic import access_token, metrics, second_factor
from clinic.access_token import LIFETIME, Claims
from clinic.challenge import ENROL, METHODS, BadChallenge, Challenges, Passed
from clinic.errors import ClinicError
from clinic.login_session import LoginSession, Sessions, SignedOut, Where
from clinic.password import Passwords
from clinic.seal import seal, unseal
from clinic.second_factor import WrongCode
from clinic.tenant import Tenant
from clinic.throttle import Throttle
from clinic.user import User, by_email, by_id, folded, put


class WrongCredentials(ClinicError):
    """E-mail address or password is wrong: try again, or ask for a link to set a new password."""

    code, status = "wrong_credentials", 401


class CodeRefused(WrongCode):
    """The code is wrong or was used already: wait for the app's next one."""

    status = 401


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client gets. ``recovery_codes`` are shown once, when the second factor was enrolled on the way in."""

    session: LoginSession
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int = int(LIFETIME.total_seconds())
    recovery_codes: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """The second half is asked for. ``secret`` and ``uri`` are for a new authenticator app."""

    token: str = field(repr=False)
    methods: tuple[str, ...]
    secret: str = field(default="", repr=False)
    uri: str = field(default="", repr=False)


@dataclass(frozen=True)
class SignIn:
    """The door of this installation."""

    redis: "Redis"
    secret_key: str
    passwords: Passwords = field(repr=False)

    @property
    def throttle(self) -> Throttle:
        """Tries, counted."""
        return Throttle(self.redis)

    @property
    def sessions(self) -> Sessions:
        """Who is signed in, and where."""
        return Sessions(self.redis, self.secret_key)

    async def login(self, email: str, password: str, where: Where, now: datetime) -> SignedIn | Challenge:
        """Raises ``WrongCredentials``, ``TooManyTries``, ``Busy``."""
        account = folded(email)
        await self.throttle.attempt(now, address=where.address, account=account)
        user = await by_email(account)
        stored = user.password_hash if user and user.status == "active" else ""
        fits = await self.passwords.verify(stored, password)
        if user is None or not fits:
            metrics.SIGN_INS.labels("refused").inc()
            raise WrongCredentials
        await self.throttle.forget(account=account)
        await self.throttle.forgive(address=where.address)
        if self.passwords.outdated(stored):
            await put(user, {"password_hash": stored}, {"$set": {"password_hash": await self.passwords.hash(password)}})
        return await self._next(user, where, now)

    async def answer(self, token: str, code: str, where: Where, now: datetime) -> SignedIn:
        """The second half. Raises ``BadChallenge``, ``CodeRefused``, ``TooManyTries``."""
        challenges = Challenges(self.redis)
        passed = await challenges.get(token)
        await self.throttle.attempt(now, address=where.address, second_factor=passed.user_id)
        user = await by_id(passed.user_id)
        if user is None or user.status != "active" or user.epoch != passed.epoch:
            raise BadChallenge
        try:
            codes = await self._check(user, passed, code, now)
        except WrongCode:
            raise CodeRefused from None
        await challenges.done(token)
        await self.throttle.forget(second_factor=user.id)
        await self.throttle.forgive(address=where.address)
        return await self._signed_in(user, where, now, codes)

    async def refresh(self, token: str, now: datetime) -> SignedIn:
        """A fresh pair. Raises ``SignedOut``."""
        session, following = await self.sessions.exchange(token, now)
        user = await User.of(session.tenant_id).find_one({"_id": session.user_id})
        if user is None or user.status != "active":
            await self.sessions.end([session], "suspended")
            raise SignedOut
        return SignedIn(session, self._access(user, session, now), following)

    async def _next(self, user: User, where: Where, now: datetime) -> SignedIn | Challenge:
        if user.has_second_factor:
            return await self._challenge(user)
        if (await Tenant.load(user.tenant_id)).requires_second_factor:
            return await self._challenge(user, second_factor.new_secret())
        return await self._signed_in(user, where, now)

    async def _challenge(self, user: User, secret: str = "") -> Challenge:
        metrics.SIGN_INS.labels("challenged").inc()
        sealed = seal(secret, self.secret_key) if secret else ""
        token = await Challenges(self.redis).put(Passed(user.id, user.epoch, sealed))
        if not secret:
            return Challenge(token, METHODS)
        return Challenge(token, ENROL, secret, second_factor.uri(secret, user.email))

    async def _check(self, user: User, passed: Passed, code: str, now: datetime) -> tuple[str, ...]:
        """The code is right; where it enrols a new app, with the recovery codes."""
        if not passed.secret:
            await second_factor.use(user, code, self.secret_key, now)
            return ()
        await second_factor.begin(user, unseal(passed.secret, self.secret_key), self.secret_key)
        enrolling = await User.of(user.tenant_id).get(user.id)
        return tuple(await second_factor.confirm(enrolling, code, self.secret_key, now))

    async def _signed_in(self, user: User, where: Where, now: datetime, codes: tuple[str, ...] = ()) -> SignedIn:
        session, refresh_token = await self.sessions.begin(user, where, now)
        await put(user, {}, {"$set": {"last_sign_in_at": now}})
        metrics.SIGN_INS.labels("signed_in").inc()
        return SignedIn(session, self._access(user, session, now), refresh_token, recovery_codes=codes)

    def _access(self, user: User, session: LoginSession, now: datetime) -> str:
        claims = Claims(user.id, user.tenant_id, session.id, user.name, user.held, user.doctor_id, user.epoch)
        return access_token.issue(claims, self.secret_key, now)
