"""A worker shows every few seconds that it lives, so that what a killed one was about to send need not wait for the end
of its claims.

A claim must last longer than any job; a patient waits for a confirmation. What the lost one had in hand may have been
sent, and is given the time that word of it takes; whoever only slept finds its claims taken, and sends nothing.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from redis import Redis
from redis.exceptions import RedisError

from clinic import clock, notification
from workers import metrics
from workers.context import Context, context, run
from workers.enqueue import enqueue_all
from workers.queues import KEPT, queue

SEEN = "opdesk:workers"  # by the time when each last showed that it lives
BEAT = 2.0  # seconds between two signs of life
LOST = 12.0  # seconds without one; much longer than a status takes that tells of a send
OLD = timedelta(seconds=LOST - 2 * BEAT)  # a claim that is younger cannot be one of a worker that is lost
# Only who has been seen lately judges others: when Redis was away, nobody was seen. Each lost one is named once.
SCRIPT = """
local time = redis.call('TIME')
local now, lost = tonumber(time[1]) + time[2] / 1e6, tonumber(ARGV[2])
local before = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '0')
redis.call('ZADD', KEYS[1], now, ARGV[1])
if now - before > lost / 2 then return {} end
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - lost)
for _, name in ipairs(gone) do redis.call('ZREM', KEYS[1], name) end
return gone
"""

log = structlog.get_logger()


def beat(connection: Redis, name: str, lost: float = LOST) -> list[str]:
    """Show that ``name`` lives; the workers that do not any more."""
    gone: list[bytes] = connection.eval(SCRIPT, 1, SEEN, name, lost)
    return [each.decode() for each in gone]


@contextmanager
def living(connection: Redis, name: str) -> Iterator[None]:
    """Show it, on a thread of its own, whatever job is at hand."""
    ended = threading.Event()
    thread = threading.Thread(target=_beats, args=(connection, name, ended), name="life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        _leave(connection, name)


def _beats(connection: Redis, name: str, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            if gone := beat(connection, name):
                log.warning("workers lost", count=len(gone))
                queue(connection).enqueue(take_over, gone, result_ttl=0, failure_ttl=KEPT, at_front=True)
        except (RedisError, OSError) as error:
            log.warning("no sign of life", why=type(error).__name__)
        ended.wait(BEAT)


def _leave(connection: Redis, name: str) -> None:
    try:
        connection.zrem(SEEN, name)
    except (RedisError, OSError) as error:
        log.warning("no farewell", why=type(error).__name__)


def take_over(names: Sequence[str]) -> None:
    """The RQ job: what lost workers had claimed is sent by others."""
    run(taken_over(names, context(), clock.now()))


async def taken_over(names: Sequence[str], context: Context, now: datetime) -> int:
    """How many promises those were. Should this job be lost, too, their claims end by their time."""
    ids = await notification.forsaken(names, now - OLD, now)
    metrics.TAKEN_OVER.inc(len(ids))
    enqueue_all(queue(context.queue), ids)
    return len(ids)
