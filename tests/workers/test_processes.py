"""The worker and the scheduler as they really run: processes, killed and told to stop, with a promise between them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import pytest_asyncio
from graph_server import GraphServer
from promises import SECRET_KEY, Practice, practice
from pymongo import AsyncMongoClient

from clinic.documents import connect, create_indexes
from clinic.record import new_id
from opdesk.probe import free_port, is_ready
from opdesk.stores import start_redis

PATIENCE = 120.0


@pytest_asyncio.fixture
async def own_url(database: Any, mongo_url: str) -> AsyncIterator[str]:
    """A database of this test's own: processes look after every practice that they find."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url, tz_aware=True, journal=True)
    own = client[f"own{new_id()}"]
    await connect(own)
    await create_indexes(own)
    yield mongo_url.replace("/opdesk", f"/{own.name}")
    await connect(database)
    await client.drop_database(own.name)
    await client.close()


@pytest_asyncio.fixture
async def clinic(own_url: str) -> Practice:
    return await practice()


@pytest.fixture
def environment(own_url: str, redis_url: str, graph: GraphServer, tmp_path: Path) -> dict[str, str]:
    graph.templates = {("appointment_confirmed", code): "APPROVED" for code in ("en", "pt_BR")}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPDESK_")}
    given = {"MONGO_URL": own_url, "REDIS_URL": redis_url, "GRAPH_URL": graph.url, "SECRET_KEY": SECRET_KEY}
    return clean | {f"OPDESK_{name}": value for name, value in given.items()} | {"OPDESK_DATA_DIR": str(tmp_path)}


@contextmanager
def process(part: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "opdesk", part]
    running = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not await happened():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.1)


async def ended(running: subprocess.Popen[str]) -> tuple[int, list[dict[str, object]]]:
    """Its exit code, and what it logged."""
    running.send_signal(signal.SIGTERM)
    _, written = await asyncio.to_thread(running.communicate, timeout=PATIENCE)
    assert "Traceback" not in written, written
    return running.returncode, [json.loads(line) for line in written.splitlines()]


async def test_a_promise_nobody_told_of_is_found_and_kept(
    clinic: Practice, graph: GraphServer, redis: object, environment: dict[str, str]
) -> None:
    promise = await clinic.promise()

    async def kept() -> bool:
        return (await clinic.stored(promise)).status == "accepted"

    port = free_port()
    with process("worker", environment | {"OPDESK_WORKER_PORT": str(port)}) as worker:
        with process("scheduler", environment) as scheduler:
            await until(kept)
            with await asyncio.to_thread(urlopen, f"http://127.0.0.1:{port}/ready") as answer:
                assert json.load(answer) == {"status": "ready"}
            with await asyncio.to_thread(urlopen, f"http://127.0.0.1:{port}/metrics") as answer:
                assert 'opdesk_notifications_total{kind="confirmation",outcome="accepted"}' in answer.read().decode()
            code, said = await ended(scheduler)
            assert code == 0
            assert [line["port"] for line in said if line["event"] == "serving"]  # any free one, told in the log
        code, said = await ended(worker)
    assert code == 0
    assert [sent["biz_opaque_callback_data"] for sent in graph.sent if promise.id in str(sent)] == [f"n.{promise.id}.1"]
    [sent] = [line for line in said if line.get("correlation_id") == f"n.{promise.id}.1"]
    assert (sent["event"], sent["process"]) == ("promise sent", "worker")
    assert "Meera" not in str(said)
    assert "9876543210" not in str(said)


async def test_a_worker_killed_while_sending_doubles_nothing(
    clinic: Practice, graph: GraphServer, redis: object, environment: dict[str, str]
) -> None:
    promise = await clinic.promise()
    graph.slow = 30.0

    async def under_way() -> bool:
        return any(promise.id in str(sent) for sent in graph.sent)

    with process("worker", environment) as worker, process("scheduler", environment):
        await until(under_way)
        worker.kill()
        stored = await clinic.stored(promise)
        assert (stored.status, stored.attempt) == ("sending", 1)
        assert stored.wake_at is not None  # its lease; a status completes it before, as the tests beside this show
        graph.slow = 0.0
        with process("worker", environment):
            await asyncio.sleep(4)
            assert len([sent for sent in graph.sent if promise.id in str(sent)]) == 1


async def test_a_scheduler_that_loses_redis_says_so_in_one_sentence(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    store = start_redis(tmp_path / "redis")
    port = free_port()
    own = {"OPDESK_REDIS_URL": store.url, "OPDESK_SCHEDULER_PORT": str(port)}

    async def ready() -> bool:
        return await asyncio.to_thread(is_ready, "127.0.0.1", port)

    with process("scheduler", environment | own) as scheduler:
        await until(ready)
        store.stop()
        _, written = await asyncio.to_thread(scheduler.communicate, timeout=60)
    assert scheduler.returncode == 1
    assert written.splitlines()[-1].startswith("Redis does not answer at redis://127.0.0.1:")
    assert "Traceback" not in written
