"""What Twilio refuses, row by row: at once with a code, or later in a status."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from twilio_bot import ACCOUNT, ASHA, SENDER, SMS, TO, TOKEN, Twilio, twilio_desk  # type: ignore[import-not-found]

from simulator.twilio_account import Account, Sender

LIMITED = Account(
    "ACdemo",
    "demo-twilio-token",
    (Sender(SENDER, "Asha"), Sender(SMS, "Asha"), Sender("whatsapp:+15550000003", "Spare")),
    services=(("MGdemo", (SENDER, SMS)), ("MGwhatsapp", (SENDER,))),
    countries=("91", "1"),
    verified=(f"+{ASHA}", "+15551230000"),
)


@pytest_asyncio.fixture(scope="module")
async def desk() -> AsyncIterator[Twilio]:
    async with twilio_desk(accounts=(LIMITED,), pair_burst=0) as shared:
        await shared.phone("text", text="hi")
        yield shared


# name: (fields, code, status, words)
AT_ONCE: dict[str, tuple[dict[str, Any], int, int, str]] = {
    "an empty To": ({"to": "", "body": "x"}, 21604, 400, "'To' phone number is required"),
    "a To that is no number": ({"to": "whatsapp:Asha", "body": "x"}, 21211, 400, "Invalid 'To'"),
    "a To too short": ({"to": "whatsapp:+12", "body": "x"}, 21211, 400, "Invalid 'To'"),
    "a To too long": ({"to": "whatsapp:+1234567890123456", "body": "x"}, 21211, 400, "Invalid 'To'"),
    "an unknown user id": ({"to": "whatsapp:IN.123", "body": "x"}, 21211, 400, "Invalid 'To'"),
    "to itself": ({"to": SENDER, "body": "x"}, 21211, 400, "Invalid 'To'"),
    "no From": ({"from_": None, "body": "x"}, 21603, 400, "'From' phone number is required"),
    "a From that is no number": ({"from_": "whatsapp:desk", "body": "x"}, 21212, 400, "Invalid From"),
    "somebody else's WhatsApp sender": ({"from_": "whatsapp:+15550000002", "body": "x"}, 63007, 400, "find a Channel"),
    "somebody else's SMS number": ({"to": f"+{ASHA}", "from_": "+15550000009", "body": "x"}, 21606, 400, "SMS-capable"),
    "two channels": ({"from_": SMS, "body": "x"}, 21910, 400, "same channel"),
    "an unknown service": (
        {"from_": None, "messaging_service_sid": "MGx", "body": "x"},
        21701,
        404,
        "does not exist",
    ),
    "a service without a number for SMS": (
        {"to": f"+{ASHA}", "from_": None, "messaging_service_sid": "MGwhatsapp", "body": "x"},
        21703,
        400,
        "no sender",
    ),
    "SMS to a country that is closed": ({"to": "+34600000003", "from_": SMS, "body": "x"}, 21408, 400, "region"),
    "SMS of a trial to a stranger": ({"to": "+919876500099", "from_": SMS, "body": "x"}, 21608, 400, "unverified"),
    "nothing to say": ({}, 21619, 400, "must be specified"),
    "a blank body": ({"body": " \n "}, 21619, 400, "must be specified"),
    "a body too long": ({"body": "x" * 1601}, 21617, 400, "1600 character limit"),
    "emoji count twice": ({"body": "👍" * 801}, 21617, 400, "1600 character limit"),
    "a callback that is no address": ({"body": "x", "status_callback": "nowhere"}, 21609, 400, "StatusCallback"),
    "a file that is no address": ({"media_url": ["nowhere"]}, 21620, 400, "Invalid media URL"),
    "eleven files": ({"media_url": ["https://x.test/a.png"] * 11}, 21623, 400, "10"),
    "variables without content": ({"body": "x", "content_variables": '{"1": "a"}'}, 21654, 400, "ContentSid"),
    "unknown content": ({"content_sid": "HX" + "0" * 32}, 21655, 400, "ContentSid is Invalid"),
}


@pytest.mark.parametrize("name", AT_ONCE)
async def test_refused_at_once(desk: Twilio, name: str) -> None:
    fields, code, status, words = AT_ONCE[name]
    problem = await desk.refusal(**fields)
    assert (problem.code, problem.status) == (code, status)
    assert words in problem.msg


async def test_a_refusal_reads_as_twilio_writes_it(desk: Twilio) -> None:
    path, form = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", {"To": TO, "From": "whatsapp:+15550000002"}
    answer = await desk.http.post(path, data=form | {"Body": "x"}, auth=(ACCOUNT, TOKEN))
    assert answer.json() == {
        "code": 63007,
        "message": "Twilio could not find a Channel with the specified From address",
        "more_info": "https://www.twilio.com/docs/errors/63007",
        "status": 400,
    }


# name: (user, token, path, code, status)
STRANGERS = {
    "a wrong token": (ACCOUNT, "wrong", "Messages.json", 20003, 401),
    "a wrong account": ("ACnobody", TOKEN, "Messages.json", 20003, 401),
    "an unknown message": (ACCOUNT, TOKEN, "Messages/SM0.json", 20404, 404),
}


@pytest.mark.parametrize("name", STRANGERS)
async def test_strangers(desk: Twilio, name: str) -> None:
    user, token, path, code, status = STRANGERS[name]
    answer = await desk.http.get(f"/2010-04-01/Accounts/{ACCOUNT}/{path}", auth=(user, token))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_nobody_reads_another_account() -> None:
    async with twilio_desk() as desk:
        sid = (await desk.phone("text", text="hi"))["id"]
        foreign = ("ACother", "other-twilio-token")
        for path in (f"Accounts/{ACCOUNT}/Messages.json", f"Accounts/ACother/Messages/{sid}.json"):
            answer = await desk.http.get(f"/2010-04-01/{path}", auth=foreign)
            assert (answer.status_code, answer.json()["code"]) == (404, 20404)
        content = await desk.content({"twilio/text": {"body": "x"}})
        assert (await desk.http.get(f"/v1/Content/{content['sid']}", auth=foreign)).status_code == 404


async def test_what_is_no_form_is_refused(desk: Twilio) -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    answer = await desk.http.post(path, json={"To": TO, "From": SENDER, "Body": "x"}, auth=(ACCOUNT, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (415, 20415)


async def later(desk: Twilio, **fields: Any) -> tuple[str, int]:
    """Taken with 201; how it ends, and the code."""
    created = await desk.create(**fields)
    assert (created.status, created.error_code) == ("queued", None)
    message = await desk.ended(created.sid, "failed", "undelivered")
    return message.status, message.error_code


STRANGER = "whatsapp:+15551230000"  # has never written


async def test_words_outside_the_window_come_to_nothing(desk: Twilio) -> None:
    assert await later(desk, to=STRANGER, body="x") == ("undelivered", 63016)
    assert await later(desk, to=STRANGER, media_url=["https://x.test/a.png"]) == ("undelivered", 63016)


async def test_two_files_in_one_message(desk: Twilio) -> None:
    assert await later(desk, media_url=["https://x.test/a.png", "https://x.test/b.png"]) == ("failed", 63005)


async def test_the_unreachable() -> None:
    async with twilio_desk() as desk:
        await desk.phone("text", text="hi")
        await desk.control("PATCH", f"people/{ASHA}", reachable=False)
        assert await later(desk, body="x") == ("undelivered", 63024)
        assert await later(desk, to=f"+{ASHA}", from_=SMS, body="x") == ("undelivered", 30003)


@pytest.mark.parametrize(
    ("code", "status"),
    [(63003, "undelivered"), (63013, "undelivered"), (63032, "undelivered"), (63018, "undelivered"), (63027, "failed")],
)
async def test_codes_that_only_chance_brings(desk: Twilio, code: int, status: str) -> None:
    await desk.control("PATCH", "faults", fail_next=1, fail_code=code)
    assert await later(desk, body="x") == (status, code)


async def test_metas_codes_are_translated(desk: Twilio) -> None:
    await desk.control("PATCH", "faults", fail_next=1, fail_code=131049)
    assert await later(desk, body="x") == ("undelivered", 63049)


async def test_what_comes_late_may_be_made_to_come_at_once(desk: Twilio) -> None:
    await desk.control("PATCH", "faults", at_once=True)
    problem = await desk.refusal(to=STRANGER, body="x")
    await desk.control("DELETE", "faults")
    assert (problem.code, problem.status) == (63016, 400)


@pytest.mark.parametrize(("code", "status"), [(20429, 429), (20500, 500), (63038, 429), (21610, 400)])
async def test_codes_of_the_service_itself(desk: Twilio, code: int, status: int) -> None:
    await desk.control("PATCH", "faults", fail_next=1, fail_code=code)
    problem = await desk.refusal(body="x")
    assert (problem.code, problem.status) == (code, status)


async def test_too_many_calls_a_second(desk: Twilio) -> None:
    await desk.control("PATCH", "faults", throttle=1)
    path = f"/2010-04-01/Accounts/{ACCOUNT}.json"
    answers = [await desk.http.get(path, auth=(ACCOUNT, TOKEN)) for _ in range(2)]
    await desk.control("DELETE", "faults")
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json()["code"] == 20429


async def test_a_pair_may_burst_and_then_waits() -> None:
    async with twilio_desk(pair_burst=3) as desk:
        await desk.phone("text", text="hi")
        for _ in range(3):
            assert (await desk.create(body="x")).status == "queued"
        assert await later(desk, body="x") == ("undelivered", 63018)


async def test_stop_by_sms_bars_the_sender_until_start() -> None:
    async with twilio_desk() as desk:
        await desk.phone("text", number=SMS, text=" stop ")
        assert (await desk.refusal(to=f"+{ASHA}", from_=SMS, body="x")).code == 21610
        await desk.phone("text", number=SMS, text="START")
        assert (await desk.create(to=f"+{ASHA}", from_=SMS, body="x")).status == "queued"


# at the limit, and so taken
TAKEN: dict[str, dict[str, Any]] = {
    "a long body": {"body": "x" * 1600},
    "a number with separators": {"to": "whatsapp:+91 98765-00001", "body": "x"},
    "a service in place of a sender": {"from_": None, "messaging_service_sid": "MGdemo", "body": "x"},
    "a file": {"media_url": ["https://x.test/a.pdf"], "body": "your report"},
    "an address with a query": {"body": "x", "status_callback": "https://x.test/status?outbox=o.1"},
}


@pytest.mark.parametrize("name", TAKEN)
async def test_taken(desk: Twilio, name: str) -> None:
    created = await desk.create(**TAKEN[name])
    assert created.status == "queued"
    assert len(created.sid) == 34
    assert (created.direction, created.from_, created.to) == ("outbound-api", SENDER, TO)
