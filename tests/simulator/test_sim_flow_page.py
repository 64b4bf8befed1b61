"""A form filled in on the phone page, in a real browser."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from conftest import Simulator  # type: ignore[import-not-found]
from form_server import KEYS, FormServer, answers, booking, client, every_part, form_server
from playwright.async_api import Locator, expect
from pywa.types.flows import FlowCategory
from pywa_async import WhatsApp
from pywa_async.types import FlowButton
from pywa_async.types.flows import FlowActionType
from test_sim_page import FATIMA, Screen, browser, screen  # noqa: F401 (fixtures)

ASHA = "919876500001"
PICTURES = os.environ.get("PICTURES")  # a folder, to look at what was tested


@pytest_asyncio.fixture
async def server() -> AsyncIterator[FormServer]:
    async with form_server() as running:
        yield running


@pytest_asyncio.fixture
async def wa(simulator: Simulator, server: FormServer) -> AsyncIterator[WhatsApp]:
    """pywa's client, and a published form."""
    async with client(simulator) as made:
        await made.set_business_public_key(KEYS[1])
        category = [FlowCategory.APPOINTMENT_BOOKING]
        await made.create_flow("B", category, endpoint_uri=server.url, flow_json=booking(), publish=True)
        server.requests.clear()
        yield made


async def send(wa: WhatsApp, user: str, text: str, label: str) -> None:
    flow = (await wa.get_flows())[0].id
    start = FlowActionType.DATA_EXCHANGE
    await wa.send_message(
        f"+{user}", text, buttons=FlowButton(label, flow_id=flow, flow_token="t", flow_action_type=start)
    )


async def picture(screen: Screen, name: str) -> None:  # noqa: F811
    if PICTURES:
        await screen.page.screenshot(path=Path(PICTURES) / f"{name}.png")


async def opened(screen: Screen, wa: WhatsApp, user: str, label: str = "Choose a time") -> Locator:  # noqa: F811
    """The sheet of the form that was sent to somebody who had written."""
    screen.simulator.bot.on_message = None
    await screen.type(user, "hi")
    await expect(screen.phone(user).locator(".mine .body")).to_have_text("hi")
    await send(wa, user, "Tap to choose a time, or just write.", label)
    await screen.phone(user).get_by_role("button", name=label).click()
    return screen.phone(user).get_by_role("dialog", name=label)


async def test_a_booking_by_form(screen: Screen, wa: WhatsApp, server: FormServer) -> None:  # noqa: F811
    form = await opened(screen, wa, ASHA)
    await expect(form.get_by_role("heading", name="Choose a doctor")).to_be_visible()
    await expect(form.get_by_role("button", name="Continue")).to_be_disabled()
    await form.get_by_role("radio", name="Dr Rao").check()
    await expect(form.get_by_text("Dr Rao speaks Hindi.")).to_be_visible()
    await picture(screen, "doctor")
    await form.get_by_role("button", name="Continue").click()
    await expect(form.get_by_role("group", name="December 2026")).to_be_visible()
    await expect(form.locator('[data-day="2026-12-25"]')).to_be_disabled()
    await form.locator('[data-day="2026-12-24"]').click()
    await expect(form.locator('[data-day="2026-12-24"]')).to_have_attribute("aria-pressed", "true")
    await picture(screen, "day")
    await form.get_by_role("button", name="Continue").click()
    await expect(form.get_by_text("On 2026-12-24")).to_be_visible()
    await form.get_by_label("Name").press_sequentially("Asha Patel", delay=20)
    await form.get_by_role("checkbox", name="I agree").check()
    await picture(screen, "confirm")
    await form.get_by_role("button", name="Book").click()
    await expect(form).to_be_hidden()
    sent = screen.phone(ASHA).locator(".mine").last
    await expect(sent).to_contain_text("Form sent")
    await expect(sent.locator(".quote")).to_contain_text("Tap to choose a time")
    reply = screen.simulator.bot.messages[-1]["interactive"]["nfm_reply"]["response_json"]
    assert json.loads(reply) == {"flow_token": "t", "name": "Asha Patel"}
    await picture(screen, "sent")


async def test_back_a_notice_and_a_wrong_name(screen: Screen, wa: WhatsApp, server: FormServer) -> None:  # noqa: F811
    form = await opened(screen, wa, ASHA)
    await form.get_by_role("radio", name="Dr Nair").check()
    await form.get_by_role("button", name="Continue").click()
    await form.locator('[data-day="2026-12-24"]').click()
    await form.get_by_role("button", name="Back").click()
    await expect(form.get_by_role("radio", name="Dr Nair")).to_be_checked()
    await form.get_by_role("button", name="Continue").click()
    await expect(form.locator('[data-day="2026-12-24"]')).to_have_attribute("aria-pressed", "true")
    await form.get_by_role("button", name="Continue").click()
    await form.get_by_label("Name").fill("A")
    await form.get_by_role("checkbox", name="I agree").check()
    await form.get_by_role("button", name="Book").click()
    await expect(form.get_by_text("Between 2 and 20 characters.")).to_be_visible()
    await expect(form.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    server.answer = lambda _: {"screen": "CONFIRM", "data": {"error_message": "Somebody was faster."}}
    await form.get_by_label("Name").fill("Asha")
    await form.get_by_role("button", name="Book").click()
    await expect(form.get_by_role("alert")).to_have_text("Somebody was faster.")
    await picture(screen, "notice")
    await screen.page.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    assert [message["type"] for message in screen.simulator.bot.messages] == ["text"]


async def test_arabic_runs_from_right_to_left(screen: Screen, wa: WhatsApp, server: FormServer) -> None:  # noqa: F811
    doctors = [{"id": "rao", "title": "د. راو", "description": "جلدية"}, {"id": "nair", "title": "د. ناير"}]
    document = json.loads(booking().to_json())
    document["screens"][0]["title"] = "اختر الطبيب"
    server.answer = lambda request: (
        {"screen": "DOCTOR", "data": {"greeting": "مرحبًا بك في العيادة", "doctors": doctors}}
        if request["action"] == "INIT"
        else answers(request)
    )
    flow = await wa.create_flow(
        "Arabic", [FlowCategory.OTHER], endpoint_uri=server.url, flow_json=json.dumps(document), publish=True
    )
    await screen.page.get_by_role("button", name="Phone", exact=True).click()
    await screen.page.get_by_role("dialog").get_by_role("button", name="فاطمة").click()
    screen.simulator.bot.on_message = None
    await screen.type(FATIMA, "مرحبا")
    await expect(screen.phone(FATIMA).locator(".mine .body")).to_be_visible()
    start = FlowActionType.DATA_EXCHANGE
    button = FlowButton("اختر موعدًا", flow_id=flow.id, flow_token="t", flow_action_type=start)
    await wa.send_message(f"+{FATIMA}", "اضغط لاختيار موعد", buttons=button)
    await screen.phone(FATIMA).get_by_role("button", name="اختر موعدًا").click()
    form = screen.phone(FATIMA).get_by_role("dialog")
    await expect(form.get_by_role("radio", name="د. راو")).to_be_visible()
    assert await form.evaluate("node => getComputedStyle(node).direction") == "rtl"
    await picture(screen, "arabic")


async def test_a_spent_token_disables_the_button(screen: Screen, wa: WhatsApp, server: FormServer) -> None:  # noqa: F811
    server.status, server.said = 427, "This time was booked already."
    form = await opened(screen, wa, ASHA)
    await expect(form.get_by_role("alert").filter(has_text="booked already")).to_be_visible()
    await picture(screen, "spent")
    await form.get_by_role("button", name="OK").click()
    await expect(screen.phone(ASHA).get_by_role("button", name="Choose a time")).to_be_disabled()


async def test_every_part_can_be_filled_in(screen: Screen, wa: WhatsApp, server: FormServer) -> None:  # noqa: F811
    flow = await wa.create_flow("Parts", [FlowCategory.SURVEY], flow_json=every_part(), publish=True)
    assert flow.success, flow.validation_errors
    screen.simulator.bot.on_message = None
    await screen.type(ASHA, "hi")
    await expect(screen.phone(ASHA).locator(".mine .body")).to_be_visible()
    start = FlowActionType.NAVIGATE
    ask = FlowButton("Tell us", flow_id=flow.id, flow_action_type=start, flow_action_screen="TERMS")
    await wa.send_message(f"+{ASHA}", "How was it?", buttons=ask)
    await screen.phone(ASHA).get_by_role("button", name="Tell us").click()
    form = screen.phone(ASHA).get_by_role("dialog", name="Tell us")
    await expect(form.locator("strong")).to_have_text("bold")
    await expect(form.get_by_role("link", name="more")).to_have_attribute("href", "https://x.test/more")
    await expect(form.get_by_role("listitem")).to_have_count(2)
    await form.get_by_role("button", name="On").click()
    await form.get_by_role("button", name="City").click()
    await picture(screen, "dropdown")
    picker = form.get_by_role("dialog", name="City")
    await screen.page.keyboard.press("ArrowDown")
    await screen.page.keyboard.press("Enter")
    await expect(picker).to_be_hidden()
    await expect(form.get_by_text("City 1 it is.")).to_be_visible()
    await form.get_by_label("Day of birth").fill("1990-02-28")
    await form.get_by_label("Your story").press_sequentially("Long ago", delay=10)
    await form.get_by_label("Mail").fill("asha")
    await form.get_by_label("Code").fill("1234")
    await form.get_by_text("Kind").first.click()
    await form.get_by_role("group", name="Which days?").get_by_role("checkbox", name="Fast").check()
    await form.get_by_role("checkbox", name="Send me news").check()
    await form.get_by_role("button", name="Send").click()
    await expect(form.get_by_text("No address")).to_be_visible()
    scrolled = await screen.phone(ASHA).locator(".frame").evaluate("node => node.scrollTop")
    assert scrolled == 0  # the sheet stays where it is
    await picture(screen, "parts")
    await form.get_by_label("Mail").fill("asha@x.test")
    async with screen.page.context.expect_page() as other:
        await form.get_by_role("button", name="Read more").click()
    await (await other.value).close()
    await form.get_by_role("button", name="Send").click()
    await expect(form).to_be_hidden()
    reply = json.loads(screen.simulator.bot.messages[-1]["interactive"]["nfm_reply"]["response_json"])
    assert reply == {
        "flow_token": "unused",
        "city": "1",
        "day": "1990-02-28",
        "story": "Long ago",
        "mail": "asha@x.test",
        "code": "1234",
        "liked": ["kind"],
        "days": ["fast"],
        "news": True,
    }
