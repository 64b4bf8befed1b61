"""Which program serves MongoDB's protocol on which data, and that SecantusDB's Rust server runs only where it is named.

Where that server is not installed, a program of its name stands in for it: the Python one, leaving the Rust one's mark.
"""

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from opdesk import product
from opdesk.check import database_product
from opdesk.errors import Trouble
from opdesk.mongo_program import GET, MONGOD, RUST, SECANTUS, WRITERS, chosen, here, writer
from opdesk.stores import Store, start_mongo, start_redis

MARK = next(file for file, program in WRITERS.items() if program == RUST)
STAND_IN = f"""#!{sys.executable}
import os, socket, sys
folder, port = (sys.argv[sys.argv.index(option) + 1] for option in ("--storage-path", "--port"))
try:
    socket.create_server(("127.0.0.1", int(port))).close()
except OSError as error:
    sys.exit(f"secantusd-rs: failed to bind 127.0.0.1:{{port}}: {{error}}")
open(os.path.join(folder, "{MARK}"), "ab").close()
os.execv(sys.executable, [sys.executable, "-m", "secantus", *sys.argv[1:]])
"""
BEST = MONGOD if here(MONGOD) else SECANTUS


@pytest.fixture
def rust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Rust server on the PATH."""
    if shutil.which(RUST) is None:
        program = tmp_path / "bin" / RUST
        program.parent.mkdir()
        program.write_text(STAND_IN)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def running(tmp_path: Path, rust: None) -> Iterator[Store]:
    """The Rust server, with a document in it."""
    store = start_mongo(tmp_path / "rust", RUST)
    with MongoClient[Any](store.url, journal=True) as client:
        client.opdesk.kept.insert_one({"_id": 1})
    yield store
    store.stop()


def test_unnamed_it_never_runs_though_it_is_there(tmp_path: Path, rust: None) -> None:
    assert here(RUST)
    assert chosen(tmp_path / "new") == BEST
    store = start_mongo(tmp_path / "mongo")
    try:
        assert store.product().split()[0] == {MONGOD: "MongoDB"}.get(BEST, BEST)
        assert writer(tmp_path / "mongo") == BEST
    finally:
        store.stop()


def test_named_it_keeps_journaled_writes_over_kill_9_and_comes_back(running: Store) -> None:
    running.process.kill()
    running.process.wait()
    again = running.again()
    try:
        with MongoClient[Any](again.url) as client:
            assert client.opdesk.kept.find_one() == {"_id": 1}
        assert (again.port, writer(again.folder)) == (running.port, RUST)
    finally:
        again.stop()


def test_its_data_is_opened_by_no_other(running: Store) -> None:
    running.stop()
    with pytest.raises(Trouble, match=r"written by secantusd-rs, which is for measurements only: .*OPDESK_DATA_DIR"):
        start_mongo(running.folder)


def test_it_opens_no_other_ones_data(tmp_path: Path, rust: None) -> None:
    start_mongo(tmp_path / "mongo").stop()
    with pytest.raises(Trouble, match=f"written by {BEST}: give secantusd-rs a folder of its own"):
        start_mongo(tmp_path / "mongo", RUST)


def test_data_whose_program_is_not_here_stays_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "_mdb_catalog.wt").touch()
    with pytest.raises(Trouble, match=r"written by mongod, which is not here: install mongod, or set OPDESK_MONGO_URL"):
        start_mongo(tmp_path)


def test_a_named_program_that_is_not_here_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Trouble, match=f"There is no secantusd-rs here: {GET[RUST]}"):
        start_mongo(tmp_path, RUST)


def test_data_that_is_in_use_is_not_called_damaged(running: Store) -> None:
    with pytest.raises(Trouble, match=r"Another program holds the mongo data in .*: end it, or set OPDESK_DATA_DIR"):
        start_mongo(running.folder, RUST)


def test_its_port_can_be_taken_meanwhile(running: Store) -> None:
    running.process.kill()
    running.process.wait()
    with socket.create_server(("127.0.0.1", running.port)), pytest.raises(Trouble, match="found no free port"):
        running.again()


def test_its_damaged_files_are_said(running: Store) -> None:
    running.stop()
    for file in running.folder.glob("WiredTiger.*"):
        file.write_bytes(b"garbage" * 600)
    with pytest.raises(Trouble, match=r"mongo data in .* is damaged: .*backup"):
        start_mongo(running.folder, RUST)


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ({"version": "8.0.4"}, "MongoDB 8.0.4"),
        ({"version": "8.2.11", "secantusVersion": "0.7.0b3"}, "SecantusDB 0.7.0b3"),
        ({"secantusVersion": "0.5.3", "buildEnvironment": {"cc": "rustc"}}, "secantusd-rs 0.5.3"),
    ],
)
def test_a_database_tells_which_one_it_is(info: dict[str, Any], name: str) -> None:
    assert product.of_mongo(info) == name


def test_a_redis_tells_which_one_it_is(tmp_path: Path) -> None:
    store = start_redis(tmp_path / "redis")
    try:
        assert store.product().split()[0] in ("Redis", "Valkey")
    finally:
        store.stop()
    assert product.of_redis({"redis_version": "7.2.4", "valkey_version": "8.1.0"}) == "Valkey 8.1.0"


def test_the_check_says_what_a_database_is_not_good_for() -> None:
    assert str(database_product({"version": "8.0.4"})) == "ok    the database is MongoDB 8.0.4"
    assert str(database_product({"secantusVersion": "0.7"})).startswith("warn  the database is SecantusDB 0.7: ")
    rust = database_product({"secantusVersion": "0.5", "buildEnvironment": {"cc": "rustc"}})
    assert str(rust).startswith("FAIL  the database is secantusd-rs 0.5: ")
    assert "measurements only" in rust.advice
