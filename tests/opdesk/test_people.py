"""An operator adds staff, gives them passwords and keeps them out; a password is never an argument."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from opdesk.check import mails
from opdesk.settings import Settings
from opdesk.working import post_of
from simulator.mailbox import Mailbox

SETS: dict[str, Any] = {"whatsapp_app_secret": "a", "whatsapp_verify_token": "b", "secret_key": "c"}
GOOD, OTHER = "nine purple walruses", "seven green herons"


@pytest.fixture
def settings(mongo_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """A database of its own."""
    url = mongo_url.replace("/opdesk?", "/people?")
    return Settings.load(mongo_url=url, redis_url=redis_url, data_dir=tmp_path, **SETS)


def opdesk(settings: Settings, *command: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPDESK_")}
    return subprocess.run(
        [sys.executable, "-m", "opdesk", *command], env=clean | settings.environment(), input=f"{typed}\n",
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def refused(ended: subprocess.CompletedProcess[str]) -> str:
    assert (ended.returncode, len(ended.stderr.strip().splitlines())) == (1, 1), ended
    return ended.stderr


def test_staff_are_set_up(settings: Settings) -> None:
    assert opdesk(settings, "tenant", "add", "asha", "Asha Clinics").returncode == 0
    owner = ("user", "add", "asha", "Owner@asha.test", "--name", "Asha Menon")
    assert "12 to 128" in refused(opdesk(settings, *owner, typed="short"))
    assert "own name" in refused(opdesk(settings, *owner, typed="asha menon asha"))
    added = opdesk(settings, *owner, typed=GOOD)
    assert added.stdout == "Added. They sign in at http://127.0.0.1:8080.\n", added
    assert "signs in with this address already" in refused(opdesk(settings, *owner, typed=GOOD))
    night = ("user", "add", "asha", "night@asha.test", "--name", "Farah", "--role")
    assert "There is no role king" in refused(opdesk(settings, *night, "king", typed=GOOD))
    assert "no such clinic" in refused(opdesk(settings, *night, "nurse", "--clinic", "x", typed=GOOD))
    assert "There is no practice mira" in refused(opdesk(settings, "user", "list", "mira"))
    assert opdesk(settings, *night, "nurse", typed=GOOD).returncode == 0
    assert opdesk(settings, "user", "list", "asha").stdout == (
        "owner@asha.test  Asha Menon  active  (owner)\nnight@asha.test  Farah  active  (nurse)\n"
    )
    assert "Changed." in opdesk(settings, "user", "password", "OWNER@asha.test", typed=OTHER).stdout
    assert "Nobody signs in" in refused(opdesk(settings, "user", "password", "x@asha.test", typed=OTHER))
    assert "without an owner" in refused(opdesk(settings, "user", "suspend", "owner@asha.test"))
    assert "Suspended." in opdesk(settings, "user", "suspend", "night@asha.test").stdout
    shown = opdesk(settings, "user", "list", "asha").stdout
    assert "night@asha.test  Farah  suspended" in shown
    assert "$argon2" not in shown


async def test_the_check_looks_at_the_mails(settings: Settings) -> None:
    (unset,) = await mails(settings)
    assert unset.warning
    assert "whoever invites is shown the link" in unset.advice
    box = Mailbox()
    async with box.taking(0):
        given = {"smtp_url": f"smtp://127.0.0.1:{box.port}", "mail_from": "desk@asha.test"}
        set_up = Settings.load(data_dir=settings.data_dir, console_url="https://desk.test/", **given)
        assert [finding.advice for finding in await mails(set_up)] == ["", ""]
        plain = Settings.load(data_dir=settings.data_dir, **given)
        assert [finding.what for finding in await mails(plain) if finding.advice] == ["OPDESK_CONSOLE_URL"]
    gone = await mails(Settings.load(data_dir=settings.data_dir, smtp_url="smtp://127.0.0.1:1", mail_from="x@y.test"))
    assert "check OPDESK_SMTP_URL" in gone[0].advice
    assert post_of(settings) is None


def test_whoever_runs_the_installation_has_a_place_of_their_own(settings: Settings) -> None:
    you = ("you@operator.test", "--name", "You", "--role", "platform_admin")
    opdesk(settings, "tenant", "add", "mira", "Mira Clinics")
    assert "for platform, in place of a practice" in refused(opdesk(settings, "user", "add", "mira", *you, typed=GOOD))
    assert opdesk(settings, "user", "add", "platform", *you, typed=GOOD).returncode == 0
    again = ("they@operator.test", "--name", "They", "--role", "owner")
    assert "for platform" in refused(opdesk(settings, "user", "add", "platform", *again, typed=GOOD))
    assert "you@operator.test" in opdesk(settings, "user", "list", "platform").stdout
