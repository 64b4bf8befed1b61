"""Content templates: every limit of every type, variables, the window, and what WhatsApp approves."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from conftest import eventually  # type: ignore[import-not-found]
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList
from twilio_bot import ACCOUNT, ASHA, SMS, TOKEN, Twilio, twilio_desk  # type: ignore[import-not-found]

Json = dict[str, Any]


@pytest_asyncio.fixture(scope="module")
async def desk() -> AsyncIterator[Twilio]:
    async with twilio_desk(pair_burst=0) as shared:
        await shared.phone("text", text="hi")
        yield shared


def text(body: str = "Hello") -> Json:
    return {"twilio/text": {"body": body}}


def replies(*titles: str, body: str = "Book?", **more: str) -> Json:
    actions = [{"type": "QUICK_REPLY", "title": title, "id": f"id{n}", **more} for n, title in enumerate(titles)]
    return {"twilio/quick-reply": {"body": body, "actions": actions}}


def item(n: int = 0, **change: str) -> Json:
    return {"id": f"row{n}", "item": f"Row {n}", **change}


def picker(*items: Json, body: str = "Who?", button: str = "Choose") -> Json:
    return {"twilio/list-picker": {"body": body, "button": button, "items": list(items)}}


def link(title: str = "Open", url: str = "https://x.test/1", body: str = "Read this.") -> Json:
    return {"twilio/call-to-action": {"body": body, "actions": [{"type": "URL", "title": title, "url": url}]}}


# name: (types, words of the refusal)
REFUSED: dict[str, tuple[Any, str]] = {
    "no types": ({}, "types is required"),
    "types that are no object": ("twilio/text", "types is required"),
    "only nulls, as underscored keys make of them": ({"twilio/text": None}, "types is required"),
    "an unknown type": ({"twilio/dance": {}}, "unknown content type"),
    "a type with an underscore": ({"twilio/quick_reply": {}}, "unknown content type"),
    "a type that is no object": ({"twilio/text": "Hello"}, "must be an object"),
    "a text without a body": ({"twilio/text": {}}, "body is required"),
    "a text too long": (text("x" * 1601), "1600 characters"),
    "no buttons": (replies(), "1 to 10"),
    "eleven buttons": (replies(*map(str, range(11))), "1 to 10"),
    "a button too long": (replies("x" * 21), "20 characters"),
    "a button id too long": (replies("Yes", id="x" * 201), "200 characters"),
    "a button's body too long": (replies("Yes", body="x" * 1025), "1024 characters"),
    "no items": (picker(), "1 to 10"),
    "eleven items": (picker(*map(item, range(11))), "1 to 10"),
    "an item too long": (picker(item(item="x" * 25)), "24 characters"),
    "an item without an id": (picker({"item": "Row"}), "id is required"),
    "an item's id too long": (picker(item(id="x" * 201)), "200 characters"),
    "a description too long": (picker(item(description="x" * 73)), "72 characters"),
    "a list's label too long": (picker(item(), button="x" * 21), "20 characters"),
    "a list's label missing": (picker(item(), button=""), "button is required"),
    "a list's body too long": (picker(item(), body="x" * 1025), "1024 characters"),
    "a place without a longitude": ({"twilio/location": {"latitude": 1}}, "longitude are required"),
    "a file without an address": ({"twilio/media": {"body": "x"}}, "list of addresses"),
    "a card whose picture is no list": ({"twilio/card": {"title": "x", "media": "y"}}, "list of addresses"),
    "a variable left open": (text("Hi {{1}"), "malformed"),
    "a variable without a name": (text("Hi {{}}"), "malformed"),
    "a hundred and one variables": (text(" ".join(f"{{{{{n}}}}}" for n in range(101))), "100 variables"),
    "a link's label too long": (link("x" * 26), "25 characters"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused(desk: Twilio, name: str) -> None:
    types, words = REFUSED[name]
    answer = await desk.http.post("/v1/Content", json={"language": "en", "types": types}, auth=(ACCOUNT, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert words in answer.json()["message"]


# at the limit, and so taken
CREATED: dict[str, Json] = {
    "a long text": text("x" * 1600),
    "ten buttons": replies(*("x" * 18 + str(n) for n in range(10)), body="x" * 1024),
    "ten items": picker(
        *(item(n, id=f"{n}" + "x" * 199, item="x" * 24, description="x" * 72) for n in range(10)), button="x" * 20
    ),
    "a variable where more would be too long": picker(item(item="x" * 20 + "{{1}}")),
    "a card without a picture, as the package writes it": text()
    | {"twilio/card": {"title": "x", "subtitle": None, "media": None, "actions": None}},
    "text beside buttons": text() | replies("Yes"),
    "a place": {"twilio/location": {"latitude": 19.1, "longitude": 72.8, "label": "Clinic"}},
    "a file": {"twilio/media": {"body": "Your report", "media": ["https://x.test/a.pdf"]}},
}


@pytest.mark.parametrize("name", CREATED)
async def test_created(desk: Twilio, name: str) -> None:
    content = await desk.content(CREATED[name], {"1": "abc"})
    assert content["sid"].startswith("HX")
    assert content["types"] == CREATED[name]
    needs_approval = name == "ten buttons" or "twilio/card" in CREATED[name]
    sent = None if needs_approval else await desk.create(content_sid=content["sid"])
    assert sent is None or (await desk.ended(sent.sid, "read", "failed", "undelivered")).status == "read"


async def test_a_form_under_json_is_refused(desk: Twilio) -> None:
    path, body = "/v1/Content", b"language=en&types=twilio%2Ftext"
    headers = {"Content-Type": "application/json"}
    answer = await desk.http.post(path, content=body, headers=headers, auth=(ACCOUNT, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    form = await desk.http.post(path, data={"language": "en"}, auth=(ACCOUNT, TOKEN))
    assert (form.status_code, form.json()["code"]) == (415, 20415)


async def test_the_package_creates_submits_lists_and_deletes() -> None:
    async with twilio_desk() as desk:
        contents = desk.client.content.v1.contents
        types = ContentList.Types({"twilio/text": {"body": "Your visit is on {{1}} at ten."}})
        asked = ContentList.ContentCreateRequest(
            {"friendly_name": "visit", "language": "en", "variables": {"1": "Monday"}, "types": types.to_dict()}
        )
        made = await asyncio.to_thread(contents.create, asked)
        assert (made.friendly_name, made.variables, made.language) == ("visit", {"1": "Monday"}, "en")
        approval = ApprovalCreateList.ContentApprovalRequest({"name": "visit", "category": "UTILITY"})
        received = await asyncio.to_thread(contents(made.sid).approval_create.create, approval)
        assert (received.status, received.content_type) == ("received", "twilio/text")

        async def approved() -> bool:
            fetched = await asyncio.to_thread(contents(made.sid).approval_fetch().fetch)
            return bool(fetched.whatsapp["status"] == "approved")

        await eventually(approved)
        listed = await asyncio.to_thread(desk.client.content.v1.content_and_approvals.list)
        assert [row.approval_requests["name"] for row in listed] == ["visit"]
        assert await asyncio.to_thread(contents(made.sid).delete)
        assert await asyncio.to_thread(contents.list) == []


async def test_lists_of_content_come_in_pages() -> None:
    async with twilio_desk() as desk:
        made = [(await desk.content(text(str(n))))["sid"] for n in range(5)]
        listed = await asyncio.to_thread(desk.client.content.v1.contents.list, page_size=2)
        assert [row.sid for row in listed] == made


# name: (types, variables when sent, status, code); the shared defaults are {"1": "abc", "2": "def"}
SENT: dict[str, tuple[Json, Any, str, int | None]] = {
    "a default takes the place of what is not given": (text("{{1}} and {{2}}"), {"1": "x"}, "read", None),
    "a variable without any value": (text("{{9}}"), {}, "failed", 63028),
    "a body too long when filled": (replies("Yes", body="{{1}}" + "x" * 1000), {"1": "y" * 30}, "failed", 63021),
    "a row too long when filled": (picker(item(item="{{1}}")), {"1": "x" * 25}, "failed", 63021),
    "the same row twice when filled": (picker(item(id="{{1}}"), item(id="{{2}}")), {"2": "abc"}, "failed", 63021),
    "four buttons in session": (replies("A", "B", "C", "D"), {}, "failed", 63005),
    "three buttons in session": (replies("A", "B", "C"), {}, "read", None),
    "a place beyond the earth": (
        {"twilio/location": {"latitude": "{{1}}", "longitude": "0"}},
        {"1": "91"},
        "failed",
        63021,
    ),
    "a place in words": ({"twilio/location": {"latitude": "{{1}}", "longitude": "0"}}, {"1": "here"}, "failed", 63021),
    "links without approval": (link(), {}, "failed", 63005),
}


@pytest.mark.parametrize("name", SENT)
async def test_sent_in_session(desk: Twilio, name: str) -> None:
    types, given, status, code = SENT[name]
    content = await desk.content(types, {"1": "abc", "2": "def"})
    sent = await desk.create(content_sid=content["sid"], content_variables=json.dumps(given))
    message = await desk.ended(sent.sid, "read", "failed", "undelivered")
    assert (message.status, message.error_code) == (status, code)


# what is written as ContentVariables
BAD_VARIABLES = {
    "no JSON": "{1: a}",
    "a list": '["a"]',
    "a number": '{"1": 7}',
    "null": '{"1": null}',
    "an empty text": '{"1": ""}',
    "a newline in a body": json.dumps({"1": "a\nb"}),
    "a tab in a body": json.dumps({"1": "a\tb"}),
    "five spaces in a body": json.dumps({"1": "a     b"}),
}


@pytest.mark.parametrize("name", BAD_VARIABLES)
async def test_variables_that_are_refused(desk: Twilio, name: str) -> None:
    content = await desk.content(text("So: {{1}}."))
    problem = await desk.refusal(content_sid=content["sid"], content_variables=BAD_VARIABLES[name])
    assert (problem.code, problem.status) == (21656, 400)


async def test_a_value_longer_than_any_message(desk: Twilio) -> None:
    content = await desk.content(text("So: {{1}}."))
    problem = await desk.refusal(content_sid=content["sid"], content_variables=json.dumps({"1": "x" * 1601}))
    assert (problem.code, problem.status) == (21658, 400)


async def test_the_phone_shows_what_was_filled_in(desk: Twilio) -> None:
    rows = [item(n, id=f"{{{{{2 * n}}}}}", item=f"{{{{{2 * n + 1}}}}}") for n in (1, 2)]
    content = await desk.content(picker(*rows, body="{{1}}: when?"))
    given = {"1": "Dr Rao", "2": "t9", "3": "9:00", "4": "t10", "5": "10:00"}
    await desk.create(content_sid=content["sid"], content_variables=json.dumps(given))
    shown = (await desk.bubbles())[-1]
    assert (shown["kind"], shown["text"], shown["button"]) == ("list", "Dr Rao: when?", "Choose")
    assert shown["options"] == [{"id": "t9", "title": "9:00"}, {"id": "t10", "title": "10:00"}]


STRANGER = "34600000003"


async def test_only_what_is_approved_opens_a_conversation(desk: Twilio) -> None:
    to = f"whatsapp:+{STRANGER}"
    types = replies("Confirm", body="Your visit with {{1}} is on {{2}} at ten.")
    content = await desk.content(types, {"1": "Dr Rao", "2": "Monday"})
    sent = await desk.create(to=to, content_sid=content["sid"])
    assert (await desk.ended(sent.sid, "undelivered")).error_code == 63016
    state = await desk.submitted(content["sid"], "visit_is_near")
    assert (state["status"], state["name"], state["category"]) == ("approved", "visit_is_near", "UTILITY")
    sent = await desk.create(to=to, content_sid=content["sid"])
    assert (await desk.ended(sent.sid, "read")).body == "Your visit with Dr Rao is on Monday at ten."
    assert (await desk.bubbles(user=STRANGER))[-1]["template"]["name"] == "visit_is_near"
    await desk.control("POST", f"twilio/contents/{content['sid']}", status="paused")
    sent = await desk.create(to=to, content_sid=content["sid"])
    assert (await desk.ended(sent.sid, "failed")).error_code == 63027


async def test_a_list_never_opens_one(desk: Twilio) -> None:
    content = await desk.content(picker(item()))
    sent = await desk.create(to=f"whatsapp:+{STRANGER}9", content_sid=content["sid"])
    assert (await desk.ended(sent.sid, "undelivered")).error_code == 63016
    path, body = f"/v1/Content/{content['sid']}/ApprovalRequests/whatsapp", {"name": "a", "category": "UTILITY"}
    answer = await desk.http.post(path, json=body, auth=(ACCOUNT, TOKEN))
    assert (answer.status_code, "cannot be submitted" in answer.json()["message"]) == (400, True)


# name: (types, name, category, words of the rejection)
REJECTED: dict[str, tuple[Json, str, str, str]] = {
    "a capital in the name": (text("Fine words."), "Visit", "UTILITY", "lowercase"),
    "a variable at the end": (text("See you on {{1}}"), "ends", "UTILITY", "start or end"),
    "two variables together": (text("So {{1}} {{2}} it is then, dear patient."), "two", "UTILITY", "next to each"),
    "a gap in the numbers": (text("You see {{2}} on the day agreed."), "gap", "UTILITY", "without gaps"),
    "no sample": (text("You see {{1}} on the day agreed."), "sample", "UTILITY", "example"),
    "more than Meta takes": (text("x" * 1025), "long", "UTILITY", "1024"),
    "a button with a variable": (replies("Go {{1}}", body="Fine words."), "button", "UTILITY", "Button"),
}


@pytest.mark.parametrize("name", REJECTED)
async def test_rejected_as_meta_rejects(desk: Twilio, name: str) -> None:
    types, called, category, words = REJECTED[name]
    samples = {"1": "a", "2": "b"} if name != "no sample" else {}
    state = await desk.submitted((await desk.content(types, samples))["sid"], called, category)
    assert state["status"] == "rejected"
    assert words.lower() in state["rejection_reason"].lower()


@pytest.mark.parametrize("body", [{"name": "a"}, {"category": "UTILITY"}, {"name": "a", "category": "GOSSIP"}])
async def test_what_cannot_be_submitted(desk: Twilio, body: Json) -> None:
    content = await desk.content(text())
    path = f"/v1/Content/{content['sid']}/ApprovalRequests"
    answer = await desk.http.post(f"{path}/whatsapp", json=body, auth=(ACCOUNT, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert (await desk.http.get(path, auth=(ACCOUNT, TOKEN))).json()["whatsapp"]["status"] == "unsubmitted"


async def test_a_name_is_taken_once_in_a_language(desk: Twilio) -> None:
    states = [
        await desk.submitted((await desk.content(text("Fine words."), language=language))["sid"], "twice")
        for language in ("en", "en", "es")
    ]
    assert [state["status"] for state in states] == ["approved", "rejected", "approved"]


async def test_a_code_is_approved_and_copied(desk: Twilio) -> None:
    part = {
        "add_security_recommendation": True,
        "code_expiration_minutes": 5,
        "actions": [{"type": "COPY_CODE", "copy_code_text": "Copy"}],
    }
    content = await desk.content({"whatsapp/authentication": part})
    assert (await desk.submitted(content["sid"], "code", "AUTHENTICATION"))["status"] == "approved"
    sent = await desk.create(content_sid=content["sid"], content_variables='{"1": "123456"}')
    await desk.ended(sent.sid, "read")
    shown = (await desk.bubbles())[-1]
    assert shown["text"].startswith("*123456* is your verification code.")
    assert shown["links"][0]["code"] == "123456"


async def test_sms_takes_only_the_plain_type(desk: Twilio) -> None:
    both = await desk.content(text("Your visit is on {{1}}.") | replies("Yes"), {"1": "Monday"})
    sent = await desk.create(to=f"+{ASHA}", from_=SMS, content_sid=both["sid"])
    assert (await desk.ended(sent.sid, "delivered")).body == "Your visit is on Monday."
    rich = await desk.content(replies("Yes"))
    sent = await desk.create(to=f"+{ASHA}", from_=SMS, content_sid=rich["sid"])
    assert (await desk.ended(sent.sid, "failed")).error_code == 63005


async def test_the_richest_type_goes_by_whatsapp(desk: Twilio) -> None:
    both = await desk.content(text("plain") | replies("Yes", body="rich"))
    await desk.create(content_sid=both["sid"])
    assert (await desk.bubbles())[-1]["text"] == "rich"
