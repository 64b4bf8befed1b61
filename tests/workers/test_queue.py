"""The way into RQ and back: promises gather, jobs are JSON and carry ids, ticks tick, abandoned jobs are cleared."""

import asyncio
import inspect
import json
import time
import zlib
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from graph_server import GraphServer
from promises import Practice
from redis import Redis
from rq.job import JobStatus
from rq.utils import import_attribute

from clinic import notification
from workers import context as workers_context
from workers import metrics
from workers.context import Context, JobFailed, Loop, context, put, run
from workers.enqueue import BATCH, Promises, enqueue
from workers.queues import queue
from workers.sweep import sweep_once
from workers.timetable import EVERY, Tick, reap, timetable
from workers.worker import worker


def ids_of(redis: "Redis") -> list[list[str]]:
    return [job.args[0] for job in queue(redis).jobs]


async def test_promises_of_a_moment_are_one_job(queue_redis: "Redis") -> None:
    promises = Promises(queue_redis, patience=0.05)
    for number in range(3):
        promises(str(number))
    assert queue(queue_redis).count == 0
    await asyncio.sleep(0.2)
    assert ids_of(queue_redis) == [["0", "1", "2"]]


async def test_a_full_batch_leaves_at_once_and_the_rest_on_closing(queue_redis: "Redis") -> None:
    promises = Promises(queue_redis, batch=2, patience=60)
    for number in range(5):
        promises(str(number))
    await promises.close()
    assert sorted(ids_of(queue_redis)) == [["0", "1"], ["2", "3"], ["4"]]


async def test_the_loop_is_not_held_up_and_an_absent_redis_is_nobodys_trouble() -> None:
    promises = Promises(Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2), batch=1)
    started = time.perf_counter()
    promises("6730a1b2c3d4e5f612345678")
    assert time.perf_counter() - started < 0.05
    await promises.close()


def test_a_job_is_json_with_ids_and_nothing_else(queue_redis: "Redis") -> None:
    enqueue(queue(queue_redis), ["6730a1b2c3d4e5f612345678"])
    [key] = queue_redis.keys("rq:job:*")
    stored: dict[bytes, bytes] = queue_redis.hgetall(key)  # type: ignore[assignment]
    assert json.loads(zlib.decompress(stored[b"data"])) == [
        "workers.notifications.send_notifications", None, [["6730a1b2c3d4e5f612345678"]], {},
    ]  # fmt: skip


async def test_the_sweep_gives_what_is_overdue_a_job_again(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    lost = [(await clinic.promise()).id for _ in range(3)]
    later = await clinic.promise(due=timedelta(hours=1))
    await sweep_once(context, datetime.now(UTC))
    found = set(chain(*ids_of(context.queue)))
    assert set(lost) <= found
    assert later.id not in found
    assert all(len(ids) <= BATCH for ids in ids_of(context.queue))


async def test_losing_all_of_redis_loses_no_promise(clinic: Practice, graph: GraphServer, context: Context) -> None:
    promise = await clinic.promise()
    enqueue(queue(context.queue), [promise.id])
    context.queue.flushall()
    await sweep_once(context, datetime.now(UTC))
    assert promise.id in set(chain(*ids_of(context.queue)))
    assert await notification.claim([promise.id], "next", datetime.now(UTC))


def test_a_tick_of_rqs_cron_is_json_and_fades(queue_redis: "Redis") -> None:
    scheduler = timetable(queue_redis)
    assert {job.func_name: job.interval for job in scheduler.get_jobs()} == EVERY
    assert len(scheduler.enqueue_jobs()) == len(EVERY)
    assert scheduler.enqueue_jobs() == []
    assert {job.func_name for job in queue(queue_redis).jobs} == set(EVERY)
    assert all(0 < (job.ttl or 0) <= max(EVERY.values()) for job in queue(queue_redis).jobs)


@pytest.mark.parametrize("name", EVERY)
def test_a_tick_names_a_job_that_there_is(name: str) -> None:
    job = import_attribute(name)
    assert inspect.signature(job).parameters == {}, "a tick brings nothing"


def nothing() -> None:
    """A job that works."""


def test_an_abandoned_job_is_cleared(queue_redis: "Redis") -> None:
    own = queue(queue_redis)
    job = own.enqueue(nothing, job_timeout=1)
    left = worker(queue_redis)
    left.prepare_execution(job)
    left.prepare_job_execution(job, remove_from_intermediate_queue=True)  # its worker is killed right here
    own.remove(job)
    assert job.get_status() == JobStatus.STARTED
    started = own.started_job_registry.key
    members: list[bytes] = queue_redis.zrange(started, 0, -1)  # type: ignore[assignment]
    queue_redis.zadd(started, dict.fromkeys(members, 1))  # long ago
    counted = metrics.ABANDONED._value.get()
    assert reap(queue_redis) == 1
    assert metrics.ABANDONED._value.get() == counted + 1
    assert job.get_status(refresh=True) == JobStatus.FAILED
    assert own.started_job_registry.count == 0


@pytest.fixture
def loop() -> Any:
    made = Loop()
    yield made
    made.close()
    workers_context._context = workers_context._loop = None


def test_jobs_share_one_loop_and_their_errors_keep_no_words(loop: Loop, context: Context) -> None:
    put(context, loop)

    async def here() -> int:
        return id(asyncio.get_running_loop())

    async def wrong() -> None:
        raise ValueError("Meera's words")

    assert run(here()) == run(here())
    with pytest.raises(JobFailed) as caught:
        run(wrong())
    assert str(caught.value) == "ValueError"


def test_a_tick_is_made_for_its_interval() -> None:
    assert Tick("workers.sweep.sweep", 7).interval == 7
    with pytest.raises(RuntimeError, match="outside a worker"):
        context()
