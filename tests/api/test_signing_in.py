"""Signing in over the API: tokens and challenges, sessions and their end, links, and nothing told to the curious."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pyotp
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from office import SECRET, Office, open_office
from redis.asyncio import Redis

from clinic.audit import AuditEntry
from clinic.job import SEND_MAIL
from clinic.mail import Mail
from clinic.password import Passwords
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.user import Held, User, add

PASSWORD, OTHER = "nine purple walruses", "seven green herons"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest_asyncio.fixture
async def desk(database: object, redis: "Redis") -> AsyncIterator[Office]:
    """An office that mails, whose passwords cost little."""
    async with open_office(redis, passwords=Passwords(QUICK), mails=True, console_url="https://c.test") as opened:
        yield opened


async def person(desk: Office, role: str = "owner", **more: Any) -> User:
    user = User(
        tenant_id=desk.tenant_id, email=f"{new_id()}@practice.test", name="Asha Example", status="active",
        memberships=[Held(role=role)], password_hash=QUICK.hash(PASSWORD), created_at=datetime.now(UTC),
    )  # fmt: skip
    return await add(user.model_copy(update=more))


async def login(desk: Office, user: User, password: str = PASSWORD) -> dict[str, Any]:
    answer = await desk.client().post("/auth/login", json={"email": user.email, "password": password})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def refresh(desk: Office, told: dict[str, Any]) -> httpx.Response:
    return await desk.client().post("/auth/refresh", json={"refresh_token": told["refresh_token"]})


def me(desk: Office, told: dict[str, Any]) -> httpx.AsyncClient:
    return desk.client(told["access_token"])


async def status(desk: Office, told: dict[str, Any]) -> int:
    return (await me(desk, told).get("/me")).status_code


async def test_signing_in_answers_tokens_that_open_the_api(desk: Office) -> None:
    user = await person(desk, doctor_id=desk.practice.doctors[0].id)
    told = await login(desk, user)
    assert (told["token_type"], told["expires_in"]) == ("bearer", 900)
    shown = (await me(desk, told).get("/me")).json()
    assert (shown["id"], shown["email"], shown["roles"], shown["clinics"]) == (user.id, user.email, ["owner"], None)
    assert shown["tenant"] == {"id": desk.tenant_id, "name": "Practice"}
    assert "users:create" in shown["permissions"]
    assert shown["permissions_by_clinic"] == {"": shown["permissions"]}
    assert user.password_hash not in str(shown)
    changed = await me(desk, told).patch("/me", json={"name": "Asha M", "language": "hi"})
    assert (changed.json()["name"], changed.json()["language"]) == ("Asha M", "hi")
    assert (await me(desk, told).patch("/me", json={"memberships": []})).status_code == 422


@pytest.mark.parametrize("which", ["unknown", "wrong", "suspended", "invited"])
async def test_a_refusal_is_the_same_whoever_it_is(desk: Office, which: str) -> None:
    user = await person(desk, status=which if which in ("suspended", "invited") else "active")
    email = "nobody@nowhere.test" if which == "unknown" else user.email
    compared = desk.house.passwords.verified
    wrong = {"email": email, "password": OTHER if which == "wrong" else PASSWORD}
    answer = await desk.client().post("/auth/login", json=wrong)
    assert desk.house.passwords.verified == compared + 1
    assert answer.status_code == 401
    assert answer.json() == {
        "type": "about:blank", "title": "Unauthorized", "status": 401, "code": "wrong_credentials",
        "detail": "E-mail address or password is wrong: try again, or ask for a link to set a new password.",
    }  # fmt: skip
    forgotten = await desk.client().post("/auth/forgot", json={"email": email})
    assert (forgotten.status_code, forgotten.text) == (202, "null")


@pytest.mark.parametrize("known", [True, False])
async def test_too_many_tries_are_refused_the_same(desk: Office, known: bool) -> None:
    email = (await person(desk)).email if known else "nobody@nowhere.test"
    client = desk.client()
    answers = [await client.post("/auth/login", json={"email": email, "password": "x"}) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert answers[-1].json()["code"] == "too_many_tries"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 15


async def test_a_flood_gets_503(desk: Office) -> None:
    desk.house.passwords._room = 0
    answer = await desk.client().post("/auth/login", json={"email": "a@b.test", "password": "x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["retry-after"] == "2"


async def test_refreshing_and_the_end_of_a_stolen_token(desk: Office) -> None:
    now = datetime.now(UTC)
    user = await person(desk)
    first = await login(desk, user)
    second = (await refresh(desk, first)).json()
    assert await status(desk, second) == 200
    assert (await refresh(desk, first)).status_code == 200, "an answer may be lost"
    desk.app.state.house = replace(desk.house, clock=lambda: now + timedelta(minutes=1))
    stolen = await refresh(desk, first)
    assert (stolen.status_code, stolen.json()["code"]) == (401, "signed_out")
    assert (await refresh(desk, second)).status_code == 401
    assert await status(desk, second) == 401, "the access token does not outlive its session"
    actions = [row["action"] for row in await AuditEntry.of(desk.tenant_id).rows()]
    assert actions == ["login", "refresh_token_reused"]


async def test_leaving_here_and_everywhere(desk: Office) -> None:
    user = await person(desk)
    here, there, last = [await login(desk, user) for _ in range(3)]
    listed = (await me(desk, here).get("/me/sessions")).json()["items"]
    assert [each["current"] for each in listed].count(True) == 1
    assert len(listed) == 3
    leaving = desk.client()
    for _ in range(2):
        answer = await leaving.post("/auth/logout", json={"refresh_token": there["refresh_token"]})
        assert answer.status_code == 204
    assert [await status(desk, each) for each in (here, there, last)] == [200, 401, 200]
    other = next(each["id"] for each in listed if not each["current"] and each["id"] != sid(there))
    assert (await me(desk, here).delete(f"/me/sessions/{other}")).status_code == 204
    assert await status(desk, last) == 401
    again = await login(desk, user)
    assert (await me(desk, here).post("/auth/logout-everywhere")).status_code == 204
    assert [await status(desk, each) for each in (here, again)] == [401, 401]
    by_token = await login(desk, user)
    assert (await me(desk, by_token).post("/auth/logout", json={})).status_code == 204
    assert await status(desk, by_token) == 401
    assert (await leaving.post("/auth/logout", json={})).status_code == 204
    assert (await leaving.post("/auth/logout", json={"refresh_token": "x"})).status_code == 204


def sid(told: dict[str, Any]) -> str:
    return str(jwt.decode(told["access_token"], options={"verify_signature": False})["sid"])


async def test_a_session_of_somebody_else_does_not_exist(desk: Office) -> None:
    mine, theirs = await login(desk, await person(desk)), await login(desk, await person(desk))
    for other in (sid(theirs), new_id()):
        answer = await me(desk, mine).delete(f"/me/sessions/{other}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await status(desk, theirs) == 200


async def test_a_second_factor_from_enrolment_to_its_end(desk: Office) -> None:
    user = await person(desk)
    told = await login(desk, user)
    own = me(desk, told)
    assert (await own.post("/me/second-factor", json={"password": OTHER})).json()["code"] == "wrong_password"
    begun = (await own.post("/me/second-factor", json={"password": PASSWORD})).json()
    app, now = pyotp.TOTP(begun["secret"]), datetime.now(UTC)
    assert begun["uri"] == app.provisioning_uri(name=user.email, issuer_name="OPDesk")
    assert (await own.post("/me/second-factor/confirm", json={"code": "000000"})).status_code == 409
    codes = (await own.post("/me/second-factor/confirm", json={"code": app.at(now)})).json()["recovery_codes"]
    assert len(codes) == 10
    asked = await login(desk, user)
    assert (set(asked), asked["methods"]) == ({"challenge", "methods", "enrolment"}, ["totp", "recovery_code"])
    door = desk.client()
    replayed = await door.post("/auth/second-factor", json={"challenge": asked["challenge"], "code": app.at(now)})
    assert (replayed.status_code, replayed.json()["code"]) == (401, "wrong_code")
    came = await door.post("/auth/second-factor", json={"challenge": asked["challenge"], "code": codes[0]})
    assert await status(desk, came.json()) == 200
    shown = (await me(desk, came.json()).get("/me")).json()
    assert (shown["has_second_factor"], shown["recovery_codes_left"]) == (True, 9)
    fresh = (await own.post("/me/recovery-codes", json={"password": PASSWORD})).json()["recovery_codes"]
    refused = await own.post("/me/second-factor/disable", json={"password": PASSWORD, "code": codes[1]})
    assert refused.status_code == 409
    gone = await own.post("/me/second-factor/disable", json={"password": PASSWORD, "code": fresh[0]})
    assert gone.status_code == 204
    assert "access_token" in await login(desk, user)


async def test_where_it_is_required_signing_in_enrols(desk: Office) -> None:
    await Tenant.itself().change({"_id": desk.tenant_id}, {"$set": {"requires_second_factor": True}})
    asked = await login(desk, await person(desk))
    assert asked["methods"] == ["enrol"]
    answer = {"challenge": asked["challenge"], "code": pyotp.TOTP(asked["enrolment"]["secret"]).now()}
    came = (await desk.client().post("/auth/second-factor", json=answer)).json()
    assert len(came["recovery_codes"]) == 10
    kept = await me(desk, came).post(
        "/me/second-factor/disable", json={"password": PASSWORD, "code": came["recovery_codes"][0]}
    )
    assert (kept.status_code, kept.json()["code"]) == (409, "compulsory")


async def mailed(desk: Office, user: User) -> str:
    """The token of the last mail to them, whose job was asked for."""
    mail = (await Mail.of(desk.tenant_id).find({"user_id": user.id}, sort=[("_id", -1)], limit=1))[0]
    assert desk.jobs.asked[-1] == (SEND_MAIL, mail.id)
    return mail.link_token(SECRET)


async def test_a_forgotten_password_is_set_by_link_once(desk: Office) -> None:
    user, client = await person(desk), desk.client()
    told = await login(desk, user)
    await client.post("/auth/forgot", json={"email": user.email.upper()})
    token = await mailed(desk, user)
    weak = await client.post("/auth/reset", json={"token": token, "password": "password1234"})
    assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
    done = await client.post("/auth/reset", json={"token": token, "password": OTHER})
    assert done.json() == {"email": user.email}
    assert await mailed(desk, user) == "", "a note that it was changed, without a link"
    again = await client.post("/auth/reset", json={"token": token, "password": OTHER})
    assert (again.status_code, again.json()["code"]) == (409, "bad_link")
    assert await status(desk, told) == 401
    assert await status(desk, await login(desk, user, OTHER)) == 200


async def test_mails_are_not_asked_for_without_end(desk: Office) -> None:
    for email in ((await person(desk)).email, "nobody@nowhere.test"):
        answers = [await desk.client().post("/auth/forgot", json={"email": email}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]


async def test_a_password_is_changed_by_who_knows_it(desk: Office) -> None:
    user = await person(desk)
    here, there = await login(desk, user), await login(desk, user)
    own = me(desk, here)
    wrong = await own.post("/me/password", json={"present": OTHER, "password": OTHER})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_password")
    assert (await own.post("/me/password", json={"present": PASSWORD, "password": OTHER})).status_code == 204
    assert [await status(desk, each) for each in (here, there)] == [200, 401]


@pytest.mark.parametrize("path", ["/auth/login", "/auth/refresh", "/auth/reset", "/auth/second-factor", "/auth/forgot"])
@pytest.mark.parametrize(
    "body", [{}, [], None, "x", {"email": {"$ne": ""}, "password": {"$ne": ""}}, {"token": "\x00.\x00"}]
)
async def test_what_has_no_shape_is_refused(desk: Office, path: str, body: Any) -> None:
    answer = await desk.client().post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "é" * 200, "a@b\n.test", "$where", "' or 1=1"])
async def test_odd_input_is_only_wrong(desk: Office, odd: str) -> None:
    client = desk.client()
    raw = {"Content-Type": "application/json"}
    for path, field in (("login", "email"), ("login", "password"), ("refresh", "refresh_token"), ("reset", "token")):
        body = {"email": "a@b.test", "password": PASSWORD, "token": "x.y", "refresh_token": "x"} | {field: odd}
        names = {"login": ("email", "password"), "refresh": ("refresh_token",), "reset": ("token", "password")}[path]
        text = json.dumps({name: body[name] for name in names})
        answer = await client.post(f"/auth/{path}", content=text, headers=raw)
        assert answer.status_code in (401, 409, 422, 429), answer.text


async def test_nothing_secret_is_logged(
    desk: Office, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    user, client = await person(desk), desk.client()
    with caplog.at_level(logging.INFO):
        told = await login(desk, user)
        await client.post("/auth/login", json={"email": user.email, "password": "wrong-secret"})
        await client.post("/auth/forgot", json={"email": user.email})
        await refresh(desk, told)
        desk.app.state.house = replace(desk.house, clock=lambda: datetime.now(UTC) + timedelta(minutes=1))
        await refresh(desk, told)
    written = capsys.readouterr()
    lines = written.out + written.err + "\n".join(record.getMessage() for record in caplog.records)
    assert "refresh token reused" in lines
    secrets = [user.email, PASSWORD, "wrong-secret", told["refresh_token"].split(".")[1], told["access_token"]]
    assert [secret for secret in secrets if secret in lines] == []
    stored = str(await AuditEntry.of(desk.tenant_id).rows())
    assert [secret for secret in secrets if secret in stored] == []
