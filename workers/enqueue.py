"""From the bot's loop to RQ without making a patient wait: promises gather for a moment and leave as one job."""

import asyncio
from collections.abc import Sequence

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from clinic import job
from workers import metrics
from workers.queues import KEPT, files, queue

BATCH = 100
PATIENCE = 0.5  # seconds for which promises gather

log = structlog.get_logger()


def enqueue(target: Queue, ids: list[str], *, first: bool = False) -> None:
    """One job for all of ``ids``; its result is the ledger. ``first``: before those that wait already."""
    target.enqueue(job.SEND_PROMISES, args=(ids,), result_ttl=0, failure_ttl=KEPT, at_front=first)


def enqueue_all(target: Queue, ids: Sequence[str]) -> None:
    """Jobs for many, each with its share."""
    for start in range(0, len(ids), BATCH):
        enqueue(target, list(ids[start : start + BATCH]))


class Promises:
    """Called with a promise's id from within a loop; returns at once. What RQ does not take, a sweep finds."""

    def __init__(self, connection: Redis, *, batch: int = BATCH, patience: float = PATIENCE) -> None:
        self._queue, self._batch, self._patience = queue(connection), batch, patience
        self._ids: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def __call__(self, id: str) -> None:
        self._ids.append(id)
        if len(self._ids) >= self._batch:
            self._leave()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._patience, self._leave)

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._ids:
            ids, self._ids = self._ids, []
            task = asyncio.get_running_loop().create_task(self._hand_over(ids))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def at_once(self, id: str) -> None:
        """The same for what somebody waits for: a job of its own, before all others."""
        task = asyncio.get_running_loop().create_task(self._hand_over([id], first=True))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _hand_over(self, ids: list[str], *, first: bool = False) -> None:
        try:
            await asyncio.to_thread(enqueue, self._queue, ids, first=first)
        except (RedisError, OSError) as error:
            metrics.ENQUEUE_FAILURES.inc()
            log.warning("promises left to the sweep", count=len(ids), exc_info=error)

    async def close(self) -> None:
        """Let what has gathered leave, and wait for it."""
        self._leave()
        while self._under_way:
            await asyncio.wait(self._under_way)


class Jobs:
    """Jobs for the workers, by name (``clinic.job``) and ids."""

    def __init__(self, connection: Redis) -> None:
        self._queue = queue(connection)

    async def ask(self, name: str, *ids: str) -> None:
        """Put it into the queue. Raises Redis' own errors: whoever asks tells that it was not taken."""
        await asyncio.to_thread(self._queue.enqueue, name, args=ids, result_ttl=0, failure_ttl=KEPT)


class Fetches:
    """Asks for a patient's file to be fetched. What RQ does not take, a sweep finds."""

    def __init__(self, connection: Redis) -> None:
        self._queue = files(connection)

    async def __call__(self, tenant_id: str, id: str) -> None:
        """Put it into the queue. Never raises for Redis' sake."""
        try:
            await asyncio.to_thread(
                self._queue.enqueue, job.FETCH_MEDIA, args=(tenant_id, id), result_ttl=0, failure_ttl=KEPT
            )
        except (RedisError, OSError) as error:
            metrics.ENQUEUE_FAILURES.inc()
            log.warning("file left to the sweep", exc_info=error)
