"""The Redis commands of one moment leave as one write, and their answers are read together.

redis-py costs about 100 us a command when each is awaited by itself, 30 to 40 in its pipelines, and 15 here: its
connections (their making, TLS and passwords stay its business), hiredis' packing, and one time limit for all. With a
thousand messages a second, and three statuses each, that is the difference between most of a core and little of it.
Scripts only: what the bot does in Redis is done by the scripts beside this file.
"""

import asyncio
import math
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Any, cast

from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as TooSlow

Argument = bytes | str | int
MOST = 750  # arguments of one joined call: Redis serves nobody else meanwhile
AT_ONCE = 4  # exchanges under way
APART = 0.001  # seconds between two departures: what comes meanwhile leaves together. Saves a quarter under load


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and the digest under which Redis knows it."""

    name: str
    text: str
    digest: str


@cache
def script(name: str) -> Script:
    """A script of the folder ``scripts``, with the lane's functions before it."""
    folder = files("bot").joinpath("scripts")
    text = f"{folder.joinpath('lane.lua').read_text()}\n{folder.joinpath(f'{name}.lua').read_text()}"
    return Script(name, text, sha1(text.encode(), usedforsecurity=False).hexdigest())


def connect(url: str, patience: float = 2.0, connections: int = 16) -> "Redis":
    """A client for the bot: it fails soon rather than late, since Meta repeats what got no 200."""
    pool = BlockingConnectionPool.from_url(
        url, max_connections=connections, timeout=patience, socket_timeout=patience, socket_connect_timeout=patience,
        health_check_interval=30, retry=Retry(ConstantBackoff(0.02), 1), decode_responses=False,
    )  # fmt: skip
    return Redis.from_pool(pool)


def sibling(redis: "Redis") -> "Redis":
    """A client for the same Redis with connections of its own, for another event loop."""
    pool = redis.connection_pool
    return Redis.from_pool(ConnectionPool(connection_class=pool.connection_class, **pool.connection_kwargs))


@dataclass(slots=True)
class _Call:
    script: Script
    tag: str
    args: list[Argument]
    waiting: list[tuple[asyncio.Future[Any], slice | None]]  # who waits, and for which part of the answer

    def packed(self) -> bytes:
        packed: bytes = pack_command(("EVALSHA", self.script.digest, 1, self.tag, *self.args))  # type: ignore[arg-type]
        return packed


@dataclass(slots=True)
class Coalesced:
    """``await coalesced.run(script, tag, ...)`` answers as a call of its own would."""

    redis: "Redis"
    patience: float = 3.0  # seconds for one exchange
    _waiting: list[_Call] = field(default_factory=list)
    _joined: dict[tuple[str, str], _Call] = field(default_factory=dict)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _connections: list[AbstractConnection] = field(default_factory=list)  # kept: asking the pool each time costs 30 us
    _planned: bool = False
    _left_at: float = 0.0

    def run(self, script: Script, tag: str, *args: Argument) -> asyncio.Future[Any]:
        """Run a script on a shard. Raises what Redis answers, and ``RedisError`` where it does not answer."""
        future = asyncio.get_running_loop().create_future()
        self._add(_Call(script, tag, list(args), [(future, None)]))
        return future

    def join(
        self, script: Script, tag: str, first: list[Argument], items: list[Argument], width: int
    ) -> asyncio.Future[list[int]]:
        """Run a script that takes any number of items, ``width`` arguments each, and answers a number for each.

        What others ask of the same script in the same moment is asked together: ``first`` is the same for all."""
        call = self._joined.get((script.name, tag))
        if call is None or len(call.args) > MOST:
            call = self._joined[script.name, tag] = _Call(script, tag, [*first], [])
            self._add(call)
        at = (len(call.args) - len(first)) // width
        call.args += items
        future = asyncio.get_running_loop().create_future()
        call.waiting.append((future, slice(at, at + len(items) // width)))
        return future

    def _add(self, call: _Call) -> None:
        self._waiting.append(call)
        self._plan()

    def _plan(self) -> None:
        """The first call after a rest leaves at once, those behind it together."""
        if not self._planned and self._waiting and len(self._under_way) < AT_ONCE:
            self._planned = True
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time(), self._left_at + APART), self._leave)

    def _leave(self) -> None:
        self._planned = False
        self._left_at = asyncio.get_running_loop().time()
        calls, self._waiting, self._joined = self._waiting, [], {}
        task = asyncio.get_running_loop().create_task(self._send(calls))
        self._under_way.add(task)
        task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._plan()

    async def _send(self, calls: list[_Call]) -> None:
        try:
            answers = await self._answers(calls)
            unknown = [n for n, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            if unknown:  # Redis was restarted: teach it, then ask again for these alone
                await self._teach([calls[n] for n in unknown])
                again = await self._answers([calls[n] for n in unknown])
                for n, answer in zip(unknown, again, strict=True):
                    answers[n] = answer
        except BaseException as error:  # whatever it is, those who wait must hear of it
            known = error if isinstance(error, Exception) else Unreachable("cancelled")
            answers = [known] * len(calls)
            if known is not error:
                raise
        finally:
            for call, answer in zip(calls, answers, strict=True):
                for future, part in call.waiting:
                    _tell(future, answer, part)

    async def _answers(self, calls: list[_Call]) -> list[Any]:
        packed = b"".join([call.packed() for call in calls])
        try:
            return await self._exchange(packed, len(calls))
        except Unreachable:  # it may have been closed while it rested: once more, on a new one
            await self._hang_up()
            return await self._exchange(packed, len(calls))

    async def _exchange(self, packed: bytes, count: int) -> list[Any]:
        connection = self._connections.pop() if self._connections else await self._connect()
        try:
            async with asyncio.timeout(self.patience):
                await connection.send_packed_command(packed)
                answers = [await _read(connection) for _ in range(count)]
        except BaseException as error:  # half an answer must not be read as somebody else's
            await self._give_back(connection)
            if isinstance(error, TimeoutError):
                raise TooSlow("Redis did not answer in time") from error
            raise
        self._connections.append(connection)
        return answers

    async def _connect(self) -> AbstractConnection:
        """Without the limit of its own for each write, which costs a quarter of an exchange: ours is for the whole."""
        connection = await self.redis.connection_pool.get_connection()  # type: ignore[no-untyped-call]
        connection.socket_timeout = None
        return cast("AbstractConnection", connection)

    async def _give_back(self, connection: AbstractConnection) -> None:
        pool = self.redis.connection_pool
        await connection.disconnect(nowait=True)
        connection.socket_timeout = pool.connection_kwargs.get("socket_timeout")
        await pool.release(connection)

    async def finish(self) -> None:
        """Wait for what is under way, and give the connections back."""
        while self._under_way:
            await asyncio.wait(self._under_way)
        await self._hang_up()

    async def _hang_up(self) -> None:
        connections, self._connections = self._connections, []
        for connection in connections:
            await self._give_back(connection)

    async def _teach(self, calls: list[_Call]) -> None:
        for text in {call.script.text for call in calls}:
            await self.redis.script_load(text)


async def _read(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response(timeout=math.inf)
    except ResponseError as error:
        return error


def _tell(future: asyncio.Future[Any], answer: Any, part: slice | None) -> None:
    if future.done():  # nobody waits any more
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
        future.exception()  # looked at: one who has stopped waiting need not be warned of it
    else:
        future.set_result(answer if part is None else answer[part])
