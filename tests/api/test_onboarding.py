"""A practice in one call, whole or not at all; numbers whose tokens go in and never come out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiohttp import web
from office import SECRET, Office, open_office
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisAway

from clinic import audit, onboarding
from clinic.channel import Channel
from clinic.errors import Impossible
from clinic.onboarding import NumberTaken, Order, Owner, TenantTaken, onboard
from clinic.place import Clinic
from clinic.record import new_id
from clinic.template import Template
from clinic.tenant import Tenant
from clinic.user import EmailTaken, User, by_email
from workers.channels import check_once
from workers.context import Context
from workers.providers import Providers

TOKEN = "EAAGm0PX4ZCpsBAHushHush"
PLACE = {"name": "Asha Clinic", "address": "12 Hill Road", "zone": "Asia/Kolkata", "currency": "INR"}


@dataclass
class FakeGraph:
    """Meta's ``GET /{version}/{number}``: knows the tokens that it takes."""

    url: str = ""
    good: set[str] = field(default_factory=lambda: {TOKEN})
    asked: list[str] = field(default_factory=list)

    async def number(self, request: web.Request) -> web.Response:
        self.asked.append(request.match_info["number"])
        if request.headers["Authorization"].removeprefix("Bearer ") not in self.good:
            error = {"code": 190, "message": "Invalid OAuth access token", "type": "OAuthException"}
            return web.json_response({"error": error}, status=401)
        return web.json_response({"id": self.asked[-1], "display_phone_number": "+91 22 5550 0001"})


@pytest_asyncio.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    fake, app = FakeGraph(), web.Application()
    app.router.add_get("/{version}/{number}", fake.number)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


@dataclass
class Working:
    """Does the jobs that the API asks for, as a worker would, a moment later."""

    url: str
    running: list[asyncio.Task[None]] = field(default_factory=list)

    async def ask(self, name: str, *ids: str) -> None:
        if name == "workers.channels.check":
            self.running.append(asyncio.create_task(self._check(*ids)))

    async def _check(self, tenant_id: str, channel_id: str) -> None:
        providers = Providers(self.url, SECRET)
        context = Context("worker", None, providers)  # type: ignore[arg-type]
        await check_once(context, tenant_id, channel_id, datetime.now(UTC))
        await providers.close()


@dataclass
class Away:
    """A queue that does not answer."""

    async def ask(self, name: str, *ids: str) -> None:
        raise RedisAway


@pytest_asyncio.fixture
async def desk(database: object, redis: "Redis", graph: FakeGraph) -> AsyncIterator[Office]:
    async with open_office(redis, jobs=Working(graph.url)) as opened:
        yield opened


def number(**more: Any) -> dict[str, Any]:
    return {"phone_number_id": digits(), "waba_id": digits(), "access_token": TOKEN} | more


def digits() -> str:
    return str(int(new_id(), 16))[-15:]


def order(**more: Any) -> dict[str, Any]:
    short = f"t{new_id()}"
    return {
        "id": short, "name": "Asha Clinics", "languages": ["en", "hi"], "clinic": PLACE, "channel": number(),
        "owner": {"email": f"{short}@asha.example", "name": "Asha Rao"},
    } | more  # fmt: skip


async def test_a_practice_is_opened_in_one_call(desk: Office) -> None:
    wanted = order()
    answer = await desk.as_("platform_admin").post("/tenants", json=wanted)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["tenant"]["languages"] == ["en", "hi"]
    assert (made["clinic"]["zone"], made["owner"]["status"]) == ("Asia/Kolkata", "invited")
    assert made["channel"]["check"]["status"] == "ok"
    assert made["channel"]["display_phone_number"] == "+91 22 5550 0001"
    assert made["channel"]["webhook_url"] == "http://bot/webhooks/cloud"
    assert made["link"], "no mail leaves here: the link is handed over"
    owner = await by_email(wanted["owner"]["email"])
    assert owner
    assert (owner.tenant_id, owner.is_owner) == (wanted["id"], True)
    assert await Template.of(wanted["id"]).count() > 0
    assert (await Tenant.load(wanted["id"])).complete
    assert TOKEN not in answer.text


@pytest.mark.parametrize("role", ["owner", "manager", "support", "receptionist"])
async def test_nobody_else_opens_practices(desk: Office, role: str) -> None:
    client = desk.as_(role)
    assert (await client.post("/tenants", json=order())).status_code == 403
    assert (await client.get("/tenants")).status_code == 403


async def test_the_operator_sees_practices_and_no_patients(desk: Office) -> None:
    operator = desk.as_("platform_admin")
    listed = (await operator.get("/tenants", params={"limit": 200})).json()["items"]
    assert len(listed) == 200 or desk.tenant_id in {each["id"] for each in listed}
    first = (await operator.get("/tenants", params={"limit": 1})).json()
    following = await operator.get("/tenants", params={"limit": 199, "cursor": first["next"]})
    assert [each["id"] for each in first["items"] + following.json()["items"]] == [each["id"] for each in listed]
    assert (await operator.get("/clinics")).status_code == 403


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"id": "platform"}, 422, "impossible"),
        ({"id": "Asha Clinics"}, 422, "malformed"),
        ({"clinic": PLACE | {"zone": "Mars/Olympus"}}, 422, "impossible"),
    ],
)
async def test_what_cannot_be_leaves_nothing(desk: Office, change: dict[str, Any], status: int, code: str) -> None:
    wanted = order(**change)
    answer = await desk.as_("platform_admin").post("/tenants", json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await by_email(wanted["owner"]["email"]) is None
    assert TOKEN not in answer.text


async def test_a_refusal_half_way_leaves_nothing(desk: Office) -> None:
    operator, first = desk.as_("platform_admin"), order()
    assert (await operator.post("/tenants", json=first)).status_code == 201
    for taken, code in (
        ({"channel": first["channel"]}, NumberTaken.code),
        ({"owner": first["owner"]}, EmailTaken.code),
        ({"id": first["id"]}, TenantTaken.code),
    ):
        wanted = order(**taken)
        answer = await operator.post("/tenants", json=wanted)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
        assert first["name"] not in answer.text
        if "id" not in taken:
            assert await Tenant.itself().find_one({"_id": wanted["id"]}) is None
            assert await Channel.of(wanted["id"]).count() == await User.of(wanted["id"]).count() == 0


class Crash(Exception):
    """The process ended here."""


async def test_a_crash_half_way_is_completed_by_the_retry(database: object, desk: Office) -> None:
    now, short = desk.house.clock(), f"t{new_id()}"
    wanted = Order(
        short, "Asha", ["en"], "request-1", clinic=PLACE, channel=number(), owner=Owner(f"{short}@asha.example", "Asha")
    )

    async def crash(owner: User) -> str:
        raise Crash

    async def link(owner: User) -> str:
        return f"link of {owner.id}"

    with pytest.raises(Crash):
        await onboard(wanted, SECRET, now, crash)
    assert not (await Tenant.load(short)).complete
    again = Order(short, "Asha", ["en"], "request-2", clinic=PLACE, channel=wanted.channel, owner=wanted.owner)
    made = await onboard(again, SECRET, now, link)
    assert (made.tenant.complete, made.link) == (True, f"link of {short}-owner")
    counts = [await kind.of(short).count() for kind in (Clinic, Channel, User)]
    assert counts == [1, 1, 1]
    with pytest.raises(TenantTaken):
        await onboard(again, SECRET, now, link)
    replayed = await onboard(wanted, SECRET, now, link)
    assert (replayed.tenant.id, replayed.link) == (short, ""), "the first request again finds what it has made"


async def test_reserved_names_are_nobodys(desk: Office) -> None:
    for name in onboarding.RESERVED:
        with pytest.raises(Impossible, match="reserved"):
            await onboard(Order(name, "X", ["en"], "r"), SECRET, desk.house.clock(), lambda _: asyncio.sleep(0, ""))


# Numbers.


async def test_a_number_is_looked_at_when_it_is_saved(desk: Office, graph: FakeGraph) -> None:
    owner, new = desk.as_("owner"), number()
    saved = await owner.post("/channels", json=new)
    assert saved.status_code == 201, saved.text
    assert saved.json()["check"]["status"] == "ok"
    assert graph.asked == [new["phone_number_id"]]
    path = f"/channels/{saved.json()['id']}"
    worse = await owner.patch(path, json={"access_token": "stale"}, headers={"If-Match": saved.headers["ETag"]})
    assert (worse.status_code, worse.json()["check"]["status"]) == (200, "refused")
    assert "make a new token" in worse.json()["check"]["detail"]
    graph.good.add("stale")
    assert (await owner.post(f"{path}/check")).json()["check"]["status"] == "ok"
    [stored] = await Channel.of(desk.tenant_id).find()
    assert stored.token(SECRET) == "stale"
    assert (await owner.patch(path, json={}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await owner.delete(path)).status_code == 200
    assert (await owner.get(path)).status_code == 404


async def test_a_provider_that_is_away_is_said_to_be(database: object, redis: "Redis") -> None:
    async with open_office(redis, jobs=Working("http://127.0.0.1:1")) as office:
        saved = (await office.as_("owner").post("/channels", json=number())).json()
    assert saved["check"]["status"] == "unreachable"
    assert "try again" in saved["check"]["detail"]


async def test_without_a_queue_the_look_is_pending(database: object, redis: "Redis") -> None:
    async with open_office(redis, jobs=Away()) as office:
        saved = await office.as_("owner").post("/channels", json=number())
    assert (saved.status_code, saved.json()["check"]["status"]) == (201, "pending")


async def test_anothers_number_is_refused_without_saying_whose(desk: Office, redis: "Redis") -> None:
    async with open_office(redis, jobs=desk.house.jobs) as other:
        theirs = number()
        assert (await other.as_("owner").post("/channels", json=theirs)).status_code == 201
        answer = await desk.as_("owner").post("/channels", json=theirs)
        assert (answer.status_code, answer.json()["code"]) == (409, "number_taken")
        assert other.tenant_id not in answer.text


async def test_a_token_never_comes_out(desk: Office, capfd: pytest.CaptureFixture[str]) -> None:
    owner = desk.as_("owner")
    answers = [
        await owner.post("/channels", json=number()),
        await owner.post("/channels", json=number(access_token=f"{TOKEN} with a space")),
        await owner.post("/channels", json=number(phone_number_id="x")),
        await owner.get("/channels"),
    ]
    path = f"/channels/{answers[0].json()['id']}"
    answers += [
        await owner.get(path),
        await owner.patch(path, json={"access_token": TOKEN + "2"}),
        await owner.patch(path, json={"access_token": TOKEN + "3"}, headers={"If-Match": '"1"'}),
        await owner.post(f"{path}/check"),
        await owner.delete(path),
    ]
    sealed = [each.access_token for each in await Channel.of(desk.tenant_id).find()]
    told = "".join(answer.text for answer in answers) + "".join(capfd.readouterr())
    told += repr([(each.difference, each.action) for each in await _audited(desk)])
    assert [answer.status_code for answer in answers] == [201, 422, 422, 200, 200, 200, 412, 200, 200]
    assert TOKEN not in told
    assert "access_token" not in told.replace("body.access_token", "")
    assert all(each not in told for each in sealed)


async def _audited(desk: Office) -> list[Any]:
    found: list[Any] = await audit.AuditEntry.of(desk.tenant_id).find()
    return found


async def test_the_same_key_opens_one_practice(desk: Office) -> None:
    operator, wanted = desk.as_("platform_admin"), order()
    key = {"Idempotency-Key": new_id()}
    first = await operator.post("/tenants", json=wanted, headers=key)
    second: httpx.Response = await operator.post("/tenants", json=wanted, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
