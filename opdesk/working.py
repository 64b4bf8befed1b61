"""The worker, which keeps promises, from its settings to its end."""

import os
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from importlib import import_module

import structlog
from pymongo.errors import PyMongoError
from rq import SimpleWorker

from clinic import documents
from clinic.job import SEND_PROMISES
from clinic.reach import Reach
from opdesk import logs
from opdesk.health import HealthServer
from opdesk.loading import quickly
from opdesk.paced import pace_of
from opdesk.queue_client import queue_client
from opdesk.runtime import Database, Runtime, runtime
from opdesk.settings import Settings
from workers.context import Context, Loop, put
from workers.life import living
from workers.post import Post
from workers.providers import Providers
from workers.scanner import clamd
from workers.sms import SmsSenders
from workers.timetable import EVERY
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


def load() -> None:
    """Load what the jobs stand on, and what speaks for numbers at Meta, before the first of them. Not beside them: two
    threads that import packages whose modules import one another get halves of them."""
    jobs = (name.rpartition(".")[0] for name in (SEND_PROMISES, *EVERY))
    with quickly():
        for name in (*dict.fromkeys(jobs), "pywa_async.client", "holidays"):
            import_module(name)


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
            living(connections.queue, ready.name),
        ):
            log.info("serving", host=settings.host, port=health.port)
            load()
            ready.work(logging_level="WARNING")
    finally:
        loop.close()
