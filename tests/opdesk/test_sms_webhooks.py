"""What Twilio tells of text messages: statuses are taken for the practice's number, and what patients text back is
nobody's conversation."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator

from bot.channels.directory import Directory
from bot.payload import Item, StatusUpdate
from bot.twilio.receive import TwilioWebhook
from bot.twilio.spool import Spool
from clinic.channel import Channel
from clinic.record import new_id
from clinic.sms_sender import SmsSender
from opdesk.front import numbers

KEY, TOKEN, ADDRESS = "a secret key of the tests", "auth-token", "https://desk.example"
PLAIN = {"content-type": "application/x-www-form-urlencoded"}


async def nobody(*_: object) -> None:
    raise AssertionError("not Twilio's address")


async def posted(folder: Path, taken: list[Item], path: str, form: dict[str, str], token: str = TOKEN) -> int:
    async def take(items: list[Item]) -> None:
        taken.extend(items)

    app = TwilioWebhook(nobody, take, Directory(numbers(KEY)), ADDRESS, Spool(folder))
    signature = RequestValidator(token).compute_signature(f"{ADDRESS}{path}", form)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as http:
        answer = await http.post(path, content=urlencode(form), headers=PLAIN | {"x-twilio-signature": signature})
    return answer.status_code


@pytest.fixture
def number() -> str:
    return f"+1{str(int(new_id(), 16))[-10:]}"


async def sender(number: str) -> SmsSender:
    tenant, account = new_id(), f"AC{new_id()}"
    made = SmsSender(
        id=tenant, tenant_id=tenant, number=number, account=account, access_token=Channel.sealed(TOKEN, KEY)
    )
    await SmsSender.of(tenant).insert(made)
    return made


def told(own: SmsSender, **more: Any) -> dict[str, str]:
    facts = {"MessageSid": "SM1", "SmsSid": "SM1", "AccountSid": own.account, "ApiVersion": "2010-04-01"}
    return facts | more


async def test_a_status_reaches_the_ledger_of_the_numbers_practice(
    database: object, tmp_path: Path, number: str
) -> None:
    own, taken = await sender(number), list[Item]()
    form = told(own, From=number, To="+919876500001", MessageStatus="undelivered", ErrorCode="30006")
    assert await posted(tmp_path, taken, "/webhooks/twilio/status?id=n.p1.1", form) == 200
    [status] = taken
    assert isinstance(status, StatusUpdate)
    assert (status.outbox_id, status.status, status.error and status.error["code"]) == ("n.p1.1", "failed", 30006)
    found = await Directory(numbers(KEY)).get(number)
    assert found is not None
    assert found.tenant_id == own.tenant_id


async def test_whose_signature_is_wrong_tells_nothing(database: object, tmp_path: Path, number: str) -> None:
    own, taken = await sender(number), list[Item]()
    form = told(own, From=number, To="+919876500001", MessageStatus="delivered")
    assert await posted(tmp_path, taken, "/webhooks/twilio/status?id=n.p1.1", form, "another") == 401
    strange = form | {"AccountSid": "AC0"}
    assert await posted(tmp_path, taken, "/webhooks/twilio/status?id=n.p1.1", strange) == 401
    assert taken == []


async def test_what_a_patient_texts_back_begins_no_conversation(database: object, tmp_path: Path, number: str) -> None:
    own, taken = await sender(number), list[Item]()
    form = told(own, From="+919876500001", To=number, Body="Who is this?", NumMedia="0", SmsStatus="received")
    assert await posted(tmp_path, taken, "/webhooks/twilio", form) == 200
    assert taken == []
