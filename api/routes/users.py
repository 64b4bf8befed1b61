"""The staff of a practice: invited, given roles, suspended. Nobody gives more than they hold, or changes themselves."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Response

from api.door import Door
from api.etag import Tag
from api.house import InHouse, Now
from api.paging import Asked, Page
from api.post import invite as send_invitation
from api.routing import desk_router
from api.shapes import Id
from api.shapes.users import Invitation, InvitedOut, Status, UserChange, UserOut
from api.staff import Staff, may
from clinic import account, membership, news, second_factor
from clinic.errors import ClinicError, NotFound
from clinic.login_session import renew_epoch
from clinic.paging import page
from clinic.sign_in import SignIn
from clinic.user import Held, User

router = desk_router("/users", "users")

Reading = Annotated[Staff, may("users:read")]
Creating = Annotated[Staff, may("users:create")]
Updating = Annotated[Staff, may("users:update")]
Deleting = Annotated[Staff, may("users:delete")]
SHOWN = ("name", "language", "status", "memberships", "doctor_id")  # in the audit


class NotInvited(ClinicError):
    """They have accepted already, or are suspended: an invitation goes to nobody but the invited."""

    code = "not_invited"


@router.get("")
async def list_users(
    staff: Reading,
    asked: Asked,
    status: Status | None = None,
    clinic_id: Annotated[str, Query(max_length=64, description="Who works there.")] = "",
) -> Page[UserOut]:
    """The staff of the practice; of somebody at one clinic, those who work there."""
    query: dict[str, Any] = {"status": status or {"$ne": "deactivated"}, **_within(staff.clinics("users:read"))}
    if clinic_id:
        query = {"$and": [query, _within([clinic_id])]}
    users, following = await page(User.of(staff.tenant_id), query, cursor=asked.cursor, limit=asked.limit)
    return Page(items=[UserOut.of(user) for user in users], next=following)


@router.post("", status_code=201)
async def invite_user(new: Invitation, staff: Creating, house: InHouse, tag: Tag, now: Now) -> InvitedOut:
    """Invite somebody: they get a mail with a link to set their password. Only roles within your own can be given."""
    held = [Held(role=each.role, clinic_id=each.clinic_id) for each in new.memberships]
    await membership.check_given(staff.tenant_id, held, staff.grants)
    await membership.check_doctor(staff.tenant_id, new.doctor_id)
    user = await membership.invite(
        staff.tenant_id, new.email, new.name, held, now, doctor_id=new.doctor_id, language=new.language
    )
    link = await send_invitation(house, user)
    staff.touched("users", user.id, {}, _shown(user))
    return await _invited(user, link, tag)


@router.post("/{id}/invite")
async def invite_user_again(id: Id, staff: Creating, house: InHouse, tag: Tag) -> InvitedOut:
    """Send the invitation once more; the link of the earlier one is worth nothing any more."""
    user = await _user(staff, id)
    if user.status != "invited":
        raise NotInvited
    await membership.check_reach(user, staff.user_id, staff.grants)
    link = await send_invitation(house, user)
    staff.touched("users", id)
    return await _invited(user, link, tag)


@router.get("/{id}")
async def get_user(id: Id, staff: Reading, tag: Tag) -> UserOut:
    """One member of staff."""
    user = await _user(staff, id)
    tag.set(user.version)
    return UserOut.of(user)


@router.patch("/{id}")
async def edit_user(id: Id, change: UserChange, staff: Updating, door: Door, tag: Tag) -> UserOut:
    """Change name, language, roles or doctor. New roles count at once: present access tokens must be refreshed."""
    user = await _user(staff, id)
    await membership.check_reach(user, staff.user_id, staff.grants)
    changes = {name: value for name, value in change.given().items() if value is not None}
    if change.memberships is not None:
        await membership.check_given(staff.tenant_id, [Held(**each) for each in changes["memberships"]], staff.grants)
    await membership.check_doctor(staff.tenant_id, changes.get("doctor_id", ""))
    return await _changed(staff, door, user, changes, tag)


@router.post("/{id}/suspend")
async def suspend_user(id: Id, staff: Updating, door: Door, tag: Tag) -> UserOut:
    """Keep somebody out until restored: all their sessions end at once."""
    user = await _user(staff, id)
    await membership.check_reach(user, staff.user_id, staff.grants)
    return await _kept_out(staff, door, user, {"status": "suspended"}, tag)


@router.post("/{id}/restore")
async def restore_user(id: Id, staff: Updating, door: Door, tag: Tag) -> UserOut:
    """Let a suspended member of staff in again, with the roles that they had."""
    user = await _user(staff, id)
    await membership.check_reach(user, staff.user_id, staff.grants)
    if user.status != "suspended":
        tag.set(user.version)
        return UserOut.of(user)
    return await _changed(staff, door, user, {"status": "active" if user.password_hash else "invited"}, tag)


@router.post("/{id}/sign-out", status_code=204)
async def sign_user_out(id: Id, staff: Updating, door: Door) -> Response:
    """End all sessions of somebody, on all devices."""
    user = await _user(staff, id)
    await membership.check_reach(user, staff.user_id, staff.grants)
    await account.keep_out(door, user, "signed out by staff")
    staff.touched("users", id)
    return Response(status_code=204)


@router.post("/{id}/reset-second-factor", status_code=204)
async def reset_second_factor(id: Id, staff: Updating, door: Door) -> Response:
    """For somebody who lost both phone and recovery codes: the next sign-in asks for the password alone, or leads to
    a new enrolment where a second factor is required. Their sessions end."""
    user = await _user(staff, id)
    await membership.check_reach(user, staff.user_id, staff.grants)
    await second_factor.disable(user)
    await account.keep_out(door, user, "second factor reset")
    staff.touched("users", id)
    return Response(status_code=204)


@router.delete("/{id}", status_code=204)
async def delete_user(id: Id, staff: Deleting, door: Door, tag: Tag) -> Response:
    """Deactivate somebody for good: no roles, no password, and the address is free again. The name stays for the
    histories that mention it."""
    user = await _user(staff, id)
    await membership.check_reach(user, staff.user_id, staff.grants)
    await _kept_out(staff, door, user, membership.deactivation(user), tag)
    await second_factor.disable(user)
    return Response(status_code=204)


async def _user(staff: Staff, id: str) -> User:
    """Raises ``NotFound``, also for somebody at a clinic that is not the asker's."""
    query = {"_id": id, **_within(staff.clinics("users:read"))}
    user = await User.of(staff.tenant_id).find_one(query)
    if user is None or user.status == "deactivated":
        raise NotFound
    return user


def _within(clinics: Any) -> dict[str, Any]:
    """Who works at one of them, or everywhere."""
    return {} if clinics is None else {"memberships.clinic_id": {"$in": [*sorted(clinics), ""]}}


def _shown(user: User) -> Mapping[str, Any]:
    shown: dict[str, Any] = user.model_dump(include=set(SHOWN))
    return shown


async def _invited(user: User, link: str, tag: Tag) -> InvitedOut:
    tag.set(user.version)
    await news.tell(user.tenant_id, "user.changed", user.id)
    return InvitedOut(**UserOut.of(user).model_dump(), link=link)


async def _changed(staff: Staff, door: SignIn, user: User, changes: dict[str, Any], tag: Tag) -> UserOut:
    before, after = await membership.change(user, changes, tag.version)
    if (before.held, before.status, before.doctor_id) != (after.held, after.status, after.doctor_id):
        await renew_epoch(door.redis, after)
    staff.touched("users", user.id, _shown(before), _shown(after))
    tag.set(after.version)
    await news.tell(user.tenant_id, "user.changed", user.id)
    return UserOut.of(after)


async def _kept_out(staff: Staff, door: SignIn, user: User, changes: dict[str, Any], tag: Tag) -> UserOut:
    answer = await _changed(staff, door, user, changes, tag)
    await door.sessions.end_all(user, "suspended")
    return answer
