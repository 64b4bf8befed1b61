"""Twilio's senders on the phone page in a real browser, and in the terminal."""

import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from test_sim_page import Screen, browser  # type: ignore[import-not-found]  # noqa: F401 (a fixture)
from twilio_bot import ASHA, SENDER, SMS, Twilio, twilio_desk  # type: ignore[import-not-found]

from simulator.terminal import NoSuchNumber, chat

MARIA = "34600000003"


async def answer(desk: Twilio, form: dict[str, str]) -> None:
    """Buttons for a greeting, a list for a button, a numbered text for a row, thanks for a number."""
    if "ListId" in form:
        await desk.create(body="Which day?\n1. Monday\n2. Tuesday")
    elif "ButtonPayload" in form:
        items = [{"id": name, "item": f"Dr {name}", "description": "Skin"} for name in ("Rao", "Nair")]
        picker = {"body": "Who shall see you?", "button": "Choose a doctor", "items": items}
        await desk.create(content_sid=(await desk.content({"twilio/list-picker": picker}))["sid"])
    elif form["Body"].isdecimal():
        await desk.create(body=f"*Booked*: {form['Body']}")
    else:
        actions = [{"type": "QUICK_REPLY", "title": title, "id": title} for title in ("Book", "Move")]
        reply = {"twilio/quick-reply": {"body": "What can we do?", "actions": actions}}
        await desk.create(content_sid=(await desk.content(reply))["sid"])


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Twilio]:
    async with twilio_desk() as fresh:
        fresh.bot.on_message = lambda form: answer(fresh, form)
        yield fresh


@pytest_asyncio.fixture
async def screen(desk: Twilio, browser: Browser) -> AsyncIterator[Screen]:  # noqa: F811 (the fixture)
    """The page, with Asha's phone on Twilio's number as the only one."""
    page = await browser.new_page(viewport={"width": 1300, "height": 820}, locale="en-GB")
    shown = Screen(page, desk)  # another network, the same page
    page.on("console", lambda entry: shown.complaints.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    await page.add_init_script(f"localStorage.phones ||= JSON.stringify(['{ASHA}/{SENDER}'])")
    await page.goto(desk.url)
    await page.wait_for_selector("body[data-ready]")
    yield shown
    await page.close()
    assert shown.complaints == []


async def test_quick_replies_lists_and_numbered_texts_are_tapped(screen: Screen, desk: Twilio) -> None:
    phone = screen.phone(ASHA)
    await expect(phone.locator(".title")).to_have_text("Asha Clinics (Twilio)")
    await screen.type(ASHA, "Hi")
    await phone.get_by_role("button", name="Book", exact=True).click()
    await phone.get_by_role("button", name="Choose a doctor").click()
    sheet = phone.get_by_role("dialog", name="Choose a doctor")
    await sheet.get_by_role("radio", name="Dr Rao").click()
    await sheet.get_by_role("button", name="Send").click()
    await phone.get_by_role("button", name="2. Tuesday").click()
    await expect(phone.locator(".row:not(.mine)").last.locator("strong")).to_have_text("Booked")
    said = [form.get("ListId") or form.get("ButtonPayload") or form["Body"] for form in desk.bot.messages]
    assert said == ["Hi", "Book", "Rao", "2"]
    await expect(phone.locator(".row:not(.mine)").last.locator(".tick")).to_have_accessible_name("Read")


async def test_a_text_message_opens_a_chat_of_its_own(screen: Screen, desk: Twilio) -> None:
    await desk.create(to=f"+{ASHA}", from_=SMS, body="Your code is 123456.")
    chat_by_sms = screen.phone(ASHA).last
    await expect(chat_by_sms.locator(".title")).to_have_text("Asha Clinics (SMS)")
    await expect(chat_by_sms.locator(".under")).to_have_text("Text messages (SMS)")
    await expect(chat_by_sms.locator(".body")).to_have_text("Your code is 123456.")
    await expect(chat_by_sms.locator(".chip-template")).to_have_text("SMS")


async def test_a_second_phone_chooses_its_number(screen: Screen, desk: Twilio) -> None:
    await screen.page.get_by_role("button", name="Phone", exact=True).click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Writes to").select_option(SENDER)
    await dialog.get_by_role("button", name="María").click()
    await screen.type(MARIA, "Hola")
    form = await desk.bot.until(lambda bot: bot.messages and bot.messages[0])
    assert (form["From"], form["To"]) == (f"whatsapp:+{MARIA}", SENDER)
    await screen.page.reload()
    await expect(screen.phone(MARIA).locator(".mine .body")).to_have_text("Hola")


async def test_the_control_room_shows_refusals_and_templates(screen: Screen, desk: Twilio) -> None:
    content = await desk.content({"twilio/text": {"body": "Fine words."}})
    await screen.page.get_by_role("button", name="Controls").click()
    panel = screen.page.get_by_role("complementary", name="Controls")
    await desk.submitted(content["sid"], "fine_words")
    row = panel.locator("li", has_text="fine_words")
    await expect(row.locator("small")).to_have_text("Twilio, approved, utility")
    await row.get_by_role("button", name="Pause").click()
    await expect(row.locator("small")).to_have_text("Twilio, paused, utility")
    await desk.refusal(body="x" * 1601)
    await expect(panel.locator(".refusals b")).to_have_text("21617")


async def test_the_terminal_writes_to_the_number_that_is_named(desk: Twilio) -> None:
    out = io.StringIO()
    await chat(desk.url, ASHA, "Asha", io.StringIO("hi\n[1]\n[2]\n[2]\n/quit\n"), out, "twilio")
    said = out.getvalue()
    assert "Asha writes to Asha Clinics (Twilio)" in said
    for line in ("[1] Book", "[2] Dr Nair (Skin)", "2. Tuesday", "*Booked*: 2"):
        assert line in said
    assert [form["To"] for form in desk.bot.messages] == [SENDER] * 4


@pytest.mark.parametrize("number", ["+1 555 000 0001", "15550000001", SENDER])
async def test_numbers_are_known_by_their_digits(desk: Twilio, number: str) -> None:
    out = io.StringIO()
    await chat(desk.url, ASHA, "Asha", io.StringIO("/quit\n"), out, number)
    assert "Asha Clinics (Twilio)" in out.getvalue()


async def test_the_terminal_says_which_numbers_there_are(desk: Twilio) -> None:
    with pytest.raises(NoSuchNumber, match="100000000000001"):
        await chat(desk.url, ASHA, "Asha", io.StringIO(""), io.StringIO(), "nobody")


async def test_a_text_message_shows_in_any_terminal(desk: Twilio) -> None:
    out = io.StringIO()

    async def by_sms(_: dict[str, str]) -> None:
        await desk.create(to=f"+{ASHA}", from_=SMS, body="Your code is 123456.")

    desk.bot.on_message = by_sms
    await chat(desk.url, ASHA, "Asha", io.StringIO("hi\n/quit\n"), out, SENDER)
    assert "clinic (SMS): Your code is 123456." in out.getvalue()
