"""Settings: who wins, and what is said about the wrong and the missing."""

import json
from pathlib import Path

import pytest

from opdesk.errors import Trouble
from opdesk.settings import Settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment without settings of ours."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"OPDESK_{name.upper()}", raising=False)
    monkeypatch.setenv("OPDESK_DATA_DIR", str(tmp_path))
    return tmp_path


def test_given_wins_over_environment_wins_over_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().bot_port == 8000
    monkeypatch.setenv("OPDESK_BOT_PORT", "8001")
    assert Settings.load().bot_port == 8001
    assert Settings.load(bot_port=8002).bot_port == 8002


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPDESK_API_PORT", "")
    assert Settings.load().api_port == 8080


def test_running_stores_stand_in_for_those_not_set(monkeypatch: pytest.MonkeyPatch, bare: Path) -> None:
    (bare / "stores.json").write_text(json.dumps({"mongo_url": "mongodb://running", "redis_url": "redis://running"}))
    monkeypatch.setenv("OPDESK_MONGO_URL", "mongodb://mine")
    settings = Settings.load()
    assert (settings.mongo_url, settings.redis_url) == ("mongodb://mine", "redis://running")


def test_the_queue_shares_the_bots_redis_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPDESK_REDIS_URL", "redis://one")
    assert Settings.load().queue_url == "redis://one"
    monkeypatch.setenv("OPDESK_QUEUE_URL", "redis://two")
    assert Settings.load().queue_url == "redis://two"


def test_a_wrong_value_is_one_sentence_without_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPDESK_BOT_PORT", "eighty")
    with pytest.raises(Trouble, match=r"^OPDESK_BOT_PORT is not right: .*integer.*Correct it") as caught:
        Settings.load()
    assert "eighty" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["secret_key", "whatsapp_app_secret", "whatsapp_verify_token", "mongo_url", "redis_url"]
)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(Trouble, match=f"^OPDESK_{name.upper()} is not set; "):
        Settings.load().require(name)


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPDESK_SECRET_KEY", "hush-hush")
    assert "hush" not in repr(Settings.load())


def test_a_child_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings.load(secret_key="s", redis_url="redis://r", bot_port=1, worker_port=2)
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.load() == given


def test_the_public_address_follows_the_bots_port() -> None:
    assert Settings.load(bot_port=8123).address == "http://127.0.0.1:8123"
    assert Settings.load(public_url="https://desk.example/").address == "https://desk.example"
