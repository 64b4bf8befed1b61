"""Templates: what may be created, the review, sending them filled in, and their later life."""

from typing import Any

import pytest
from conftest import TOKEN, WABA, Simulator  # type: ignore[import-not-found]

Json = dict[str, Any]
USER = "15551230000"
EXAMPLE = {"body_text": [["Asha", "Monday"]]}
BODY: Json = {"type": "BODY", "text": "Hello {{1}}, your visit is booked for {{2}} at our clinic.", "example": EXAMPLE}
NAMED: Json = {
    "type": "BODY",
    "text": "Hello {{name}}, see you soon at our clinic.",
    "example": {"body_text_named_params": [{"param_name": "name", "example": "Asha"}]},
}


def creation(*components: Json, **change: Any) -> Json:
    parts = list(components) or [BODY]
    return {"name": "visit_booked", "language": "en", "category": "UTILITY", "components": parts, **change}


def body(text: str, *values: str) -> Json:
    return {"type": "BODY", "text": text, **({"example": {"body_text": [list(values)]}} if values else {})}


def header(text: str, **more: Any) -> Json:
    return {"type": "HEADER", "format": "TEXT", "text": text, **more}


def buttons(*items: Json) -> Json:
    return {"type": "BUTTONS", "buttons": list(items)}


def quick(text: str) -> Json:
    return {"type": "QUICK_REPLY", "text": text}


def url(address: str, **more: Any) -> Json:
    return {"type": "URL", "text": "Open", "url": address, **more}


# name: (body, subcode or None, words)
REFUSED: dict[str, tuple[Json, int | None, str]] = {
    "no name": (creation(name=""), None, "parameter name is required"),
    "a name with capitals": (creation(name="Visit"), None, "lowercase"),
    "a name too long": (creation(name="x" * 513), None, "512"),
    "an unknown category": (creation(category="SERVICE"), None, "category must be one of"),
    "a language that Meta lacks": (creation(language="pt"), None, "not a supported language"),
    "no components": (creation() | {"components": None}, None, "components is required"),
    "an unknown component": (creation(BODY, {"type": "SIDEBAR"}), None, 'got "SIDEBAR"'),
    "no body": (creation(header("Hello")), 2388043, "BODY"),
    "an empty body": (creation({"type": "BODY"}), 2388043, "(text)"),
    "a body too long": (creation(body("x" * 1025)), 2388040, "1024"),
    "a variable first": (creation(body("{{1}} is your day at the clinic", "Monday")), 2388299, "start or end"),
    "a variable last": (creation(body("Your day at the clinic is {{1}}", "Monday")), 2388299, "start or end"),
    "adjacent variables": (creation(body("Come on {{1}} {{2}} to the clinic please", "a", "b")), 2388072, "next to"),
    "a gap in the numbers": (
        creation(body("Come on {{1}} or {{3}} to the clinic.", "a", "b")),
        2388072,
        "without gaps",
    ),
    "a named variable among numbers": (creation(body("Come on {{day}} to the clinic.", "a")), 2388072, "whole numbers"),
    "a malformed variable": (creation(body("Come on {{1 to the clinic.")), 2388072, "malformed"),
    "too many variables": (creation(body("On {{1}}, {{2}}, {{3}} ok", "a", "b", "c")), 2388293, "too many variables"),
    "no example": (creation(body("Come on {{1}} to the clinic.")), 2388043, "(example)"),
    "too few examples": (creation(body("Come on {{1}} to {{2}} please now.", "a")), 2388043, "(example)"),
    "a header too long": (creation(header("x" * 61), BODY), 2388040, "60"),
    "a header with emoji": (creation(header("Hello 👋"), BODY), 2388047, "emojis"),
    "a header with two variables": (creation(header("{{1}} and {{2}}"), BODY), 2388047, "one variable"),
    "a header without an example": (creation(header("Hello {{1}}"), BODY), 2388043, "HEADER"),
    "an unknown header": (creation({"type": "HEADER", "format": "SONG"}, BODY), 2388047, "TEXT"),
    "an image header without a sample": (creation({"type": "HEADER", "format": "IMAGE"}, BODY), 2388043, "example"),
    "a footer with a variable": (creation(BODY, {"type": "FOOTER", "text": "Bye {{1}}"}), 2388073, "variables"),
    "a footer too long": (creation(BODY, {"type": "FOOTER", "text": "x" * 61}), 2388040, "60"),
    "no buttons in buttons": (creation(BODY, buttons()), 2388043, "buttons"),
    "eleven buttons": (creation(BODY, buttons(*(quick(str(n)) for n in range(11)))), None, "10"),
    "a button's text too long": (creation(BODY, buttons(quick("x" * 26))), 2388040, "25"),
    "a button with a variable": (creation(BODY, buttons(quick("Yes {{1}}"))), 2388060, "variables"),
    "the same button twice": (creation(BODY, buttons(quick("A"), quick("A"))), None, "of its own"),
    "quick replies apart": (
        creation(BODY, buttons(quick("A"), url("https://x.test"), quick("B"))),
        None,
        "grouped together",
    ),
    "three links": (creation(BODY, buttons(*(url("https://x.test") for _ in range(3)))), None, "2 buttons"),
    "a link that is none": (creation(BODY, buttons(url("x.test"))), None, "full web address"),
    "a variable within a link": (
        creation(BODY, buttons(url("https://x.test/{{1}}/a", example=["b"]))),
        None,
        "at its end",
    ),
    "a link's variable without an example": (creation(BODY, buttons(url("https://x.test/{{1}}"))), 2388043, "example"),
    "a call without a number": (
        creation(BODY, buttons({"type": "PHONE_NUMBER", "text": "Call", "phone_number": "now"})),
        None,
        "international format",
    ),
    "a named template without examples": (
        creation(NAMED | {"example": {}}, parameter_format="NAMED"),
        2388043,
        "(example)",
    ),
    "the name of another": (creation(name="hello_world", language="en_US"), 2388024, "already content"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused_creation(strict: Simulator, name: str) -> None:
    wanted, subcode, words = REFUSED[name]
    answer = await strict.graph("POST", f"{WABA}/message_templates", wanted)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("error_subcode")) == (400, 100, subcode), error
    assert words in error["message"] + error.get("error_user_msg", "")


async def test_review_ends_in_a_signed_webhook(simulator: Simulator) -> None:
    created = await simulator.graph("POST", f"{WABA}/message_templates", creation())
    assert created.json()["status"] == "PENDING"
    send = {"name": "visit_booked", "language": {"code": "en"}}
    early = await simulator.send(USER, type="template", template=send)
    assert early.json()["error"]["code"] == 132001
    entry = await simulator.bot.until(lambda bot: bot.posts and bot.posts[0]["entry"][0])
    change = entry["changes"][0]
    assert (entry["id"], change["field"]) == (WABA, "message_template_status_update")
    assert change["value"]["event"] == "APPROVED"
    assert change["value"]["message_template_id"] == int(created.json()["id"])
    node = (await simulator.graph("GET", created.json()["id"])).json()
    assert (node["status"], node["name"], node["components"]) == ("APPROVED", "visit_booked", [BODY])


def filling(*values: Any, part: str = "body") -> Json:
    return {"type": part, "parameters": [{"type": "text", "text": value} for value in values]}


WRONG: dict[str, tuple[list[Json], int, str]] = {
    "none": ([], 132000, "body: number of localizable_params (0) does not match the expected number of params (2)"),
    "too few": ([filling("Asha")], 132000, "localizable_params (1)"),
    "too many": ([filling("a", "b", "c")], 132000, "localizable_params (3)"),
    "an empty one": ([filling("Asha", "")], 131008, "missing text value"),
    "a number": ([filling("Asha", 7)], 131008, "missing text value"),
    "a line break": ([filling("Asha", "Mon\nday")], 132018, "new-line"),
    "many spaces": ([filling("Asha", "Mon     day")], 132018, "4 consecutive spaces"),
    "too long": ([filling("Asha", "x" * 1024)], 132005, "too long"),
    "an image": ([{"type": "body", "parameters": [{"type": "image"}] * 2}], 132012, "expected TEXT, received IMAGE"),
    "a header that is not there": ([filling("a", "b"), filling("c", part="header")], 132000, "header:"),
    "no link": ([filling("a", "b")], 131008, "Button at index 0 of type Url requires a parameter"),
    "a button that is not there": (
        [filling("a", "b"), {"type": "button", "sub_type": "quick_reply", "index": 3, "parameters": []}],
        132018,
        "index 3",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_refused_parameters(strict: Simulator, name: str) -> None:
    listed = await strict.graph("GET", f"{WABA}/message_templates?name=with_link")
    if not listed.json()["data"]:
        link = url("https://x.test/{{1}}", example=["https://x.test/a"])
        await strict.template("with_link", components=[BODY, buttons(link)])
    parts, code, words = WRONG[name]
    template = {"name": "with_link", "language": {"code": "en"}, "components": parts}
    answer = await strict.send(USER, type="template", template=template)
    error = answer.json()["error"]
    assert error["code"] == code
    assert words in error["error_data"]["details"]


async def test_named_parameters_need_their_names(simulator: Simulator) -> None:
    await simulator.template("greeting", components=[NAMED], parameter_format="NAMED")
    address = {"name": "greeting", "language": {"code": "en"}}
    nameless = await simulator.send(USER, type="template", template={**address, "components": [filling("Asha")]})
    assert nameless.json()["error"]["error_data"]["details"] == "Parameter name is missing or empty"
    named = {"type": "body", "parameters": [{"type": "text", "parameter_name": "name", "text": "Asha"}]}
    answer = await simulator.send(USER, type="template", template={**address, "components": [named]})
    assert answer.status_code == 200
    assert (await simulator.transcript(USER))[0]["text"] == "Hello Asha, see you soon at our clinic."


@pytest.mark.parametrize(("status", "code"), [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)])
async def test_a_template_that_may_not_be_sent(simulator: Simulator, status: str, code: int) -> None:
    await simulator.control("POST", "templates/hello_world", status=status)
    template = {"name": "hello_world", "language": {"code": "en_US"}}
    answer = await simulator.send(USER, type="template", template=template)
    assert answer.json()["error"]["code"] == code
    value = await simulator.bot.until(lambda bot: bot.values and bot.values[0])
    assert value["event"] == status


async def test_edits_and_deletion(simulator: Simulator) -> None:
    node = (await simulator.template("visit_booked", components=[BODY]))["id"]
    changed = {"components": [body("Welcome to our clinic.")]}
    assert (await simulator.graph("POST", node, {"category": "MARKETING"})).json()["error"]["code"] == 100
    assert (await simulator.graph("POST", node, changed)).json() == {"success": True}
    await simulator.bot.until(lambda bot: len(bot.values) == 2)
    again = await simulator.graph("POST", node, changed)
    assert "once a day" in again.json()["error"]["error_user_msg"]
    gone = await simulator.graph("DELETE", f"{WABA}/message_templates?name=visit_booked")
    assert gone.json() == {"success": True}
    blocked = await simulator.graph("POST", f"{WABA}/message_templates", creation())
    assert blocked.json()["error"]["error_subcode"] == 2388023
    await simulator.control("POST", "clock", seconds=31 * 86400)
    assert (await simulator.graph("POST", f"{WABA}/message_templates", creation())).status_code == 200


async def test_a_long_list_has_pages(simulator: Simulator) -> None:
    for name in ("a", "b", "c"):
        await simulator.template(name, components=[BODY])
    seen, path = [], f"{WABA}/message_templates?limit=2"
    page = (await simulator.graph("GET", path)).json()
    seen += [node["name"] for node in page["data"]]
    page = (await simulator.http.get(page["paging"]["next"], headers={"Authorization": f"Bearer {TOKEN}"})).json()
    seen += [node["name"] for node in page["data"]]
    assert seen == ["hello_world", "a", "b", "c"]
    assert "next" not in page["paging"]
