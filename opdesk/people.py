"""Set-up by an operator: who of a practice's staff may sign in. A password is typed or piped in, never an argument."""

import getpass
import sys
from dataclasses import dataclass

from clinic import clock, documents, membership
from clinic.account import keep_out
from clinic.errors import ClinicError, NotFound
from clinic.password import Passwords, check
from clinic.permission import ROLES
from clinic.role import PLATFORM
from clinic.sign_in import SignIn
from clinic.tenant import Tenant
from clinic.user import Held, User, by_email, put
from opdesk.errors import Trouble
from opdesk.runtime import Runtime, runtime
from opdesk.settings import Settings

OPERATOR = "platform"  # in place of a practice: whoever runs the installation, and sees no patients


@dataclass(frozen=True)
class NewUser:
    """Somebody as the operator names them."""

    tenant: str
    email: str
    name: str
    role: str
    clinic: str = ""
    doctor: str = ""


def read_password() -> str:
    """Typed twice at a terminal, unseen; else the first line of the standard input. Raises ``Trouble``."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    chosen = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != chosen:
        raise Trouble("The two passwords differ: nothing was changed.")
    return chosen


async def add_user(settings: Settings, new: NewUser, password: str) -> None:
    """Add somebody who can sign in at once. Raises ``Trouble``."""
    async with runtime(settings) as opened:
        await documents.create_indexes(opened.database)
        if new.role not in ROLES:
            raise Trouble(f"There is no role {new.role}: choose one of {', '.join(ROLES)}.")
        if (new.role in PLATFORM) != (new.tenant == OPERATOR):
            raise Trouble(f"The roles {', '.join(sorted(PLATFORM))} are for {OPERATOR}, in place of a practice, only.")
        if new.tenant == OPERATOR:
            await Tenant(id=OPERATOR, name="OPDesk").add()
        tenant = await _tenant(new.tenant)
        try:
            check(password, (new.email, new.name, tenant.name))
            hashed = await Passwords().hash(password)
            await membership.check_doctor(new.tenant, new.doctor)
            await membership.check_clinic(new.tenant, new.clinic)
            user = await membership.invite(
                new.tenant, new.email, new.name, [Held(role=new.role, clinic_id=new.clinic)], clock.now(),
                doctor_id=new.doctor,
            )  # fmt: skip
        except ClinicError as error:
            raise Trouble(f"{error}") from None
        await put(user, {}, {"$set": {"password_hash": hashed, "status": "active"}})
    print(f"Added. They sign in at {settings.console}.")


async def list_users(settings: Settings, tenant: str) -> None:
    """Print a practice's staff."""
    async with runtime(settings):
        await _tenant(tenant)
        for user in await User.of(tenant).find({"status": {"$ne": "deactivated"}}, sort=[("_id", 1)]):
            roles = ", ".join(
                f"{held.role}{f' at {held.clinic_id}' * bool(held.clinic_id)}" for held in user.memberships
            )
            print(f"{user.email}  {user.name}  {user.status}  ({roles or 'no role'})")


async def set_password(settings: Settings, email: str, password: str) -> None:
    """Give somebody a new password; whoever was signed in as them is not any more. Raises ``Trouble``."""
    async with runtime(settings) as opened:
        user = await _user(email)
        tenant = await _tenant(user.tenant_id)
        try:
            check(password, (user.email, user.name, tenant.name))
        except ClinicError as error:
            raise Trouble(f"{error}") from None
        status = "active" if user.status == "invited" else user.status
        fresh = {"password_hash": await Passwords().hash(password), "status": status}
        await put(user, {}, {"$set": fresh, "$unset": {"link": 1}, "$inc": {"version": 1}})
        await keep_out(_door(settings, opened), user, "password set")
    print("Changed. All their sessions have ended.")


async def suspend_user(settings: Settings, email: str) -> None:
    """Keep somebody out. Raises ``Trouble``, also for the last owner."""
    async with runtime(settings) as opened:
        user = await _user(email)
        try:
            await membership.change(user, {"status": "suspended"})
        except ClinicError as error:
            raise Trouble(f"{error}") from None
        await keep_out(_door(settings, opened), user, "suspended")
    print("Suspended. All their sessions have ended.")


def _door(settings: Settings, opened: Runtime) -> SignIn:
    return SignIn(opened.redis, settings.secret_key.get_secret_value(), Passwords())


async def _tenant(id: str) -> Tenant:
    try:
        return await Tenant.load(id)
    except NotFound:
        raise Trouble(f"There is no practice {id}: see `opdesk tenant list`.") from None


async def _user(email: str) -> User:
    if (user := await by_email(email)) is None:
        raise Trouble("Nobody signs in with that address: see `opdesk user list`.")
    return user
