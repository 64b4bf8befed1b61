"""HTTP POST over connections that are kept: as little as sending a reply needs.

Replies are the bot's most frequent call to the outside. Measured, a POST costs httpx 1.2 to 2.4 ms of processor time,
aiohttp 0.2 to 0.3 and this 0.05; with a thousand replies a second that is the difference between two cores, a third of
one, and little. HTTP's grammar is httptools', TLS is asyncio's; there are no redirects, cookies or proxies.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

import httptools

RESTED = 30.0  # seconds after which a resting connection is not trusted any more: servers close theirs after 60


class NotReached(Exception):
    """There was no connection: nothing was sent."""


class NoAnswer(Exception):
    """The request may have arrived, and no whole answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self, lost: Callable[["Connection"], None]) -> None:
        self._lost = lost
        self._answer: asyncio.Future[Answer] | None = None
        self._parts: list[bytes] = []
        self.usable = False
        self.rested_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's: the connection stands."""
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpResponseParser(self)
        self.usable = True

    def ask(self, request: bytes, timeout: float) -> asyncio.Future[Answer]:
        """Send a request. The future raises ``NoAnswer``; a connection that was given up is closed."""
        loop = asyncio.get_running_loop()
        self._answer = answer = loop.create_future()
        self._transport.write(request)
        limit = loop.call_later(timeout, self.close)
        answer.add_done_callback(lambda done: self._over(done, limit))
        return answer

    def _over(self, answer: asyncio.Future[Answer], limit: asyncio.TimerHandle) -> None:
        limit.cancel()
        self._answer = None
        if answer.cancelled():
            self.close()

    def close(self) -> None:
        """Hang up; who waits for an answer gets none."""
        self.usable = False
        self._transport.abort()
        self._fail()

    def data_received(self, data: bytes) -> None:
        """asyncio's: a piece of an answer."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def connection_lost(self, _: Exception | None) -> None:
        """asyncio's: the other side hung up."""
        self.usable = False
        self._fail()
        self._lost(self)

    def _fail(self) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(NoAnswer())

    def on_message_begin(self) -> None:
        """httptools': an answer begins."""
        self._parts = []

    def on_body(self, body: bytes) -> None:
        """httptools': a piece of its body."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """httptools': the answer is whole."""
        status = self._parser.get_status_code()
        if status < 200:  # "go on": the answer itself is still to come
            return
        self.usable = self.usable and self._parser.should_keep_alive()
        if self._answer and not self._answer.done():
            self._answer.set_result(Answer(status, b"".join(self._parts)))
        else:
            self.close()  # an answer that nobody asked for


@dataclass(slots=True)
class Http:
    """Connections to one server, ``limit`` of them at most; who finds none free waits for one."""

    base: str
    limit: int = 128
    timeout: float = 8.0
    connect_timeout: float = 3.0
    _resting: deque[Connection] = field(default_factory=deque)
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    _all: set[Connection] = field(default_factory=set)
    _opening: int = 0

    async def post(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """POST ``body`` to ``path`` under the base. Raises ``NotReached`` or ``NoAnswer``."""
        request = self._request(path, headers, body)
        connection = await self._free()
        try:
            return await connection.ask(request, self.timeout)
        finally:
            self._rest(connection)

    def close(self) -> None:
        """Hang up all connections."""
        for connection in list(self._all):
            connection.close()

    def _request(self, path: str, headers: dict[str, str], body: bytes) -> bytes:
        parts = urlsplit(self.base)
        lines = [f"POST {parts.path}{path} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if any(not line.isprintable() for line in lines):
            raise ValueError("a header or an address holds a control character")
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        return head.encode("latin-1") + body

    async def _free(self) -> Connection:
        while True:
            if connection := self._rested():
                return connection
            if len(self._all) + self._opening < self.limit:
                return await self._open()
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await asyncio.wait_for(turn, self.timeout)
            except TimeoutError:
                raise NotReached from None

    def _rested(self) -> Connection | None:
        while self._resting:
            connection = self._resting.pop()
            if connection.usable and monotonic() - connection.rested_at < RESTED:
                return connection
            connection.close()
        return None

    async def _open(self) -> Connection:
        parts = urlsplit(self.base)
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        self._opening += 1
        try:
            async with asyncio.timeout(self.connect_timeout):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self._forget), parts.hostname or "", port, ssl=_tls() if secure else None
                )
        except (OSError, TimeoutError) as error:
            self._next()
            raise NotReached from error
        finally:
            self._opening -= 1
        self._all.add(connection)
        return connection

    def _rest(self, connection: Connection) -> None:
        if connection.usable:
            connection.rested_at = monotonic()
            self._resting.append(connection)
            self._next()
        else:
            connection.close()

    def _forget(self, connection: Connection) -> None:
        self._all.discard(connection)
        self._next()

    def _next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
