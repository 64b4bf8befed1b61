"""The container files say what the program needs; there is no engine in the tests, so they are read."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from opdesk.settings import Settings

ROOT = Path(__file__).parent.parent.parent
PARTS = ("bot", "api", "worker", "scheduler")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


def test_every_part_and_store_is_there_with_a_health_check(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*PARTS, "mongo", "redis"}
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("part", PARTS)
def test_a_part_waits_for_its_stores_and_knows_its_settings(compose: dict[str, Any], part: str) -> None:
    service = compose["services"][part]
    assert service["command"] == ["opdesk", part]
    assert {name: wait["condition"] for name, wait in service["depends_on"].items()} == {
        "mongo": "service_healthy", "redis": "service_healthy",
    }  # fmt: skip
    known = {f"OPDESK_{name.upper()}" for name in Settings.model_fields}
    assert set(service["environment"]) <= known
    port = str(service["healthcheck"]["test"][-1])
    given = service["environment"].get(f"OPDESK_{part.upper()}_PORT")
    assert port == (given or str(Settings.model_fields[f"{part}_port"].default))


def test_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    for part in PARTS:
        for name in ("WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "SECRET_KEY"):
            assert compose["services"][part]["environment"][f"OPDESK_{name}"].startswith(f"${{OPDESK_{name}:?")


def test_the_stores_keep_what_they_were_told(compose: dict[str, Any]) -> None:
    redis, mongo = compose["services"]["redis"], compose["services"]["mongo"]
    assert redis["command"][1:5] == ["--appendonly", "yes", "--appendfsync", "everysec"]
    assert "noeviction" in redis["command"]
    assert "--replSet" in mongo["command"]
    assert "rs.initiate" in mongo["healthcheck"]["test"][-1]
    assert {volume.partition(":")[0] for service in (redis, mongo) for volume in service["volumes"]} | {
        "media",
        "spool",
    } == {*compose["volumes"]}


def test_worker_and_api_share_the_folder_of_patients_files(compose: dict[str, Any]) -> None:
    for part in ("worker", "api"):
        service = compose["services"][part]
        assert service["volumes"] == [f"media:{service['environment']['OPDESK_MEDIA_DIR']}"]
    assert "-o opdesk -m 700 /var/lib/opdesk/media" in (ROOT / "Dockerfile").read_text()


def test_what_the_bot_keeps_on_disk_outlives_its_container(compose: dict[str, Any]) -> None:
    bot = compose["services"]["bot"]
    folder = Path(bot["environment"]["OPDESK_DATA_DIR"]) / "spool"
    assert bot["volumes"] == [f"spool:{folder}"]
    assert re.search(rf"install -d -o opdesk -m 700 .*{folder}$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert bot["environment"].keys() > compose["services"]["worker"]["environment"].keys() - {"OPDESK_DATA_DIR"}


def test_the_image_is_not_root_and_copies_every_room() -> None:
    text = (ROOT / "Dockerfile").read_text()
    copied = set(re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE))
    assert copied == {"api", "bot", "clinic", "flows", "opdesk", "simulator", "workers"}
    assert "--require-hashes -r requirements.lock" in text
    assert text.rindex("USER opdesk") > text.rindex("FROM ")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-redis.lock"])
def test_a_lock_has_hashes_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==", text, re.MULTILINE | re.IGNORECASE)
    assert len(pins) > 2
    assert len(pins) <= text.count("--hash=sha256:")
    assert "://" not in text
