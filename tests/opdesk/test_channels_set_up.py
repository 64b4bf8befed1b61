"""A number at Twilio, as an operator sets it up: added, checked, its token rotated, its webhooks entered."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from redis import Redis
from typer.testing import CliRunner

from clinic import sms_sender
from clinic.documents import connect
from clinic.job import CHECK_CHANNEL
from clinic.record import new_id
from clinic.sms_sender import SmsSender
from clinic.tenant import Tenant
from opdesk.check_texts import text_senders
from opdesk.cli import app
from opdesk.errors import Trouble
from opdesk.probe import free_port, is_ready
from opdesk.settings import Settings
from workers.queues import queue

SENDER = "whatsapp:+15550000001"
TOKEN = {"OPDESK_AUTH_TOKEN": "demo-twilio-token"}
SETS: dict[str, Any] = {"whatsapp_app_secret": "a", "whatsapp_verify_token": "b", "secret_key": "c"}
PATIENCE = 240.0


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


@pytest_asyncio.fixture
async def settings(
    database: Any, mongo_url: str, redis_url: str, tmp_path: Path, twilio: str
) -> AsyncIterator[Settings]:
    """A database of its own; each command binds the documents to it."""
    url = mongo_url.replace("/opdesk?", f"/numbers{new_id()}?")
    yield Settings.load(
        mongo_url=url, redis_url=redis_url, data_dir=tmp_path, public_url="https://desk.example", twilio_url=twilio,
        **SETS,
    )  # fmt: skip
    await connect(database)


@dataclass(frozen=True)
class Ended:
    """What a command said, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


async def opdesk(settings: Settings, *command: str, **more: str) -> Ended:
    """The command line, on a thread with a loop of its own."""
    clean = dict.fromkeys(name for name in os.environ if name.startswith("OPDESK_"))
    environment = clean | settings.environment() | more
    ended = await asyncio.to_thread(CliRunner().invoke, app, command, env=environment)
    if isinstance(ended.exception, Trouble):
        return Ended(1, ended.stdout, f"{ended.exception}\n")
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


async def test_a_number_at_twilio_is_set_up_and_checked(settings: Settings, twilio: str) -> None:
    assert (await opdesk(settings, "tenant", "add", "asha", "Asha Clinics")).returncode == 0
    add = ("channel", "add-twilio", "asha", "+1 (555) 000-0001", "ACdemo")
    added = await opdesk(settings, *add, OPDESK_AUTH_TOKEN="stale")
    assert added.returncode == 0, added.stderr
    assert "https://desk.example/webhooks/twilio#rc=3&rp=all" in added.stdout
    assert "https://desk.example/webhooks/twilio/fallback" in added.stdout
    assert (
        await opdesk(settings, "channel", "list")
    ).stdout == f"asha  {SENDER}  account ACdemo  +15550000001  at Twilio\n"

    with Redis.from_url(settings.queue_url) as client:
        assert CHECK_CHANNEL in [job.func_name for job in queue(client).jobs], "a worker looks at it, too"

    stale = await opdesk(settings, "channel", "check", "+15550000001")
    assert (stale.returncode, stale.stdout.startswith("FAIL")) == (1, True)
    assert f"(code 20003): copy the account's primary one and run `opdesk channel rotate {SENDER}`" in stale.stdout

    turned = await opdesk(settings, "channel", "rotate", "+15550000001", OPDESK_NEW_SECRET="demo-twilio-token")
    assert turned.returncode == 0, turned.stderr
    first, second = turned.stdout.splitlines()[1:]
    assert first == f"ok    number {SENDER} of asha"
    assert second.startswith(f"FAIL  webhooks of {SENDER}: Twilio sends them to http://127.0.0.1:1/webhooks/twilio")

    entered = await opdesk(settings, "channel", "webhooks", SENDER)
    assert entered.stdout.splitlines() == [f"ok    number {SENDER} of asha", f"ok    webhooks of {SENDER}"]
    async with httpx.AsyncClient() as http:
        addresses = (await http.get(f"{twilio}/control/twilio")).json()
    assert addresses["url"] == "https://desk.example/webhooks/twilio#rc=3&rp=all"
    assert addresses["fallback"] == "https://desk.example/webhooks/twilio/fallback"
    assert f"ok    webhooks of {SENDER}" in (await opdesk(settings, "check")).stdout
    moved = settings.model_copy(update={"public_url": "https://other.example"})
    assert "to https://desk.example/webhooks/twilio" in (await opdesk(moved, "channel", "check")).stdout
    elsewhere = settings.model_copy(update={"fallback_url": "https://spare.example/"})
    told = await opdesk(elsewhere, "channel", "check")
    assert (told.returncode, "not https://spare.example/webhooks/twilio/fallback" in told.stdout) == (0, True)

    told_of_all = added.stdout + stale.stdout + turned.stdout + entered.stdout
    assert not any(secret in told_of_all for secret in ("stale", "demo-twilio-token"))


async def test_what_cannot_be_a_number_at_twilio_is_said_in_a_sentence(settings: Settings) -> None:
    await opdesk(settings, "tenant", "add", "mira", "Mira")
    add = ("channel", "add-twilio", "mira")
    typo = await opdesk(settings, *add, "555", "XXdemo", **TOKEN)
    assert typo.returncode == 1
    assert "a number with its country code" in typo.stderr
    assert "The account SID begins with AC" in typo.stderr
    assert "Traceback" not in typo.stderr
    assert (await opdesk(settings, *add, "+15550000009", "ACdemo", **TOKEN)).returncode == 0
    unknown = await opdesk(settings, "channel", "check", "+15550000009")
    assert "account ACdemo has no such WhatsApp sender" in unknown.stdout
    assert "There is no number +15550000008" in (await opdesk(settings, "channel", "check", "+15550000008")).stderr
    assert (
        await opdesk(settings, "channel", "add", "mira", "1003", "2002", OPDESK_ACCESS_TOKEN="hush")
    ).returncode == 0
    key = ("channel", "rotate", "1003", "--shared-key")
    assert (await opdesk(settings, *key, OPDESK_NEW_SECRET="k")).stderr == "Only numbers at Twilio have a shared key.\n"
    assert "entered in Meta's app" in (await opdesk(settings, "channel", "webhooks", "1003")).stderr
    away = settings.model_copy(update={"twilio_url": "http://127.0.0.1:1"})
    assert "check OPDESK_TWILIO_URL and the network" in (await opdesk(away, "channel", "check", "+15550000009")).stdout
    sandbox = ("+14155238886", "ACdemo")
    assert (await opdesk(settings, *add, *sandbox, **TOKEN)).returncode == 0
    warned = await opdesk(settings, "channel", "check", "+14155238886")
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
