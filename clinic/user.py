"""A member of staff: who may sign in, with which roles, at which clinics."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from clinic.edited import Edited
from clinic.errors import ClinicError
from clinic.one_time_link import OneTimeLink
from clinic.permission import EVERYWHERE, Grants, Membership
from clinic.role import custom_roles

OWNER = "owner"
Status = Literal["active", "invited", "suspended", "deactivated"]


class EmailTaken(ClinicError):
    """Somebody signs in with this address already: use another one."""

    code = "email_taken"


class Held(BaseModel):
    """A role held at one clinic; with no clinic, at every one of the tenant's."""

    role: str
    clinic_id: str = EVERYWHERE


class SecondFactor(BaseModel):
    """``secret`` is sealed; it counts once it is ``confirmed``. ``last_step``: of the last code that was used."""

    secret: str = Field(repr=False)
    confirmed: bool = False
    last_step: int = 0


class User(Edited):
    """``email`` is case-folded and unique over the whole installation, so that signing in needs no practice's name.

    ``epoch`` begins anew with each change of roles or status: access tokens of an earlier one count no more.
    """

    email: str
    name: str
    language: str = "en"
    status: Status = "invited"
    memberships: list[Held] = Field(default_factory=list)
    doctor_id: str = ""  # where the user is a doctor
    password_hash: str = Field("", repr=False)
    second_factor: SecondFactor | None = None
    recovery_codes: list[str] = Field(default_factory=list, repr=False)  # hashed
    link: OneTimeLink | None = None  # the one that was mailed last
    epoch: int = 1
    created_at: datetime
    last_sign_in_at: datetime | None = None

    class Settings:
        name = "users"
        indexes = [IndexModel([("email", 1)], unique=True), IndexModel([("tenant_id", 1), ("status", 1)])]

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in asks for it."""
        return self.second_factor is not None and self.second_factor.confirmed

    @property
    def held(self) -> tuple[Membership, ...]:
        """The roles, as permissions are reckoned from them."""
        return tuple(Membership(each.role, each.clinic_id) for each in self.memberships)

    @property
    def is_owner(self) -> bool:
        """Of the whole practice, and able to sign in or about to be."""
        return self.status in ("active", "invited") and Held(role=OWNER) in self.memberships

    async def grants(self) -> Grants:
        """All that the user may do."""
        return Grants.of(self.held, await custom_roles(self.tenant_id))


def folded(email: str) -> str:
    """One spelling for all ways to write an address."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


async def by_email(email: str) -> User | None:
    """Who signs in with that address, in whichever practice."""
    return await User.everywhere("who signs in names no tenant").find_one({"email": folded(email)})


async def by_id(id: str) -> User | None:
    """Whose mailed link or sign-in under way it is."""
    return await User.everywhere("a mailed link names its user only").find_one({"_id": id})


async def add(user: User) -> User:
    """Store a new one. Raises ``EmailTaken``."""
    user.email = folded(user.email)
    try:
        await User.of(user.tenant_id).insert(user)
    except DuplicateKeyError:
        raise EmailTaken from None
    return user


async def put(user: User, query: Mapping[str, Any], update: Mapping[str, Any]) -> bool:
    """Change what is nobody's to edit, and so has no ``version``, if ``query`` still holds."""
    return await User.of(user.tenant_id).change({"_id": user.id, **query}, update)
