"""The Redis commands of one moment leave as one pipeline.

redis-py costs about 100 us a command when each is awaited by itself and a third of that in a pipeline; with a thousand
messages a second that is the difference between most of a core and little of it. Scripts only: all the bot does in
Redis is done by the scripts beside this file.
"""

import asyncio
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import NoScriptError, ResponseError

Argument = bytes | str | int
AT_ONCE = 4  # pipelines under way; what comes meanwhile gathers for the next, so batches grow with the load


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


def connect(url: str, patience: float = 2.0) -> "Redis":
    """A client for the bot: it fails soon rather than late, since Meta repeats what got no 200."""
    pool = BlockingConnectionPool.from_url(
        url, max_connections=16, timeout=patience, socket_timeout=patience, socket_connect_timeout=patience,
        health_check_interval=30, retry=Retry(ConstantBackoff(0.02), 1), decode_responses=False,
    )  # fmt: skip
    return Redis.from_pool(pool)


@dataclass(slots=True)
class _Call:
    script: Script
    tag: str
    args: tuple[Argument, ...]
    answer: asyncio.Future[Any]


@dataclass(slots=True)
class Coalesced:
    """``await coalesced.run(script, tag, ...)`` answers as a call of its own would."""

    redis: "Redis"
    _waiting: list[_Call] = field(default_factory=list)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _planned: bool = False

    def run(self, script: Script, tag: str, *args: Argument) -> asyncio.Future[Any]:
        """Run a script on a shard. Raises what Redis answers, and ``RedisError`` where it does not answer."""
        loop = asyncio.get_running_loop()
        call = _Call(script, tag, args, loop.create_future())
        self._waiting.append(call)
        if not self._planned and len(self._under_way) < AT_ONCE:
            self._planned = True
            loop.call_soon(self._leave)
        return call.answer

    def _leave(self) -> None:
        self._planned = False
        if not self._waiting:
            return
        calls, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._send(calls))
        self._under_way.add(task)
        task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._leave()

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
            for call in calls:
                if not call.answer.done():
                    call.answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for call, answer in zip(calls, answers, strict=True):
            _tell(call.answer, answer)

    async def _answers(self, calls: list[_Call]) -> list[Any]:
        pipeline = self.redis.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command("EVALSHA", call.script.digest, 1, call.tag, *call.args)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers

    async def _teach(self, calls: list[_Call]) -> None:
        for text in {call.script.text for call in calls}:
            await self.redis.script_load(text)


def _tell(future: asyncio.Future[Any], answer: Any) -> None:
    if future.done():  # nobody waits any more
        return
    if isinstance(answer, ResponseError):
        future.set_exception(answer)
    else:
        future.set_result(answer)
