"""The number for text messages through the API: entered, shown without its secrets, changed, taken away."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest_asyncio
from office import Office, open_office
from redis.asyncio import Redis

from clinic import audit, sms_sender
from clinic.channel import Check
from clinic.record import new_id
from clinic.sms_sender import SmsSender

TOKEN = "0123456789abcdef0123456789abcdef"


@dataclass
class Working:
    """Does the job that the API asks for, as a worker would."""

    status: Any = "ok"

    async def ask(self, name: str, *ids: str) -> None:
        assert name == "workers.sms_check.check"
        await sms_sender.checked(ids[0], Check(status=self.status, at=datetime.now(UTC)))


@pytest_asyncio.fixture
async def desk(database: object, redis: "Redis") -> AsyncIterator[Office]:
    async with open_office(redis, jobs=Working()) as opened:
        yield opened


def number() -> str:
    return f"+1{str(int(new_id(), 16))[-10:]}"


def entered(**more: Any) -> dict[str, Any]:
    return {"sender": number(), "account_sid": "AC0123", "auth_token": TOKEN} | more


async def test_a_number_is_entered_and_never_tells_its_token(desk: Office) -> None:
    owner = desk.as_("owner")
    assert (await owner.get("/sms-sender")).status_code == 404
    body = entered(shared_key="secret")
    answer = await owner.put("/sms-sender", json=body)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["sender"], shown["account_sid"], shown["check"]["status"]) == (body["sender"], "AC0123", "ok")
    assert (shown["in_use"], shown["version"], answer.headers["etag"]) == (False, 1, '"1"')
    assert TOKEN not in answer.text
    assert "secret" not in answer.text
    stored = await SmsSender.of(desk.tenant_id).get(desk.tenant_id)
    assert TOKEN not in stored.access_token
    assert (stored.token(desk.house.secret_key), stored.shared(desk.house.secret_key)) == (TOKEN, "secret")
    assert (await owner.get("/sms-sender")).json()["id"] == shown["id"]
    kept = await audit.AuditEntry.of(desk.tenant_id).find({"kind": "sms_sender"})
    assert kept
    assert TOKEN not in str([each.model_dump() for each in kept])


async def test_it_says_whether_it_is_used(desk: Office) -> None:
    owner = desk.as_("owner")
    await owner.put("/sms-sender", json=entered())
    assert (await owner.patch("/tenant", json={"notify_by": ["whatsapp", "sms"]})).status_code == 200
    assert (await owner.get("/sms-sender")).json()["in_use"] is True


async def test_a_change_keeps_the_token_that_is_stored(desk: Office) -> None:
    owner = desk.as_("owner")
    first = entered()
    await owner.put("/sms-sender", json=first)
    second = {"sender": number(), "account_sid": "AC0456"}
    stale = await owner.put("/sms-sender", json=second, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    changed = await owner.put("/sms-sender", json=second, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["sender"]) == (200, second["sender"]), changed.text
    stored = await SmsSender.of(desk.tenant_id).get(desk.tenant_id)
    assert (stored.token(desk.house.secret_key), stored.account) == (TOKEN, "AC0456")
    await owner.put("/sms-sender", json=second | {"auth_token": "new-token"})
    assert (await SmsSender.of(desk.tenant_id).get(desk.tenant_id)).token(desk.house.secret_key) == "new-token"


async def test_what_cannot_be(desk: Office) -> None:
    owner = desk.as_("owner")
    without = {"sender": number(), "account_sid": "AC0456"}
    assert (await owner.put("/sms-sender", json=without)).json()["code"] == "impossible"
    for wrong in ({"sender": "12"}, {"account_sid": "0123"}, {"auth_token": ""}, {"phone": "+1"}):
        assert (await owner.put("/sms-sender", json=entered(**wrong))).status_code == 422
    assert (await owner.delete("/sms-sender")).status_code == 404
    assert (await owner.post("/sms-sender/check")).status_code == 404
    other = SmsSender(id=new_id(), tenant_id=new_id(), number=number(), account="AC1", access_token="x")
    other.id = other.tenant_id
    await SmsSender.of(other.tenant_id).insert(other)
    taken = await owner.put("/sms-sender", json=entered(sender=other.number))
    assert (taken.status_code, taken.json()["code"]) == (409, "number_taken")
    await owner.put("/sms-sender", json=entered())
    taken = await owner.put("/sms-sender", json=entered(sender=other.number))
    assert (taken.status_code, taken.json()["code"]) == (409, "number_taken")


async def test_it_is_taken_away(desk: Office) -> None:
    owner = desk.as_("owner")
    await owner.put("/sms-sender", json=entered())
    assert (await owner.post("/sms-sender/check")).json()["check"]["status"] == "ok"
    assert (await owner.delete("/sms-sender")).status_code == 200
    assert await sms_sender.sender_of(desk.tenant_id) is None


async def test_who_may_not_set_channels_does_not_set_this(desk: Office) -> None:
    assert (await desk.as_("receptionist").put("/sms-sender", json=entered())).status_code == 403
