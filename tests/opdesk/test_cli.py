"""Whatever keeps the program from running is said in one sentence that says what to do; no traceback, exit code 1."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from opdesk.cli import python_trouble
from opdesk.house import occupied
from opdesk.probe import free_port

CLOSED = "127.0.0.1:1"


def run(*command: str, folder: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run ``opdesk`` with these settings and no others."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPDESK_")}
    given = {f"OPDESK_{name.upper()}": str(value) for name, value in settings.items()}
    ports = {f"OPDESK_{part}_PORT": str(free_port()) for part in ("BOT", "API", "SIMULATOR")}
    return subprocess.run(
        [sys.executable, "-m", "opdesk", *command],
        env=clean | ports | {"OPDESK_DATA_DIR": str(folder)} | given,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def trouble(ended: subprocess.CompletedProcess[str]) -> str:
    """The one sentence it ended with."""
    assert ended.returncode == 1, ended
    assert "Traceback" not in ended.stderr
    [sentence] = ended.stderr.strip().splitlines()
    assert re.fullmatch(r"[A-Z].*[.)]", sentence)
    return sentence


def test_a_port_in_use_names_the_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = trouble(run("demo", folder=tmp_path, api_port=port))
    assert f"Port {port} on 127.0.0.1 cannot be used" in said
    assert "set OPDESK_API_PORT" in said


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "OPDESK_WHATSAPP_APP_SECRET"),
        ({"whatsapp_app_secret": "a"}, "OPDESK_WHATSAPP_VERIFY_TOKEN"),
        ({"whatsapp_app_secret": "a", "whatsapp_verify_token": "b"}, "OPDESK_SECRET_KEY"),
    ],
)
def test_a_missing_secret_is_named(tmp_path: Path, given: dict[str, str], name: str) -> None:
    assert trouble(run("up", folder=tmp_path, **given)).startswith(f"{name} is not set; ")


def test_a_process_without_stores_says_how_to_get_some(tmp_path: Path) -> None:
    said = trouble(run("api", folder=tmp_path, secret_key="s"))
    assert said.startswith("OPDESK_MONGO_URL is not set; ")
    assert "opdesk up" in said


def test_a_silent_store_is_named_without_its_password(tmp_path: Path, redis_url: str, mongo_url: str) -> None:
    away = f"mongodb://user:hush@{CLOSED}/opdesk"
    said = trouble(run("api", folder=tmp_path, secret_key="s", mongo_url=away, redis_url=redis_url))
    assert f"MongoDB does not answer at mongodb://{CLOSED}/opdesk" in said
    assert "OPDESK_MONGO_URL" in said
    assert "hush" not in said
    said = trouble(run("worker", folder=tmp_path, secret_key="s", mongo_url=mongo_url, redis_url=f"redis://{CLOSED}"))
    assert f"Redis does not answer at redis://{CLOSED}" in said
    assert "OPDESK_REDIS_URL" in said
    assert "OPDESK_QUEUE_URL" in trouble(run("scheduler", folder=tmp_path, redis_url=f"redis://{CLOSED}"))


@pytest.mark.parametrize(("name", "url"), [("mongo_url", "http://x"), ("redis_url", "http://x")])
def test_an_address_that_is_none_is_named(tmp_path: Path, redis_url: str, mongo_url: str, name: str, url: str) -> None:
    stores = {"mongo_url": mongo_url, "redis_url": redis_url} | {name: url}
    assert f"OPDESK_{name.upper()} is not an address" in trouble(run("api", folder=tmp_path, secret_key="s", **stores))


def test_a_damaged_data_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "redis" / "appendonlydir").mkdir(parents=True)
    for file in ("appendonly.aof", "appendonlydir/appendonly.aof.manifest"):
        (tmp_path / "redis" / file).write_text("garbage")
    said = trouble(run("demo", folder=tmp_path))
    assert f"The redis data in {tmp_path / 'redis'} is damaged" in said


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert "set OPDESK_DATA_DIR to another" in trouble(run("demo", folder=file))


def test_a_second_program_on_the_same_data_is_sent_away(tmp_path: Path) -> None:
    with occupied(tmp_path):
        said = trouble(run("demo", folder=tmp_path))
    assert f"Another OPDesk (process {os.getpid()}) runs on the data folder {tmp_path}" in said
    with occupied(tmp_path):
        """Free again."""


def test_a_setting_of_the_wrong_kind_is_named(tmp_path: Path) -> None:
    assert trouble(run("demo", folder=tmp_path, bot_port="eighty")).startswith("OPDESK_BOT_PORT is not right")


@pytest.mark.parametrize(
    ("version", "fits"),
    [((3, 10), False), ((3, 11), True), ((3, 12), True), ((3, 13), True), ((3, 14), False), ((4, 0), False)],
)
def test_which_pythons_fit(version: tuple[int, int], fits: bool) -> None:
    said = python_trouble(version)
    assert (said == "") == fits
    assert fits or f"this is {version[0]}.{version[1]}: install one" in said


def test_help_needs_nothing() -> None:
    ended = run("--help", folder=Path("/nonexistent"))
    assert ended.returncode == 0
    assert all(command in ended.stdout for command in ("demo", "up", "check", "chat", "tenant", "channel"))


def test_not_ready_is_an_exit_code(tmp_path: Path) -> None:
    assert run("ready", str(free_port()), folder=tmp_path).returncode == 1
