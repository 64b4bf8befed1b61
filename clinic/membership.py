"""Who may give which roles to whom: nobody more than they hold, nobody to themselves, and an owner always stays."""

from collections.abc import Iterable
from datetime import datetime

from clinic.directory import directory_of
from clinic.edited import edit
from clinic.errors import ClinicError
from clinic.permission import EVERYWHERE, ROLES, Grants, Membership
from clinic.role import PLATFORM, custom_roles
from clinic.user import Held, User, add


class UnknownRole(ClinicError):
    """There is no such role here: GET /api/v1/roles lists them."""

    code, status = "unknown_role", 422


class UnknownClinic(ClinicError):
    """There is no such clinic here: GET /api/v1/clinics lists them."""

    code, status = "unknown_clinic", 422


class UnknownDoctor(ClinicError):
    """There is no such doctor here: GET /api/v1/doctors lists them."""

    code, status = "unknown_doctor", 422


class BeyondYourOwn(ClinicError):
    """This is more than your own roles allow: ask an owner."""

    code, status = "beyond_your_own", 403


class OwnAccount(ClinicError):
    """Nobody changes their own roles or status: ask another owner or manager."""

    code, status = "own_account", 403


class LastOwner(ClinicError):
    """The practice would be without an owner: make somebody else one first."""

    code = "last_owner"


def within(given: Grants, own: Grants) -> bool:
    """Whether ``own`` allows all that ``given`` does, clinic by clinic."""
    return all(
        allowed <= own.everywhere | own.by_clinic.get(clinic_id, frozenset())
        for clinic_id, allowed in given.by_clinic.items()
    )


async def check_given(tenant_id: str, wanted: Iterable[Held], giver: Grants) -> None:
    """Raises ``UnknownRole``, ``UnknownClinic``, ``BeyondYourOwn``."""
    custom = await custom_roles(tenant_id)
    held = [Membership(each.role, each.clinic_id) for each in wanted]
    if any(each.role in PLATFORM or each.role not in {**ROLES, **custom} for each in held):
        raise UnknownRole
    for each in held:
        await check_clinic(tenant_id, each.clinic_id)
    if not within(Grants.of(held, custom), giver):
        raise BeyondYourOwn


async def check_doctor(tenant_id: str, doctor_id: str) -> None:
    """Raises ``UnknownDoctor``."""
    if doctor_id and doctor_id not in (await directory_of(tenant_id)).doctors:
        raise UnknownDoctor


async def check_clinic(tenant_id: str, clinic_id: str) -> None:
    """Raises ``UnknownClinic``."""
    if clinic_id != EVERYWHERE and clinic_id not in (await directory_of(tenant_id)).clinics:
        raise UnknownClinic


async def check_reach(user: User, actor_id: str, giver: Grants) -> None:
    """Whether the giver may change that user's roles or status. Raises ``OwnAccount``, ``BeyondYourOwn``."""
    if user.id == actor_id:
        raise OwnAccount
    if not within(await user.grants(), giver):
        raise BeyondYourOwn


async def invite(
    tenant_id: str, email: str, name: str, memberships: Iterable[Held], now: datetime,
    *, doctor_id: str = "", language: str = "en",
) -> User:  # fmt: skip
    """A new member of staff, who signs in once a link has let them set a password. Raises ``EmailTaken``."""
    user = User(
        tenant_id=tenant_id, email=email, name=name, memberships=list(memberships), doctor_id=doctor_id,
        language=language, created_at=now,
    )  # fmt: skip
    return await add(user)


async def change(user: User, changes: dict[str, object], version: int | None = None) -> tuple[User, User]:
    """Change roles or status; before and after. Raises ``Stale``, ``LastOwner``.

    Looked at after the write as well, and then taken back: of two owners who remove each other at the same moment the
    later one sees both.
    """
    door = User.of(user.tenant_id)
    before, after = await edit(door, user.id, changes, version)
    if before.is_owner and not after.is_owner and not await owners(user.tenant_id):
        await edit(door, user.id, {name: getattr(before, name) for name in changes})
        raise LastOwner
    return before, after


def deactivation(user: User) -> dict[str, object]:
    """What remains of somebody who left: a name for the histories. The address is free for another account."""
    gone: dict[str, object] = {"status": "deactivated", "memberships": [], "password_hash": "", "link": None}
    return gone | {"email": f"{user.id}@deactivated.invalid"}


async def owners(tenant_id: str) -> list[User]:
    """Who owns the practice and can sign in."""
    found = await User.of(tenant_id).find({"status": "active"})
    return [user for user in found if user.is_owner]
