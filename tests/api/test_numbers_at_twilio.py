"""A number at Twilio through the API: looked at live on the simulator's strict Twilio, its secrets never shown."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from office import SECRET, Office, open_office
from redis.asyncio import Redis

from bot.twilio.receive import FALLBACK, MESSAGES, STATUS
from clinic import audit, webhook_address
from clinic.channel import Channel
from clinic.record import new_id
from simulator.app import create_app
from simulator.config import Config
from simulator.twilio_account import Account, Sender
from tests.simulator.conftest import serving
from workers.channels import check_once
from workers.context import Context
from workers.providers import Providers

ACCOUNT, TOKEN, KEY = "ACasha", "a-primary-auth-token", "a-shared-key"
COUNT = 20


def digits() -> str:
    return f"1555{str(int(new_id(), 16))[-7:]}"


@dataclass
class Twilio:
    """The simulator, and senders of its account that nobody has taken yet."""

    url: str
    free: list[str] = field(default_factory=list)
    address: str = ""  # of our own, as the workers know it
    running: list[asyncio.Task[None]] = field(default_factory=list)

    async def ask(self, name: str, *ids: str) -> None:
        """Does the job that the API asks for, as a worker would, a moment later."""
        if name == "workers.channels.check":
            self.running.append(asyncio.create_task(self._check(*ids)))

    async def _check(self, tenant_id: str, channel_id: str) -> None:
        providers = Providers("http://127.0.0.1:1", SECRET, self.url, self.address)
        context = Context("worker", None, providers)  # type: ignore[arg-type]
        await check_once(context, tenant_id, channel_id, datetime.now(UTC))
        await providers.close()

    def number(self, **more: Any) -> dict[str, Any]:
        """What an owner enters."""
        return {"provider": "twilio", "sender": self.free.pop(), "account_sid": ACCOUNT, "auth_token": TOKEN} | more


@pytest_asyncio.fixture(scope="module")
async def twilio() -> AsyncIterator[Twilio]:
    senders = [f"+{digits()}" for _ in range(COUNT)]
    own = tuple(Sender(f"whatsapp:{each}", "Asha Clinics") for each in senders)
    app = create_app(Config(accounts=(Account(ACCOUNT, TOKEN, own),)))
    async with serving(app) as url:
        yield Twilio(url, senders)


@pytest_asyncio.fixture
async def desk(database: object, redis: "Redis", twilio: Twilio) -> AsyncIterator[Office]:
    async with open_office(redis, jobs=twilio) as opened:
        yield opened


async def test_a_number_is_added_checked_and_tells_what_to_enter(desk: Office, twilio: Twilio) -> None:
    new = twilio.number(shared_key=KEY, messages_per_second=10)
    saved = await desk.as_("owner").post("/channels", json=new)
    assert saved.status_code == 201, saved.text
    made = saved.json()
    assert (made["check"]["status"], made["check"]["detail"]) == ("ok", "")
    assert (made["provider"], made["sender"], made["account_sid"]) == ("twilio", f"whatsapp:{new['sender']}", ACCOUNT)
    assert (made["display_phone_number"], made["messages_per_second"]) == (new["sender"], 10)
    assert made["signed_by"] == ["auth_token", "shared_key"]
    assert made["webhook_url"] == "http://bot/webhooks/twilio#rc=3&rp=all"
    assert made["status_url"] == "http://bot/webhooks/twilio/status"
    assert made["fallback_url"] == "http://bot/webhooks/twilio/fallback"
    assert "console" in made["webhook_hint"]
    stored = await Channel.of(desk.tenant_id).get(made["id"])
    assert (stored.token(SECRET), stored.shared(SECRET)) == (TOKEN, KEY)


async def test_webhooks_that_go_elsewhere_are_told_of(desk: Office, twilio: Twilio) -> None:
    twilio.address = "https://desk.example"
    saved = await desk.as_("owner").post("/channels", json=twilio.number(display_phone_number="+1 (555) 12"))
    told = saved.json()["check"]
    assert told["status"] == "ok"
    assert "goes to http://127.0.0.1:8000/webhooks/twilio: enter webhook_url" in told["detail"]
    twilio.address = "http://127.0.0.1:8000"
    again = await desk.as_("owner").post(f"/channels/{saved.json()['id']}/check")
    assert again.json()["check"]["detail"] == ""


async def test_a_number_stays_as_it_was_written(desk: Office, twilio: Twilio) -> None:
    number = twilio.number()
    nicely = f"{number['sender'][:2]} {number['sender'][2:]}"
    saved = await desk.as_("owner").post("/channels", json=number | {"display_phone_number": nicely})
    assert saved.json()["display_phone_number"] == nicely


def test_the_addresses_are_those_that_the_bot_listens_at() -> None:
    told = webhook_address.at_twilio("https://desk.example/", "https://spare.example/")
    assert told.messages.partition("#")[0] == f"https://desk.example{MESSAGES}"
    assert told.status == f"https://desk.example{STATUS}"
    assert told.fallback == f"https://spare.example{FALLBACK}"


@pytest.mark.parametrize("form", ["{0}", "whatsapp:{0}", "{0:.2} ({1}) {2}-{3}"])
async def test_a_sender_may_be_written_in_any_way(desk: Office, twilio: Twilio, form: str) -> None:
    number = twilio.free.pop()
    written = form.format(number, number[2:5], number[5:8], number[8:])
    saved = await desk.as_("owner").post("/channels", json=twilio.number(sender=written))
    assert saved.status_code == 201, saved.text
    assert saved.json()["sender"] == f"whatsapp:{number}"
    assert saved.json()["check"]["status"] == "ok"


async def test_a_token_is_rotated_and_a_stale_one_is_said_to_be(desk: Office, twilio: Twilio) -> None:
    owner = desk.as_("owner")
    saved = await owner.post("/channels", json=twilio.number(auth_token="an-old-one"))
    told = saved.json()["check"]
    assert (told["status"], "copy the account's primary auth token" in told["detail"]) == ("refused", True)
    path, tag = f"/channels/{saved.json()['id']}", {"If-Match": saved.headers["ETag"]}
    better = await owner.patch(path, json={"auth_token": TOKEN, "shared_key": KEY}, headers=tag)
    assert (better.status_code, better.json()["check"]["status"]) == (200, "ok")
    assert better.json()["signed_by"] == ["auth_token", "shared_key"]
    assert (await owner.patch(path, json={"auth_token": "x"}, headers=tag)).status_code == 412
    for nothing in ("", None):
        await owner.patch(path, json={"shared_key": KEY})
        without = await owner.patch(path, json={"shared_key": nothing})
        assert (without.status_code, without.json()["signed_by"]) == (200, ["auth_token"])
    stored = await Channel.of(desk.tenant_id).get(saved.json()["id"])
    assert (stored.token(SECRET), stored.shared_key) == (TOKEN, "")


async def test_a_sender_that_the_account_has_not_is_refused_by_the_look(desk: Office, twilio: Twilio) -> None:
    saved = await desk.as_("owner").post("/channels", json=twilio.number(sender=f"+{digits()}"))
    assert (saved.status_code, saved.json()["check"]["status"]) == (201, "refused")
    assert "check account SID and sender" in saved.json()["check"]["detail"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"sender": "555"}, "body.sender"),
        ({"sender": "whatsapp:15550000001"}, "body.sender"),
        ({"account_sid": "SK123"}, "body.account_sid"),
        ({"auth_token": "with a space"}, "body.auth_token"),
        ({"waba_id": "200000000000001"}, "body.waba_id"),
        ({"provider": "telepathy"}, "body"),
    ],
)
async def test_what_is_wrong_is_named(desk: Office, twilio: Twilio, wrong: dict[str, str], field: str) -> None:
    number = twilio.number()
    twilio.free.append(number["sender"])
    answer = await desk.as_("owner").post("/channels", json=number | wrong)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_a_number_has_only_its_own_providers_fields(desk: Office, twilio: Twilio) -> None:
    owner = desk.as_("owner")
    here = (await owner.post("/channels", json=twilio.number())).json()
    at_meta = {"phone_number_id": digits(), "waba_id": digits(), "access_token": "EAAG"}
    there = (await owner.post("/channels", json=at_meta)).json()
    answers = [
        await owner.patch(f"/channels/{here['id']}", json={"access_token": "x"}),
        await owner.patch(f"/channels/{there['id']}", json={"auth_token": "x"}),
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert "a number at Twilio has no access_token: it has sender, account_sid, auth_token" in answers[0].text
    assert "a number at Meta has no auth_token" in answers[1].text
    listed = (await owner.get("/channels")).json()["items"]
    assert {each["provider"] for each in listed} == {"cloud", "twilio"}


async def test_secrets_never_come_out(desk: Office, twilio: Twilio, capfd: pytest.CaptureFixture[str]) -> None:
    owner = desk.as_("owner")
    new = twilio.number(shared_key=KEY)
    answers = [await owner.post("/channels", json=new), await owner.get("/channels")]
    path = f"/channels/{answers[0].json()['id']}"
    answers += [
        await owner.post("/channels", json=new),
        await owner.post("/channels", json=new | {"auth_token": f"{TOKEN} with a space"}),
        await owner.post("/channels", json=new | {"shared_key": f"{KEY} with a space"}),
        await owner.patch(path, json={"auth_token": f"{TOKEN}2", "shared_key": f"{KEY}2"}),
        await owner.post(f"{path}/check"),
        await owner.delete(path),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 409, 422, 422, 200, 200, 200]
    written: list[Any] = await audit.AuditEntry.of(desk.tenant_id).find()
    told = "".join(answer.text for answer in answers) + "".join(capfd.readouterr())
    told += repr([(each.difference, each.action) for each in written])
    assert TOKEN not in told
    assert KEY not in told


async def test_a_practice_is_opened_with_a_number_at_twilio(desk: Office, twilio: Twilio) -> None:
    short = f"t{new_id()}"
    order = {
        "id": short, "name": "Asha Clinics", "languages": ["en"], "channel": twilio.number(),
        "clinic": {"name": "Asha Clinic", "address": "12 Hill Road", "zone": "Asia/Kolkata", "currency": "INR"},
        "owner": {"email": f"{short}@asha.example", "name": "Asha Rao"},
    }  # fmt: skip
    answer = await desk.as_("platform_admin").post("/tenants", json=order)
    assert answer.status_code == 201, answer.text
    assert answer.json()["channel"]["sender"] == f"whatsapp:{order['channel']['sender']}"  # type: ignore[index]
    assert answer.json()["channel"]["check"]["status"] == "ok"
    assert TOKEN not in answer.text
