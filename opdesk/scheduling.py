"""The scheduler, which wakes the workers, from its settings to its end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis import Redis
from redis.exceptions import RedisError

from opdesk import logs
from opdesk.errors import Trouble
from opdesk.health import HealthServer
from opdesk.queue_client import queue_client, silent
from opdesk.settings import Settings
from workers.timetable import REAP_EVERY, reap, timetable

log = structlog.get_logger()


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
