"""Staff are invited, given roles and kept out; nobody gets more than the giver has, and an owner always stays."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from office import Office, open_office
from redis.asyncio import Redis

from clinic.audit import AuditEntry
from clinic.login_session import Where
from clinic.password import Passwords
from clinic.record import new_id
from clinic.role import CUSTOM
from clinic.sign_in import SignedIn, SignIn
from clinic.user import Held, User, add

PASSWORD, OTHER = "nine purple walruses", "seven green herons"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest_asyncio.fixture
async def desk(database: object, redis: "Redis") -> AsyncIterator[Office]:
    """An office that sends no mails: whoever invites is shown the link."""
    async with open_office(redis, passwords=Passwords(QUICK), console_url="https://c.test") as opened:
        yield opened


async def person(desk: Office, role: str = "owner", clinic_id: str = "") -> User:
    user = User(
        tenant_id=desk.tenant_id, email=f"{new_id()}@practice.test", name="Asha Example", status="active",
        memberships=[Held(role=role, clinic_id=clinic_id)], password_hash=QUICK.hash(PASSWORD),
        created_at=datetime.now(UTC),
    )  # fmt: skip
    return await add(user)


async def signed_in(desk: Office, user: User) -> tuple[httpx.AsyncClient, str]:
    """A caller, and the refresh token."""
    door = SignIn(desk.house.redis, desk.house.secret_key, desk.house.passwords)
    came = await door.login(user.email, PASSWORD, Where("192.0.2.1"), datetime.now(UTC))
    assert isinstance(came, SignedIn)
    return desk.client(came.access_token), came.refresh_token


def invitation(role: str = "receptionist", **more: Any) -> dict[str, Any]:
    return {"email": f"{new_id()}@practice.test", "name": "Farah Khan", "memberships": [{"role": role}]} | more


async def test_an_invited_receptionist_comes_in(desk: Office) -> None:
    owner, _ = await signed_in(desk, await person(desk))
    made = await owner.post("/users", json=invitation(doctor_id=desk.practice.doctors[0].id))
    assert made.status_code == 201, made.text
    new = made.json()
    assert (new["status"], made.headers["etag"]) == ("invited", '"1"')
    page, _, token = new["link"].partition("#")
    assert page == "https://c.test/accept-invitation"
    door = desk.client()
    accepted = await door.post("/auth/accept-invitation", json={"token": token, "password": PASSWORD, "name": "Farah"})
    assert accepted.json() == {"email": new["email"]}
    again = await door.post("/auth/accept-invitation", json={"token": token, "password": PASSWORD})
    assert again.json()["code"] == "bad_link"
    came = (await door.post("/auth/login", json={"email": new["email"], "password": PASSWORD})).json()
    shown = (await desk.client(came["access_token"]).get("/me")).json()
    assert (shown["name"], shown["roles"], shown["doctor_id"]) == ("Farah", ["receptionist"], new["doctor_id"])
    assert (await desk.client(came["access_token"]).get("/users")).status_code == 403
    listed = (await owner.get("/users")).json()["items"]
    assert {each["email"] for each in listed} >= {new["email"]}
    assert "argon2" not in str(listed)
    assert "link" not in listed[0]


async def test_the_link_is_mailed_where_mails_leave_and_shown_to_nobody(database: object, redis: "Redis") -> None:
    async with open_office(redis, passwords=Passwords(QUICK), mails=True) as desk:
        made = (await desk.as_("owner").post("/users", json=invitation())).json()
        assert made["link"] == ""
        again = (await desk.as_("owner").post(f"/users/{made['id']}/invite")).json()
        assert again["link"] == ""
        assert [job[0] for job in desk.jobs.asked] == ["workers.mail.send_mail"] * 2


@pytest.mark.parametrize(
    ("giver", "wanted", "code"),
    [
        ("manager", "owner", "beyond_your_own"),
        ("owner", "platform_admin", "unknown_role"),
        ("owner", "support", "unknown_role"),
        ("owner", "king", "unknown_role"),
    ],
)
async def test_more_than_ones_own_is_not_given(desk: Office, giver: str, wanted: str, code: str) -> None:
    client = desk.as_(giver)
    assert (await client.post("/users", json=invitation(wanted))).json()["code"] == code
    nurse = (await client.post("/users", json=invitation("nurse"))).json()
    raised = await client.patch(f"/users/{nurse['id']}", json={"memberships": [{"role": wanted}]})
    assert raised.json()["code"] == code


async def test_unknown_places_and_taken_addresses_are_refused(desk: Office) -> None:
    client = desk.as_("owner")
    elsewhere = invitation(memberships=[{"role": "nurse", "clinic_id": new_id()}])
    assert (await client.post("/users", json=elsewhere)).json()["code"] == "unknown_clinic"
    assert (await client.post("/users", json=invitation(doctor_id=new_id()))).json()["code"] == "unknown_doctor"
    first = invitation()
    assert (await client.post("/users", json=first)).status_code == 201
    taken = await client.post("/users", json=first | {"email": first["email"].upper()})
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")


async def test_nobody_changes_themselves_or_an_owner_from_below(desk: Office) -> None:
    owner, manager = await person(desk), await person(desk, "manager")
    as_owner, _ = await signed_in(desk, owner)
    as_manager, _ = await signed_in(desk, manager)
    for client, target, code in ((as_owner, owner, "own_account"), (as_manager, owner, "beyond_your_own")):
        path = f"/users/{target.id}"
        answers = [
            await client.patch(path, json={"memberships": [{"role": "owner"}]}),
            await client.post(f"{path}/suspend"),
            await client.post(f"{path}/sign-out"),
            await client.post(f"{path}/reset-second-factor"),
            await client.delete(path),
        ]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, code)}


async def test_the_last_owner_is_not_removed(desk: Office) -> None:
    owner = await person(desk)
    client = desk.as_("owner")  # as if the asker's own account had just been taken away
    for answer in (
        await client.post(f"/users/{owner.id}/suspend"),
        await client.delete(f"/users/{owner.id}"),
        await client.patch(f"/users/{owner.id}", json={"memberships": []}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    assert (await client.get(f"/users/{owner.id}")).json()["memberships"] == [{"role": "owner", "clinic_id": ""}]


async def test_new_roles_count_at_once(desk: Office) -> None:
    owner, nurse = await person(desk), await person(desk, "nurse")
    as_owner, _ = await signed_in(desk, owner)
    as_nurse, refresh_token = await signed_in(desk, nurse)
    seen = await as_owner.get(f"/users/{nurse.id}")
    change = {"memberships": [{"role": "manager"}]}
    changed = await as_owner.patch(f"/users/{nurse.id}", json=change, headers={"If-Match": seen.headers["etag"]})
    assert changed.status_code == 200
    stale = await as_owner.patch(f"/users/{nurse.id}", json={"name": "X"}, headers={"If-Match": seen.headers["etag"]})
    assert (stale.status_code, stale.json()["current"]["id"]) == (412, nurse.id)
    assert "argon2" not in stale.text
    told = await as_nurse.get("/me")
    assert (told.status_code, told.json()["code"]) == (401, "not_signed_in")
    came = (await desk.client().post("/auth/refresh", json={"refresh_token": refresh_token})).json()
    assert (await desk.client(came["access_token"]).get("/me")).json()["roles"] == ["manager"]


async def test_who_is_suspended_is_out_at_once_and_may_be_restored(desk: Office) -> None:
    owner, nurse = await person(desk), await person(desk, "nurse")
    as_owner, _ = await signed_in(desk, owner)
    as_nurse, refresh_token = await signed_in(desk, nurse)
    assert (await as_owner.post(f"/users/{nurse.id}/suspend")).json()["status"] == "suspended"
    assert (await as_nurse.get("/me")).status_code == 401
    assert (await desk.client().post("/auth/refresh", json={"refresh_token": refresh_token})).status_code == 401
    credentials = {"email": nurse.email, "password": PASSWORD}
    assert (await desk.client().post("/auth/login", json=credentials)).status_code == 401
    assert (await as_owner.post(f"/users/{nurse.id}/invite")).json()["code"] == "not_invited"
    assert (await as_owner.post(f"/users/{nurse.id}/restore")).json()["status"] == "active"
    assert (await desk.client().post("/auth/login", json=credentials)).status_code == 200
    kinds = [(row["action"], row["entity_id"]) for row in await AuditEntry.of(desk.tenant_id).rows()]
    assert ("suspend_user", nurse.id) in kinds
    assert ("restore_user", nurse.id) in kinds


async def test_who_leaves_is_gone_and_the_address_is_free(desk: Office) -> None:
    nurse = await person(desk, "nurse")
    client = desk.as_("owner")
    assert (await client.delete(f"/users/{nurse.id}")).status_code == 204
    assert (await client.get(f"/users/{nurse.id}")).status_code == 404
    assert (await client.delete(f"/users/{nurse.id}")).status_code == 404
    assert nurse.id not in {each["id"] for each in (await client.get("/users")).json()["items"]}
    assert (await client.post("/users", json=invitation(email=nurse.email))).status_code == 201
    kept = await User.of(desk.tenant_id).get(nurse.id)
    assert (kept.name, kept.password_hash, kept.memberships) == (nurse.name, "", [])


async def test_whoever_works_elsewhere_does_not_exist(desk: Office, redis: "Redis") -> None:
    here = desk.practice.clinic.id
    stranger, colleague = await person(desk, "nurse", new_id()), await person(desk, "nurse", here)
    manager = desk.as_("manager", clinic_id=here)
    assert [each["id"] for each in (await manager.get("/users")).json()["items"]] == [colleague.id]
    assert (await manager.get(f"/users/{stranger.id}")).status_code == 404
    assert (await manager.get(f"/users/{colleague.id}")).status_code == 200
    assert (await manager.post(f"/users/{colleague.id}/suspend")).status_code == 403, "not of the whole practice"
    listed = (await desk.as_("owner").get("/users", params={"clinic_id": here})).json()["items"]
    assert [each["id"] for each in listed] == [colleague.id]
    other = desk.as_("owner", tenant_id=new_id())
    assert (await other.get(f"/users/{colleague.id}")).status_code == 404


async def test_a_practices_own_role_from_making_to_end(desk: Office) -> None:
    owner = desk.as_("owner")
    wanted = {"name": "Night desk", "base": "nurse", "grants": ["callbacks:update"], "denials": ["patients:create"]}
    made = await owner.post("/roles", json=wanted)
    assert made.status_code == 201, made.text
    role = made.json()
    assert "callbacks:update" in role["permissions"]
    assert "patients:create" not in role["permissions"]
    assert (await owner.post("/roles", json=wanted)).json()["code"] == "role_name_taken"
    holder = desk.as_(role["id"])
    assert (await holder.get("/roles")).json()["items"] == [role]
    user = (await owner.post("/users", json=invitation(role["id"]))).json()
    assert (await owner.delete(f"/roles/{role['id']}")).json()["code"] == "role_in_use"
    edited = await owner.patch(f"/roles/{role['id']}", json={"denials": ["roles:read"]})
    assert edited.headers["etag"] == '"2"'
    assert (await holder.get("/roles")).status_code == 403
    second = (await owner.post("/roles", json=wanted | {"name": "Day desk"})).json()
    renamed = await owner.patch(f"/roles/{second['id']}", json={"name": "Night desk"})
    assert renamed.json()["code"] == "role_name_taken"
    assert (await owner.delete(f"/users/{user['id']}")).status_code == 204
    assert (await owner.delete(f"/roles/{role['id']}")).status_code == 204
    assert (await owner.get(f"/roles/{role['id']}")).status_code == 404
    CUSTOM.forget(desk.tenant_id)
    assert (await holder.get("/roles")).status_code == 403


async def test_a_role_allows_no_more_than_its_makers_own(desk: Office) -> None:
    manager, owner = desk.as_("manager"), desk.as_("owner")
    over = {"name": "Over", "base": "manager", "grants": ["clinics:delete"]}
    assert (await manager.post("/roles", json=over)).json()["code"] == "beyond_your_own"
    made = (await owner.post("/roles", json=over)).json()
    for answer in (
        await manager.patch(f"/roles/{made['id']}", json={"grants": []}),
        await manager.delete(f"/roles/{made['id']}"),
    ):
        assert answer.json()["code"] == "beyond_your_own"
    plain = (await manager.post("/roles", json={"name": "Plain", "base": "nurse"})).json()
    raised = await manager.patch(f"/roles/{plain['id']}", json={"base": "owner"})
    assert raised.json()["code"] == "beyond_your_own"
    for bad in ({"base": "platform_admin"}, {"grants": ["everything:do"]}, {"grants": None, "base": "x"}):
        assert (await owner.patch(f"/roles/{plain['id']}", json=bad)).status_code == 422


async def test_the_table_can_be_read(desk: Office) -> None:
    items = (await desk.as_("receptionist").get("/roles/standard")).json()["items"]
    assert {each["id"] for each in items} == {"owner", "manager", "doctor", "receptionist", "billing", "nurse"}
