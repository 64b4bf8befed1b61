"""Half of a sign-in: the password was right, the second factor is asked for. Kept in Redis for some minutes."""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from redis.asyncio import Redis

from clinic.errors import ClinicError
from clinic.secret_token import fresh, hashed

LIFETIME = timedelta(minutes=5)
METHODS = ("totp", "recovery_code")
ENROL = ("enrol",)  # the practice requires a second factor, and there is none yet


class BadChallenge(ClinicError):
    """This sign-in took too long or was finished already: begin with the password again."""

    code, status = "bad_challenge", 401


@dataclass(frozen=True, slots=True)
class Passed:
    """Who has shown the password. ``secret``: what a new authenticator app was given, sealed."""

    user_id: str
    epoch: int
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Challenges:
    """Sign-ins under way."""

    redis: "Redis"

    async def put(self, passed: Passed) -> str:
        """The token by which it is continued."""
        token = fresh()
        await self.redis.set(_key(token), json.dumps(asdict(passed)), ex=LIFETIME)
        return token

    async def get(self, token: str) -> Passed:
        """Raises ``BadChallenge``."""
        stored = await self.redis.get(_key(token))
        if stored is None:
            raise BadChallenge
        return Passed(**json.loads(stored))

    async def done(self, token: str) -> None:
        """It is not continued again."""
        await self.redis.delete(_key(token))


def _key(token: str) -> str:
    return f"challenge:{hashed(token)}"
