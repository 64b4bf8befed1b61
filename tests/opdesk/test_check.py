"""``opdesk check`` says of each thing whether it is right, and what to do when it is not."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from opdesk.check import Finding, findings, mongo_writes, redis_keeps, redis_settings, report
from opdesk.settings import Settings

SETS: dict[str, Any] = {"whatsapp_app_secret": "a", "whatsapp_verify_token": "b", "secret_key": "c"}


@pytest.fixture
def settings(mongo_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """A database of its own: no number, no index yet."""
    url = mongo_url.replace("/opdesk?", "/check?")
    return Settings.load(
        mongo_url=url, redis_url=redis_url, data_dir=tmp_path, public_url="https://desk.example", **SETS
    )


def opdesk(settings: Settings, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPDESK_")}
    environment = clean | settings.environment() | more
    return subprocess.run(
        [sys.executable, "-m", "opdesk", *command], env=environment, capture_output=True, text=True, check=False
    )


def advice(found: str, what: str) -> str:
    [line] = [line for line in found.splitlines() if what in line]
    return line


def test_a_practice_is_set_up_and_checked(settings: Settings) -> None:
    fresh = opdesk(settings, "check")
    assert fresh.returncode == 1
    assert advice(fresh.stdout, "all indexes exist").startswith("FAIL")
    assert not advice(fresh.stdout, "the database is ").startswith("FAIL")
    assert "run `opdesk channel add`" in advice(fresh.stdout, "WhatsApp numbers")

    assert opdesk(settings, "tenant", "add", "asha", "Asha Clinics", "--languages", "en,hi").returncode == 0
    again = opdesk(settings, "tenant", "add", "asha", "Asha")
    assert (again.returncode, again.stderr.strip()) == (
        1, "There is a practice asha already: choose another short name.",
    )  # fmt: skip
    assert opdesk(settings, "tenant", "list").stdout == "asha  Asha Clinics  (en, hi)\n"

    number = ("channel", "add", "asha", "1001", "2002", "--display", "+1 555 0100")
    assert opdesk(settings, *number, OPDESK_ACCESS_TOKEN="hush", OPDESK_SECRET_KEY="lost").returncode == 0
    assert "sealed with another OPDESK_SECRET_KEY" in advice(opdesk(settings, "check").stdout, "number 1001")
    assert opdesk(settings, *number, OPDESK_ACCESS_TOKEN="hush").stdout.startswith("Changed.")
    assert opdesk(settings, "tenant", "add", "mira", "Mira").returncode == 0
    theirs = ("channel", "add", "mira", "1001", "2002")
    assert "is another practice's" in opdesk(settings, *theirs, OPDESK_ACCESS_TOKEN="hush").stderr
    elsewhere = ("channel", "add", "nobody", "1002", "2002")
    assert "There is no practice nobody" in opdesk(settings, *elsewhere, OPDESK_ACCESS_TOKEN="hush").stderr
    listed = opdesk(settings, "channel", "list").stdout
    assert listed == "asha  1001  account 2002  +1 555 0100\n"

    unreached = opdesk(settings.model_copy(update={"graph_url": "http://127.0.0.1:1"}), "check")
    assert advice(unreached.stdout, "all indexes exist").startswith("ok")
    assert "check OPDESK_GRAPH_URL" in advice(unreached.stdout, "number 1001 of asha")
    other_key = opdesk(settings, "check", OPDESK_SECRET_KEY="another")
    assert "sealed with another OPDESK_SECRET_KEY" in advice(other_key.stdout, "number 1001")
    assert "hush" not in unreached.stdout + other_key.stdout + listed


async def test_what_is_missing_is_said_before_the_stores(tmp_path: Path) -> None:
    found = await findings(Settings.load(data_dir=tmp_path))
    assert [finding.what for finding in found if finding.advice and not finding.warning] == [
        "OPDESK_WHATSAPP_APP_SECRET", "OPDESK_WHATSAPP_VERIFY_TOKEN", "OPDESK_SECRET_KEY", "stores",
    ]  # fmt: skip


async def test_the_demos_secrets_are_only_warned_of(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    demo = Settings.load(
        mongo_url="", redis_url="", data_dir=settings.data_dir, secret_key="demo-secret-key",
        whatsapp_app_secret="demo-app-secret", whatsapp_verify_token="own",
    )  # fmt: skip
    assert await report(demo) == 1  # for the stores, not for the secrets
    shown = capsys.readouterr().out
    assert advice(shown, "OPDESK_SECRET_KEY").startswith("warn")
    assert advice(shown, "OPDESK_WHATSAPP_VERIFY_TOKEN").startswith("ok")
    assert advice(shown, "OPDESK_PUBLIC_URL").startswith("warn")


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"appendonly": "yes", "maxmemory-policy": "noeviction"}, ""),
        ({"appendonly": "no", "maxmemory-policy": "noeviction"}, "set appendonly yes"),
        ({"appendonly": "no", "maxmemory-policy": "allkeys-lru"}, "appendonly yes and maxmemory-policy noeviction"),
        ({}, ""),
    ],
)
def test_a_forgetful_redis_is_seen(told: dict[str, str], wrong: str) -> None:
    found = redis_keeps("Redis", told)
    assert wrong in found.advice
    assert bool(found.advice) == bool(wrong)


async def test_the_embedded_stores_are_right(redis: "Redis", database: Any) -> None:
    assert redis_keeps("Redis", await redis_settings(redis)) == Finding("Redis keeps what it was told")
    assert not (await mongo_writes(database)).advice
