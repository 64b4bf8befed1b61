"""A simulator over real HTTP, and a bot that keeps what it is posted."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from simulator.app import create_app
from simulator.config import Config
from simulator.webhooks import sign

Json = dict[str, Any]
NUMBER, WABA, TOKEN = "100000000000001", "200000000000001", "demo-access-token"
SECRET, VERIFY = "demo-app-secret", "demo-verify-token"
QUICK = Config(
    review_seconds=0.2,
    sent_seconds=0.005,
    delivered_seconds=0.005,
    read_seconds=0.005,
    retry_seconds=0.02,
    retry_longest=0.1,
    flow_timeout=8,
    flow_ping_seconds=0,
    seed=1,
)


async def eventually(condition: Callable[[], Any], seconds: float = 5) -> Any:
    """What the condition gives, once it gives something; it may be asynchronous."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            found = await found if isinstance(found, Awaitable) else found
            if found:
                return found
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The address of the application, served on a free port while the block lasts."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", ws="none", lifespan="on", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await eventually(lambda: server.started)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task


@dataclass
class Bot:
    """Stands where ours will: keeps every webhook, and answers as it is told."""

    url: str = ""
    answer: int = 200
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    on_message: Callable[[Json, Json], Awaitable[None]] | None = None

    @property
    def posts(self) -> list[Json]:
        """The accepted bodies, parsed."""
        return [json.loads(body) for body in self.bodies]

    @property
    def values(self) -> list[Json]:
        """The ``value`` of every change, in order of arrival."""
        return [change["value"] for post in self.posts for entry in post["entry"] for change in entry["changes"]]

    @property
    def messages(self) -> list[Json]:
        """All messages of people."""
        return [message for value in self.values for message in value.get("messages", [])]

    @property
    def statuses(self) -> list[Json]:
        """All statuses."""
        return [status for value in self.values for status in value.get("statuses", [])]

    async def until(self, condition: Callable[["Bot"], Any], seconds: float = 5) -> Any:
        """Wait for something to have arrived."""
        return await eventually(lambda: condition(self), seconds)

    async def receive(self, request: Request) -> Response:
        """The webhook's route."""
        if request.method == "GET":
            query = request.query_params
            right = query.get("hub.mode") == "subscribe" and query.get("hub.verify_token") == VERIFY
            return PlainTextResponse(query.get("hub.challenge", "") if right else "no", 200 if right else 403)
        body = await request.body()
        signature = request.headers["x-hub-signature-256"]
        if signature != sign(SECRET, body) or self.answer != 200:
            return Response(status_code=self.answer if self.answer != 200 else 401)
        self.bodies.append(body)
        self.signatures.append(signature)
        if self.on_message:
            for value in (change["value"] for entry in json.loads(body)["entry"] for change in entry["changes"]):
                for message in value.get("messages", []):
                    await self.on_message(message, value)
        return Response()


@dataclass
class Simulator:
    """A simulator under test and its two sides: the business's client and the person's phone."""

    url: str
    app: FastAPI
    bot: Bot
    http: httpx.AsyncClient

    async def graph(self, method: str, path: str, body: Json | None = None, token: str = TOKEN) -> httpx.Response:
        """A call to the Graph API."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.http.request(method, f"/v26.0/{path}", json=body, headers=headers)

    async def send(self, to: str, **message: Any) -> httpx.Response:
        """``POST /messages``; a text, unless something else is named."""
        body = {"messaging_product": "whatsapp", "to": f"+{to}", **(message or {"text": {"body": "Hello"}})}
        return await self.graph("POST", f"{NUMBER}/messages", body)

    async def phone(self, user: str, action: str, **body: Any) -> Json:
        """A person does something."""
        answer = await self.http.post(f"/phone/{user}/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def control(self, method: str, path: str, **body: Any) -> Json:
        """A switch in the control room."""
        answer = await self.http.request(method, f"/control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def waiting(self) -> int:
        """Webhooks that the bot has not answered 200 yet."""
        return int((await self.control("GET", "webhooks"))["waiting"])

    async def transcript(self, user: str) -> list[Json]:
        """The person's bubbles."""
        return list((await self.http.get("/control/messages", params={"user": user})).json()["messages"])

    async def template(self, name: str, **parts: Any) -> Json:
        """Create a template and wait for its approval."""
        body = {"name": name, "language": "en", "category": "UTILITY", **parts}
        created = await self.graph("POST", f"{WABA}/message_templates", body)
        assert created.status_code == 200, created.text
        await self.bot.until(lambda bot: [v for v in bot.values if v.get("message_template_name") == name])
        return dict(created.json())


BOTS: dict[str, Bot] = {}  # by the last part of their address


async def _receive(request: Request) -> Response:
    return await BOTS[request.path_params["bot"]].receive(request)


@contextlib.asynccontextmanager
async def simulating(bots_url: str, **settings: Any) -> AsyncIterator[Simulator]:
    """A simulator and a bot, talking to each other."""
    key = str(len(BOTS))
    bot = BOTS[key] = Bot(f"{bots_url}/{key}")
    app = create_app(Config(**{**vars(QUICK), **settings, "webhook_url": bot.url}))
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        yield Simulator(url, app, bot, http)


@pytest_asyncio.fixture(scope="session")
async def bots_url() -> AsyncIterator[str]:
    """One server for the bots of all tests."""
    async with serving(Starlette(routes=[Route("/{bot}", _receive, methods=["GET", "POST"])])) as url:
        yield url


@pytest_asyncio.fixture
async def simulator(bots_url: str) -> AsyncIterator[Simulator]:
    """A fresh simulator with a fresh bot."""
    async with simulating(bots_url) as fresh:
        yield fresh


@pytest_asyncio.fixture(scope="session")
async def strict(bots_url: str) -> AsyncIterator[Simulator]:
    """One simulator for the rows that only ask and change nothing."""
    async with simulating(bots_url, pair_burst=0) as shared:
        await shared.phone("15551230000", "text", text="hi")
        yield shared
