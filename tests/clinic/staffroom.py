"""Staff to test with, in a tenant of their own, and the door by which they sign in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyotp
from argon2 import PasswordHasher
from redis.asyncio import Redis

from clinic import access_token
from clinic.access_token import Claims
from clinic.login_session import Where
from clinic.password import Passwords
from clinic.record import new_id
from clinic.sign_in import SignedIn, SignIn
from clinic.tenant import Tenant
from clinic.user import Held, User, add

SECRET = "the tests' own secret key, long enough"
PASSWORD = "nine purple walruses"
NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
HERE = Where("192.0.2.1", "Firefox on a desk")
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # the tests' own: they try no strength


@dataclass
class Staffroom:
    """One practice's staff."""

    door: SignIn
    tenant: Tenant
    made: list[User] = field(default_factory=list)

    async def user(self, role: str = "owner", clinic_id: str = "", password: str = PASSWORD, **more: object) -> User:
        """Somebody who can sign in."""
        user = User(
            tenant_id=self.tenant.id, email=f"{new_id()}@practice.test", name="Asha Example", status="active",
            memberships=[Held(role=role, clinic_id=clinic_id)], created_at=NOW,
            password_hash=await self.door.passwords.hash(password),
        ).model_copy(update=more)  # fmt: skip
        self.made.append(await add(user))
        return user

    async def login(self, user: User, now: datetime = NOW, password: str = PASSWORD) -> SignedIn:
        """Past the door, with a password alone."""
        signed_in = await self.door.login(user.email, password, HERE, now)
        assert isinstance(signed_in, SignedIn)
        return signed_in

    def claims(self, signed_in: SignedIn, now: datetime = NOW) -> Claims:
        return access_token.read(signed_in.access_token, SECRET, now)

    async def again(self, user: User) -> User:
        """As stored by now."""
        return await User.of(user.tenant_id).get(user.id)


async def open_staffroom(redis: "Redis", *, requires_second_factor: bool = False) -> Staffroom:
    tenant = Tenant(id=new_id(), name="Practice", requires_second_factor=requires_second_factor)
    await tenant.add()
    return Staffroom(SignIn(redis, SECRET, Passwords(QUICK)), tenant)


def code(secret: str, now: datetime, off: int = 0) -> str:
    """What the app shows."""
    return pyotp.TOTP(secret).at(now + timedelta(seconds=30 * off))
