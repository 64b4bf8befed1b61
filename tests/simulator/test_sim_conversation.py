"""The round trip: a person writes, the bot hears, answers and learns what became of the answer."""

import json

from conftest import NUMBER, Simulator  # type: ignore[import-not-found]

ASHA = "919876500001"


async def test_a_typed_message_arrives_signed_escaped_and_named(simulator: Simulator) -> None:
    await simulator.http.post("/phone/people", json={"user": ASHA, "name": "Asha"})
    sent = await simulator.phone(ASHA, "text", text="नमस्ते 👋 http://x/y")
    await simulator.bot.until(lambda bot: bot.messages)
    raw = simulator.bot.bodies[0]
    assert raw.isascii()
    assert b"\\ud83d\\udc4b" in raw
    assert b"http:\\/\\/x\\/y" in raw
    value = simulator.bot.values[0]
    assert value["metadata"] == {"display_phone_number": "15550000101", "phone_number_id": NUMBER}
    contact, message = value["contacts"][0], value["messages"][0]
    assert contact["profile"] == {"name": "Asha"}
    assert contact["wa_id"] == message["from"] == ASHA
    assert contact["user_id"] == message["from_user_id"]
    assert contact["user_id"].startswith("IN.")
    assert message["id"] == sent["id"]
    assert message["timestamp"].isdecimal()
    assert message["text"] == {"body": "नमस्ते 👋 http://x/y"}


async def test_an_answer_is_sent_delivered_and_read_with_price_and_callback_data(simulator: Simulator) -> None:
    await simulator.phone(ASHA, "text", text="hi")
    answer = await simulator.send(ASHA, text={"body": "Hello"}, biz_opaque_callback_data="o.1.x")
    body = answer.json()
    assert answer.status_code == 200
    assert body["contacts"][0]["input"] == f"+{ASHA}"
    assert body["contacts"][0]["wa_id"] == ASHA
    statuses = await simulator.bot.until(lambda bot: len(bot.statuses) == 3 and bot.statuses)
    assert [status["status"] for status in statuses] == ["sent", "delivered", "read"]
    assert {status["id"] for status in statuses} == {body["messages"][0]["id"]}
    assert {status["biz_opaque_callback_data"] for status in statuses} == {"o.1.x"}
    free = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
    assert [status.get("pricing") for status in statuses] == [free, free, None]
    assert all("contacts" in value for value in simulator.bot.values)


async def test_a_tapped_button_names_the_message_that_showed_it(simulator: Simulator) -> None:
    await simulator.phone(ASHA, "text", text="hi")
    buttons = [{"type": "reply", "reply": {"id": f"b{n}", "title": f"Button {n}"}} for n in (1, 2)]
    menu = {"type": "button", "body": {"text": "Choose"}, "action": {"buttons": buttons}}
    sent = (await simulator.send(ASHA, type="interactive", interactive=menu)).json()["messages"][0]["id"]
    await simulator.phone(ASHA, "tap", id="b2")
    message = await simulator.bot.until(lambda bot: bot.messages[1:] and bot.messages[1])
    assert message["context"] == {"from": "15550000101", "id": sent}
    assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "b2", "title": "Button 2"}}


async def test_a_tapped_row_brings_its_description(simulator: Simulator) -> None:
    await simulator.phone(ASHA, "text", text="hi")
    rows = [{"id": "r1", "title": "Monday", "description": "4 free"}, {"id": "r2", "title": "Tuesday"}]
    menu = {"type": "list", "body": {"text": "When?"}, "action": {"button": "Days", "sections": [{"rows": rows}]}}
    assert (await simulator.send(ASHA, type="interactive", interactive=menu)).status_code == 200
    await simulator.phone(ASHA, "tap", id="r1")
    message = await simulator.bot.until(lambda bot: bot.messages[1:] and bot.messages[1])
    assert message["interactive"] == {"type": "list_reply", "list_reply": rows[0]}


async def test_an_option_that_no_message_shows_cannot_be_tapped(simulator: Simulator) -> None:
    answer = await simulator.http.post(f"/phone/{ASHA}/tap", json={"id": "nothing"})
    assert answer.status_code == 409


async def test_a_template_button_answers_with_its_payload(simulator: Simulator) -> None:
    buttons = [{"type": "QUICK_REPLY", "text": "Confirm"}, {"type": "QUICK_REPLY", "text": "Cancel"}]
    body = {"type": "BODY", "text": "See you on {{1}} at our clinic.", "example": {"body_text": [["Monday"]]}}
    await simulator.template("visit", components=[body, {"type": "BUTTONS", "buttons": buttons}])
    payload = {
        "type": "button",
        "sub_type": "quick_reply",
        "index": "0",
        "parameters": [{"type": "payload", "payload": "yes:1"}],
    }
    filled = [{"type": "body", "parameters": [{"type": "text", "text": "Friday"}]}, payload]
    template = {"name": "visit", "language": {"code": "en"}, "components": filled}
    answer = await simulator.send(ASHA, type="template", template=template)
    assert answer.json()["messages"][0]["message_status"] == "accepted"
    bubble = (await simulator.transcript(ASHA))[0]
    assert bubble["text"] == "See you on Friday at our clinic."
    assert [option["id"] for option in bubble["options"]] == ["yes:1", "Cancel"]
    await simulator.phone(ASHA, "tap", id="yes:1")
    message = await simulator.bot.until(lambda bot: bot.messages and bot.messages[0])
    assert message["button"] == {"payload": "yes:1", "text": "Confirm"}
    assert message["type"] == "button"


async def test_everything_that_can_be_shared(simulator: Simulator) -> None:
    await simulator.phone(ASHA, "location", latitude=19.07, longitude=72.87, name="Home")
    await simulator.phone(ASHA, "media", type="document", caption="My report")
    await simulator.phone(ASHA, "contacts", name="Ravi", phone="+919876500002")
    await simulator.phone(ASHA, "unsupported", what="poll")
    await simulator.phone(ASHA, "raw", message={"type": "hologram", "hologram": {"id": 1}})
    first = (await simulator.phone(ASHA, "text", text="ok"))["id"]
    await simulator.phone(ASHA, "reaction", message=first, emoji="👍")
    messages = await simulator.bot.until(lambda bot: len(bot.messages) == 7 and bot.messages)
    kinds = [message["type"] for message in messages]
    assert kinds == ["location", "document", "contacts", "unsupported", "hologram", "text", "reaction"]
    assert messages[0]["location"] == {"latitude": 19.07, "longitude": 72.87, "name": "Home"}
    assert messages[1]["document"]["filename"] == "report.pdf"
    assert messages[2]["contacts"][0]["origin"] == "other"
    assert messages[3]["errors"][0]["code"] == 131051
    assert messages[6]["reaction"] == {"message_id": first, "emoji": "👍"}


async def test_somebody_without_a_number_is_only_an_id(simulator: Simulator) -> None:
    await simulator.phone("maria.lopes", "text", text="oi")
    value = await simulator.bot.until(lambda bot: bot.values and bot.values[0])
    contact, message = value["contacts"][0], value["messages"][0]
    assert contact["profile"]["username"] == "maria.lopes"
    assert "wa_id" not in contact
    assert "from" not in message
    body = {"messaging_product": "whatsapp", "recipient": contact["user_id"], "text": {"body": "Olá"}}
    answer = await simulator.graph("POST", f"{NUMBER}/messages", body)
    assert answer.json()["contacts"] == [{"input": contact["user_id"], "user_id": contact["user_id"]}]
    status = await simulator.bot.until(lambda bot: bot.statuses and bot.statuses[0])
    assert "recipient_id" not in status
    assert status["recipient_user_id"] == contact["user_id"]


async def test_marking_as_read_shows_blue_ticks_and_typing(simulator: Simulator) -> None:
    sent = await simulator.phone(ASHA, "text", text="hi")
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": sent["id"]}
    events = []
    async with simulator.http.stream("GET", "/phone/stream") as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: hello"
        answer = await simulator.graph("POST", f"{NUMBER}/messages", {**body, "typing_indicator": {"type": "text"}})
        assert answer.json() == {"success": True}
        async for line in lines:
            if line.startswith("event:"):
                events.append(line)
            if line.startswith("data:") and events[-1:] == ["event: typing"]:
                assert json.loads(line[6:]) == {"user": ASHA, "number": NUMBER}
                break
    assert "event: status" in events
    assert (await simulator.transcript(ASHA))[0]["status"] == "read"
