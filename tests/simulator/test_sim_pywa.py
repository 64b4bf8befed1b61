"""The simulator against the real client: what pywa sends is accepted, what it reads is what was meant."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from conftest import NUMBER, SECRET, TOKEN, WABA, Bot, Simulator  # type: ignore[import-not-found]
from pywa.types.message_status import MessageStatusType
from pywa.types.templates import TemplateStatus, TemplateStatusUpdate
from pywa.utils import webhook_updates_validator
from pywa_async import WhatsApp, errors
from pywa_async.types import (
    Button,
    CallbackButton,
    CallbackSelection,
    Message,
    MessageStatus,
    Section,
    SectionList,
    SectionRow,
)
from pywa_async.types.templates import (
    BodyText,
    Buttons,
    ParamFormat,
    QuickReplyButton,
    Template,
    TemplateCategory,
    TemplateLanguage,
)

USER = "919876500001"


@pytest_asyncio.fixture
async def wa(simulator: Simulator) -> AsyncIterator[WhatsApp]:
    """pywa's client, its calls led to the simulator; the person has just written."""

    async def lead(request: httpx.Request) -> None:
        port = httpx.URL(simulator.url).port
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=port)
        request.headers["Host"] = f"127.0.0.1:{port}"

    async with httpx.AsyncClient(event_hooks={"request": [lead]}) as session:
        client = WhatsApp(phone_id=NUMBER, token=TOKEN, waba_id=WABA, session=session)
        await simulator.phone(USER, "text", text="hi")
        yield client


def with_part(bot: Bot, part: str) -> list[Any]:
    """The posts whose first change has that part."""
    return [post for post in bot.posts if part in post["entry"][0]["changes"][0]["value"]]


async def test_text_buttons_and_lists_are_sent_and_shown(simulator: Simulator, wa: WhatsApp) -> None:
    sent = await wa.send_message(f"+{USER}", "Hello *there*", tracker="o.1")
    await wa.send_message(f"+{USER}", "Choose", buttons=[Button("Yes", "y"), Button("No", "n")], footer="foot")
    rows = [SectionRow("Monday", "mon", "4 free"), SectionRow("Tuesday", "tue")]
    await wa.send_message(f"+{USER}", "When?", buttons=SectionList("Days", [Section("This week", rows)]))
    await wa.request_location(f"+{USER}", "Where are you?")
    bubbles = (await simulator.transcript(USER))[1:]
    assert bubbles[0]["id"] == sent.id
    assert bubbles[0]["callback_data"] == "o.1"
    assert [bubble["kind"] for bubble in bubbles] == ["text", "buttons", "list", "ask"]
    assert [option["id"] for option in bubbles[1]["options"]] == ["y", "n"]
    assert bubbles[2]["options"][0] == {"id": "mon", "title": "Monday", "description": "4 free", "section": "This week"}
    assert bubbles[2]["button"] == "Days"


async def test_a_template_is_created_approved_and_sent(simulator: Simulator, wa: WhatsApp) -> None:
    body = BodyText("Hello {{name}}, your visit is booked.", name="Asha")
    template = Template(
        name="visit_booked",
        language=TemplateLanguage.ENGLISH,
        category=TemplateCategory.UTILITY,
        parameter_format=ParamFormat.NAMED,
        components=[body, Buttons(buttons=[quick := QuickReplyButton(text="Cancel")])],
    )
    created = await wa.create_template(template)
    await simulator.bot.until(lambda bot: any("event" in value for value in bot.values))
    details = await wa.get_template(created.id)
    assert (details.name, details.status) == ("visit_booked", TemplateStatus.APPROVED)
    params = [body.params(name="Ravi"), quick.params(index=0, callback_data="cancel:1")]
    await wa.send_template(f"+{USER}", "visit_booked", TemplateLanguage.ENGLISH, params)
    bubble = (await simulator.transcript(USER))[-1]
    assert bubble["text"] == "Hello Ravi, your visit is booked."
    assert bubble["options"] == [{"id": "cancel:1", "title": "Cancel"}]
    assert [listed.name for listed in await wa.get_templates()] == ["hello_world", "visit_booked"]


async def test_refusals_become_its_errors(simulator: Simulator, wa: WhatsApp) -> None:
    too_many = [Button(str(index), str(index)) for index in range(4)]
    with pytest.raises(errors.InvalidParameter):
        await wa.send_message(f"+{USER}", "Choose", buttons=too_many)
    with pytest.raises(errors.TemplateNotExists) as refusal:
        await wa.send_template(f"+{USER}", "nope", TemplateLanguage.ENGLISH, [])
    assert refusal.value.status_code == 404
    await simulator.control("POST", "clock", seconds=90_000)
    with pytest.raises(errors.ReEngagementMessage):
        await wa.send_message(f"+{USER}", "late")
    await simulator.phone(USER, "text", text="again")
    await simulator.control("PATCH", "faults", fail_next=1, fail_code=190)
    with pytest.raises(errors.ExpiredAccessToken):
        await wa.send_message(f"+{USER}", "hi")


async def test_marks_read_with_typing(simulator: Simulator, wa: WhatsApp) -> None:
    first = (await simulator.transcript(USER))[0]["id"]
    await wa.indicate_typing(first)
    assert (await simulator.transcript(USER))[0]["status"] == "read"


async def test_its_types_read_our_webhooks(simulator: Simulator, wa: WhatsApp) -> None:
    await wa.send_message(f"+{USER}", "Choose", buttons=[Button("Yes", "y")], tracker="o.7")
    await simulator.phone(USER, "tap", id="y")
    rows = SectionList("Days", [Section("Week", [SectionRow("Monday", "mon")])])
    await wa.send_message(f"+{USER}", "When?", buttons=rows)
    await simulator.phone(USER, "tap", id="mon")
    await simulator.bot.until(lambda bot: len(bot.messages) == 3 and len(bot.statuses) == 6)
    for raw, signature in zip(simulator.bot.bodies, simulator.bot.signatures, strict=True):
        assert webhook_updates_validator(SECRET, raw, signature)
    client: Any = wa
    messages = with_part(simulator.bot, "messages")
    text = Message.from_update(client, messages[0])
    assert (text.text, text.from_user.wa_id, text.metadata.phone_number_id) == ("hi", USER, NUMBER)
    button = CallbackButton.from_update(client, messages[1])
    assert (button.data, button.title) == ("y", "Yes")
    assert button.reply_to_message is not None
    assert CallbackSelection.from_update(client, messages[2]).data == "mon"
    statuses = with_part(simulator.bot, "statuses")
    status = MessageStatus.from_update(client, statuses[0])
    assert (status.status, status.tracker) == (MessageStatusType.SENT, "o.7")
    assert status.pricing is not None


async def test_its_types_read_a_template_event(simulator: Simulator, wa: WhatsApp) -> None:
    await simulator.control("POST", "templates/hello_world", status="PAUSED")
    post = (await simulator.bot.until(lambda bot: with_part(bot, "event")))[0]
    client: Any = wa
    update = TemplateStatusUpdate.from_update(client, post)
    assert (update.template_name, update.new_status) == ("hello_world", TemplateStatus.PAUSED)
