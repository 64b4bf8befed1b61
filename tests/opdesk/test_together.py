"""A whole desk on this machine: it starts, mends itself, stops cleanly, leaves nothing behind; its data survives."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from pymongo import MongoClient

from opdesk.probe import free_port
from opdesk.settings import read_stores
from opdesk.stores import start_mongo
from opdesk.together import stoppable

PATIENCE = 180.0


class Desk:
    """A running ``opdesk demo``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.screen = folder, folder.with_suffix(".screen")
        self.ports = {part: free_port() for part in ("BOT", "API", "SIMULATOR")}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("OPDESK_")}
        given = {f"OPDESK_{part}_PORT": str(port) for part, port in self.ports.items()}
        with self.screen.open("w") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "opdesk", "demo"], env=clean | given | {"OPDESK_DATA_DIR": str(folder)},
                stdout=screen, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def said(self, words: str) -> bool:
        """Whether the screen shows ``words``."""
        assert self.process.poll() is None or words in self.screen.read_text(), self.screen.read_text()
        return words in self.screen.read_text()

    def family(self) -> list[psutil.Process]:
        """All processes that it started."""
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def part(self, name: str) -> psutil.Process:
        """The process of one part."""
        return next(each for each in self.family() if each.cmdline()[-3:] == ["-m", "opdesk", name])

    def ready(self, part: str) -> bool:
        """Whether a part serves and its stores answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self.ports[part]}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


@contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    running = Desk(folder)
    try:
        wait_for(lambda: running.said("The desk is open"))
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()


def gone(family: list[psutil.Process]) -> bool:
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in family)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_what_runs_and_a_second_one_is_not_heard_while_it_cleans_up(number: signal.Signals) -> None:
    heard = []
    with stoppable():
        try:
            os.kill(os.getpid(), number)
            time.sleep(5)
            heard.append("went on")
        finally:
            os.kill(os.getpid(), number)
            heard.append("cleaned up")
    assert heard == ["cleaned up"]


def test_a_desk_lives_and_ends(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with desk(folder) as running:
        assert all(running.ready(part) for part in running.ports)
        assert set(read_stores(folder)) == {"mongo_url", "redis_url", "queue_url", "demo"}
        assert all(running.said(f"{store} (embedded): ") for store in ("redis", "mongo"))
        family = running.family()
        running.part("api").kill()
        wait_for(lambda: running.said("api ended unexpectedly (killed by signal 9); starting it again"))
        wait_for(lambda: running.said("api runs again") and running.ready("API"))
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(30) == 0
        assert "Stopped. The data stays in" in running.screen.read_text()
        assert gone(family)
    assert read_stores(folder) == {}
    store = start_mongo(folder / "mongo")
    with MongoClient[dict[str, object]](store.url) as client:
        assert sorted(tenant["_id"] for tenant in client.opdesk.tenants.find()) == ["demo", "other"]  # type: ignore[type-var]
    store.stop()


def test_a_lost_store_comes_back_at_its_address_and_kill_9_leaves_no_child(tmp_path: Path) -> None:
    with desk(tmp_path / "data") as running:
        redis = next(each for each in running.family() if "redis-server" in each.name())
        redis.kill()
        wait_for(lambda: running.said("redis ended unexpectedly and was started again"))
        wait_for(lambda: running.ready("BOT"))
        family = running.family()
        running.process.kill()
        running.process.wait()
        wait_for(lambda: gone(family))
