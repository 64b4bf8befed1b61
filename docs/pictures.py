"""Makes all pictures of the documentation again: ``.venv/bin/python -m docs.pictures``. Takes some minutes.

A demo of its own is opened for it, on free ports; people play their journeys there, the page of the phones shows them.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from docs import journeys
from docs.journeys import ASHA, FATIMA, MARIA, MEERA, RAVI, Town
from docs.palette import reduced
from opdesk import together
from opdesk.play.theatre import stage
from opdesk.probe import reachable
from opdesk.screen import Screen
from opdesk.settings import Settings

IMAGES = Path(__file__).parent / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NUMBER = "100000000000001"
SHOWN_URL = "https://asha.example"  # in the links
LARGEST = 150_000  # bytes
WIDTH = 380
# The phone with nothing but these bubbles, as high as they are.
CROP = """ids => {
  const frame = document.querySelector(".frame"), log = frame.querySelector(".log");
  for (const row of log.querySelectorAll(".row")) if (!ids.includes(row.id.slice(2))) row.remove();
  for (const day of log.querySelectorAll(".day")) if (!day.nextElementSibling?.classList.contains("row")) day.remove();
  document.activeElement.blur();
  frame.style.flex = "none";
  frame.querySelector(".write").remove();
  log.style.backgroundImage = "none";
  for (const word of frame.querySelectorAll(".chip-template")) word.style.visibility = "hidden";
  frame.style.borderRadius = "0";
  frame.style.boxShadow = "none";
}"""

# picture, whose phone, the journey
PICTURES: tuple[tuple[str, str, Callable[[Town], list[str]]], ...] = (
    ("move", ASHA, journeys.moves),
    ("reminder", ASHA, journeys.is_reminded),
    ("waiting", MEERA, journeys.waits),
    ("queue", MEERA, journeys.queues),
    ("after", MEERA, journeys.is_asked),
    ("away", RAVI, journeys.loses_the_doctor),
    ("person", RAVI, journeys.asks_a_person),
)


def between(town: Town, user: str, first: str, last: str) -> list[str]:
    """The ids of a chat's bubbles from the one with the first words to the one with the last."""
    chat = town.chat(user)
    texts = [each.get("text") or "" for each in chat]
    begin = next(at for at, text in enumerate(texts) if first in text)
    end = next(at for at, text in enumerate(texts) if at > begin and last in text)
    return [each["id"] for each in chat[begin : end + 1]]


def opened(browser: Browser, url: str, users: Sequence[str], **size: Any) -> Page:
    """The page with these phones, on the clinics' clocks."""
    page = browser.new_context(timezone_id="Asia/Kolkata", locale="en-GB", **size).new_page()
    phones = json.dumps([f"{user}/{NUMBER}" for user in users])
    page.add_init_script(f"localStorage.setItem('phones', {json.dumps(phones)})")
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    page.wait_for_timeout(800)
    return page


def one_phone(browser: Browser, url: str, name: str, user: str, ids: Sequence[str]) -> None:
    """A picture of these bubbles."""
    size = {"width": WIDTH + 20, "height": 2400}
    page = opened(browser, url, [user], viewport=size, device_scale_factor=1.5)
    page.evaluate(CROP, list(ids))
    _keep(page, f"patient-{name}", page.locator(".frame").screenshot())


def _keep(page: Page, name: str, png: bytes) -> None:
    picture = reduced(page, png)
    if len(picture) > LARGEST:
        raise ValueError(f"{name}.png is larger than {LARGEST} bytes: let the journey show less.")
    (IMAGES / f"{name}.png").write_bytes(picture)
    page.context.close()


def form(browser: Browser, url: str, user: str) -> None:
    """A form that slid up on a phone, with its first choices made."""
    page = opened(browser, url, [user], viewport={"width": WIDTH + 20, "height": 760}, device_scale_factor=1.5)
    page.locator(".choice[aria-haspopup=dialog]").last.click()
    sheet = page.get_by_role("dialog")
    for choice in ("Bandra", "Sharma"):
        sheet.get_by_role("radio", name=choice).check()
        sheet.locator(".form-foot .strong:enabled").click()
    sheet.locator(".calendar-day:enabled").nth(3).click()
    page.wait_for_timeout(800)
    page.evaluate("document.activeElement.blur(); document.querySelector('.frame').style.borderRadius = '0'")
    _keep(page, "form", page.locator(".frame").screenshot())


def three_phones(browser: Browser, url: str) -> None:
    """The picture of the README."""
    page = opened(browser, url, [ASHA, MARIA, FATIMA], viewport={"width": 1320, "height": 940})
    _keep(page, "chat", page.screenshot())


def take(browser: Browser, town: Town, url: str, screen: Screen) -> None:
    """All of them, in the order of the week."""
    town.approved()
    town.wait_until(0, "10:00")
    journeys.three_book(town)
    time.sleep(4)  # the confirmations come from a worker
    three_phones(browser, url)
    one_phone(browser, url, "booking", ASHA, between(town, ASHA, "Shall I book", "is booked"))
    one_phone(browser, url, "arabic", FATIMA, [each["id"] for each in town.chat(FATIMA)][-4:])
    for name, user, journey in PICTURES:
        one_phone(browser, url, name, user, journey(town))
        screen.say(f"  {name}")
    journeys.gets_a_form(town)
    form(browser, url, ASHA)


def work(settings: Settings, screen: Screen) -> None:
    """In a demo that is open."""
    host = reachable(settings.host)
    url = f"http://{host}:{settings.simulator_port}"
    api = f"http://{host}:{settings.api_port}/api/v1"
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    IMAGES.mkdir(exist_ok=True)
    with (
        httpx.Client(base_url=url, timeout=30) as phones,
        httpx.Client(base_url=api, timeout=30) as desk,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        take(browser, Town(phones, desk), url, screen)
        browser.close()


def main() -> None:
    """Open, play, look, close."""
    if not (shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")):
        sys.exit("There is no Chromium on the PATH: install one (for example: apt-get install chromium).")
    with stage("127.0.0.1") as settings:
        shown = settings.model_copy(update={"simulator_pace": None, "public_url": SHOWN_URL})
        together.run(shown, demo=True, demo_data=True, work=work)


if __name__ == "__main__":
    main()
