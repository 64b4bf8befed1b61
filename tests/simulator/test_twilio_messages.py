"""The list of messages that finds what never came, paces, faults, and a demo that survives a restart."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio_bot import ACCOUNT, ASHA, SENDER, SMS, TO, TOKEN, Twilio, twilio_desk  # type: ignore[import-not-found]

from simulator.twilio_account import Account, Sender


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Twilio]:
    async with twilio_desk(pair_burst=0) as fresh:
        yield fresh


async def listed(desk: Twilio, **filters: Any) -> list[str]:
    """The bodies, newest first."""
    return [message.body for message in await asyncio.to_thread(desk.client.messages.list, **filters)]


async def test_a_list_by_sides(desk: Twilio) -> None:
    await desk.phone("text", text="from Asha")
    await desk.phone("text", user="34600000003", text="from María")
    await desk.phone("text", number=SMS, text="by SMS")
    await desk.create(body="to Asha")
    assert await listed(desk) == ["to Asha", "by SMS", "from María", "from Asha"]
    assert await listed(desk, to=SENDER) == ["from María", "from Asha"]
    assert await listed(desk, from_=SENDER) == ["to Asha"]
    assert await listed(desk, to=SENDER, from_=TO) == ["from Asha"]
    assert await listed(desk, to=SMS) == ["by SMS"]


async def test_a_list_by_time(desk: Twilio) -> None:
    await desk.control("POST", "clock", freeze=True)
    began = datetime.now(UTC)
    for hour in range(3):
        await desk.phone("text", text=str(hour))
        await desk.control("POST", "clock", seconds=3600)
    middle = began + timedelta(hours=1)
    assert await listed(desk, date_sent_after=middle - timedelta(minutes=1)) == ["2", "1"]
    assert await listed(desk, date_sent_before=middle + timedelta(minutes=1)) == ["1", "0"]
    assert await listed(desk, date_sent_after=began.date() - timedelta(days=1)) == ["2", "1", "0"]
    assert await listed(desk, date_sent=began.date() - timedelta(days=1)) == []


async def test_pages_hold_even_while_more_comes(desk: Twilio) -> None:
    for index in range(7):
        await desk.phone("text", text=str(index))
    first = await asyncio.to_thread(desk.client.messages.page, to=SENDER, page_size=3)
    assert [message.body for message in first] == ["6", "5", "4"]
    await desk.phone("text", text="meanwhile")
    second = await asyncio.to_thread(first.next_page)
    assert [message.body for message in second] == ["3", "2", "1"]
    third = await asyncio.to_thread(second.next_page)
    assert [message.body for message in third] == ["0"]
    assert third.next_page_url is None
    assert len(await listed(desk, to=SENDER, page_size=2)) == 8


@pytest.mark.parametrize("query", ["PageSize=0", "PageSize=1001", "DateSent%3E=yesterday", "PageToken=PAnone"])
async def test_bad_queries(desk: Twilio, query: str) -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?{query}"
    answer = await desk.http.get(path, auth=(ACCOUNT, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


async def test_a_message_as_it_moves_on(desk: Twilio) -> None:
    await desk.phone("text", text="hi")
    await desk.control("PATCH", f"people/{ASHA}", online=False)
    sent = await desk.create(body="hello", messaging_service_sid="MGdemo")
    assert (sent.status, sent.date_sent, sent.messaging_service_sid) == ("queued", None, "MGdemo")
    assert (await desk.ended(sent.sid, "sent")).date_sent is not None
    await desk.control("PATCH", f"people/{ASHA}", online=True, reads=False)
    message = await desk.ended(sent.sid, "delivered")
    assert (message.num_media, message.num_segments, message.account_sid) == ("0", "1", ACCOUNT)
    assert message.uri == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sent.sid}.json"


async def test_a_sender_sends_so_many_a_second_and_the_rest_waits() -> None:
    slow = Account(ACCOUNT, TOKEN, (Sender(SENDER, "Asha"),), per_second=5)
    async with twilio_desk(accounts=(slow,), pair_burst=0) as desk:
        await desk.phone("text", text="hi")
        sent = [await desk.create(body=str(index)) for index in range(4)]
        assert (await desk.fetched(sent[3].sid)).status == "queued"
        last = await desk.ended(sent[3].sid, "read")
        assert last.error_code is None


async def test_the_window_is_each_senders_own(desk: Twilio) -> None:
    await desk.phone("text", number="whatsapp:+15550000002", text="hi")
    sent = await desk.create(body="x")
    assert (await desk.ended(sent.sid, "undelivered")).error_code == 63016
    await desk.phone("text", text="hi")
    await desk.control("POST", "clock", seconds=86_390)
    assert (await desk.ended((await desk.create(body="x")).sid, "read")).error_code is None
    await desk.control("POST", "clock", seconds=20)
    assert (await desk.ended((await desk.create(body="x")).sid, "undelivered")).error_code == 63016


async def test_a_broken_gateway(desk: Twilio) -> None:
    await desk.phone("text", text="hi")
    await desk.control("PATCH", "faults", html_next=1)
    problem = await desk.refusal(body="x")
    assert problem.status == 502
    assert (await desk.create(body="x")).status == "queued"


async def test_an_accepted_send_may_lose_its_answer(desk: Twilio) -> None:
    await desk.phone("text", text="hi")
    await desk.control("PATCH", "faults", drop_next=1)
    with pytest.raises((requests.RequestException, TwilioException)):
        await desk.create(body="once")
    assert (await listed(desk, from_=SENDER)) == ["once"]


async def test_slow_answers(desk: Twilio) -> None:
    await desk.phone("text", text="hi")
    await desk.control("PATCH", "faults", slow=5)
    desk.client.http_client.timeout = 0.2
    with pytest.raises(requests.ReadTimeout):
        await desk.create(body="late")
    desk.client.http_client.timeout = 10
    assert (await listed(desk, from_=SENDER)) == ["late"]


async def test_every_second_send_fails(desk: Twilio) -> None:
    await desk.phone("text", text="hi")
    await desk.control("PATCH", "faults", fail_every=2, fail_code=20500)
    answers = [(await desk.create(body="x")).status, (await desk.refusal(body="x")).status]
    assert answers == ["queued", 500]


async def test_typing_marks_as_read(desk: Twilio) -> None:
    first, second = [(await desk.phone("text", text=words))["id"] for words in ("one", "two")]
    indicator = desk.client.messaging.v2.typing_indicator
    shown = await asyncio.to_thread(indicator.create, channel="whatsapp", message_id=second)
    assert shown.success is True
    assert [bubble["status"] for bubble in await desk.bubbles()] == ["read", "read"]
    sent = (await desk.create(body="x")).sid
    for channel, sid in (("sms", first), ("whatsapp", sent), ("whatsapp", "SM0")):
        with pytest.raises(TwilioRestException):
            await asyncio.to_thread(indicator.create, channel=channel, message_id=sid)


async def test_the_account_tells_about_itself(desk: Twilio) -> None:
    account = await asyncio.to_thread(desk.client.api.v2010.accounts(ACCOUNT).fetch)
    assert (account.sid, account.status, account.type) == (ACCOUNT, "active", "Full")


async def test_metas_numbers_and_twilios_do_not_meet(desk: Twilio) -> None:
    body = {"messaging_product": "whatsapp", "to": f"+{ASHA}", "text": {"body": "x"}}
    headers = {"Authorization": "Bearer demo-access-token"}
    answer = await desk.http.post(f"/v26.0/{SENDER}/messages", json=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
    people = (await desk.http.get("/phone/people")).json()
    assert [number["id"] for number in people["numbers"] if number["sms"]] == [SMS]


async def test_a_demo_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "simulator.json"
    async with twilio_desk(snapshot=path) as desk:
        await desk.phone("text", text="hi")
        await desk.phone("text", number=SMS, text="stop")
        content = await desk.content({"twilio/text": {"body": "Fine words."}})
        assert (await desk.submitted(content["sid"]))["status"] == "approved"
    async with twilio_desk(snapshot=path) as desk:
        assert await listed(desk, to=SENDER) == ["hi"]
        sent = await desk.create(to="whatsapp:+34600000003", content_sid=content["sid"])
        assert (await desk.ended(sent.sid, "read")).body == "Fine words."
        assert (await desk.refusal(to=f"+{ASHA}", from_=SMS, body="x")).code == 21610
