"""Replies leave in each patient's order; a failure says whether, when and how they are tried again."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from structlog.contextvars import bind_contextvars

from bot import metrics
from bot.channels.channel import Channel
from bot.channels.directory import Directory, Number
from bot.channels.errors import Action, Rule, SendError
from bot.envelope import Outgoing
from bot.lanes import Lanes, Taken
from bot.life import Life
from bot.record import accepted, refused, tales
from bot.silence import Silence
from clinic import clock

WINDOW = 23.5 * 3600  # seconds after the patient's message for which a free-form reply may be sent; Meta closes at 24 h
WORD_OF_IT = 5.0  # seconds in which a status may still tell that a message was sent after all
LONGEST = 300.0  # seconds between two attempts
LONGEST_PAIR = 3600.0
PATIENCE = 0.25  # seconds that a reply may wait its turn in hand; longer, it goes back to its queue
TOO_LATE = SendError(Rule(Action.TEMPLATE), 131047)
UNKNOWN_NUMBER = SendError(Rule(Action.RETRY, 30.0))

log = structlog.get_logger()
SENT = metrics.REPLIES.labels("sent")
Choose = Callable[[float, float], float]


def backoff(rule: Rule, tries: int, choose: Choose = random.uniform) -> float:
    """Seconds until the next attempt, after ``tries`` of them failed."""
    if rule.action is Action.PAIR:
        return float(min(4 ** min(tries - 1, 10), LONGEST_PAIR))
    longest = max(LONGEST, rule.delay)
    return min(rule.delay * 2.0 ** min(tries - 1, 30), longest) * choose(0.75, 1.25)


@dataclass(frozen=True, slots=True)
class Later:
    """Try again after ``delay`` seconds. ``doubt``: it may have gone through."""

    delay: float
    doubt: int = 0


def verdict(error: SendError, tries: int, left: float, choose: Choose = random.uniform) -> Later | None:
    """What follows from a failed attempt; None: it can never be delivered. ``left``: seconds in which it may be."""
    delay = backoff(error.rule, tries, choose)
    if not error.retryable or delay > left:
        return None
    if error.rule.tries is not None and tries > error.rule.tries:
        return None
    return Later(delay, doubt=2 if error.action is Action.AMBIGUOUS else 0)


@dataclass(slots=True)
class Sender:
    """Works on what is in the outboxes; ``room`` tells how many more chats it can take in hand."""

    lanes: Lanes
    numbers: Directory
    channel: Channel
    silence: Silence
    life: Life
    at_once: int = 128
    window: float = WINDOW
    word_of_it: float = WORD_OF_IT
    woken: Callable[[int], None] = lambda _: None
    freed: Callable[[], None] = lambda: None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def room(self) -> int:
        """How many more chats may be in hand."""
        return max(0, self.at_once - len(self._tasks))

    def start(self, taken: Taken, replies: list[Outgoing] | None = None) -> None:
        """Work on a chat's outbox, beside everything else. ``replies``: the queue, where it need not be read."""
        task = asyncio.get_running_loop().create_task(self._guarded(taken, replies))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        full = not self.room
        self._tasks.discard(task)
        if full:
            self.freed()

    async def finish(self) -> None:
        """Wait for what is in hand."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _guarded(self, taken: Taken, replies: list[Outgoing] | None) -> None:
        self.life.hand.add(taken.token)
        try:
            await self.deliver(taken, replies or [_read(entry) for entry in taken.queue])
        except Exception as error:  # Redis is away for long: another one goes on when it is back
            log.warning("outbox left to others", chat=taken.chat, exc_info=error)
        finally:
            self.life.hand.discard(taken.token)

    async def deliver(self, taken: Taken, replies: Sequence[Outgoing | None]) -> None:
        """Send a chat's replies one after the other, until one has to wait."""
        tries, doubt = taken.tries, taken.doubt
        for n, reply in enumerate(replies):
            keep = n + 1 < len(replies)
            if reply is None:
                log.error("reply unreadable", chat=taken.chat)
                metrics.REPLIES.labels("unreadable").inc()
                await self.lanes.done(taken, "", b"", keep=keep)
                taken = taken.next
                continue
            bind_contextvars(correlation_id=reply.answers, chat=taken.chat)  # of this task alone, and it ends with us
            if not await self._one(taken, reply, keep, tries, doubt):
                return
            taken, tries, doubt = taken.next, 1, 0

    async def _one(self, taken: Taken, reply: Outgoing, keep: bool, tries: int, doubt: int) -> bool:
        """Whether this reply is dealt with and still ours is the next."""
        if doubt and (wamid := await self._word_of(taken, reply)) is not None:
            return await self._sent(taken, reply, wamid, keep)
        if doubt == 1 and (left := self._unheard(taken)) > 0.0:  # a status may still be on its way
            await self.lanes.later("out", taken, left, tries=tries - 1, doubt=2)
            return False
        if self._left(reply) < 0.0:
            return await self._failed(taken, reply, TOO_LATE, keep, tries)
        number = await self._number(reply)
        if number is None:
            return await self._failed(taken, reply, UNKNOWN_NUMBER, keep, tries)
        if (wait := await self._leave(number, reply)) > 0.0:
            await self.lanes.later("out", taken, wait, tries=tries - 1, doubt=doubt)
            return False
        try:
            before = await self.channel.sent_before(number, reply) if doubt else ""
            if not before and not self.life.shown(taken.at):  # we slept: somebody else may be sending it
                await self.lanes.later("out", taken, 0.0, tries=tries - 1, doubt=doubt)
                return False
            wamid = before or await self.channel.send(number, reply)
        except SendError as error:
            await self.silence.learn(number, error)
            return await self._failed(taken, reply, error, keep, tries, doubt)
        await self.silence.went(number)
        return await self._sent(taken, reply, wamid, keep)

    def _unheard(self, taken: Taken) -> float:
        """Seconds in which word of a vanished holder's reply may still come: nobody may have been here to hear it."""
        return self.word_of_it - min(taken.idle / 1000, self.life.here)

    def _left(self, reply: Outgoing) -> float:
        """Seconds in which it may still be sent."""
        return reply.since + self.window - clock.now().timestamp()

    async def _number(self, reply: Outgoing) -> Number | None:
        try:
            return self.numbers.known(reply.number) or await self.numbers.get(reply.number)
        except Exception as error:  # the database is away: the reply waits
            log.warning("number not known now", exc_info=error)
            return None

    async def _word_of(self, taken: Taken, reply: Outgoing) -> str | None:
        """The wamid of a reply that was sent after all, as statuses have told; None: nothing was told."""
        told = await self.lanes.told(taken.shard, reply.id)
        return next((tale.wamid for tale in tales(told) if tale.wamid), None)

    async def _leave(self, number: Number, reply: Outgoing) -> float:
        """Seconds to wait before this number may speak to this chat; short waits are waited here."""
        for _ in range(2):
            wait = await self.silence.pace.take(number.channel_id, number.messages_per_second, reply.sender.user_id)
            if not 0.0 < wait <= PATIENCE:
                return wait and wait + random.uniform(0.0, wait / 4)  # so that crowds dissolve
            await asyncio.sleep(wait)
        return wait

    async def _sent(self, taken: Taken, reply: Outgoing, wamid: str, keep: bool) -> bool:
        now = clock.now()
        SENT.inc()
        metrics.REPLY_SECONDS.observe(max(0.0, now.timestamp() - reply.accepted_at))
        return await self._through(taken, reply, accepted(reply.id, wamid, now).to_json(), keep, "")

    async def _failed(
        self, taken: Taken, reply: Outgoing, error: SendError, keep: bool, tries: int, doubted: int = 0
    ) -> bool:
        now = clock.now()
        match verdict(error, tries, self._left(reply)):
            case Later(delay, doubt):
                halted = error.action is Action.HALT  # not the message's fault
                delay = self.word_of_it if doubt else delay
                await self.lanes.later("out", taken, delay, tries=tries - halted, doubt=doubt or doubted)
                metrics.REPLIES.labels("put_off").inc()
                log.warning("reply put off", code=error.code, why=str(error.action), seconds=round(delay, 1))
                return False
        metrics.REPLIES.labels("undeliverable").inc()
        log.error("reply undeliverable", code=error.code, why=str(error.action))
        status = refused(reply.id, {"code": error.code, "title": str(error.action), "details": error.detail}, now)
        return await self._through(taken, reply, status.to_json(), keep, str(error.code))

    async def _through(self, taken: Taken, reply: Outgoing, status: bytes, keep: bool, code: str) -> bool:
        more = await self.lanes.done(taken, reply.id, status, keep=keep, code=code, soon=bool(reply.by))
        if more is None:
            log.warning("lease lost while sending", reply_id=reply.id)
            if not code:  # whoever has it now is waiting for word of it
                await self.lanes.statuses(taken.shard, [(reply.id, status, "")])
        elif more and not keep:
            self.woken(taken.shard)
        return keep and more is not None


def _read(entry: bytes) -> Outgoing | None:
    """An entry of an outbox; None: a version of ours that we are not wrote it."""
    try:
        return Outgoing.from_json(entry)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
