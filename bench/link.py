"""The least HTTP that a load needs: a pool of keep-alive connections and a server, so that the load generator costs far
less than what it measures."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter

Done = Callable[[int, float], None]  # status, seconds since it was due


class Connection(asyncio.Protocol):
    """One request at a time; the pool gives it the next when the answer is in."""

    def __init__(self, pool: "Pool") -> None:
        self.pool = pool
        self.buffer = b""
        self.current: tuple[bytes, float, Done] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.pool.transports.add(transport)
        self.pool.idle(self)

    def give(self, job: tuple[bytes, float, Done]) -> None:
        """Send one request."""
        self.current = job
        self.transport.write(job[0])  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = content_length(self.buffer[:head])
        if len(self.buffer) < head + 4 + length:
            return
        code = int(self.buffer[9:12])
        self.buffer = self.buffer[head + 4 + length :]
        if self.current:
            _, due, done = self.current
            self.current = None
            self.pool.idle(self)
            done(code, perf_counter() - due)

    def connection_lost(self, exc: Exception | None) -> None:
        self.pool.transports.discard(self.transport)
        self.pool.lost(self, self.current)


class Pool:
    """``size`` connections to one server and a queue in front of them. Latency counts from the moment a request was
    due, so waiting for a free connection counts too (no coordinated omission)."""

    def __init__(self, host: str, port: int, size: int) -> None:
        self.host, self.port, self.size = host, port, size
        self.queue: deque[tuple[bytes, float, Done]] = deque()
        self.free: deque[Connection] = deque()
        self.closing = False
        self.transports: set[asyncio.BaseTransport] = set()

    async def open(self) -> None:
        """Connect all."""
        for _ in range(self.size):
            await asyncio.get_running_loop().create_connection(lambda: Connection(self), self.host, self.port)

    def close(self) -> None:
        """Hang up."""
        self.closing = True
        for transport in list(self.transports):
            transport.close()

    def post(self, request: bytes, done: Done) -> None:
        """Send as soon as a connection is free."""
        job = (request, perf_counter(), done)
        if self.free:
            self.free.popleft().give(job)
        else:
            self.queue.append(job)

    def idle(self, connection: Connection) -> None:
        """The connection may take the next request."""
        if self.queue:
            connection.give(self.queue.popleft())
        else:
            self.free.append(connection)

    def lost(self, connection: Connection, current: tuple[bytes, float, Done] | None) -> None:
        """The server went away: try again what had no answer, as Meta does."""
        if connection in self.free:
            self.free.remove(connection)
        if not self.closing:
            asyncio.get_running_loop().create_task(self._again(current))

    async def _again(self, current: tuple[bytes, float, Done] | None) -> None:
        if current:
            self.queue.appendleft(current)
        while not self.closing:
            try:
                await asyncio.get_running_loop().create_connection(lambda: Connection(self), self.host, self.port)
                return
            except OSError:
                await asyncio.sleep(0.05)


class Server(asyncio.Protocol):
    """Answers each POST with what ``answer(path, body)`` returns."""

    def __init__(self, answer: Callable[[str, bytes], bytes]) -> None:
        self.answer = answer
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (head := self.buffer.find(b"\r\n\r\n")) >= 0:
            length = content_length(self.buffer[:head])
            if len(self.buffer) < head + 4 + length:
                return
            path = self.buffer[: self.buffer.find(b"\r\n")].split(b" ")[1].decode()
            body, self.buffer = self.buffer[head + 4 : head + 4 + length], self.buffer[head + 4 + length :]
            reply = self.answer(path, body)
            self.transport.write(  # type: ignore[attr-defined]
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(reply) + reply
            )


def content_length(head: bytes) -> int:
    """The length of the body that follows this head, 0 where none is named."""
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
