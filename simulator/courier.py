"""Carries webhooks to the bot: signed, in the order of each chat, again and later while they are not answered 200."""

import asyncio
import contextlib
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

import aiohttp

from simulator import metrics
from simulator.clock import Clock
from simulator.config import Config
from simulator.faults import Dice
from simulator.webhooks import Change, encode, sign


@dataclass(frozen=True)
class Parcel:
    """One webhook, and whom to tell when the bot has answered 200."""

    change: Change
    arrived: Callable[[], None] | None = None


@dataclass(frozen=True)
class Post:
    """The body of one POST, and the parcels in it."""

    body: bytes
    parcels: tuple[Parcel, ...]


class Courier:
    """The way out. As with Meta, a webhook that must be tried again is overtaken by those after it."""

    def __init__(self, config: Config, clock: Clock, dice: Dice) -> None:
        self.config, self.clock, self.dice = config, clock, dice
        self.address = config.webhook_url
        self.verified = False
        self.last_problem = ""
        self._lanes: dict[str, deque[tuple[Parcel, ...]]] = {}
        self._batch: list[Parcel] = []
        self._again: list[tuple[float, int, float, Post]] = []  # (due, order, delay, what)
        self._order = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connection pool and begin to retry; verify the address, where that is asked for."""
        timeout = aiohttp.ClientTimeout(total=self.config.webhook_timeout)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=100))
        self._spawn(self._retry())
        if self.config.handshake:
            self._spawn(self._verify_until_up())

    async def stop(self) -> None:
        """Drop what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    @property
    def waiting(self) -> int:
        """Webhooks that the bot has not answered 200 yet."""
        return len(self._again) + sum(map(len, self._lanes.values())) + len(self._batch)

    def send(
        self, lane: str, change: Change, *, status: bool = False, arrived: Callable[[], None] | None = None
    ) -> None:
        """Hand over one webhook, after the faults had their way with it."""
        faults = self.dice.faults
        if status and self.dice.chance(faults.lose_statuses):
            metrics.WEBHOOKS.labels("lost").inc()
            return
        parcel = Parcel(change, arrived)
        copies = 2 if self.dice.chance(faults.duplicate) else 1
        for _ in range(copies):
            held = self.dice.random.uniform(0.1, 1) * faults.reorder_seconds if self.dice.chance(faults.reorder) else 0
            if held:
                self._later(faults.delay + held, f"{lane}/{next(self._order)}", parcel)
            elif faults.delay:
                self._later(faults.delay, lane, parcel)
            else:
                self._enqueue(lane, parcel)

    def _later(self, seconds: float, lane: str, parcel: Parcel) -> None:
        asyncio.get_running_loop().call_later(seconds, self._enqueue, lane, parcel)

    def _enqueue(self, lane: str, parcel: Parcel) -> None:
        if self.dice.faults.batch > 1:
            self._collect(parcel)
            return
        self._line_up(lane, (parcel,))

    def _collect(self, parcel: Parcel) -> None:
        self._batch.append(parcel)
        if len(self._batch) >= self.dice.faults.batch:
            self._flush()
        elif len(self._batch) == 1:
            asyncio.get_running_loop().call_later(0.4, self._flush)

    def _flush(self) -> None:
        if self._batch:
            batch, self._batch = tuple(self._batch), []
            self._line_up("batch", batch)

    def _line_up(self, lane: str, parcels: tuple[Parcel, ...]) -> None:
        queue = self._lanes.get(lane)
        if queue is not None:
            queue.append(parcels)
            return
        self._lanes[lane] = deque([parcels])
        self._spawn(self._drain(lane))

    async def _drain(self, lane: str) -> None:
        queue = self._lanes[lane]
        try:
            while queue:
                body = encode([parcel.change for parcel in queue[0]], self.clock.now())
                post = Post(body, queue[0])
                if not await self._post(post):
                    self._try_again(post, self.config.retry_seconds)
                queue.popleft()
        finally:
            del self._lanes[lane]

    def _try_again(self, post: Post, delay: float) -> None:
        loop = asyncio.get_running_loop()
        heapq.heappush(self._again, (loop.time() + delay, next(self._order), delay, post))
        if len(self._again) > self.config.waiting_most:
            self._again.remove(max(self._again))
            heapq.heapify(self._again)
            metrics.WEBHOOKS.labels("dropped").inc()

    async def _retry(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(0.2, self.config.retry_seconds))
            while self._again and self._again[0][0] <= loop.time():
                _, _, delay, post = heapq.heappop(self._again)
                metrics.WEBHOOKS.labels("retried").inc()
                if await self._post(post):
                    continue
                self._try_again(post, min(delay * 2, self.config.retry_longest))
                if self.last_problem == "no answer":
                    break  # the bot is down: the others can wait

    async def _post(self, post: Post) -> bool:
        """Whether the bot answered 200."""
        assert self._session is not None  # noqa: S101 (started)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": sign(self.config.app_secret, post.body),
        }
        sending = self._session.post(self.address, data=post.body, headers=headers, allow_redirects=False)
        problem = "no answer"
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with sending as answer:
                await answer.read()
                problem = "" if answer.status == 200 else f"answered {answer.status}"
        self.last_problem = problem
        metrics.WEBHOOKS.labels("refused" if problem else "accepted").inc()
        if not problem:
            _tell(post.parcels)
        return not problem

    async def verify(self) -> bool:
        """Meta's handshake: the bot must return the challenge."""
        assert self._session is not None  # noqa: S101 (started)
        challenge = str(self.dice.random.randrange(10**9, 10**10))
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": self.config.verify_token,
        }
        try:
            async with self._session.get(self.address, params=query, allow_redirects=False) as answer:
                self.verified = answer.status == 200 and await answer.text() == challenge
        except (aiohttp.ClientError, TimeoutError):
            self.verified = False
        return self.verified

    async def _verify_until_up(self) -> None:
        delay = 0.25
        while not await self.verify():
            await asyncio.sleep(delay)
            delay = min(delay * 1.5, 5)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _tell(parcels: tuple[Parcel, ...]) -> None:
    for parcel in parcels:
        if parcel.arrived:
            parcel.arrived()
