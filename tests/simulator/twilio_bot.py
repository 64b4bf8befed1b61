"""Twilio's two sides for tests: the real package's client on the simulator, and a bot that keeps what is posted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from conftest import QUICK, eventually, serving  # type: ignore[import-not-found]
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.app import create_app
from simulator.config import Config

Json = dict[str, Any]
ACCOUNT, TOKEN = "ACdemo", "demo-twilio-token"
SENDER, SMS = "whatsapp:+15550000001", "+15550000001"
ASHA = "919876500001"
TO = f"whatsapp:+{ASHA}"
EMPTY = "<?xml version='1.0' encoding='UTF-8'?><Response/>"


class Rewriting(TwilioHttpClient):  # type: ignore[misc]
    """The package's client, with the simulator in the place of Twilio's hosts."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=10)
        self.base = base

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        """The same path and query, at another host."""
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return super().request(method, f"{self.base}{parts.path}{query}", *args, **more)


@dataclass(frozen=True)
class Posted:
    """One webhook: where it went, what it said, and its headers."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class TwilioBot:
    """Keeps every webhook; answers each path as told: a status, a wait in seconds, a body and its type."""

    url: str = ""
    posts: list[Posted] = field(default_factory=list)
    status: dict[str, int] = field(default_factory=dict)
    wait: float = 0.0
    body: str = EMPTY
    kind: str = "text/xml"
    on_message: Callable[[dict[str, str]], Any] | None = None

    async def receive(self, request: Request) -> Response:
        """Any path."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        self.posts.append(Posted(path, form, dict(request.headers)))
        if self.on_message and "MessageStatus" not in form:
            await self.on_message(form)
        await asyncio.sleep(self.wait)
        return Response(self.body, self.status.get(request.url.path, 200), media_type=self.kind)

    def at(self, path: str) -> list[dict[str, str]]:
        """The forms that came to a path."""
        return [post.form for post in self.posts if post.path.partition("?")[0] == path]

    @property
    def messages(self) -> list[dict[str, str]]:
        """What people wrote."""
        return self.at("/in")

    async def until(self, condition: Callable[["TwilioBot"], Any], seconds: float = 5) -> Any:
        """Wait for something to have arrived."""
        return await eventually(lambda: condition(self), seconds)


@dataclass
class Twilio:
    """A simulator under test, and both of Twilio's sides."""

    url: str
    app: FastAPI
    bot: TwilioBot
    http: httpx.AsyncClient
    client: Client

    async def phone(self, action: str, number: str = SENDER, user: str = ASHA, **body: Any) -> Json:
        """A person does something."""
        answer = await self.http.post(f"/phone/{user}/{action}", json={"number": number, **body})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def control(self, method: str, path: str, **body: Any) -> Json:
        """A switch in the control room."""
        answer = await self.http.request(method, f"/control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def create(self, **fields: Any) -> Any:
        """Send a message with the package's client."""
        named = {"to": TO, "from_": SENDER, **fields}
        given = {name: value for name, value in named.items() if value is not None}
        return await asyncio.to_thread(self.client.messages.create, **given)

    async def refusal(self, **fields: Any) -> TwilioRestException:
        """The error that a send is answered with."""
        try:
            created = await self.create(**fields)
        except TwilioRestException as problem:
            return problem
        raise AssertionError(f"taken: {created.sid}")

    async def fetched(self, sid: str) -> Any:
        """The message as the API tells it now."""
        return await asyncio.to_thread(self.client.messages(sid).fetch)

    async def ended(self, sid: str, *statuses: str) -> Any:
        """The message, once it has one of the statuses."""

        async def found() -> Any:
            message = await self.fetched(sid)
            return message if message.status in statuses else None

        return await eventually(found)

    async def content(self, types: Json, variables: Json | None = None, **more: Any) -> Json:
        """Create a content template."""
        body = {"friendly_name": "t", "language": "en", "variables": variables or {}, "types": types, **more}
        answer = await self.http.post("/v1/Content", json=body, auth=(ACCOUNT, TOKEN))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def submitted(self, sid: str, name: str = "visit", category: str = "UTILITY") -> Json:
        """Submit a content template and wait for what WhatsApp says."""
        path, body = f"/v1/Content/{sid}/ApprovalRequests", {"name": name, "category": category}
        answer = await self.http.post(f"{path}/whatsapp", json=body, auth=(ACCOUNT, TOKEN))
        assert (answer.status_code, answer.json()["status"]) == (201, "received"), answer.text

        async def told() -> Any:
            state = (await self.http.get(path, auth=(ACCOUNT, TOKEN))).json()["whatsapp"]
            return state if state["status"] != "received" else None

        return dict(await eventually(told))

    async def bubbles(self, number: str = SENDER, user: str = ASHA) -> list[Json]:
        """What the phone shows."""
        params = {"user": user, "number": number}
        return list((await self.http.get("/control/messages", params=params)).json()["messages"])


@contextlib.asynccontextmanager
async def twilio_desk(**settings: Any) -> AsyncIterator[Twilio]:
    """A simulator and a bot, talking to each other as Twilio and its customer do."""
    bot = TwilioBot()
    every = Starlette(routes=[Route("/{path:path}", bot.receive, methods=["POST"])])
    async with serving(every) as bot.url:
        addresses = {"twilio_url": f"{bot.url}/in", "twilio_fallback_url": f"{bot.url}/fallback"}
        app = create_app(Config(**{**vars(QUICK), **addresses, **settings}))
        async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
            yield Twilio(url, app, bot, http, Client(ACCOUNT, TOKEN, http_client=Rewriting(url)))
