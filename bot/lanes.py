"""Every chat's inbox and outbox in Redis: first in, first out, one holder at a time, nothing lost with its holder.

A lease is over when its holder has shown no life for a while (``bot.life``), or has worked on it for too long; the
token that came with it is then refused (a *fencing token*), so a holder that only slept cannot write over the work of
its successor. While Redis is away the holder keeps asking it: nobody else knows how far it came.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_hex
from time import monotonic
from typing import Any, Literal, Self

from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import DataError
from redis.exceptions import TimeoutError as TooSlow

from bot.ids import shard_of
from bot.pipeline import Argument, Coalesced, Script, script

Lane = Literal["in", "out"]
REMEMBERED = 8 * 24 * 3600  # seconds: Meta repeats for up to seven days
SHARDS = 4
COUNTED = 60  # seconds: see ``Taken.rate``
TAP = -1.0  # in place of the seconds for which more is waited for
AGAIN = 0.2  # seconds between two tries while Redis is away
CHUNK = 250  # messages or statuses of one script run: Redis serves nobody else meanwhile


@dataclass(frozen=True, slots=True)
class Times:
    """How long things are kept, in seconds."""

    lease: float = 15.0  # longer than a turn or a send may take
    beat: float = 1.0  # between two signs of life
    lost: float = 3.0  # without a sign of life: then a holder's leases are over
    persist: float = 30.0  # for which what is in hand is kept while Redis is away
    settle: float = 5.0  # until a record is written, so that its statuses are written with it
    chat: float = 90 * 24 * 3600.0
    more: float = 0.5  # after a text, for the next one of the same run
    longest: float = 3.0  # after the first text of a run


@dataclass(frozen=True, slots=True)
class Taken:
    """A chat in our hands, with the first entries of its queue."""

    shard: int
    chat: str
    token: bytes
    tries: int
    doubt: int
    session: bytes
    queue: list[bytes]
    run: int = 0  # how many an earlier try answered together; 0: it wrote down nothing
    rate: int = 0  # messages of the chat in the last minute, taps aside
    idle: int = 0  # ms since a holder that vanished may have worked on it last
    at: float = 0.0  # monotonic, when it was asked for

    @property
    def next(self) -> Self:
        """The same lease for its next step: a token is good for one."""
        return replace(self, token=self.token + b"+")

    @property
    def again(self) -> bool:
        """Whether the first message may have taken effect before."""
        return self.tries > 1 or self.doubt > 0


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit left: whether the chat has more to answer, and the outbox's lease if it was handed to us."""

    more: bool
    outbox_token: bytes


@dataclass(frozen=True, slots=True)
class Effect:
    """All that one message brings about, committed at once."""

    session: bytes
    who: bytes
    replies: list[tuple[str, bytes]]  # (outbox id, entry)
    records: list[tuple[str, bytes]]  # the messages' own first
    soon: bool = False  # somebody of the staff is waiting to see it
    messages: int = 1  # that are answered by it


@dataclass(frozen=True, slots=True)
class Settled:
    """A record that waited long enough, and all that was told about it."""

    id: str
    record: bytes
    told: bytes


@dataclass(frozen=True, slots=True)
class Over:
    """How many leases were handed on, by why they were over."""

    lost: int
    forgotten: int  # our own, of which we know nothing: an answer of Redis never came
    late: int


@dataclass(frozen=True, slots=True)
class Depth:
    """How full a lane is."""

    ready: int
    leased: int
    age: float  # seconds since the first was due
    records: int


@dataclass(frozen=True, slots=True)
class Lanes:
    """The scripts, called by name. ``shards`` must not change while messages wait. ``holder``: who takes."""

    redis: Coalesced
    shards: int = SHARDS
    times: Times = field(default_factory=Times)
    holder: str = field(default_factory=lambda: token_hex(6))

    def shard(self, chat: str) -> int:
        """Where a chat lives."""
        return shard_of(chat, self.shards)

    def run(self, script: Script, shard: int, *args: Argument) -> asyncio.Future[Any]:
        """One script on one shard."""
        return self.redis.run(script, f"{{s{shard}}}", *args)

    async def accept(self, shard: int, messages: list[tuple[str, str, bytes, float]]) -> int:
        """Store (id's hash, chat, entry, seconds for which more is waited for, or ``TAP``) each; how many were new."""
        first: list[Argument] = [REMEMBERED, _ms(self.times.longest), COUNTED]
        timed = [(name, chat, entry, _ms(wait) if wait >= 0 else -1) for name, chat, entry, wait in messages]
        return await self._joined(script("accept"), shard, first, timed, 4)

    async def seen(self, names: list[str]) -> set[str]:
        """Which of these (ids' hashes) were stored before, in whatever chat."""
        found: set[str] = set()
        for n in range(0, len(names), CHUNK):
            part = names[n : n + CHUNK]
            answers = await asyncio.gather(*(self.run(script("seen"), shard, *part) for shard in range(self.shards)))
            found |= {name for answer in answers for name, known in zip(part, answer, strict=True) if known}
        return found

    async def statuses(self, shard: int, statuses: list[tuple[str, bytes, str]]) -> int:
        """Note (outbox id, status, error code) each; how many found their record still here."""
        return await self._joined(script("status"), shard, [], statuses, 3)

    async def _joined(
        self, script: Script, shard: int, first: list[Argument], items: Sequence[tuple[Argument, ...]], width: int
    ) -> int:
        tag, done = f"{{s{shard}}}", 0
        for n in range(0, len(items), CHUNK):
            part = [arg for item in items[n : n + CHUNK] for arg in item]
            answers = await self.redis.join(script, tag, first, part, width)
            if -1 in answers:
                raise DataError("a queue is damaged")
            done += sum(answers)
        return done

    async def take(self, lane: Lane, shard: int, chats: int, entries: int = 25) -> list[Taken]:
        """Lease up to ``chats`` chats that are due, the longest waiting first."""
        at = monotonic()
        taken = await self.run(script("take"), shard, lane, chats, _ms(self.times.lease), entries, self.holder)
        return [Taken(shard, chat.decode(), *(*rest, at)) for chat, *rest in taken]

    async def commit(self, taken: Taken, effect: Effect, *, keep: bool, grant: bool) -> Committed | None:
        """All of a message's effect at once; None: the lease was no longer ours and nothing was changed. ``keep`` the
        lease, for the next step."""
        answer = await self._insist(
            script("commit"), taken.shard, taken.chat, taken.token, effect.session, effect.who, int(self.times.chat),
            0 if effect.soon else _ms(self.times.settle), int(keep), _ms(self.times.lease), int(grant),
            len(effect.replies), effect.messages,
            *_flat(effect.replies), *_flat(effect.records),
        )  # fmt: skip
        return Committed(bool(answer[0]), answer[1]) if answer else None

    async def together(self, taken: Taken, count: int) -> bool:
        """Write down how many messages are about to be answered together; False: the lease was no longer ours."""
        return bool(await self._insist(script("run"), taken.shard, taken.chat, taken.token, count))

    async def later(self, lane: Lane, taken: Taken, delay: float, *, tries: int, doubt: int = 0) -> bool:
        """Put a chat off for ``delay`` seconds; False: it was no longer ours."""
        args = (lane, taken.chat, taken.token, _ms(delay), tries, doubt)
        return bool(await self._insist(script("later"), taken.shard, *args))

    async def drop(self, taken: Taken, reason: str) -> bool:
        """Move the first message of an inbox into quarantine."""
        return bool(await self._insist(script("drop"), taken.shard, taken.chat, taken.token, reason))

    async def done(
        self, taken: Taken, id: str, status: bytes, *, keep: bool, code: str = "", soon: bool = False
    ) -> bool | None:
        """A reply is through; whether more wait, None: the lease was no longer ours. ``soon``: let its record be
        written without waiting for what else is told of it."""
        answer = await self._insist(
            script("done"), taken.shard, taken.chat, taken.token, id, status, 0 if soon else _ms(self.times.settle),
            int(keep), _ms(self.times.lease), code,
        )  # fmt: skip
        return bool(answer[0]) if answer else None

    async def _insist(self, script: Script, shard: int, *args: Argument) -> Any:
        """What we have in hand is ours until somebody else takes it: Redis may be away for a moment."""
        try:
            return await self.run(script, shard, *args)
        except (Unreachable, TooSlow):
            until = monotonic() + self.times.persist
        while True:
            await asyncio.sleep(AGAIN)
            try:
                return await self.run(script, shard, *args)
            except (Unreachable, TooSlow):
                if monotonic() > until:
                    raise

    async def beat(self, shard: int, hand: Iterable[bytes]) -> Over:
        """Show that we live, with ``hand`` (leases' tokens) in work, and hand on what others left behind."""
        times = (_ms(self.times.beat), _ms(self.times.lost), _ms(self.times.lease))
        return Over(*await self.run(script("beat"), shard, self.holder, *times, *hand))

    async def leave(self, shard: int) -> int:
        """We end: what is still ours is handed on at once; how many chats that were."""
        return int(await self.run(script("leave"), shard, self.holder))

    async def told(self, shard: int, id: str) -> bytes:
        """What was told so far about a message of ours whose record still waits here."""
        return await self._read("HGET", f"{{s{shard}}}:statuses", id) or b""

    async def remembered(self, shard: int, chat: str) -> tuple[bytes, bytes]:
        """Who is behind a chat, and the session; empty where they are forgotten."""
        who, session = await self._read("HMGET", f"{{s{shard}}}:chat:{chat}", "who", "session")
        return who or b"", session or b""

    async def _read(self, *command: str) -> Any:
        return await self.redis.redis.execute_command(*command)  # type: ignore[no-untyped-call]

    async def settled(self, shard: int, limit: int) -> list[Settled]:
        """Records that are to be written now."""
        found = await self.run(script("settled"), shard, limit)
        return [Settled(name.decode(), record, told) for name, record, told in found]

    async def written(self, shard: int, settled: list[Settled]) -> None:
        """Forget records that were written, and send on what was told about them meanwhile."""
        await self.run(script("written"), shard, *(part for item in settled for part in (item.id, len(item.told))))

    async def depth(self, lane: Lane, shard: int) -> Depth:
        """How a lane stands."""
        ready, leased, age, records = await self.run(script("depth"), shard, lane)
        return Depth(ready, leased, age / 1000, records)


def _flat(pairs: Iterable[tuple[str, bytes]]) -> Iterator[str | bytes]:
    for pair in pairs:
        yield from pair


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
