"""What a job finds when it runs: RQ calls jobs by name, so what they need waits here, put in place once per worker."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
import uvloop
from redis import Redis

from bot.channels.pace import Pace
from clinic.reach import Reach
from clinic.vault import Vault
from workers.post import Post
from workers.provider import Provider
from workers.scanner import Scanner
from workers.sms import Texters, nobody

T = TypeVar("T")

log = structlog.get_logger()


class JobFailed(Exception):
    """A job did not end well; the log says where."""


@dataclass(frozen=True)
class Context:
    """``name`` is the worker's, told in the ledger; ``provider`` speaks for one of our numbers."""

    name: str
    queue: Redis
    provider: Callable[[str, str], Awaitable[Provider]]  # by the ids of tenant and channel
    post: Post | None = None  # where mails can be sent
    sms: Texters = nobody  # speaks for a practice's number of text messages
    secret_key: str = field(default="", repr=False)  # the installation's: of it one-time codes are made
    vault: Vault | None = None  # where patients' files are kept
    scanner: Scanner | None = None  # looks for viruses in them
    address: str = ""  # ours, under which the world reaches the bot
    reach: Reach | None = None  # counts whom each business has written to first today
    pace: Pace = field(default_factory=Pace)  # of all numbers, shared by all processes where Redis is told


class Loop:
    """One event loop on a thread of its own, for the worker's whole life: connections belong to the loop that made
    them, and RQ would make a new loop for each job."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="jobs", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` and wait for it. A job's timeout, raised in this thread, cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


_context: Context | None = None
_loop: Loop | None = None


def put(context: Context, loop: Loop) -> None:
    """Set what the jobs of this process find."""
    global _context, _loop
    _context, _loop = context, loop


def context() -> Context:
    """What this worker's jobs work with."""
    if _context is None:
        raise RuntimeError("a job runs outside a worker")
    return _context


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a job's coroutine on the worker's loop."""
    if _loop is None:
        raise RuntimeError("a job runs outside a worker")
    try:
        return _loop.run(work)
    except Exception as error:
        log.error("job failed", exc_info=error)
        raise JobFailed(type(error).__name__) from None  # RQ keeps its words in Redis: they must be none of a patient's
