"""One's own account: who one is, password, second factor, and where one is signed in."""

from typing import Annotated

from fastapi import Response

from api.door import Door, Me
from api.etag import Tag
from api.house import InHouse, Now
from api.paging import Page
from api.post import tell_of_change
from api.routing import desk_router
from api.shapes import Id
from api.shapes.auth import Enrolment
from api.shapes.me import (
    CodeShown,
    Disabling,
    MeChange,
    MeOut,
    OwnTenant,
    PasswordChange,
    PasswordShown,
    RecoveryCodes,
    SessionOut,
)
from api.shapes.users import HeldOut
from api.staff import ANYBODY, Staff
from clinic import account, second_factor
from clinic.edited import edit
from clinic.permission import EVERYWHERE
from clinic.second_factor import Compulsory
from clinic.tenant import Tenant
from clinic.user import User

router = desk_router("/me", "me")

MOST = 200  # sessions that are listed

Asking = Annotated[Staff, ANYBODY]


@router.get("")
async def get_me(staff: Asking, user: Me, tag: Tag) -> MeOut:
    """Who you are, with your roles, clinics and permissions."""
    tag.set(user.version)
    return await _shown(staff, user)


@router.patch("")
async def edit_me(change: MeChange, staff: Asking, user: Me, tag: Tag) -> MeOut:
    """Change your own name or the language of mails to you."""
    changes = {name: value for name, value in change.given().items() if value is not None}
    before, after = await edit(User.of(user.tenant_id), user.id, changes, tag.version)
    facts = {"name", "language"}
    staff.touched("users", user.id, before.model_dump(include=facts), after.model_dump(include=facts))
    tag.set(after.version)
    return await _shown(staff, after)


@router.post("/password", status_code=204)
async def change_own_password(
    change: PasswordChange, staff: Asking, user: Me, house: InHouse, door: Door, now: Now
) -> Response:
    """Choose another password. All your other sessions end."""
    await account.change_password(door, user, change.present, change.password, now, staff.session_id)
    staff.touched("users", user.id)
    await tell_of_change(house, user)
    return Response(status_code=204)


@router.post("/second-factor")
async def begin_second_factor(shown: PasswordShown, staff: Asking, user: Me, door: Door, now: Now) -> Enrolment:
    """Begin with an authenticator app: it is asked for once a code of it was confirmed."""
    await account.prove(door, user, shown.password, now)
    secret = second_factor.new_secret()
    await second_factor.begin(user, secret, door.secret_key)
    staff.touched("users", user.id)
    return Enrolment(secret=secret, uri=second_factor.uri(secret, user.email))


@router.post("/second-factor/confirm")
async def confirm_second_factor(shown: CodeShown, staff: Asking, user: Me, door: Door, now: Now) -> RecoveryCodes:
    """Show that the app works: from now on signing in asks for it."""
    await door.throttle.attempt(now, second_factor=user.id)
    codes = await second_factor.confirm(user, shown.code, door.secret_key, now)
    await door.throttle.forget(second_factor=user.id)
    staff.touched("users", user.id, {"second_factor": False}, {"second_factor": True})
    return RecoveryCodes(recovery_codes=codes)


@router.post("/second-factor/disable", status_code=204)
async def disable_second_factor(shown: Disabling, staff: Asking, user: Me, door: Door, now: Now) -> Response:
    """Sign in with the password alone from now on, where the practice allows it."""
    if (await Tenant.load(user.tenant_id)).requires_second_factor:
        raise Compulsory
    await account.prove(door, user, shown.password, now)
    await door.throttle.attempt(now, second_factor=user.id)
    await second_factor.use(user, shown.code, door.secret_key, now)
    await second_factor.disable(user)
    await door.throttle.forget(second_factor=user.id)
    staff.touched("users", user.id, {"second_factor": True}, {"second_factor": False})
    return Response(status_code=204)


@router.post("/recovery-codes")
async def renew_recovery_codes(shown: PasswordShown, staff: Asking, user: Me, door: Door, now: Now) -> RecoveryCodes:
    """Ten fresh recovery codes; the old ones are worth nothing any more."""
    await account.prove(door, user, shown.password, now)
    codes = await second_factor.renew_codes(user, door.secret_key)
    staff.touched("users", user.id)
    return RecoveryCodes(recovery_codes=codes)


@router.get("/sessions")
async def list_own_sessions(staff: Asking, user: Me, door: Door, now: Now) -> Page[SessionOut]:
    """Where you are signed in, the one used last first."""
    items = [SessionOut.of(session) for session in (await door.sessions.of_user(user, now))[:MOST]]
    for item in items:
        item.current = item.id == staff.session_id
    return Page(items=items, next=None)


@router.delete("/sessions/{id}", status_code=204)
async def end_own_session(id: Id, staff: Asking, user: Me, door: Door) -> Response:
    """Sign out there."""
    await door.sessions.end_one(user, id, "ended by its owner")
    staff.touched("sessions", id)
    return Response(status_code=204)


async def _shown(staff: Staff, user: User) -> MeOut:
    tenant, grants = await Tenant.load(user.tenant_id), await user.grants()
    clinics = {held.clinic_id for held in user.memberships}
    return MeOut(
        id=user.id, email=user.email, name=user.name, language=user.language, tenant=OwnTenant.of(tenant),
        roles=sorted({held.role for held in user.memberships}),
        clinics=None if EVERYWHERE in clinics else sorted(clinics),
        memberships=[HeldOut.of(held) for held in user.memberships],
        permissions=sorted(grants.all()),
        permissions_by_clinic={clinic: sorted(allowed) for clinic, allowed in grants.by_clinic.items()},
        doctor_id=user.doctor_id, session_id=staff.session_id, has_second_factor=user.has_second_factor,
        requires_second_factor=tenant.requires_second_factor, recovery_codes_left=len(user.recovery_codes),
    )  # fmt: skip
