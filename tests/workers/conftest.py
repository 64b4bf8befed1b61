"""What every test of the workers stands on: real stores, a stand-in for the Graph API, a practice of its own."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from graph_server import GraphServer, graph_server
from promises import SECRET_KEY, Practice, practice
from redis import Redis
from twilio_house import TwilioHouse, twilio_house

from opdesk.paced import pace_of
from workers.context import Context
from workers.providers import Providers


@pytest_asyncio.fixture
async def graph() -> AsyncIterator[GraphServer]:
    async with graph_server() as server:
        yield server


@pytest_asyncio.fixture
async def house() -> AsyncIterator[TwilioHouse]:
    async with twilio_house() as found:
        yield found


@pytest_asyncio.fixture
async def clinic(database: Any) -> Practice:
    return await practice()


@pytest.fixture
def queue_redis(redis: Any, redis_url: str) -> Iterator["Redis"]:
    """RQ's own connection, to an empty Redis."""
    with Redis.from_url(redis_url) as client:
        yield client


@pytest_asyncio.fixture
async def context(graph: GraphServer, queue_redis: "Redis", redis: Any) -> AsyncIterator[Context]:
    providers = Providers(graph.url, SECRET_KEY)
    yield Context("worker-of-the-tests", queue_redis, providers, pace=pace_of(redis))
    await providers.close()
