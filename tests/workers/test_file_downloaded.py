"""The way of a file's bytes: the token goes nowhere else, and no more comes than is taken."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.channels.errors import Action, SendError
from bot.channels.graph import client, close
from workers.download import download
from workers.provider import File, TooLarge


@dataclass
class Meta:
    """Answers for one file; ``node`` and ``content`` are what it says."""

    url: str = ""
    node: Callable[["Meta"], web.Response] = lambda meta: web.json_response({"url": f"{meta.url}/content"})
    content: Callable[["Meta"], web.StreamResponse] = lambda _: web.Response(body=b"bytes")
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # path, query, who

    async def answer(self, request: web.Request) -> web.StreamResponse:
        who = request.headers.get("Authorization", "")
        self.asked.append((request.path, request.query_string, who))
        return self.content(self) if request.path == "/content" else self.node(self)


@asynccontextmanager
async def meta() -> AsyncIterator[Meta]:
    own, app = Meta(), web.Application()
    app.router.add_get("/{path:.*}", own.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    own.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield own
    await runner.cleanup()


async def fetch(own: Meta, most: int = 1000) -> File:
    asking = client(own.url, "the-token", phone_number_id="1")
    try:
        return await download(asking.api._session, "m1", "1", most)
    finally:
        await close(asking)


def told(**node: Any) -> Callable[[Meta], web.Response]:
    return lambda meta: web.json_response({"url": f"{meta.url}/content", **node})


async def test_the_address_is_asked_for_then_the_bytes_both_with_the_token() -> None:
    async with meta() as own:
        own.node = told(sha256="abc", file_size=5)
        assert await fetch(own) == File(b"bytes", "abc")
        assert own.asked == [
            ("/v26.0/m1", "phone_number_id=1", "Bearer the-token"),
            ("/content", "", "Bearer the-token"),
        ]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/content", "https://evil.example/x", "https://facebook.com.evil.example/x",
        "https://evilfacebook.com/x", "http://lookaside.fbsbx.com/x", "https://lookaside.fbsbx.com:8443/x",
        "ftp://lookaside.fbsbx.com/x", "https://lookaside.fbsbx.com@evil.example/x", "/content", "", "http://[",
    ],
)  # fmt: skip
async def test_the_token_goes_to_no_stranger(address: str) -> None:
    async with meta() as own:
        own.node = told(url=address)
        with pytest.raises(SendError) as refused:
            await fetch(own)
        assert refused.value.retryable
        assert [path for path, *_ in own.asked] == ["/v26.0/m1"]


async def test_nobody_is_followed_elsewhere() -> None:
    async with meta() as own, meta() as stranger:
        own.content = lambda _: web.Response(status=302, headers={"Location": f"{stranger.url}/content"})
        with pytest.raises(SendError):
            await fetch(own)
        assert stranger.asked == []


async def test_an_address_that_is_too_old_is_asked_for_anew() -> None:
    async with meta() as own:
        own.content = lambda _: web.Response(status=404)
        with pytest.raises(SendError) as refused:
            await fetch(own)
        assert refused.value.action is Action.RETRY


@pytest.mark.parametrize(
    ("status", "error", "action"),
    [
        (400, {"code": 100, "message": "Unsupported get request.", "error_subcode": 33}, Action.PERMANENT),
        (401, {"code": 190, "message": "expired"}, Action.HALT),
        (500, {"code": 131000, "message": "?"}, Action.RETRY),
        (503, None, Action.RETRY),
    ],
)
async def test_what_the_provider_says_is_understood(status: int, error: Any, action: Action) -> None:
    async with meta() as own:
        own.node = lambda _: web.json_response({"error": error} if error else "away", status=status)
        with pytest.raises(SendError) as refused:
            await fetch(own)
        assert refused.value.action is action


@pytest.mark.parametrize("size", [1001, "1001"])
async def test_what_is_said_to_be_too_large_is_not_fetched(size: Any) -> None:
    async with meta() as own:
        own.node = told(file_size=size)
        with pytest.raises(TooLarge):
            await fetch(own)
        assert len(own.asked) == 1


async def test_what_turns_out_too_large_is_cut_off() -> None:
    """Whatever its size is said to be, also where it grows as it is unpacked."""
    async with meta() as own:
        own.node = told(file_size=10)
        own.content = lambda _: web.Response(body=bytes(5000))
        with pytest.raises(TooLarge):
            await fetch(own)


@pytest.mark.parametrize("said", ["null", "[]", "no json", '{"file_size": 5}'])
async def test_an_answer_that_makes_no_sense(said: str) -> None:
    async with meta() as own:
        own.node = lambda _: web.Response(text=said, content_type="application/json")
        with pytest.raises(SendError) as refused:
            await fetch(own)
        assert refused.value.retryable


async def test_nobody_there() -> None:
    with pytest.raises(SendError) as refused:
        await fetch(Meta("http://127.0.0.1:1"))
    assert refused.value.retryable


async def test_one_who_never_answers_is_given_up() -> None:
    async def forever(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    slow = web.Application()
    slow.router.add_get("/{path:.*}", forever)
    runner = web.AppRunner(slow, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with httpx.AsyncClient(base_url=address, timeout=0.2) as session:
        with pytest.raises(SendError) as refused:
            await download(session, "m1", "1", 10)
    assert refused.value.retryable
    await runner.cleanup()
