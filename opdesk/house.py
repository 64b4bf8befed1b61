"""The data folder: who lives in it, where its stores are reached, and what its parts wrote last."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opdesk.errors import Trouble

LOG_LIMIT = 10_000_000  # bytes; a longer log is set aside, once, when its part starts


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Hold the data folder; a second program on it is told to go elsewhere. The kernel frees it, however we end."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        door = (folder / "lock").open("a+")
    except OSError as error:
        raise Trouble(
            f"The data folder {folder} cannot be used ({error.strerror}): set OPDESK_DATA_DIR to another."
        ) from None
    with door:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            door.seek(0)
            raise Trouble(
                f"Another OPDesk (process {door.read().strip() or '?'}) runs on the data folder {folder}: "
                "stop it first, or set OPDESK_DATA_DIR and the ports to others."
            ) from None
        door.truncate(0)
        door.write(str(os.getpid()))
        door.flush()
        yield


@contextmanager
def announced(folder: Path, urls: dict[str, str]) -> Iterator[None]:
    """Tell other commands on this folder where its stores are, while they run."""
    page = folder / "stores.json"
    page.write_text(json.dumps(urls))
    try:
        yield
    finally:
        page.unlink(missing_ok=True)


def log_of(folder: Path, part: str) -> Path:
    """The log that ``part`` appends to; one that has grown too long is set aside as ``.1``."""
    log = folder / "logs" / f"{part}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    return log


class Tail:
    """What was added to a log since it was last looked at: only what an operator should see at once."""

    def __init__(self, log: Path) -> None:
        self._log, self._at = log, log.stat().st_size if log.exists() else 0

    def __call__(self) -> list[str]:
        if not self._log.exists():
            return []
        with self._log.open("rb") as file:
            file.seek(self._at)
            new = file.read()
        whole = new.rfind(b"\n") + 1
        self._at += whole
        return [said for line in new[:whole].splitlines() if (said := important(line))]


def important(line: bytes) -> str:
    """A warning, an error or a plain sentence of a part that could not start, in few words; else nothing."""
    try:
        event = json.loads(line)
    except ValueError:
        return line.decode(errors="replace").strip()
    if not isinstance(event, dict) or event.get("level") in ("debug", "info"):
        return ""
    facts = {key: value for key, value in event.items() if key not in ("process", "event", "level", "at", "logger")}
    return " ".join([str(event.get("event", "")), *(f"{key}={value}" for key, value in facts.items())])[:400]
