"""The connections of one process: opened together, closed together, each refusal one sentence."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError
from redis import Redis as QueueRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.pipeline import connect as connect_redis
from clinic import clock, documents, news, queue_promises
from opdesk.errors import Trouble
from opdesk.queue_client import PATIENCE, queue_client, silent
from opdesk.settings import Settings
from workers.enqueue import Promises

Database = AsyncDatabase[dict[str, Any]]
DATABASE = "opdesk"  # unless the URL names another


@dataclass(frozen=True)
class Runtime:
    """What a process has in its hands. Open it with ``runtime(settings)``."""

    settings: Settings
    mongo: AsyncMongoClient[dict[str, Any]]
    database: Database
    redis: "Redis"
    queue: QueueRedis

    async def missing(self) -> list[str]:
        """Which stores do not answer just now; empty when all is well."""
        asked: dict[str, Callable[[], Awaitable[Any]]] = {
            "mongo": lambda: self.mongo.admin.command("ping"),
            "redis": lambda: self.redis.get("ping"),
            "queue": lambda: asyncio.to_thread(self.queue.ping),
        }
        answers = await asyncio.gather(*(_answers(ask) for ask in asked.values()))
        return [name for name, answered in zip(asked, answers, strict=True) if not answered]


async def _answers(ask: Callable[[], Awaitable[Any]]) -> bool:
    try:
        await asyncio.wait_for(ask(), PATIENCE)
    except (PyMongoError, RedisError, OSError, TimeoutError):
        return False
    return True


def mongo_client(url: str) -> AsyncMongoClient[dict[str, Any]]:
    """Every acknowledged write is journaled; times come back aware. Raises ``Trouble`` for a URL that is none."""
    try:
        return AsyncMongoClient(
            url, tz_aware=True, journal=True, serverSelectionTimeoutMS=int(PATIENCE * 1000), appname="opdesk"
        )
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise Trouble(f"OPDESK_MONGO_URL is not an address of a MongoDB ({error}): correct it.") from None


def bot_redis(url: str) -> "Redis":
    """The bot's Redis, and the API's."""
    try:
        return connect_redis(url, connections=64)
    except ValueError as error:
        raise Trouble(f"OPDESK_REDIS_URL is not an address of a Redis ({error}): correct it.") from None


@asynccontextmanager
async def runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """Connect to the stores and bind the documents; raises ``Trouble`` naming the store that does not answer."""
    settings.require("mongo_url", "redis_url")
    clock.follow(settings.clock_file)
    async with AsyncExitStack() as stack:
        mongo = mongo_client(settings.mongo_url)
        stack.push_async_callback(mongo.close)
        bot = bot_redis(settings.redis_url)
        stack.push_async_callback(bot.aclose)
        queue = queue_client(settings.queue_url)
        stack.callback(queue.close)
        opened = Runtime(settings, mongo, mongo.get_default_database(DATABASE), bot, queue)
        for name in await opened.missing():
            raise Trouble(silent(name, getattr(settings, f"{name}_url")))
        await documents.connect(opened.database)
        news.connect(bot)
        stack.callback(news.connect, None)
        promises = Promises(queue)
        stack.push_async_callback(promises.close)
        queue_promises.connect(promises)
        stack.callback(queue_promises.connect, None)
        yield opened
