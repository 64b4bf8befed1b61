"""Links that set a password, once and for a while; a password changed; invitations, roles given, and the last owner."""

import asyncio

import pytest
from staffroom import NOW, PASSWORD, SECRET, Staffroom

from clinic import account, membership
from clinic.account import WrongPassword
from clinic.directory import DIRECTORIES
from clinic.login_session import SignedOut
from clinic.mail import Mail
from clinic.membership import BeyondYourOwn, LastOwner, OwnAccount, UnknownClinic, UnknownDoctor, UnknownRole
from clinic.one_time_link import LIFETIME, BadLink
from clinic.password import WeakPassword
from clinic.permission import Grants, Membership
from clinic.place import Clinic
from clinic.role import CUSTOM, Role
from clinic.sign_in import WrongCredentials
from clinic.user import EmailTaken, Held, User

OTHER = "seven green herons"
OWNER, MANAGER = Held(role="owner"), Held(role="manager")


def grants(*roles: str, clinic_id: str = "") -> Grants:
    return Grants.of([Membership(role, clinic_id) for role in roles], {})


async def invited(staffroom: Staffroom) -> User:
    person = await staffroom.user("nurse")  # for an address of its own
    return await membership.invite(person.tenant_id, f"new-{person.email}", "Meera", [OWNER], NOW)


async def test_an_invitation_is_accepted_once(staffroom: Staffroom) -> None:
    user = await invited(staffroom)
    token = await account.new_link(user, "invitation", NOW)
    with pytest.raises(WeakPassword):
        await account.set_password(staffroom.door, "invitation", token, "password1234", NOW)
    await account.set_password(staffroom.door, "invitation", token, PASSWORD, NOW, name="Meera K")
    assert (await staffroom.again(user)).name == "Meera K"
    await staffroom.login(user)
    with pytest.raises(BadLink):
        await account.set_password(staffroom.door, "invitation", token, OTHER, NOW)


@pytest.mark.parametrize("kind", ["invitation", "reset"])
async def test_a_link_is_good_for_its_time_its_kind_and_once(staffroom: Staffroom, kind: str) -> None:
    user = await (invited(staffroom) if kind == "invitation" else staffroom.user())
    set_password, lifetime = account.set_password, LIFETIME[kind]
    earlier = await account.new_link(user, kind, NOW)  # type: ignore[arg-type]
    token = await account.new_link(user, kind, NOW)  # type: ignore[arg-type]
    other = "reset" if kind == "invitation" else "invitation"
    for wrong, shown, now in (
        (kind, earlier, NOW), (other, token, NOW), (kind, token, NOW + lifetime), (kind, token + "x", NOW),
        (kind, "", NOW), (kind, f"{user.id}.", NOW), (kind, f"nobody.{token.partition('.')[2]}", NOW),
    ):  # fmt: skip
        with pytest.raises(BadLink):
            await set_password(staffroom.door, wrong, shown, OTHER, now)  # type: ignore[arg-type]
    tries = (set_password(staffroom.door, kind, token, OTHER, NOW) for _ in range(4))  # type: ignore[arg-type]
    outcome = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcome) == ["BadLink"] * 3 + ["User"]
    assert token.partition(".")[2] not in str(await User.of(user.tenant_id).rows())


async def test_a_reset_ends_all_sessions(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    signed_in = await staffroom.login(user)
    mail_id = await account.forgot(staffroom.door, user.email.upper(), NOW)
    mail = await Mail.of(user.tenant_id).get(mail_id)
    token = mail.link_token(SECRET)
    assert token.partition(".")[2] not in str(await Mail.of(user.tenant_id).rows())
    await account.set_password(staffroom.door, "reset", token, OTHER, NOW)
    with pytest.raises(SignedOut):
        await staffroom.door.refresh(signed_in.refresh_token, NOW)
    with pytest.raises(WrongCredentials):
        await staffroom.login(user)
    await staffroom.login(user, password=OTHER)


async def test_nobody_else_is_written_to(staffroom: Staffroom) -> None:
    assert await account.forgot(staffroom.door, "nobody@nowhere.test", NOW) == ""
    assert await account.forgot(staffroom.door, (await staffroom.user(status="suspended")).email, NOW) == ""
    assert await account.forgot(staffroom.door, (await invited(staffroom)).email, NOW) == ""
    assert await Mail.of(staffroom.tenant.id).count() == 0


async def test_a_suspended_user_gets_in_by_no_link(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    token = await account.new_link(user, "reset", NOW)
    await membership.change(await staffroom.user(), {})
    await User.of(user.tenant_id).change({"_id": user.id}, {"$set": {"status": "suspended"}})
    with pytest.raises(BadLink):
        await account.set_password(staffroom.door, "reset", token, OTHER, NOW)


async def test_a_changed_password_leaves_this_session_alone(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    here, there = await staffroom.login(user), await staffroom.login(user)
    session_id = staffroom.claims(here).session_id
    with pytest.raises(WrongPassword):
        await account.change_password(staffroom.door, user, "a wrong one", OTHER, NOW, session_id)
    with pytest.raises(WeakPassword):
        await account.change_password(staffroom.door, user, PASSWORD, user.email, NOW, session_id)
    await account.change_password(staffroom.door, user, PASSWORD, OTHER, NOW, session_id)
    await staffroom.door.refresh(here.refresh_token, NOW)
    with pytest.raises(SignedOut):
        await staffroom.door.refresh(there.refresh_token, NOW)
    await staffroom.login(user, password=OTHER)


async def test_an_address_is_one_persons_in_the_whole_installation(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    with pytest.raises(EmailTaken):
        await membership.invite("another-practice", f" {user.email.upper()}", "Meera", [], NOW)


async def test_the_last_owner_stays(staffroom: Staffroom) -> None:
    one = await staffroom.user()
    for changes in ({"status": "suspended"}, {"memberships": [MANAGER.model_dump()]}, {"memberships": []}):
        with pytest.raises(LastOwner):
            await membership.change(one, changes)
        assert (await staffroom.again(one)).is_owner
    await invited(staffroom)
    with pytest.raises(LastOwner):  # an invited owner cannot sign in yet
        await membership.change(one, {"status": "suspended"})
    other = await staffroom.user()
    await membership.change(one, {"status": "suspended"})
    with pytest.raises(LastOwner):
        await membership.change(other, {"status": "suspended"})


async def test_owners_who_remove_each_other_at_once_leave_one_at_least(staffroom: Staffroom) -> None:
    for _ in range(5):
        pair = [await staffroom.user(), await staffroom.user()]
        removals = (membership.change(each, {"status": "suspended"}) for each in pair)
        await asyncio.gather(*removals, return_exceptions=True)
        assert await membership.owners(staffroom.tenant.id)


async def test_nobody_gives_more_than_they_hold(staffroom: Staffroom) -> None:
    tenant_id = staffroom.tenant.id
    clinic = Clinic(tenant_id=tenant_id, name="A", address="1 Road", zone="Asia/Kolkata", currency="INR")
    await Clinic.of(tenant_id).insert(clinic)
    night = Role(tenant_id=tenant_id, name="Night", base="nurse", grants=["appointments:approve"])
    await Role.of(tenant_id).insert(night)
    DIRECTORIES.forget(tenant_id)
    CUSTOM.forget(tenant_id)
    allowed = [
        ("owner", OWNER), ("owner", MANAGER), ("manager", MANAGER),
        ("manager", Held(role="doctor", clinic_id=clinic.id)),
        ("manager", Held(role="receptionist")), ("manager", Held(role="billing")), ("manager", Held(role="nurse")),
        ("manager", Held(role=night.id)),
    ]  # fmt: skip
    for giver, given in allowed:
        await membership.check_given(tenant_id, [given], grants(giver))
    refused = [
        (grants("manager"), OWNER, BeyondYourOwn),
        (grants("manager", clinic_id=clinic.id), MANAGER, BeyondYourOwn),
        (grants("receptionist"), Held(role="doctor"), BeyondYourOwn),
        (grants("owner"), Held(role="platform_admin"), UnknownRole),
        (grants("owner"), Held(role="support"), UnknownRole),
        (grants("owner"), Held(role="king"), UnknownRole),
        (grants("owner"), Held(role="doctor", clinic_id="elsewhere"), UnknownClinic),
    ]
    for own, given, refusal in refused:
        with pytest.raises(refusal):
            await membership.check_given(tenant_id, [given], own)
    with pytest.raises(UnknownDoctor):
        await membership.check_doctor(tenant_id, "elsewhere")


async def test_nobody_reaches_above_or_to_themselves(staffroom: Staffroom) -> None:
    owner, manager = await staffroom.user(), await staffroom.user("manager")
    await membership.check_reach(manager, owner.id, grants("owner"))
    with pytest.raises(BeyondYourOwn):
        await membership.check_reach(owner, manager.id, grants("manager"))
    with pytest.raises(OwnAccount):
        await membership.check_reach(owner, owner.id, grants("owner"))
