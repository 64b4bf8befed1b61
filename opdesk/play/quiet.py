"""Whether the whole desk is at rest. Only then may its clock be moved: leases run on it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from redis import Redis as QueueRedis
from redis.asyncio import Redis
from rq import Queue
from rq.registry import StartedJobRegistry

from bot.lanes import SHARDS
from clinic import clock, notification
from workers.enqueue import enqueue_all
from workers.queues import queue
from workers.timetable import EVERY, Tick

PAUSE = 0.005  # seconds between two looks
PATIENCE = 30.0  # seconds after which something hangs
LANES = ("in:ready", "in:leased", "out:ready", "out:leased")
STREAMS = ("quarantine", "events", "undelivered")
TICKS = ("late",)  # statuses on their way into the ledger


@dataclass
class Stillness:
    """Looks where work waits: the simulator, the bot's lanes and streams, the queue of jobs, the ledger."""

    redis: Redis
    jobs: QueueRedis
    outside: Callable[[], Awaitable[int]]
    hung: int = 0
    waited: float = 0.0

    async def wait(self, *, ticks: bool = False) -> None:
        """Until nothing is under way, twice in a row; with ``ticks`` also no status on its way into the ledger, which
        matters only where a deadline is near. What hangs is counted, not waited for."""
        began, quiet = time.monotonic(), 0
        while quiet < 2 and time.monotonic() - began < PATIENCE:
            quiet = 0 if await self.busy(ticks=ticks) else quiet + 1
            await asyncio.sleep(PAUSE)
        self.waited += time.monotonic() - began
        self.hung += quiet < 2

    async def tick(self, *which: str) -> None:
        """Let these jobs of the timetable run soon: the real one is too slow for days that last seconds."""
        for job in which:
            await asyncio.to_thread(Tick(job, EVERY[job]).enqueue, self.jobs)

    async def busy(self, *, ticks: bool = False) -> bool:
        """Whether anything is under way."""
        streams = (*STREAMS, *TICKS) if ticks else STREAMS
        return bool(
            await self.outside() or await self._in_lanes(streams) or await self._in_queue() or await self._due()
        )

    async def _in_lanes(self, streams: Iterable[str]) -> int:
        async with self.redis.pipeline(transaction=False) as asking:
            for shard in range(SHARDS):
                for name in LANES:
                    asking.zcard(f"{{s{shard}}}:{name}")
                for name in streams:
                    asking.xlen(f"{{s{shard}}}:{name}")
            return sum(await asking.execute())

    async def _in_queue(self) -> int:
        return await asyncio.to_thread(_jobs, queue(self.jobs))

    async def _due(self) -> int:
        """What is due gets its job at once, as a sweep would give it; one job is enough."""
        due = await notification.overdue(clock.now())
        await asyncio.to_thread(enqueue_all, queue(self.jobs), due)
        return len(due)


def _jobs(own: "Queue") -> int:
    """Those that wait, that are being handed over, and that run."""
    connection: Any = own.connection
    with connection.pipeline(transaction=False) as asking:
        asking.llen(own.key)
        asking.llen(own.intermediate_queue_key)
        asking.zcard(StartedJobRegistry(queue=own).key)
        return int(sum(asking.execute()))
