"""The phone page in a real browser, with a small bot behind it."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from conftest import NUMBER, Simulator, eventually  # type: ignore[import-not-found]
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
ASHA, MARIA, FATIMA = "919876500001", "34600000003", "966500000004"


def browser_path() -> str:
    """The browser of this machine. A bare one may do without; where ``CI`` is set it must be there."""
    if found := next(filter(None, map(shutil.which, BROWSERS)), None):
        return found
    missing = f"Install Chromium to test the phone's page: none of {', '.join(BROWSERS)} is on the PATH."
    return pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)


@dataclass
class Screen:
    """The open page, and everything it complained of."""

    page: Page
    simulator: Simulator
    complaints: list[str] = field(default_factory=list)

    def phone(self, user: str) -> Locator:
        """The column of a person."""
        return self.page.locator(f'section[data-user="{user}"]')

    async def type(self, user: str, words: str) -> None:
        """Type a message and press Enter."""
        box = self.phone(user).locator("textarea")
        await box.fill(words)
        await box.press("Enter")


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests of this process."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=SWITCHES)
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def screen(simulator: Simulator, browser: Browser) -> AsyncIterator[Screen]:
    """The page with Asha's and María's phones."""
    simulator.bot.on_message = lambda message, value: answer(simulator, message)
    page = await browser.new_page(viewport={"width": 1300, "height": 820}, locale="en-GB")
    screen = Screen(page, simulator)
    page.on("console", lambda entry: screen.complaints.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda error: screen.complaints.append(str(error)))
    await page.goto(simulator.url)
    await page.wait_for_selector("body[data-ready]")
    yield screen
    await page.close()
    assert screen.complaints == []


async def answer(simulator: Simulator, message: dict[str, Any]) -> None:
    """A menu, then a list, then a confirmation."""
    user = message["from"]
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": message["id"]}
    await simulator.graph("POST", f"{NUMBER}/messages", mark | {"typing_indicator": {"type": "text"}})
    reply = message.get("interactive", {})
    if message["type"] == "text":
        buttons = [{"type": "reply", "reply": {"id": "book", "title": "Book a visit"}}]
        menu: dict[str, Any] = {
            "type": "button",
            "body": {"text": "What can we do for you?"},
            "action": {"buttons": buttons},
        }
        await simulator.send(user, type="interactive", interactive=menu)
    elif reply.get("type") == "button_reply":
        rows = [{"id": "rao", "title": "Dr Rao", "description": "Mon 09:00"}, {"id": "nair", "title": "Dr Nair"}]
        action = {"button": "Choose a doctor", "sections": [{"title": "General", "rows": rows}]}
        menu = {"type": "list", "body": {"text": "Which doctor?"}, "action": action}
        await simulator.send(user, type="interactive", interactive=menu)
    elif reply.get("type") == "list_reply":
        await simulator.send(user, text={"body": f"*Booked* with {reply['list_reply']['title']}: https://x.test/1"})
    else:
        await simulator.send(user, text={"body": f"Thanks for the {message['type']}."})


async def test_a_booking_by_touch(screen: Screen) -> None:
    phone = screen.phone(ASHA)
    await screen.type(ASHA, "Hi 👋")
    await expect(phone.locator(".mine .body")).to_have_text("Hi 👋")
    await expect(phone.locator(".mine .tick")).to_have_accessible_name("Read")
    await phone.get_by_role("button", name="Book a visit").click()
    await expect(phone.locator(".mine .quote")).to_have_text("What can we do for you?")
    await phone.get_by_role("button", name="Choose a doctor").click()
    sheet = phone.get_by_role("dialog", name="Choose a doctor")
    await expect(sheet.get_by_text("General")).to_be_visible()
    await expect(sheet.get_by_role("button", name="Send")).to_be_disabled()
    await screen.page.keyboard.press("ArrowDown")
    await expect(sheet.get_by_role("radio", name="Dr Nair")).to_be_checked()
    await sheet.get_by_role("radio", name="Dr Rao").click()
    await sheet.get_by_role("button", name="Send").click()
    await expect(sheet).to_be_hidden()
    booked = phone.locator(".row:not(.mine)").last
    await expect(booked.locator("strong")).to_have_text("Booked")
    await expect(booked.get_by_role("link", name="https://x.test/1")).to_have_attribute("href", "https://x.test/1")
    await expect(booked.locator(".tick")).to_have_accessible_name("Read")
    await expect(phone.locator(".day")).to_have_text("Today")
    assert [message["type"] for message in screen.simulator.bot.messages] == ["text", "interactive", "interactive"]


async def test_arabic_runs_from_right_to_left_and_spanish_does_not(screen: Screen) -> None:
    await screen.page.get_by_role("button", name="Phone", exact=True).click()
    await screen.page.get_by_role("dialog").get_by_role("button", name="فاطمة").click()
    await screen.type(FATIMA, "مرحبا")
    await screen.type(MARIA, "Hola")
    for user, direction in ((FATIMA, "rtl"), (MARIA, "ltr")):
        text = screen.phone(user).locator(".mine .body")
        await expect(text).to_be_visible()
        assert await text.evaluate("node => getComputedStyle(node).direction") == direction


async def test_a_failed_message_says_why(screen: Screen) -> None:
    await screen.type(ASHA, "Hi")
    phone = screen.phone(ASHA)
    await expect(phone.get_by_role("button", name="Book a visit")).to_be_visible()
    await phone.get_by_role("button", name="Settings of Asha's phone").click()
    await screen.page.get_by_role("menuitem", name="Cannot be reached").click()
    await expect(phone.locator(".flag")).to_have_text("unreachable")
    await screen.simulator.send(ASHA, text={"body": "Are you there?"})
    failed = phone.locator(".row:not(.mine)").last
    await expect(failed.locator(".tick")).to_have_accessible_name("Not delivered")
    await expect(failed.locator(".why")).to_contain_text("131026")


async def test_a_location_is_shared_from_the_attachments(screen: Screen) -> None:
    phone = screen.phone(ASHA)
    await phone.get_by_role("button", name="Attach").click()
    await phone.get_by_role("menuitem", name="Location").click()
    await phone.get_by_role("dialog", name="Send location").get_by_role("button", name="Andheri West").click()
    await expect(phone.get_by_text("Thanks for the location.")).to_be_visible()
    assert screen.simulator.bot.messages[0]["location"]["latitude"] == 19.1364


async def test_the_control_room_moves_the_clock_and_makes_sends_fail(screen: Screen) -> None:
    await screen.type(ASHA, "Hi")
    await expect(screen.phone(ASHA).get_by_role("button", name="Book a visit")).to_be_visible()
    await screen.page.get_by_role("button", name="Controls").click()
    panel = screen.page.get_by_role("complementary", name="Controls")
    await panel.get_by_role("button", name="+25 hours").click()
    await expect(screen.page.locator("#clock")).to_have_class("clock moved")
    assert (await screen.simulator.send(ASHA)).json()["error"]["code"] == 131047
    await expect(panel.locator(".refusals b")).to_have_text("131047")
    await panel.get_by_label("Refuse the next sends").fill("1")
    await panel.get_by_label("Refuse the next sends").press("Enter")
    faults = screen.simulator.app.state.network.dice
    await eventually(lambda: faults.faults.fail_next == 1)
    await panel.get_by_role("button", name="Everything works").click()
    await expect(panel.get_by_label("Refuse the next sends")).to_have_value("0")


async def test_a_small_screen_shows_one_phone_whole(screen: Screen) -> None:
    await screen.page.set_viewport_size({"width": 375, "height": 700})
    frame = await screen.phone(ASHA).locator(".frame").bounding_box()
    assert frame is not None
    assert frame["width"] <= 375
    wider = await screen.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wider


async def test_chats_are_there_after_a_reload(screen: Screen) -> None:
    await screen.type(ASHA, "Hi")
    await expect(screen.phone(ASHA).get_by_role("button", name="Book a visit")).to_be_visible()
    await screen.page.reload()
    await expect(screen.phone(ASHA).locator(".body")).to_have_text(["Hi", "What can we do for you?"])
