"""What Twilio could not bring: it gives a message up after half a minute, and then only its list still has it.

One bot looks for each practice's account, a minute apart, by a lease in Redis that ends by itself: of several practices
in one account each has a token of its own, which may be a wrong one. How far it has looked lies in Redis too, beside
the marks by which a message is known again: who loses the one loses the other.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Protocol

import structlog
from multidict import MultiDict

from bot import metrics
from bot.channels.directory import Number
from bot.channels.errors import SendError
from bot.channels.listed import Listed
from bot.ids import short
from bot.lanes import REMEMBERED, Lanes
from bot.payload import Item, Received
from bot.twilio.form import message_of, status_of
from clinic import chat, clock, message

PERIOD = 60.0  # seconds between two looks
GIVEN_UP = 60.0  # after so many seconds Twilio tries no more: fifteen for each of two addresses, and its own haste
OVERLAP = 120.0  # seconds that are looked at again: its list may be late, its clock another
LATE = 600.0  # more of them for what we sent: it may fail later
SPAN = 3600.0  # seconds of the list that are taken in at once
FARTHEST = REMEMBERED - 24 * 3600.0  # an older message might have been answered, and forgotten
LONGEST = 900.0  # seconds without a look, after many that failed

BEGAN, LOOKED = "began", "looked"  # of a number: when it was first looked at, and up to when

log = structlog.get_logger()


class Log(Protocol):
    """Twilio's list of messages: see ``bot.channels.twilio_log``. All that asks raises ``SendError``."""

    async def received(self, number: Number, since: datetime, until: datetime) -> list[Listed]: ...

    async def lost(self, number: Number, since: datetime, until: datetime) -> list[Listed]: ...

    async def files(self, number: Number, sid: str) -> dict[str, str]: ...


@dataclass(slots=True)
class Poll:
    """``numbers`` are all of ours at Twilio, ``take`` stores what was found, ``busy`` tells that what came waits on
    disk: it says more than the list does."""

    lanes: Lanes
    numbers: Callable[[], Awaitable[list[Number]]]
    log: Log
    take: Callable[[list[Item]], Awaitable[None]]
    busy: Callable[[], bool] = lambda: False
    period: float = PERIOD
    given_up: float = GIVEN_UP
    _failures: Counter[str] = field(default_factory=Counter)  # one after the other, of each account
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Look again and again, until stopped."""
        while not self._stopped.is_set():
            try:
                await self.look()
            except Exception as error:  # a store is away: everything is found later
                log.warning("nothing looked for at Twilio", why=type(error).__name__)
            try:
                await asyncio.wait_for(self._stopped.wait(), self.period)
            except TimeoutError:
                continue

    def stop(self) -> None:
        """End ``run``."""
        self._stopped.set()

    async def look(self) -> None:
        """Look for what never came, in every account that nobody else looks at."""
        if self.busy():
            return
        numbers = sorted(await self.numbers(), key=_whose)
        for account, group in groupby(numbers, key=_whose):
            if await self._lease(account):
                await self._account(account, list(group))
        metrics.POLL_BEHIND.set(await self._behind(numbers))

    async def _account(self, account: str, numbers: list[Number]) -> None:
        try:
            for number in numbers:
                await self._number(number)
        except SendError as error:
            self._failures[account] += 1
            metrics.POLLS.labels(str(error.action)).inc()
            rest = min(self.period * 2 ** min(self._failures[account], 10), LONGEST)
            await self.lanes.redis.redis.set(_lease(account), 1, px=_ms(rest))
            log.warning("Twilio's list not read", code=error.code, why=str(error.action), seconds=rest)
        except Exception as error:  # a store is away, or one of its messages is odd: the other accounts are looked at
            metrics.POLLS.labels("failed").inc()
            log.warning("Twilio's list not taken in", why=type(error).__name__)
        else:
            del self._failures[account]
            metrics.POLLS.labels("read").inc()

    async def _number(self, number: Number) -> None:
        """From where it was looked last up to what Twilio has given up by now; a new number from now on."""
        redis, now = self.lanes.redis.redis, clock.now().timestamp()
        await redis.hsetnx(_place(number), BEGAN, str(now))
        began, looked = [float(each or 0) for each in await redis.hmget(_place(number), [BEGAN, LOOKED])]
        looked, until = max(looked, began, now - FARTHEST), now - self.given_up
        while looked < until:
            end = min(until, looked + SPAN)
            await self._messages(number, _at(max(looked - OVERLAP, began)), _at(end))
            await self._statuses(number, _at(max(looked - OVERLAP - LATE, began)), _at(end))
            await redis.hset(_place(number), LOOKED, str(end))
            looked = end

    async def _messages(self, number: Number, since: datetime, until: datetime) -> None:
        listed = await self.log.received(number, since, until)
        seen = await self.lanes.seen([short(each.sid) for each in listed])
        for each in listed:  # the oldest first
            if short(each.sid) not in seen and (item := await self._read(number, each)):
                await self.take([item])
                metrics.FOUND.labels("message").inc()
                log.warning("a message that never came was found at Twilio", channel=number.channel_id)

    async def _read(self, number: Number, listed: Listed) -> Received | None:
        """As its webhook would have been understood. A list knows phone numbers alone: whose chat is it?"""
        files = await self.log.files(number, listed.sid) if listed.files else {}
        item = message_of(MultiDict(listed.fields | files), listed.at)
        if not isinstance(item, Received):
            return None
        known = await chat.find(number.tenant_id, item.sender)
        return replace(item, sender=replace(item.sender, user_id=known.user_id)) if known else item

    async def _statuses(self, number: Number, since: datetime, until: datetime) -> None:
        """What nobody got, and nobody told us: a person is to call."""
        lost = {each.sid: each for each in await self.log.lost(number, since, until)}
        for sid, outbox_id in (await message.unended(number.tenant_id, lost)).items():
            told = status_of(MultiDict(lost[sid].fields), outbox_id, lost[sid].at)
            if told is not None:
                await self.take([told])
                metrics.FOUND.labels("status").inc()

    async def _lease(self, account: str) -> bool:
        """Whether this look is ours. It lasts until just before the next one."""
        return bool(await self.lanes.redis.redis.set(_lease(account), 1, nx=True, px=_ms(self.period * 0.9)))

    async def _behind(self, numbers: Iterable[Number]) -> float:
        """Seconds since what was last looked at of any number; so whoever looked."""
        redis, now = self.lanes.redis.redis, clock.now().timestamp()
        places = [await redis.hmget(_place(number), [LOOKED, BEGAN]) for number in numbers]
        return max((now - float(looked or began) for looked, began in places if began), default=0.0)


def _whose(number: Number) -> str:
    return f"{number.account}:{number.tenant_id}"


def _lease(account: str) -> str:
    return f"twilio:{account}:looking"


def _place(number: Number) -> str:
    return f"twilio:{number.channel_id}:looked"


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
