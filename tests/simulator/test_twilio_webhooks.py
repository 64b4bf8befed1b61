"""What Twilio posts: every parameter, the signature, one more try, the fallback address, and then nothing."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from twilio_bot import ACCOUNT, ASHA, SENDER, SMS, TO, TOKEN, Twilio, twilio_desk  # type: ignore[import-not-found]

from simulator.samples import sample


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Twilio]:
    async with twilio_desk() as fresh:
        yield fresh


async def said(desk: Twilio, action: str, number: str = SENDER, **body: Any) -> dict[str, str]:
    """What is posted for something done on the phone."""
    before = len(desk.bot.messages)
    await desk.phone(action, number=number, **body)
    return dict(await desk.bot.until(lambda bot: len(bot.messages) > before and bot.messages[-1]))


def valid(desk: Twilio, key: str = TOKEN, base: str = "") -> list[bool]:
    """Of every webhook, whether the package's validator takes it."""
    return [
        RequestValidator(key).validate(
            (base or desk.bot.url) + post.path,
            post.form,
            post.headers[SIGNATURE_HEADER.lower()],
            get_signature_algorithm(post.headers.get(SIGNATURE_SETTINGS_HEADER.lower())),
        )
        for post in desk.bot.posts
    ]


async def test_a_message_of_whatsapp(desk: Twilio) -> None:
    await desk.http.post("/phone/people", json={"user": ASHA, "name": "Asha ñ & Co"})
    form = await said(desk, "text", text="Olá + 1 & 2 = 3")
    sid = form["MessageSid"]
    assert sid.startswith("SM")
    assert len(sid) == 34
    assert form["SmsSid"] == form["SmsMessageSid"] == sid
    assert json.loads(form.pop("ChannelMetadata"))["type"] == "whatsapp"
    assert form.pop("ExternalUserId").startswith("whatsapp:IN.")
    expected = {
        "AccountSid": ACCOUNT,
        "MessagingServiceSid": "MGdemo",
        "From": TO,
        "To": SENDER,
        "WaId": ASHA,
        "ProfileName": "Asha ñ & Co",
        "Body": "Olá + 1 & 2 = 3",
        "NumMedia": "0",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "SmsStatus": "received",
        "MessageType": "text",
        "ApiVersion": "2010-04-01",
    }
    assert {name: value for name, value in form.items() if not name.endswith("Sid") or name in expected} == expected
    assert valid(desk) == [True]


async def test_an_sms_has_blank_fields_that_are_signed(desk: Twilio) -> None:
    form = await said(desk, "text", number=SMS, text="hi")
    assert (form["From"], form["To"], form["FromCity"]) == (f"+{ASHA}", SMS, "")
    assert "WaId" not in form
    assert valid(desk) == [True]
    (bubble,) = await desk.bubbles(SMS)
    assert bubble["sms"] is True


async def test_the_newer_signature_names_its_key_and_algorithm(desk: Twilio) -> None:
    await desk.control("PATCH", "twilio", algorithm="HMAC_SHA256", shared_key="shared")
    await said(desk, "text", text="hi")
    settings = desk.bot.posts[0].headers[SIGNATURE_SETTINGS_HEADER.lower()]
    assert settings.endswith(",algorithm=HMAC_SHA256")
    assert valid(desk, key="shared") == [True]
    assert valid(desk) == [False]


async def test_a_proxys_public_address_is_what_is_signed(desk: Twilio) -> None:
    await desk.control("PATCH", "twilio", public="https://desk.example.test")
    await said(desk, "text", text="hi")
    assert valid(desk, base="https://desk.example.test") == [True]
    assert valid(desk) == [False]
    await desk.create(body="hello", status_callback="https://desk.example.test/status?id=o.1")
    await desk.bot.until(lambda bot: len(bot.at("/status")) == 3)
    assert all(valid(desk, base="https://desk.example.test"))


async def test_fragments_and_queries(desk: Twilio) -> None:
    """The fragment is for Twilio, the query is signed byte for byte."""
    await desk.control("PATCH", "twilio", url=f"{desk.bot.url}/in?a=%2Fb&c=%20#rc=2")
    await said(desk, "text", text="hi")
    assert desk.bot.posts[0].path == "/in?a=%2Fb&c=%20"
    assert valid(desk) == [True]


async def test_somebody_without_a_number(desk: Twilio) -> None:
    await desk.phone("text", user="sofia.lima", text="hi")
    form = await desk.bot.until(lambda bot: bot.messages and bot.messages[0])
    assert form["From"] == form["ExternalUserId"]
    assert "WaId" not in form
    assert (await desk.create(to=form["From"], body="hello")).status == "queued"
    assert [bubble["text"] for bubble in await desk.bubbles(user="sofia.lima")] == ["hi", "hello"]


async def test_a_quick_reply_in_session(desk: Twilio) -> None:
    await desk.phone("text", text="hi")
    actions = [{"type": "QUICK_REPLY", "title": title, "id": title.lower()} for title in ("Yes", "No")]
    content = await desk.content({"twilio/quick-reply": {"body": "Book?", "actions": actions}})
    sent = await desk.create(content_sid=content["sid"])
    form = await said(desk, "tap", id="yes")
    assert (form["MessageType"], form["ButtonText"], form["ButtonPayload"]) == ("interactive", "Yes", "yes")
    assert form["Body"] == "Yes"
    assert (form["OriginalRepliedMessageSid"], form["OriginalRepliedMessageSender"]) == (sent.sid, SENDER)


async def test_a_quick_reply_of_a_template(desk: Twilio) -> None:
    actions = [{"type": "QUICK_REPLY", "title": "Confirm", "id": "confirm"}]
    content = await desk.content({"twilio/quick-reply": {"body": "Your visit is near.", "actions": actions}})
    assert (await desk.submitted(content["sid"]))["status"] == "approved"
    await desk.create(content_sid=content["sid"])
    form = await said(desk, "tap", id="confirm")
    assert (form["MessageType"], form["ButtonText"], form["ButtonPayload"]) == ("button", "Confirm", "confirm")


async def test_a_row_of_a_list(desk: Twilio) -> None:
    await desk.phone("text", text="hi")
    items = [{"id": "rao", "item": "Dr Rao", "description": "Skin"}, {"id": "nair", "item": "Dr Nair"}]
    picker = {"body": "Who?", "button": "Choose", "items": items}
    await desk.create(content_sid=(await desk.content({"twilio/list-picker": picker}))["sid"])
    form = await said(desk, "tap", id="rao")
    assert (form["MessageType"], form["Body"]) == ("interactive", "Dr Rao")
    assert (form["ListId"], form["ListTitle"], form["ListDescription"]) == ("rao", "Dr Rao", "Skin")


async def test_a_numbered_text_is_answered_by_its_number(desk: Twilio) -> None:
    await desk.phone("text", text="hi")
    await desk.create(body="Which day?\n\n1. Monday\n2. Tuesday\n\nWrite the number.")
    assert [row["title"] for row in (await desk.bubbles())[-1]["numbered"]] == ["Monday", "Tuesday"]
    form = await said(desk, "tap", id="2")
    assert (form["MessageType"], form["Body"]) == ("text", "2")


async def test_a_location(desk: Twilio) -> None:
    form = await said(desk, "location", latitude=19.1, longitude=72.8, name="Andheri", address="Link Road")
    assert (form["MessageType"], form["Latitude"], form["Longitude"]) == ("location", "19.1", "72.8")
    assert (form["Label"], form["Address"], form["Body"]) == ("Andheri", "Link Road", "")


@pytest.mark.parametrize("kind", ["image", "audio", "video", "document", "sticker"])
async def test_a_file_is_fetched_with_the_token_and_then_without(desk: Twilio, kind: str) -> None:
    form = await said(desk, "media", type=kind)
    mime, content = sample(kind)
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", mime.partition(";")[0])
    assert form["MessageSid"].startswith("MM")
    assert (await desk.http.get(form["MediaUrl0"])).status_code == 401
    away = await desk.http.get(form["MediaUrl0"], auth=(ACCOUNT, TOKEN))
    assert away.status_code == 307
    assert (await desk.http.get(away.headers["location"])).content == content
    await desk.control("POST", "clock", seconds=400)
    assert (await desk.http.get(away.headers["location"])).status_code == 403
    node = await asyncio.to_thread(desk.client.messages(form["MessageSid"]).media.list)
    assert [part.content_type for part in node] == [mime.partition(";")[0]]


async def test_a_caption_and_a_shared_contact(desk: Twilio) -> None:
    assert (await said(desk, "media", type="image", caption="my card"))["Body"] == "my card"
    form = await said(desk, "contacts", name="Dr Rao", phone="+919876500009")
    assert form["MediaContentType0"] == "text/vcard"
    answer = await desk.http.get(form["MediaUrl0"], auth=(ACCOUNT, TOKEN), follow_redirects=True)
    assert "FN:Dr Rao" in answer.text


async def test_reactions_and_polls_are_not_passed_on_and_unknown_things_are(desk: Twilio) -> None:
    sent = await desk.phone("text", text="hi")
    await desk.phone("reaction", message=sent["id"], emoji="👍")
    await desk.phone("unsupported", what="poll")
    await desk.phone("raw", message={"type": "hologram", "MessageType": "hologram", "Depth": "3"})
    form = await desk.bot.until(lambda bot: len(bot.messages) == 2 and bot.messages[-1])
    assert (form["MessageType"], form["Depth"]) == ("hologram", "3")


# how it is carried


async def test_messages_of_one_chat_keep_their_order(desk: Twilio) -> None:
    for index in range(12):
        await desk.phone("text", text=str(index))
    await desk.bot.until(lambda bot: len(bot.messages) == 12)
    assert [form["Body"] for form in desk.bot.messages] == list(map(str, range(12)))


# name: (answer, the code that the fallback hears)
BAD_ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "a server error": ({"status": {"/in": 503}}, "11200"),
    "a refusal": ({"status": {"/in": 404}}, "11200"),
    "a redirect": ({"status": {"/in": 302}}, "11200"),
    "broken TwiML": ({"body": "<Response>"}, "12100"),
    "another document": ({"body": "<html/>"}, "12100"),
    "JSON": ({"body": "{}", "kind": "application/json"}, "12300"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
async def test_a_bad_answer_goes_to_the_fallback_untried(desk: Twilio, name: str) -> None:
    answer, code = BAD_ANSWERS[name]
    for attribute, value in answer.items():
        setattr(desk.bot, attribute, value)
    sent = await desk.phone("text", text="hi")
    (form,) = await desk.bot.until(lambda bot: bot.at("/fallback"))
    assert (form["ErrorCode"], form["ErrorUrl"]) == (code, f"{desk.bot.url}/in")
    assert form["MessageSid"] == sent["id"]
    assert len(desk.bot.messages) == 1
    assert all(valid(desk))


@pytest.mark.parametrize(("body", "kind"), [("", "text/plain"), ("<Response></Response>", "text/xml")])
async def test_good_answers(desk: Twilio, body: str, kind: str) -> None:
    desk.bot.body, desk.bot.kind = body, kind
    await said(desk, "text", text="hi")
    await desk.bot.until(lambda _: desk.app.state.network.world.chat(SENDER, ASHA)[0].status == "delivered")
    assert desk.bot.at("/fallback") == []


@contextlib.asynccontextmanager
async def hanging_up() -> AsyncIterator[tuple[str, list[float]]]:
    """An address that closes every connection, and when it was called."""
    calls: list[float] = []

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(time.monotonic())
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", calls


# what stands behind the address: how often it is called
OVERRIDES = {"": 2, "#rc=0": 1, "#rc=3": 4, "#rc=9": 6, "#rp=5xx": 1, "#rp=5xx,ct": 2}


@pytest.mark.parametrize("override", OVERRIDES)
async def test_a_broken_connection_is_tried_once_more_unless_the_address_says_otherwise(
    desk: Twilio, override: str
) -> None:
    async with hanging_up() as (address, calls):
        await desk.control("PATCH", "twilio", url=f"{address}/in{override}")
        await desk.phone("text", text="hi")
        (form,) = await desk.bot.until(lambda bot: bot.at("/fallback"))
        assert (form["ErrorCode"], form["ErrorUrl"]) == ("11205", f"{address}/in")
        assert len(calls) == OVERRIDES[override]


async def test_server_errors_are_tried_again_where_the_address_says_so(desk: Twilio) -> None:
    desk.bot.status["/in"] = 503
    await desk.control("PATCH", "twilio", url=f"{desk.bot.url}/in#rc=2&rp=5xx")
    await desk.phone("text", text="hi")
    await desk.bot.until(lambda bot: bot.at("/fallback"))
    assert len(desk.bot.messages) == 3
    assert len({post.headers["i-twilio-idempotency-token"] for post in desk.bot.posts[:3]}) == 1


async def test_slow_answers_are_not_waited_for() -> None:
    async with twilio_desk(twilio_read_seconds=0.1) as desk:
        desk.bot.wait = 0.4
        began = time.monotonic()
        await desk.phone("text", text="hi")
        (form,) = await desk.bot.until(lambda bot: bot.at("/fallback"))
        assert form["ErrorCode"] == "11205"
        assert time.monotonic() - began < 0.4
        assert len(desk.bot.messages) == 1


async def test_all_tries_of_an_address_have_so_many_seconds_together() -> None:
    async with twilio_desk(twilio_total_seconds=0.35) as desk:
        desk.bot.wait = 0.3
        await desk.control("PATCH", "twilio", url=f"{desk.bot.url}/in#rc=5&rp=all&rt=200", fallback="")
        await desk.phone("text", text="hi")
        await asyncio.sleep(0.6)
        assert len(desk.bot.messages) == 2
        assert (await desk.control("GET", "twilio"))["lost"] == 1


async def test_what_neither_address_takes_is_lost_but_listed(desk: Twilio) -> None:
    desk.bot.status = {"/in": 500, "/fallback": 500}
    sent = await desk.phone("text", text="hi")

    async def lost() -> bool:
        return bool((await desk.control("GET", "twilio"))["lost"])

    await desk.bot.until(lambda _: lost())
    await asyncio.sleep(0.1)
    assert [post.path for post in desk.bot.posts] == ["/in", "/fallback"]
    (listed,) = await asyncio.to_thread(desk.client.messages.list, to=SENDER)
    assert (listed.sid, listed.status, listed.direction) == (sent["id"], "received", "inbound")


async def test_a_delivery_may_be_dropped_or_doubled_by_a_fault(desk: Twilio) -> None:
    await desk.control("PATCH", "faults", lose_messages=1)
    await desk.phone("text", text="gone")
    await desk.control("PATCH", "faults", lose_messages=0, duplicate=1)
    await desk.phone("text", text="twice")
    await desk.bot.until(lambda bot: len(bot.messages) == 2)
    assert [form["Body"] for form in desk.bot.messages] == ["twice", "twice"]


async def test_status_callbacks_go_where_the_message_says(desk: Twilio) -> None:
    await desk.phone("text", text="hi")
    sent = await desk.create(body="hello", status_callback=f"{desk.bot.url}/status?outbox=o.1")
    await desk.ended(sent.sid, "read")
    told = await desk.bot.until(lambda bot: len(bot.at("/status")) == 3 and bot.at("/status"))
    assert sorted(form["MessageStatus"] for form in told) == ["delivered", "read", "sent"]
    by = {form["MessageStatus"]: form for form in told}
    assert "EventType" not in by["sent"]
    assert by["read"]["EventType"] == "READ"
    assert (by["sent"]["ChannelPrefix"], by["sent"]["ChannelToAddress"]) == ("whatsapp", f"+{ASHA}")
    assert {form["MessageSid"] for form in told} == {sent.sid}
    assert {post.path for post in desk.bot.posts if "status" in post.path} == {"/status?outbox=o.1"}
    assert all(valid(desk))


async def test_a_failure_says_why_in_its_status(desk: Twilio) -> None:
    await desk.create(body="hello", status_callback=f"{desk.bot.url}/status")
    (form,) = await desk.bot.until(lambda bot: bot.at("/status"))
    assert (form["MessageStatus"], form["ErrorCode"], form["EventType"]) == ("undelivered", "63016", "UNDELIVERED")
    assert form["ErrorMessage"] == form["ChannelStatusMessage"]


async def test_statuses_have_no_fallback_and_may_get_lost(desk: Twilio) -> None:
    desk.bot.status["/status"] = 500
    await desk.phone("text", text="hi")
    sent = await desk.create(body="hello", status_callback=f"{desk.bot.url}/status")
    await desk.ended(sent.sid, "read")
    await desk.bot.until(lambda bot: len(bot.at("/status")) == 3)
    await desk.control("PATCH", "faults", lose_statuses=1)
    other = await desk.create(body="again", status_callback=f"{desk.bot.url}/status")
    await desk.ended(other.sid, "read")
    assert len(desk.bot.at("/status")) == 3
    assert desk.bot.at("/fallback") == []


async def test_an_sms_is_delivered_but_never_read(desk: Twilio) -> None:
    sent = await desk.create(to=f"+{ASHA}", from_=SMS, body="Code 123456", status_callback=f"{desk.bot.url}/status")
    await desk.ended(sent.sid, "delivered")
    await asyncio.sleep(0.05)
    assert (await desk.fetched(sent.sid)).status == "delivered"
    told = desk.bot.at("/status")
    assert sorted(form["MessageStatus"] for form in told) == ["delivered", "sent"]
    assert all("RawDlrDoneDate" in form and "ChannelPrefix" not in form for form in told)
