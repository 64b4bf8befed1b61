"""The embedded stores start, keep what they were told, and say in one sentence why they cannot start."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from pymongo import MongoClient

from opdesk.errors import Trouble
from opdesk.stores import start_mongo, start_redis


def test_redis_keeps_what_was_written_before_kill_9(tmp_path: Path) -> None:
    store = start_redis(tmp_path / "redis")
    client = redis.Redis.from_url(store.url)
    client.set("kept", "yes")
    assert client.config_get("appendonly")["appendonly"] == "yes"
    store.process.kill()
    store.process.wait()
    again = start_redis(tmp_path / "redis")
    assert redis.Redis.from_url(again.url).get("kept") == b"yes"
    again.stop()


def test_mongo_keeps_journaled_writes_over_kill_9(tmp_path: Path) -> None:
    store = start_mongo(tmp_path / "mongo")
    with MongoClient[Any](store.url, journal=True) as client:
        assert not client.options.retry_writes, "each write would cost more than the one before"
        client.opdesk.kept.insert_one({"_id": 1})
    store.process.kill()
    store.process.wait()
    again = start_mongo(tmp_path / "mongo")
    with MongoClient[Any](again.url) as client:
        assert client.opdesk.kept.find_one() == {"_id": 1}
    again.stop()


def test_a_damaged_append_only_file_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    (folder / "appendonly.aof").write_text("garbage")  # where Redis 6 keeps it
    (folder / "appendonlydir").mkdir()
    (folder / "appendonlydir" / "appendonly.aof.manifest").write_text("garbage")  # and Redis 7
    with pytest.raises(Trouble, match=r"redis data in .* is damaged: .*backup"):
        start_redis(folder)


def test_damaged_mongo_files_are_said(tmp_path: Path) -> None:
    folder = tmp_path / "mongo"
    start_mongo(folder).stop()
    for file in folder.glob("WiredTiger.*"):
        file.write_bytes(b"garbage" * 600)
    with pytest.raises(Trouble, match=r"mongo data in .* is damaged: .*backup"):
        start_mongo(folder)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Trouble, match="OPDESK_DATA_DIR"):
        start_redis(tmp_path / "file" / "redis")


def test_a_store_ends_with_a_parent_killed_by_9(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from opdesk.stores import start_redis;"
        "store = start_redis(Path(sys.argv[1])); print(store.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "r")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    """Running; an ended child that nobody collects is only a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
