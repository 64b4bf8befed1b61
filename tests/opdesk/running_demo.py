"""``opdesk demo`` as processes, for tests that play on a whole desk."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opdesk.probe import free_port

PATIENCE = 120.0


def until(found: Callable[[], Any], what: str) -> Any:
    """What ``found`` gives, as soon as it gives something."""
    deadline = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.05)
    return value


@contextmanager
def running_demo(folder: Path) -> Iterator[tuple[str, str]]:
    """The addresses of its simulator and of its API; it runs until the end of the block."""
    ports = {part: free_port() for part in ("BOT", "API", "SIMULATOR")}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPDESK_")}
    given = {f"OPDESK_{part}_PORT": str(port) for part, port in ports.items()}
    given |= {"OPDESK_DATA_DIR": str(folder / "data"), "OPDESK_SIMULATOR_PACE": "0.05", "OPDESK_API_RATE": "1000"}
    screen = folder / "screen"
    with screen.open("w") as written:
        running = subprocess.Popen(
            [sys.executable, "-m", "opdesk", "demo"], env=clean | given, stdout=written, stderr=subprocess.STDOUT
        )
    try:
        until(lambda: running.poll() is not None or "The desk is open" in screen.read_text(), "the desk opens")
        yield f"http://127.0.0.1:{ports['SIMULATOR']}", f"http://127.0.0.1:{ports['API']}/api/v1"
    finally:
        running.terminate()
        try:
            running.wait(30)
        except subprocess.TimeoutExpired:
            running.kill()
