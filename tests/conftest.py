"""Real stores for every test: one embedded Redis and one MongoDB-wire server per test process, ended with it."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from redis.asyncio import Redis

from opdesk.stores import start_mongo, start_redis

# What takes longest is begun first, so that no process is left alone with it at the end. The rest follows as it stands.
LONG = (
    "test_fuzzed", "test_play", "test_twilio_transcripts", "test_together", "test_posters_printed",
    "test_twilio_outages", "test_handover_kill", "test_kill", "test_promises_survive", "test_people", "test_check",
    "test_waitlist_survives",
)  # fmt: skip


def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores: each waits now and then, for a store, another process or the clock."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, in the order of ``LONG``."""
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this process's stores keep their data."""
    return tmp_path_factory.mktemp("stores")


@pytest.fixture(scope="session")
def mongo_url(store_folder: Path) -> Iterator[str]:
    """A MongoDB-wire server of this process's own."""
    store = start_mongo(store_folder / "mongo")
    yield store.url
    store.stop()


@pytest.fixture(scope="session")
def redis_url(store_folder: Path) -> Iterator[str]:
    """A Redis of this process's own."""
    store = start_redis(store_folder / "redis")
    yield store.url
    store.stop()


@pytest_asyncio.fixture(scope="session")
async def database(mongo_url: str) -> AsyncIterator[AsyncDatabase[dict[str, Any]]]:
    """The documents, connected and indexed; tests keep apart by a tenant id of their own."""
    from clinic.documents import connect, create_indexes

    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url, tz_aware=True, journal=True)
    database = client.get_default_database("opdesk")
    await connect(database)
    await create_indexes(database)
    yield database
    await client.close()


@pytest.fixture(autouse=True)
def every_query_rides_an_index() -> Iterator[None]:
    """A query that would read a whole practice's documents fails its test, unless it is one of the known few."""
    from unindexed import Unindexed

    from clinic.record import watch

    found = Unindexed()
    watch(found)
    yield
    watch(None)
    assert found.new() == [], "ask by the first fields of an index, and look at the rest in the rows"


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator["Redis"]:
    """An empty Redis, answering in bytes."""
    client = Redis.from_url(redis_url, decode_responses=False)
    await client.flushdb()
    yield client
    await client.aclose()
