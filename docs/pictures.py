"""Takes the picture in the README from a running demo: ``make demo``, then ``.venv/bin/python docs/pictures.py``.

Three patients book side by side, in English, Spanish and Arabic. They speak through the simulator's phone API; the
page shows it.
"""

import shutil
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent / "images" / "chat.png"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NUMBER = "100000000000001"
# What each patient does: words are typed, "#words" taps the option that has the words in it.
PATIENTS: dict[tuple[str, str, str], list[str]] = {
    ("919812300001", "Asha", "en"): [
        "hi", "#English", "#Yes", "Asha Rao, 14 March 1985", "#Bandra", "#Consultation", "#Sharma", "tomorrow evening",
        "#", "#Yes", "thank you",
    ],
    ("34600123003", "María", "es"): [
        "hola", "#", "María López, 2 mayo 1979", "#Andheri", "#Consultation", "#Siddiqui", "mañana a las 11", "#",
    ],
    ("966500123004", "فاطمة", "ar"): [
        "مرحبا", "#", "فاطمة علي، 3/9/1991", "#Andheri", "#Consultation", "#", "غدا مساء", "#",
    ],
}  # fmt: skip


def chat(phones: httpx.Client, user: str) -> list[dict[str, Any]]:
    """The bubbles on a phone."""
    messages: list[dict[str, Any]] = phones.get(f"/phone/{user}/messages").json()["messages"]
    return messages


def act(phones: httpx.Client, user: str, deed: str) -> None:
    """Type or tap, and wait for the answer."""
    before = chat(phones, user)
    if deed.startswith("#"):
        bubble = next(each for each in reversed(before) if each.get("options"))
        option = next(each for each in bubble["options"] if deed[1:] in each["title"])
        phones.post(f"/phone/{user}/tap", json={"id": option["id"]}).raise_for_status()
    else:
        phones.post(f"/phone/{user}/text", json={"text": deed}).raise_for_status()
    deadline = time.monotonic() + 10
    while len(chat(phones, user)) < len(before) + 2:
        if time.monotonic() > deadline:
            sys.exit(f"No answer to {deed!r} within ten seconds: does the demo run?")
        time.sleep(0.05)


def main(url: str) -> None:
    """Play, then look."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        sys.exit("There is no Chromium on the PATH: install one (for example: apt-get install chromium).")
    with httpx.Client(base_url=url, timeout=10) as phones:
        for (user, name, language), deeds in PATIENTS.items():
            phones.post("/phone/people", json={"user": user, "name": name, "language": language}).raise_for_status()
            for deed in deeds:
                act(phones, user, deed)
    time.sleep(4)  # the confirmations come from a worker
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page(viewport={"width": 1320, "height": 940})
        opened = [f"{user}/{NUMBER}" for user, _, _ in PATIENTS]
        page.goto(url)
        page.wait_for_selector("body[data-ready]")
        page.evaluate(
            "keys => { for (const key of Object.keys(localStorage)) localStorage.setItem(key, JSON.stringify(keys)) }",
            opened,
        )
        page.reload()
        page.wait_for_selector("body[data-ready]")
        page.wait_for_timeout(800)
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8090")
