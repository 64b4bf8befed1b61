"""A bot shows every second that it lives, so that what it has in hand need not wait long for others when it does not.

A lease alone must last longer than the slowest turn, and whoever waits for a killed bot's lease waits in front of their
phone. Signs of life cost one small script a second, however many leases there are.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from time import monotonic

import structlog

from bot import metrics
from bot.lanes import Lanes, Over
from bot.outage import AWAY
from bot.pipeline import Coalesced, sibling

log = structlog.get_logger()


@dataclass(slots=True)
class Life:
    """``hand`` holds the tokens of all leases that are in work; ``showing`` while leases are taken."""

    lanes: Lanes
    hand: set[bytes] = field(default_factory=set)
    _shown: float = math.inf  # when Redis was last told; before the first time nobody looks
    _since: float = -math.inf  # from when on without a gap

    def shown(self, since: float) -> bool:
        """Whether others have taken us to be alive since then (monotonic). Who has slept must not send what it took
        before: somebody else may be at it."""
        return since >= self._since and monotonic() - self._shown < self.lanes.times.lost

    @property
    def here(self) -> float:
        """Seconds for which we have been here without a gap, so that word of a reply could reach us."""
        return monotonic() - self._since

    @asynccontextmanager
    async def showing(self) -> AsyncIterator[None]:
        """Until left; then what is still ours is handed on at once."""
        await self._beat(self.lanes)
        ended = Event()
        beating = Thread(target=lambda: asyncio.run(self._go_on(ended)), name="life", daemon=True)
        beating.start()
        try:
            yield
        finally:
            ended.set()
            await asyncio.to_thread(beating.join, self.lanes.times.beat)  # no longer, where Redis is away
            await self._leave()

    async def _go_on(self, ended: Event) -> None:
        """On a thread of its own: a loop with its hands full is late with everything, and lives."""
        redis, told = sibling(self.lanes.redis.redis), True
        lanes = replace(self.lanes, redis=Coalesced(redis))
        while not ended.wait(lanes.times.beat if told else lanes.times.beat / 4):
            told = await self._beat(lanes)
        await lanes.redis.finish()
        await redis.aclose()

    async def _beat(self, lanes: Lanes) -> bool:
        """Whether Redis was told, on all shards."""
        began, hand = monotonic(), tuple(self.hand)
        try:
            over = await asyncio.gather(*(lanes.beat(shard, hand) for shard in range(lanes.shards)))
        except Exception as error:
            log.warning("no sign of life", store_away=isinstance(error, AWAY), why=type(error).__name__)
            return False
        if self._shown == math.inf or monotonic() - self._shown >= self.lanes.times.lost:
            self._since = began
        self._shown = began
        _tell(over)
        return True

    async def _leave(self) -> None:
        self._shown = -math.inf  # whatever is still in hand here is others' from now on
        try:
            await asyncio.gather(*(self.lanes.leave(shard) for shard in range(self.lanes.shards)))
        except AWAY as error:
            log.warning("what is left waits to be found", why=type(error).__name__)


def _tell(over: Iterable[Over]) -> None:
    for each in over:
        for why, count in (("lost", each.lost), ("forgotten", each.forgotten), ("late", each.late)):
            if count:
                metrics.HANDED_ON.labels(why).inc(count)
                log.warning("leases handed on", why=why, count=count)
