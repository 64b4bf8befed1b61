"""A number at Twilio, as an operator sets it up: added, checked, its token rotated, its webhooks entered."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clinic import sms_sender
from clinic.record import new_id
from clinic.sms_sender import SmsSender
from clinic.tenant import Tenant
from opdesk.check_texts import text_senders
from opdesk.probe import free_port, is_ready
from opdesk.settings import Settings

SENDER = "whatsapp:+15550000001"
TOKEN = {"OPDESK_AUTH_TOKEN": "demo-twilio-token"}
SETS: dict[str, Any] = {"whatsapp_app_secret": "a", "whatsapp_verify_token": "b", "secret_key": "c"}
PATIENCE = 60.0


@pytest.fixture(scope="module")
def twilio() -> Iterator[str]:
    """The simulator, in a process of its own."""
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPDESK_")}
    running = subprocess.Popen(
        [sys.executable, "-m", "opdesk", "simulator"],
        env=clean | {"OPDESK_SIMULATOR_PORT": str(port), "OPDESK_BOT_PORT": "1"}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + PATIENCE
    while not is_ready("127.0.0.1", port):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    running.kill()
    running.wait()


@pytest.fixture
def settings(mongo_url: str, redis_url: str, tmp_path: Path, twilio: str) -> Settings:
    """A database of its own."""
    return Settings.load(
        mongo_url=mongo_url.replace("/opdesk?", "/numbers?"), redis_url=redis_url, data_dir=tmp_path,
        public_url="https://desk.example", twilio_url=twilio, **SETS,
    )  # fmt: skip


def opdesk(settings: Settings, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPDESK_")}
    return subprocess.run(
        [sys.executable, "-m", "opdesk", *command], env=clean | settings.environment() | more, capture_output=True,
        text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


def test_a_number_at_twilio_is_set_up_and_checked(settings: Settings, twilio: str) -> None:
    assert opdesk(settings, "tenant", "add", "asha", "Asha Clinics").returncode == 0
    add = ("channel", "add-twilio", "asha", "+1 (555) 000-0001", "ACdemo")
    added = opdesk(settings, *add, OPDESK_AUTH_TOKEN="stale")
    assert added.returncode == 0, added.stderr
    assert "https://desk.example/webhooks/twilio#rc=3&rp=all" in added.stdout
    assert "https://desk.example/webhooks/twilio/fallback" in added.stdout
    assert opdesk(settings, "channel", "list").stdout == f"asha  {SENDER}  account ACdemo  +15550000001  at Twilio\n"

    stale = opdesk(settings, "channel", "check", "+15550000001")
    assert (stale.returncode, stale.stdout.startswith("FAIL")) == (1, True)
    assert f"(code 20003): copy the account's primary one and run `opdesk channel rotate {SENDER}`" in stale.stdout

    turned = opdesk(settings, "channel", "rotate", "+15550000001", OPDESK_NEW_SECRET="demo-twilio-token")
    assert turned.returncode == 0, turned.stderr
    first, second = turned.stdout.splitlines()[1:]
    assert first == f"ok    number {SENDER} of asha"
    assert second.startswith(f"FAIL  webhooks of {SENDER}: Twilio sends them to http://127.0.0.1:1/webhooks/twilio")

    entered = opdesk(settings, "channel", "webhooks", SENDER)
    assert entered.stdout.splitlines() == [f"ok    number {SENDER} of asha", f"ok    webhooks of {SENDER}"]
    addresses = httpx.get(f"{twilio}/control/twilio").json()
    assert addresses["url"] == "https://desk.example/webhooks/twilio#rc=3&rp=all"
    assert addresses["fallback"] == "https://desk.example/webhooks/twilio/fallback"
    assert f"ok    webhooks of {SENDER}" in opdesk(settings, "check").stdout
    moved = settings.model_copy(update={"public_url": "https://other.example"})
    assert "to https://desk.example/webhooks/twilio" in opdesk(moved, "channel", "check").stdout
    elsewhere = settings.model_copy(update={"fallback_url": "https://spare.example/"})
    told = opdesk(elsewhere, "channel", "check")
    assert (told.returncode, "not https://spare.example/webhooks/twilio/fallback" in told.stdout) == (0, True)

    told_of_all = added.stdout + stale.stdout + turned.stdout + entered.stdout
    assert not any(secret in told_of_all for secret in ("stale", "demo-twilio-token"))


def test_what_cannot_be_a_number_at_twilio_is_said_in_a_sentence(settings: Settings) -> None:
    opdesk(settings, "tenant", "add", "mira", "Mira")
    add = ("channel", "add-twilio", "mira")
    typo = opdesk(settings, *add, "555", "XXdemo", **TOKEN)
    assert typo.returncode == 1
    assert "a number with its country code" in typo.stderr
    assert "The account SID begins with AC" in typo.stderr
    assert "Traceback" not in typo.stderr
    assert opdesk(settings, *add, "+15550000009", "ACdemo", **TOKEN).returncode == 0
    unknown = opdesk(settings, "channel", "check", "+15550000009")
    assert "account ACdemo has no such WhatsApp sender" in unknown.stdout
    assert "There is no number +15550000008" in opdesk(settings, "channel", "check", "+15550000008").stderr
    assert opdesk(settings, "channel", "add", "mira", "1003", "2002", OPDESK_ACCESS_TOKEN="hush").returncode == 0
    key = ("channel", "rotate", "1003", "--shared-key")
    assert opdesk(settings, *key, OPDESK_NEW_SECRET="k").stderr == "Only numbers at Twilio have a shared key.\n"
    assert "entered in Meta's app" in opdesk(settings, "channel", "webhooks", "1003").stderr
    away = settings.model_copy(update={"twilio_url": "http://127.0.0.1:1"})
    assert "check OPDESK_TWILIO_URL and the network" in opdesk(away, "channel", "check", "+15550000009").stdout
    sandbox = ("+14155238886", "ACdemo")
    assert opdesk(settings, *add, *sandbox, **TOKEN).returncode == 0
    warned = opdesk(settings, "channel", "check", "+14155238886")
    assert (warned.returncode, warned.stdout.startswith("warn")) == (0, True)


async def test_the_numbers_for_text_messages_are_checked_too(database: object, settings: Settings) -> None:
    good, stale = new_id(), new_id()
    for practice, number, token in ((good, "+15550000001", "demo-twilio-token"), (stale, "+15550000009", "stale")):
        if before := await SmsSender.of_webhook(number):
            await SmsSender.of(before.tenant_id).delete({"_id": before.id})
        await Tenant(id=practice, name="Asha", languages=["en"]).add()
        facts = {"number": number, "account": "ACdemo", "access_token": token}
        await sms_sender.put(practice, facts, None, settings.secret_key.get_secret_value())
    found = {finding.what.rpartition(" ")[2]: finding for finding in await text_senders(settings)}
    assert str(found[good]) == f"ok    text messages from +15550000001 of {good}"
    assert "(code 20003): check the account SID" in found[stale].advice
    for practice in (good, stale):
        await sms_sender.remove(practice, None)
