"""The short way through uvicorn answers as the long one does, whatever comes over the connection."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
import uvicorn
from redis.asyncio import Redis

from bot.quick import WebhookProtocol
from bot.receive import LARGEST
from opdesk.serving import Server
from tests.bot.test_receive import kept
from tests.bot.world import VERIFY, World, message, signature, webhook


@dataclass
class Line:
    """One connection to the bot."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> tuple[int, bytes]:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)
        length = next(int(line[16:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: "))
        return int(head[9:12]), await self.reader.readexactly(length)

    async def ask(self, *pieces: bytes) -> tuple[int, bytes]:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)
        return await self.answer()


@pytest_asyncio.fixture
async def port(world: World) -> AsyncIterator[int]:
    config = uvicorn.Config(
        world.app, port=0, http=WebhookProtocol, lifespan="off", proxy_headers=False, log_config=None, access_log=False
    )
    server = Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


@pytest_asyncio.fixture
async def line(port: int) -> AsyncIterator[Line]:
    line = Line(*await asyncio.open_connection("127.0.0.1", port))
    yield line
    line.writer.close()


def request(body: bytes, *headers: str, version: str = "1.1", length: bool = True, signed: str = "") -> bytes:
    given = [
        f"POST /webhooks/cloud HTTP/{version}", "Host: bot", "Content-Type: application/json",
        f"X-Hub-Signature-256: {signed or signature(body)}", *headers,
    ]  # fmt: skip
    if length:
        given.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*given, "", ""]).encode() + body


def body(text: str = "hi") -> bytes:
    return webhook(messages=[message(text)])


async def test_a_webhook_is_stored_and_answered(line: Line, redis: "Redis") -> None:
    assert await line.ask(request(body())) == (200, b"")
    assert any(b":in:q:" in key for key in await kept(redis))


async def test_one_connection_carries_many_webhooks_and_other_pages(line: Line, world: World) -> None:
    for n in range(5):
        assert await line.ask(request(body(f"m{n}"))) == (200, b"")
        assert await line.ask(b"GET /health HTTP/1.1\r\nHost: bot\r\n\r\n") == (200, b'{"status":"alive"}')
    await world.work()
    assert world.provider.texts == [f"{n + 1}: m{n}" for n in range(5)]


async def test_webhooks_in_one_breath_are_answered_in_their_order(line: Line, world: World) -> None:
    breath = b"".join([request(body("a")), request(b"{}", signed="sha256=0"), request(body("b")), request(body("c"))])
    codes = [(await line.ask(breath))[0], *[(await line.answer())[0] for _ in range(3)]]
    assert codes == [200, 401, 200, 200]
    await world.work()
    assert sorted(text[-1] for text in world.provider.texts) == ["a", "b", "c"]


async def test_a_body_in_pieces(line: Line, world: World) -> None:
    long = webhook(messages=[message("x" * 4000, user=str(n)) for n in range(60)])
    whole = request(long)
    assert await line.ask(*(whole[n : n + 10_000] for n in range(0, len(whole), 10_000))) == (200, b"")
    await world.work()
    assert len(world.provider.sent) == 60


async def test_a_body_in_chunks(line: Line, world: World) -> None:
    sent = body("in chunks")
    head = request(sent, "Transfer-Encoding: chunked", length=False)[: -len(sent)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (sent[:9], sent[9:])) + b"0\r\n\r\n"
    assert await line.ask(head, chunks) == (200, b"")
    await world.work()
    assert world.provider.texts == ["1: in chunks"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (request(body(), signed="sha256=00"), 401),
        (request(body()).replace(b"application/json", b"text/plain"), 415),
        (request(body(), "Content-Encoding: gzip"), 415),
        (request(b"{"), 200),
        (request(body()).replace(b"POST", b"PUT "), 405),
        (request(body(), version="1.0"), 200),
        (request(body(), "Expect: 100-continue"), 100),
        (request(body()).replace(b"/cloud", b"/cloud?x=1"), 200),
        (request(body()).replace(b"/cloud", b"/other"), 404),
    ],
    ids=["signature", "content", "gzip", "malformed", "method", "1.0", "expect", "query", "another page"],
)
async def test_it_answers_as_the_long_way_does(line: Line, sent: bytes, code: int) -> None:
    line.writer.write(sent)
    head = await asyncio.wait_for(line.reader.readuntil(b"\r\n"), 5)
    assert int(head[9:12]) == code


async def test_too_long_is_said_before_the_end_and_the_connection_goes_on(line: Line, redis: "Redis") -> None:
    assert (await line.ask(request(b" " * (LARGEST + 1))))[0] == 413
    chunk = b"%x\r\n%b\r\n" % (1 << 20, b" " * (1 << 20))
    head = request(b"", "Transfer-Encoding: chunked", length=False)
    assert (await line.ask(head, chunk, chunk, chunk, chunk))[0] == 413
    line.writer.write(b"0\r\n\r\n")
    assert await kept(redis) == []
    assert await line.ask(request(body())) == (200, b"")


async def test_a_caller_who_hangs_up_leaves_nothing(line: Line, port: int, redis: "Redis") -> None:
    line.writer.write(request(body())[:-5])
    await line.writer.drain()
    line.writer.close()
    await asyncio.sleep(0.05)
    assert await kept(redis) == []
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}/health")).status_code == 200


async def test_a_caller_who_hangs_up_after_the_end_has_been_heard(line: Line, world: World) -> None:
    line.writer.write(request(body("bye")))
    await line.writer.drain()
    line.writer.close()
    await asyncio.sleep(0.05)
    await world.work()
    assert world.provider.texts == ["1: bye"]


async def test_connection_close_is_honoured(line: Line) -> None:
    assert await line.ask(request(body(), "Connection: close")) == (200, b"")
    assert await asyncio.wait_for(line.reader.read(), 5) == b""


async def test_the_handshake(port: int) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "42"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/webhooks/cloud", params=asked)).text == "42"
