"""Numbers that may not speak: parked for a while, longer each time, tried again by one message, told once.

The provider says so when it refuses a message, or later, in the status of one that it took (a payment problem comes
either way). Then only a status ends it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import structlog

from bot import metrics
from bot.channels.directory import Directory, Number
from bot.channels.errors import RULES, Action, Rule, SendError
from bot.channels.pace import Pace
from bot.payload import StatusUpdate

log = structlog.get_logger()
THROUGH = frozenset({"delivered", "read", "played"})
OF_LETTERS = frozenset({131048})  # of templates alone, where a status tells it
Told = Callable[[Number, int], Awaitable[None]]  # a number is parked, by which code; 0: it speaks


async def nobody(_number: Number, _code: int) -> None:
    """Where nobody is to be told."""


@dataclass(slots=True)
class Silence:
    """Which numbers are parked, as far as this process knows; all share the pace."""

    pace: Pace
    told: Told = nobody
    _parked: set[str] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def learn(self, number: Number, error: SendError) -> None:
        """A message was refused."""
        if error.action is Action.SLOW:
            await self.pace.slow(number.channel_id)
        if error.action is Action.HALT:
            await self.park(number, error.rule, error.code)

    async def park(self, number: Number, rule: Rule, code: int, *, told: bool = False) -> None:
        """Nothing more through this number for a while."""
        seconds = await self.pace.halt(number.channel_id, rule.delay, told=told)
        if number.channel_id in self._parked:
            return
        self._parked.add(number.channel_id)
        metrics.PARKED.labels(number.phone_number_id).set(1)
        log.error("number parked: an operator is needed", channel=number.channel_id, code=code, seconds=seconds)
        await self.told(number, code)

    async def went(self, number: Number, *, told: bool = False) -> None:
        """A message went through."""
        spoke = await self.pace.went(number.channel_id, told=told)
        if spoke or (number.channel_id in self._parked and not self.pace.silent(number.channel_id)):
            self._parked.discard(number.channel_id)
            metrics.PARKED.labels(number.phone_number_id).set(0)
            log.info("number speaks again", channel=number.channel_id)
            await self.told(number, 0)

    def heard(self, statuses: Iterable[StatusUpdate], numbers: Directory) -> None:
        """What statuses say of the number itself; costs nothing where they say nothing."""
        for status in statuses:
            if status.status == "failed":
                rule = RULES.get(status.code)
                if rule is not None and rule.action is Action.HALT and status.code not in OF_LETTERS:
                    self._later(self._refused(status, rule, numbers))
            elif (
                status.status in THROUGH
                and (number := numbers.known(status.phone_number_id))
                and self.pace.silent(number.channel_id)
            ):
                self._later(self.went(number, told=True))

    async def _refused(self, status: StatusUpdate, rule: Rule, numbers: Directory) -> None:
        if number := await numbers.get(status.phone_number_id):
            await self.park(number, rule, status.code, told=True)

    def _later(self, work: "Awaitable[None]") -> None:
        task = asyncio.ensure_future(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _quietly(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:  # a store is away: the next refusal tells it again
        log.warning("silence not noted", why=type(error).__name__)
