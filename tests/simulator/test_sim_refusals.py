"""What Meta refuses, row by row: the request, and the code, status and sentence of the answer."""

from typing import Any

import pytest
from conftest import NUMBER, Simulator  # type: ignore[import-not-found]

Json = dict[str, Any]
TO = "+15551230000"


def message(kind: str, part: Any, **more: Any) -> Json:
    return {"messaging_product": "whatsapp", "to": TO, "type": kind, kind: part, **more}


def text(words: Any = "Hello", **more: Any) -> Json:
    return message("text", {"body": words}, **more)


def without(body: Json, name: str) -> Json:
    return {key: value for key, value in body.items() if key != name}


def interactive(kind: str, action: Json, words: Any = "Choose", **more: Any) -> Json:
    return message("interactive", {"type": kind, "body": {"text": words}, "action": action, **more})


def buttons(*titles: str, ids: list[str] | None = None, **more: Any) -> Json:
    ids = ids or [f"id{index}" for index in range(len(titles))]
    replies = [{"type": "reply", "reply": {"id": key, "title": title}} for key, title in zip(ids, titles, strict=True)]
    return interactive("button", {"buttons": replies}, **more)


def row(index: int = 0, **change: str) -> Json:
    return {"id": f"row{index}", "title": f"Row {index}", **change}


def rows(*sections: Json, label: str = "Open", **more: Any) -> Json:
    return interactive("list", {"button": label, "sections": list(sections)}, **more)


def link(title: str = "Open", url: str = "https://example.test", **more: Any) -> Json:
    return interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": title, "url": url}}, **more)


def located(**action: Any) -> Json:
    return interactive("location_request_message", action)


# name: (body, code, words of the answer)
REFUSED: dict[str, tuple[Json, int, str]] = {
    "nothing": ({}, 100, "The parameter messaging_product is required."),
    "another product": (text() | {"messaging_product": "signal"}, 100, "must be one of {WHATSAPP}"),
    "no recipient": (without(text(), "to"), 100, "The parameter to is required."),
    "a recipient that is a list": (text() | {"to": ["1"]}, 100, "Param to must be a string"),
    "a recipient that is no number": (text() | {"to": "Asha"}, 131009, "phone number is malformed"),
    "a group": (text(recipient_type="group"), 100, "recipient_type"),
    "a malformed user id": (without(text(recipient="nobody"), "to"), 131009, "user ID is malformed"),
    "an unknown user id": (without(text(recipient="IN.123"), "to"), 131026, "Undeliverable"),
    "to itself": (text() | {"to": "+15550000101"}, 131021, "cannot be the same"),
    "an unknown type": (message("hologram", {}), 100, 'got "hologram"'),
    "a text without its object": (without(text(), "text"), 100, "The parameter text is required."),
    "an empty text": (text(""), 100, "text['body']"),
    "a blank text": (text("  \n "), 131009, "blank"),
    "a text that is a number": (text(7), 100, "must be a string"),
    "a text too long": (text("x" * 4097), 100, "must be at most 4096 characters long"),
    "emoji count twice": (text("👍" * 2049), 100, "must be at most 4096 characters long"),
    "callback data too long": (text(biz_opaque_callback_data="x" * 513), 100, "at most 512"),
    "a context without an id": (text(context={}), 100, "context['message_id']"),
    "an unknown interactive type": (interactive("dance", {}), 131009, "Interactive type invalid"),
    "no action": (message("interactive", {"type": "button", "body": {"text": "x"}}), 131008, "interactive.action"),
    "no body": (
        message("interactive", {"type": "button", "action": buttons("A")["interactive"]["action"]}),
        131008,
        "body",
    ),
    "a body too long": (buttons("A", words="x" * 1025), 131009, "Max length: 1024"),
    "a blank body": (buttons("A", words=" "), 131009, "Message body length invalid"),
    "no buttons": (buttons(), 131009, "Max allowed buttons: 3"),
    "four buttons": (buttons("A", "B", "C", "D"), 131009, "Max allowed buttons: 3"),
    "a button's title too long": (
        buttons("x" * 21),
        131009,
        "Button title length invalid. Min length: 1, Max length: 20",
    ),
    "a button's title empty": (buttons(""), 131009, "Button title length invalid"),
    "a button's title missing": (
        interactive("button", {"buttons": [{"type": "reply", "reply": {"id": "1"}}]}),
        131008,
        "buttons.reply.title",
    ),
    "the same button title twice": (buttons("A", "A"), 131009, "Duplicated button title"),
    "the same button id twice": (buttons("A", "B", ids=["1", "1"]), 131009, "Duplicated button id"),
    "a button id too long": (buttons("A", ids=["x" * 257]), 131009, "Max length: 256"),
    "a button id with a space": (buttons("A", ids=[" a"]), 131009, "leading or trailing spaces"),
    "a button that is no reply": (interactive("button", {"buttons": [{"type": "url"}]}), 131009, "Button type invalid"),
    "a header too long": (buttons("A", header={"type": "text", "text": "x" * 61}), 131009, "Max length: 60"),
    "a footer too long": (buttons("A", footer={"text": "x" * 61}), 131009, "Max length: 60"),
    "an unknown header": (buttons("A", header={"type": "song"}), 131009, "Header type invalid"),
    "a header image without a file": (buttons("A", header={"type": "image", "image": {}}), 131008, "header.image"),
    "no sections": (rows(), 131009, "sections count"),
    "an empty section": (rows({"rows": []}), 131009, "at least one row"),
    "eleven rows": (
        rows({"rows": [row(n) for n in range(11)]}),
        131009,
        "Total row count exceed max allowed count: 10",
    ),
    "eleven rows in two sections": (
        rows(
            {"title": "A", "rows": [row(n) for n in range(6)]}, {"title": "B", "rows": [row(n) for n in range(6, 11)]}
        ),
        131009,
        "Total row count exceed max allowed count: 10",
    ),
    "a row's title too long": (rows({"rows": [row(title="x" * 25)]}), 131009, "Row title length invalid"),
    "a row's description too long": (rows({"rows": [row(description="x" * 73)]}), 131009, "Max length: 72"),
    "a row's id too long": (rows({"rows": [row(id="x" * 201)]}), 131009, "Max length: 200"),
    "the same row id twice": (rows({"rows": [row(1), row(1)]}), 131009, "Duplicated row id"),
    "a section's title too long": (rows({"title": "x" * 25, "rows": [row()]}), 131009, "Section title length invalid"),
    "two sections, one untitled": (
        rows({"title": "A", "rows": [row(1)]}, {"rows": [row(2)]}),
        131009,
        "Section title is required",
    ),
    "a list's label too long": (rows({"rows": [row()]}, label="x" * 21), 131009, "Button label length invalid"),
    "a list's body too long": (rows({"rows": [row()]}, words="x" * 4097), 131009, "Max length: 4096"),
    "a list with a picture": (
        rows({"rows": [row()]}, header={"type": "image", "image": {"link": "https://x.test/a.png"}}),
        131009,
        "Header type invalid",
    ),
    "a link's label too long": (link("x" * 21), 131009, "Max length: 20"),
    "a link that is none": (link(url="example.test"), 131009, "Url is not valid"),
    "a location request of another name": (located(name="send_money"), 131009, "Expected: send_location"),
    "a location request without a name": (located(), 131008, "action.name"),
    "a picture without a file": (message("image", {}), 131008, "Exactly one"),
    "a picture with two files": (message("image", {"id": "1", "link": "https://x.test/a.png"}), 131008, "Exactly one"),
    "a caption too long": (message("image", {"id": "1", "caption": "x" * 1025}), 131009, "Caption is too long"),
    "a captioned voice message": (message("audio", {"id": "1", "caption": "hi"}), 100, "Unexpected key"),
    "a place without a longitude": (message("location", {"latitude": 1}), 131008, "location.longitude"),
    "a place beyond the earth": (message("location", {"latitude": 91, "longitude": 0}), 131009, "out of range"),
    "a reaction to nothing": (
        message("reaction", {"message_id": "wamid.none", "emoji": "👍"}),
        131009,
        "does not exist",
    ),
    "a contact without a name": (message("contacts", [{"name": {}}]), 131008, "formatted_name"),
    "a template without a name": (message("template", {"language": {"code": "en"}}), 100, "template['name']"),
    "a template without a language": (message("template", {"name": "hello_world"}), 100, "template['language']"),
    "an unknown template": (
        message("template", {"name": "nope", "language": {"code": "en"}}),
        132001,
        "template name (nope) does not exist in en",
    ),
    "a template in another language": (
        message("template", {"name": "hello_world", "language": {"code": "fr"}}),
        132001,
        "template name (hello_world) does not exist in fr",
    ),
    "read receipts for nothing": (
        {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.none"},
        131009,
        "does not exist",
    ),
    "an unknown status": ({"messaging_product": "whatsapp", "status": "lost", "message_id": "x"}, 100, "{READ}"),
}

STATUS = {132001: 404}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused(strict: Simulator, name: str) -> None:
    body, code, words = REFUSED[name]
    answer = await strict.graph("POST", f"{NUMBER}/messages", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (STATUS.get(code, 400), code), error
    said = error["message"] + " " + error.get("error_data", {}).get("details", "")
    assert words in said
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]


# at the limit, and so accepted
ACCEPTED: dict[str, Json] = {
    "a long text": text("x" * 4096),
    "a number without a plus": text() | {"to": "15551230000"},
    "a number with separators": text() | {"to": "+1 (555) 123-0000"},
    "a number as a number": text() | {"to": 15551230000},
    "callback data": text(biz_opaque_callback_data="x" * 512),
    "three buttons": buttons("x" * 20, "B", "C", words="x" * 1024, footer={"text": "x" * 60}),
    "ten rows": rows({"rows": [row(n, title="x" * 24, description="y" * 72) for n in range(10)]}, words="x" * 4096),
    "a link": link("x" * 20, header={"type": "text", "text": "x" * 60}),
    "a location request": located(name="send_location"),
    "a contact request": interactive("request_contact_info", {"name": "request_contact_info"}),
    "a picture by link": message("image", {"link": "https://x.test/a.png", "caption": "x" * 1024}),
    "a document": message("document", {"link": "https://x.test/a.pdf", "filename": "a.pdf"}),
    "a place": message("location", {"latitude": "19.1", "longitude": 72.8, "name": "Clinic"}),
    "a contact": message("contacts", [{"name": {"formatted_name": "Dr Rao"}, "phones": [{"phone": "+91"}]}]),
    "a template": message("template", {"name": "hello_world", "language": {"code": "en_US"}}),
    "an answer to something unknown": text(context={"message_id": "wamid.gone"}),
}


@pytest.mark.parametrize("name", ACCEPTED)
async def test_accepted(strict: Simulator, name: str) -> None:
    answer = await strict.graph("POST", f"{NUMBER}/messages", ACCEPTED[name])
    assert answer.status_code == 200, answer.text
    assert answer.json()["messages"][0]["id"].startswith("wamid.")


# name: (method, path, token, code, subcode, HTTP status)
FORBIDDEN = {
    "a wrong token": ("POST", f"{NUMBER}/messages", "wrong", 190, None, 401),
    "no token": ("GET", NUMBER, "", 190, None, 401),
    "an unknown number": ("POST", "100000000000009/messages", "demo-access-token", 100, 33, 400),
    "another business's number": ("POST", f"{NUMBER}/messages", "other-access-token", 100, 33, 400),
    "another business's templates": ("GET", "200000000000001/message_templates", "other-access-token", 100, 33, 400),
    "an unknown node": ("GET", "42", "demo-access-token", 100, 33, 400),
    "an unknown edge": ("GET", f"{NUMBER}/dreams", "demo-access-token", 100, None, 400),
    "an edge that cannot be posted to": ("POST", f"{NUMBER}/dreams", "demo-access-token", 100, 33, 400),
}


@pytest.mark.parametrize("name", FORBIDDEN)
async def test_forbidden(strict: Simulator, name: str) -> None:
    method, path, token, code, subcode, status = FORBIDDEN[name]
    answer = await strict.graph(method, path, text(), token=token)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("error_subcode")) == (status, code, subcode)


async def test_a_body_that_is_no_json_lacks_everything(strict: Simulator) -> None:
    headers = {"Authorization": "Bearer demo-access-token"}
    answer = await strict.http.post(f"/v26.0/{NUMBER}/messages", content=b"{oops", headers=headers)
    assert answer.status_code == 400
    assert "messaging_product is required" in answer.json()["error"]["message"]


async def test_a_number_tells_about_itself(strict: Simulator) -> None:
    node = (await strict.graph("GET", f"{NUMBER}?fields=verified_name,throughput")).json()
    assert node == {"verified_name": "Asha Clinics", "throughput": {"level": "STANDARD"}, "id": NUMBER}
    numbers = (await strict.graph("GET", "200000000000001/phone_numbers")).json()
    assert [number["id"] for number in numbers["data"]] == [NUMBER]
