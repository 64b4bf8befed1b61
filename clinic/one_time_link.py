"""A mailed link: it lets its bearer set a password, once, for a while. Only its hash is stored, with its user."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field

from clinic.errors import ClinicError
from clinic.secret_token import fresh, hashed, same

Kind = Literal["invitation", "reset"]
LIFETIME: dict[str, timedelta] = {"invitation": timedelta(days=7), "reset": timedelta(hours=1)}


PAGES = {"invitation": "accept-invitation", "reset": "reset-password"}


class BadLink(ClinicError):
    """This link was used already or is too old: ask for a new one."""

    code = "bad_link"


class OneTimeLink(BaseModel):
    """The link that was mailed last; an earlier one is worth nothing any more."""

    kind: Kind
    hash: str = Field(repr=False)
    expires_at: datetime

    def fits(self, kind: str, secret: str, now: datetime) -> bool:
        """Whether the bearer of ``secret`` may use it."""
        return self.kind == kind and now < self.expires_at and same(self.hash, hashed(secret))


@dataclass(frozen=True, slots=True)
class Shown:
    """What the link carries: whose it is, and its secret."""

    user_id: str
    secret: str

    @property
    def token(self) -> str:
        """As it stands in the link."""
        return f"{self.user_id}.{self.secret}"


def make(user_id: str, kind: Kind, now: datetime) -> tuple[OneTimeLink, str]:
    """A new link: as it is stored, and the token that is mailed."""
    shown = Shown(user_id, fresh())
    return OneTimeLink(kind=kind, hash=hashed(shown.secret), expires_at=now + LIFETIME[kind]), shown.token


def url(console_url: str, kind: str, token: str) -> str:
    """The link. The token stands behind the #, which browsers send to nobody, so that no log of a server has it."""
    return f"{console_url}/{PAGES[kind]}#{token}"


def read(token: str) -> Shown:
    """Raises ``BadLink``."""
    user_id, dot, secret = token.partition(".")
    if not (user_id and dot and secret):
        raise BadLink
    return Shown(user_id, secret)
