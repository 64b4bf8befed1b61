"""The processes behind the desk: the worker that keeps promises, and the scheduler that wakes it."""

import os
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import structlog
from pymongo.errors import PyMongoError
from redis import Redis
from redis.exceptions import RedisError
from rq import SimpleWorker

from clinic import documents
from clinic.reach import Reach
from opdesk import logs
from opdesk.errors import Trouble
from opdesk.health import HealthServer
from opdesk.paced import pace_of
from opdesk.runtime import Database, Runtime, queue_client, runtime, silent
from opdesk.settings import Settings
from workers.context import Context, Loop, put
from workers.post import Post
from workers.providers import Providers
from workers.scanner import clamd
from workers.sms import SmsSenders
from workers.timetable import REAP_EVERY, reap, timetable
from workers.worker import worker

log = structlog.get_logger()


@contextmanager
def opened(settings: Settings, loop: Loop) -> Iterator[Runtime]:
    """A runtime whose connections belong to ``loop``."""
    stack = AsyncExitStack()
    try:
        yield loop.run(stack.enter_async_context(runtime(settings)))
    finally:
        loop.run(stack.aclose())


def post_of(settings: Settings) -> Post | None:
    """The way of mails to staff, where one is set."""
    if not settings.mails:
        return None
    secret_key = settings.secret_key.get_secret_value()
    return Post(settings.smtp_url.get_secret_value(), settings.mail_from, settings.console, secret_key)


async def indexed(database: Database) -> None:
    """Make the indexes that a new version has brought. One that cannot be made is no reason not to work: what it is for
    is found more slowly."""
    try:
        await documents.create_indexes(database)
    except PyMongoError as error:
        log.error("indexes not made", exc_info=error)


@contextmanager
def working(settings: Settings, loop: Loop) -> Iterator[tuple[SimpleWorker, Runtime]]:
    """A worker with all that its jobs need."""
    with opened(settings, loop) as connections:
        loop.run(indexed(connections.database))
        # a connection of its own, never used before: RQ sets the patience of its blocking reads on new ones only
        queue = queue_client(settings.queue_url)
        ready = worker(queue)
        providers = Providers(
            settings.graph_url.rstrip("/"), settings.secret_key.get_secret_value(), settings.twilio_url,
            settings.address,
        )  # fmt: skip
        secret_key = settings.secret_key.get_secret_value()
        texts = SmsSenders(secret_key, settings.twilio_url, settings.address)
        found = Context(
            ready.name, connections.queue, providers, post_of(settings), texts, secret_key,
            vault=settings.vault, scanner=clamd(settings.scanner) if settings.scanner else None,
            address=settings.address, pace=pace_of(connections.redis), reach=Reach(connections.redis),
        )  # fmt: skip
        put(found, loop)
        try:
            yield ready, connections
        finally:
            loop.run(providers.close())
            loop.run(texts.close())
            queue.close()


def run_worker(settings: Settings) -> None:
    """Work on jobs until a signal; the job at hand is finished first."""
    settings.require("secret_key", "mongo_url", "redis_url")
    logs.configure("worker")
    os.nice(10)  # on one machine with the bot, a promise can wait a moment: somebody is looking at the chat
    loop = Loop()
    try:
        with (
            working(settings, loop) as (ready, connections),
            HealthServer(settings.host, settings.worker_port, lambda: loop.run(connections.missing())) as health,
        ):
            log.info("serving", host=settings.host, port=health.port)
            ready.work(logging_level="WARNING")
    finally:
        loop.close()


def run_scheduler(settings: Settings) -> None:
    """Tick until a signal."""
    settings.require("redis_url")
    logs.configure("scheduler")
    queue = queue_client(settings.queue_url)
    if not _answers(queue):
        raise Trouble(silent("queue", settings.queue_url))
    with HealthServer(settings.host, settings.scheduler_port, lambda: [] if _answers(queue) else ["queue"]) as health:
        log.info("serving", host=settings.host, port=health.port)
        with reaping(queue):
            tick(queue, settings.queue_url)


def tick(queue: Redis, url: str) -> None:
    """RQ's cron, until a signal. Raises ``Trouble`` when Redis goes away: whoever runs us starts us again."""
    try:
        timetable(queue).start()  # type: ignore[no-untyped-call]
    except (RedisError, OSError):
        raise Trouble(silent("queue", url)) from None


def _answers(queue: Redis) -> bool:
    try:
        return bool(queue.ping())
    except (RedisError, OSError):
        return False


@contextmanager
def reaping(queue: Redis) -> Iterator[None]:
    """Look for abandoned jobs, every ``REAP_EVERY`` seconds."""
    stopped = threading.Event()

    def look() -> None:
        while not stopped.wait(REAP_EVERY):
            try:
                reap(queue)
            except (RedisError, OSError) as error:
                log.warning("abandoned jobs not looked for", exc_info=error)

    thread = threading.Thread(target=look, name="reaper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
