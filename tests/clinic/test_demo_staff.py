"""The demo's staff can sign in with the password that everybody knows, and nobody else may choose it."""

import pytest
from practice import NOW
from redis.asyncio import Redis
from staffroom import HERE, SECRET

from clinic import access_token, demo
from clinic.demo_staff import HASH, PASSWORD, STAFF
from clinic.doctor import Doctor
from clinic.password import ARGON2, Passwords, complaint
from clinic.sign_in import SignedIn, SignIn


@pytest.mark.parametrize(("tenant", "box", "name", "role", "doctor_id"), STAFF)
async def test_they_sign_in(
    database: object, redis: "Redis", tenant: str, box: str, name: str, role: str, doctor_id: str
) -> None:
    await demo.seed("key", NOW)
    came = await SignIn(redis, SECRET, Passwords()).login(f"{box}@{tenant}.opdesk.test", "demo-password", HERE, NOW)
    assert isinstance(came, SignedIn)
    claims = access_token.read(came.access_token, SECRET, NOW)
    assert (claims.tenant_id, [held.role for held in claims.memberships]) == (tenant, [role])
    if doctor_id:
        assert (await Doctor.of(tenant).get(claims.doctor_id)).name == name == "Dr Anil Sharma"


def test_it_is_hashed_as_today_and_refused_to_others() -> None:
    assert ARGON2.verify(HASH, PASSWORD)
    assert not ARGON2.check_needs_rehash(HASH)
    assert complaint(PASSWORD)
