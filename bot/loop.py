"""Takes chats that have something to answer or to send, works on many at once, and on each one's messages in order."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic, perf_counter
from typing import Generic, Protocol, TypeVar

import structlog
from structlog.contextvars import bind_contextvars

from bot import metrics
from bot.channels.channel import Channel
from bot.channels.directory import Directory
from bot.channels.errors import SendError
from bot.envelope import Incoming, Outgoing, who
from bot.ids import outbox_id
from bot.lanes import Effect, Lanes, Taken
from bot.life import Life
from bot.outage import AWAY
from bot.record import of_incoming, of_outgoing
from bot.send import Sender
from clinic import clock
from clinic.views import Sender as Person
from flows.desk import Desk
from flows.inbound import Inbound, Kind, together
from flows.reply import Reply
from flows.session import Session

log = structlog.get_logger()
ANSWERED, OVERTAKEN = metrics.TURNS.labels("answered"), metrics.TURNS.labels("overtaken")
Answered = tuple[Session, list[Reply]]
BUSY = 0.5  # of what the loop takes in hand at once: from there on it shows nobody that it is typing
D = TypeVar("D", bound=Desk)
D_contra = TypeVar("D_contra", bound=Desk, contravariant=True)


class Conversation(Protocol[D_contra]):
    """What the flows decide: see ``flows.turn``."""

    async def turn(self, session: Session, inbound: Inbound, desk: D_contra, now: datetime) -> Answered: ...

    async def give_up(self, session: Session, inbound: Inbound, desk: D_contra, now: datetime) -> Answered: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the loop waits for what; all in seconds."""

    turn: float = 10.0  # shorter than a lease
    tries: int = 5  # of one message; then a person is asked to help
    last_try: int = 8  # of one message; then it goes to the quarantine
    typing_after: float | None = (
        0.3  # a call to the provider each time, so only where the patient would wait; None: never
    )
    poll: float = 0.1  # other processes' work, what was put off, what others left behind
    retry: float = 0.5
    retry_longest: float = 30.0


@dataclass(slots=True)
class Loop(Generic[D]):
    """``desk`` opens the front desk for one person of one tenant."""

    lanes: Lanes
    conversation: Conversation[D]
    desk: Callable[[str, Person], D]
    sender: Sender
    channel: Channel
    numbers: Directory
    life: Life
    patience: Patience = field(default_factory=Patience)
    at_once: int = 64
    _inbox: set[int] = field(default_factory=set)
    _outbox: set[int] = field(default_factory=set)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _stopping: bool = False

    def woken(self, shards: Iterable[int]) -> None:
        """There are new messages in these shards."""
        self._inbox.update(shards)
        self._wake.set()

    def outbox_woken(self, shard: int) -> None:
        """There are replies to send in this shard."""
        self._outbox.add(shard)
        self._wake.set()

    async def run(self) -> None:
        """Work until ``stop``; then finish what is in hand."""
        async with self.life.showing():
            await self._work()
            await self.finish()

    async def _work(self) -> None:
        looked = 0.0
        while not self._stopping:
            if perf_counter() - looked >= self.patience.poll:
                looked = perf_counter()
                self._inbox.update(range(self.lanes.shards))
                self._outbox.update(range(self.lanes.shards))
            try:
                await self._round()
            except Exception as error:
                log.warning("the loop waits for its store", exc_info=error)
                await asyncio.sleep(self.patience.retry)
            if not (self._inbox and self._room) and not (self._outbox and self.sender.room):
                await self._rest(self.patience.poll)

    async def _rest(self, longest: float) -> None:
        try:
            async with asyncio.timeout(longest):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    def freed(self) -> None:
        """The sender has room again."""
        if self._outbox:
            self._wake.set()

    def stop(self) -> None:
        """Take nothing more."""
        self._stopping = True
        self._wake.set()

    async def finish(self) -> None:
        """Wait for what is in hand."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self.sender.finish()

    @property
    def _room(self) -> int:
        return max(0, self.at_once - len(self._tasks))

    async def _round(self) -> None:
        """Take what is due and there is room for; shards with more than that are looked at again."""
        waits: list[Awaitable[None]] = []
        if room := self._room:
            shards, self._inbox = self._inbox, set()
            waits += [self._take_in(shard, max(1, room // len(shards))) for shard in shards]
        if room := self.sender.room:
            shards, self._outbox = self._outbox, set()
            waits += [self._take_out(shard, max(1, room // len(shards))) for shard in shards]
        await asyncio.gather(*waits)

    async def _take_in(self, shard: int, chats: int) -> None:
        taken = await self.lanes.take("in", shard, chats)
        if len(taken) == chats:
            self._inbox.add(shard)
        for one in taken:
            task = asyncio.get_running_loop().create_task(self._guarded(one))
            self._tasks.add(task)
            task.add_done_callback(self._finished)

    async def _take_out(self, shard: int, chats: int) -> None:
        taken = await self.lanes.take("out", shard, chats)
        if len(taken) == chats:
            self._outbox.add(shard)
        for one in taken:
            self.sender.start(one)

    def _finished(self, task: asyncio.Task[None]) -> None:
        full = not self._room
        self._tasks.discard(task)
        if full and self._inbox:
            self._wake.set()

    async def _guarded(self, taken: Taken) -> None:
        self.life.hand.add(taken.token)
        try:
            await self.answer(taken)
        except Exception as error:  # Redis is away for long: another one goes on when it is back
            log.warning("inbox left to others", chat=taken.chat, exc_info=error)
        finally:
            self.life.hand.discard(taken.token)

    async def answer(self, taken: Taken) -> None:
        """A chat's messages in turns, one after the other; the session goes from one to the next."""
        session, tries, at = taken.session, taken.tries, 0
        while at < len(taken.queue):
            run = await self._run(taken, at)
            if not run:
                return
            at += len(run)
            bind_contextvars(correlation_id=run[0].correlation_id, chat=taken.chat)  # of this task alone
            after = await self._one(taken, run, session, tries, at < len(taken.queue))
            if after is None:
                return
            taken, session, tries = taken.next, after, 1

    async def _run(self, taken: Taken, at: int) -> list[Incoming]:
        """The next messages that are answered together; none: the chat is out of our hands.

        A message that was tried before may have taken effect, so that no other one may join it now."""
        again = at == 0 and taken.again
        waiting = taken.queue[: max(1, taken.run)] if again else taken.queue[at:]
        run = _in_a_row(waiting, 0 if again else taken.rate)
        if not run and at == 0:
            await self.lanes.drop(taken, "not a message")
        if len(run) > 1 and not again and not await self.lanes.together(taken, len(run)):
            return []
        return run

    async def _one(self, taken: Taken, run: list[Incoming], stored: bytes, tries: int, keep: bool) -> bytes | None:
        """The session after these messages; None: the chat is out of our hands."""
        started = perf_counter()
        item = run[0] if len(run) == 1 else replace(run[-1], inbound=together([each.inbound for each in run]))
        try:
            session, replies = await self._decide(item, run[-1], stored, tries)
            replies = await self._pieces(item, replies)
        except Exception as error:
            await self._put_off(taken, error, tries)
            return None
        after = session.to_json()
        committed = await self._commit(taken, item, run, session, replies, keep, after)
        metrics.TURN_SECONDS.observe(perf_counter() - started)
        (ANSWERED if committed else OVERTAKEN).inc()
        return after if committed and keep else None

    async def _decide(self, item: Incoming, latest: Incoming, stored: bytes, tries: int) -> Answered:
        session, desk = Session.from_json(stored), self.desk(item.tenant_id, item.sender)
        decide = self.conversation.turn if tries <= self.patience.tries else self.conversation.give_up
        typing = self._typing_later(latest)
        try:
            async with asyncio.timeout(self.patience.turn):
                return await decide(session, item.inbound, desk, clock.now())
        finally:
            if typing:
                typing.cancel()

    async def _pieces(self, item: Incoming, replies: list[Reply]) -> list[Reply]:
        """The bubbles that the number's provider needs for them."""
        number = self.numbers.known(item.number) or await self.numbers.get(item.number)
        return replies if number is None else [each for said in replies for each in self.channel.pieces(number, said)]

    async def _commit(
        self, taken: Taken, item: Incoming, run: list[Incoming], session: Session, replies: list[Reply], keep: bool,
        after: bytes,
    ) -> bool:  # fmt: skip
        now = clock.now()
        outgoing = [self._outgoing(taken, item, n, reply) for n, reply in enumerate(replies)]
        entries = [(reply.id, reply.to_json()) for reply in outgoing]
        clinic_id = session.choices.get("clinic", "")
        said = (of_outgoing(reply, now, clinic_id) for reply in outgoing)
        records = [*(of_incoming(each, session) for each in run), *said]
        effect = Effect(
            after, who(item.tenant_id, item.sender), entries, [(record.id, record.to_json()) for record in records],
            soon=session.held is not None or item.inbound.of_staff, messages=len(run),
        )  # fmt: skip
        grant = self.sender.room > 0
        at = monotonic()
        committed = await self.lanes.commit(taken, effect, keep=keep, grant=grant)
        if committed is None:
            log.warning("lease lost: somebody else answers")
            return False
        if committed.outbox_token:
            self.sender.start(Taken(taken.shard, taken.chat, committed.outbox_token, 1, 0, b"", [], at=at), outgoing)
        elif entries and not grant:
            self.outbox_woken(taken.shard)
        if committed.more and not keep:
            self.woken([taken.shard])
        return True

    def _outgoing(self, taken: Taken, item: Incoming, n: int, reply: Reply) -> Outgoing:
        made = outbox_id(taken.shard, taken.chat, item.inbound.id, n)
        return Outgoing(
            made, item.tenant_id, item.number, item.sender, reply, item.correlation_id, item.accepted_at, item.heard_at,
            item.inbound.by if item.inbound.kind is Kind.SAY else "",
        )  # fmt: skip

    async def _put_off(self, taken: Taken, error: Exception, tries: int) -> None:
        """The message stays first in its queue. One that fails whatever is tried ends in the quarantine; one whose turn
        is never answered in time does not, since that may be a database that hangs."""
        away = isinstance(error, AWAY)
        log.warning("turn failed", tries=tries, store_away=away, exc_info=error)
        metrics.TURNS.labels("store_away" if away else "failed").inc()
        if not away and not isinstance(error, TimeoutError) and tries >= self.patience.last_try:
            metrics.QUARANTINED.labels("unanswerable").inc()
            await self.lanes.drop(taken, "unanswerable")
            return
        delay = min(self.patience.retry * 2 ** min(tries - 1, 20), self.patience.retry_longest)
        await self.lanes.later("in", taken, delay * random.uniform(0.75, 1.25), tries=tries - (away and tries > 1))

    def _typing_later(self, item: Incoming) -> asyncio.TimerHandle | None:
        after = self.patience.typing_after
        if after is None or item.inbound.of_staff:
            return None
        return asyncio.get_running_loop().call_later(after, self._typing, item)

    def _typing(self, item: Incoming) -> None:
        if len(self._tasks) > self.at_once * BUSY:  # a courtesy that would make everybody wait longer
            return
        task = asyncio.get_running_loop().create_task(self._show_typing(item))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _show_typing(self, item: Incoming) -> None:
        try:
            if number := await self.numbers.get(item.number):
                await self.channel.typing(number, item.inbound.id)
        except (SendError, *AWAY) as error:  # a courtesy: the reply itself will tell what is wrong
            log.info("typing not shown", why=type(error).__name__)


def _in_a_row(queue: list[bytes], rate: int) -> list[Incoming]:
    """The first message, with all that may join it; empty: nothing can be made of it."""
    run: list[Incoming] = []
    for entry in queue:
        item = _read(entry, rate)
        if item is None or (run and not _joins(item, run[-1])):
            break
        run.append(item)
    return run


def _joins(item: Incoming, last: Incoming) -> bool:
    """Whether both are words to one number: nothing else is ever answered together."""
    return item.inbound.kind is last.inbound.kind is Kind.TEXT and item.number == last.number


def _read(entry: bytes, rate: int) -> Incoming | None:
    """An entry of an inbox; None: a version of ours that we are not wrote it."""
    try:
        return Incoming.from_json(entry, rate)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
