"""No personal data in a log line, whoever writes it and however it got there."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from opdesk import logs


@pytest.fixture
def configured() -> Iterator[None]:
    """Logs as a container writes them; the suite's own handlers come back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def read(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    written = capsys.readouterr().err
    assert written.count("\n") == 1, written
    return dict(json.loads(written))


class Log:
    """The program's logger, set up at its first word: only within the test is stderr the one that is read."""

    def __getattr__(self, level: str) -> Any:
        logs.configure("bot", as_json=True)
        return getattr(structlog.get_logger(), level)


@pytest.fixture
def log(configured: None) -> Log:
    return Log()


def test_an_event_says_who_when_and_which_message(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    structlog.contextvars.bind_contextvars(correlation_id="c1")
    log.info("turn", chat="9f2c", milliseconds=12.5, step="day")
    line = read(capsys)
    assert line.pop("at")
    assert line == {
        "process": "bot", "event": "turn", "level": "info", "correlation_id": "c1", "chat": "9f2c",
        "milliseconds": 12.5, "step": "day",
    }  # fmt: skip


@pytest.mark.parametrize(
    "facts",
    [
        {"text": "my knee hurts, Meera"},
        {"name": "Meera"},
        {"session": {"choices": [{"profile_name": "Meera"}]}},
        {"who": "+91 98765-43210"},
        {"who": "wa 919876543210 wrote"},
        {"who": 919876543210},
        {"who": ["919876543210"]},
        {"who": {"inner": b"919876543210"}},
        {"path": "/media/919876543210?x=1"},
        {"who": "٩١٩٨٧٦٥٤٣٢١٠"},
    ],
)
def test_personal_data_is_masked(log: Log, capsys: pytest.CaptureFixture[str], facts: dict[str, object]) -> None:
    log.warning("odd", **facts)
    written = capsys.readouterr().err
    assert "***" in written
    assert not any(secret in written for secret in ("Meera", "98765", "٩٨٧"))


def test_the_event_itself_is_masked(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    log.info("sent to 919876543210")
    assert read(capsys)["event"] == "sent to ***"


def test_ids_of_records_stay_readable(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    log.info("sent", notification="6730a1b2c3d4e5f612345678")
    assert read(capsys)["notification"] == "6730a1b2c3d4e5f612345678"


def test_an_exception_keeps_its_place_but_not_its_words(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        try:
            int("Meera")
        except ValueError as error:
            raise KeyError("Meera again") from error
    except KeyError:
        log.exception("turn failed")
    described = str(read(capsys)["error"])
    assert "KeyError at " in described
    assert "because ValueError" in described
    assert "test_logs.py" in described
    assert "Meera" not in described


def test_a_library_keeps_its_template_but_not_its_arguments(
    configured: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("bot", as_json=True)
    logging.getLogger("asyncio").error("Task failed\nValueError('Meera')")
    assert read(capsys)["event"] == "Task failed"
    logging.getLogger("some.library").warning("could not send %s", "Meera")
    assert read(capsys)["event"] == "could not send %s"
    logging.getLogger("uvicorn.error").info("listening on %s", "http://127.0.0.1:8000")
    assert read(capsys)["event"] == "listening on http://127.0.0.1:8000"


def test_addresses_of_requests_are_never_logged(configured: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("bot", as_json=True)
    logging.getLogger("httpx").info("HTTP Request: POST https://graph/919876543210/messages")
    logging.getLogger("uvicorn.access").info("GET /webhooks/cloud?hub.verify_token=x")
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_readable_lines(configured: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("bot", as_json=False)
    structlog.get_logger().info("turn", name="Meera", step="day")
    written = capsys.readouterr().err
    assert "turn" in written
    assert "Meera" not in written
    assert not written.startswith("{")


def test_what_a_library_was_set_to_before_is_forgotten(configured: None, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    logs.configure("bot", as_json=True)
    logging.getLogger("uvicorn.error").info("listening on %s", "http://127.0.0.1:8000")
    assert read(capsys)["event"] == "listening on http://127.0.0.1:8000"
