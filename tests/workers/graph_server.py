"""A small stand-in for the Graph API: remembers what it was sent and answers as it is told to."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

HANG_UP = "hang up"  # the message was taken, but nobody hears of it


def refusal(code: int, http: int = 400) -> web.Response:
    """An error as Meta words it."""
    return web.json_response({"error": {"code": code, "message": "refused", "type": "OAuthException"}}, status=http)


@dataclass
class GraphServer:
    """``answers`` are used up one by one by sends; afterwards every send is accepted."""

    url: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    answers: deque[web.Response | str] = field(default_factory=deque)
    templates: dict[tuple[str, str], str] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)  # of every template besides
    created: list[dict[str, Any]] = field(default_factory=list)
    knows_templates: bool = True
    condition: dict[str, Any] = field(default_factory=dict)  # of every number
    owner: str = ""  # of every account; without it nobody may ask
    slow: float = 0.0  # seconds until a send is answered

    async def send(self, request: web.Request) -> web.StreamResponse:
        """``POST /{version}/{number}/messages``."""
        self.sent.append(await request.json())
        if self.slow:
            await asyncio.sleep(self.slow)
        match self.answers.popleft() if self.answers else None:
            case str() if request.transport:
                request.transport.abort()
            case web.Response() as answer:
                return answer
        contacts = [{"input": "x", "wa_id": "x"}]
        return web.json_response({"contacts": contacts, "messages": [{"id": f"wamid.{len(self.sent)}"}]})

    async def list_templates(self, request: web.Request) -> web.StreamResponse:
        """``GET /{version}/{account}/message_templates``, two to a page."""
        if not self.knows_templates:
            return web.json_response({"detail": "Not Found"}, status=404)
        rows = [
            {"id": f"{n}.{lang}", "name": n, "language": lang, "status": s, **self.told}
            for (n, lang), s in self.templates.items()
        ]
        start = int(request.query.get("after", "0"))
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + 2)}}
        if start + 2 < len(rows):
            paging["next"] = f"{self.url}/next"
        return web.json_response({"data": rows[start : start + 2], "paging": paging})

    async def node(self, request: web.Request) -> web.StreamResponse:
        """``GET /{version}/{number}`` or ``{account}``."""
        if request.query.get("fields") != "owner_business_info":
            return web.json_response({"id": request.match_info["node"], **self.condition})
        if not self.owner:
            return refusal(10, 403)
        return web.json_response({"id": request.match_info["node"], "owner_business_info": {"id": self.owner}})

    async def create_template(self, request: web.Request) -> web.StreamResponse:
        """``POST /{version}/{account}/message_templates``."""
        body = await request.json()
        self.created.append(body)
        if body["language"] == "hi":
            return refusal(2388293)
        self.templates[(body["name"], body["language"])] = "PENDING"
        return web.json_response({"id": "1", "status": "PENDING", "category": "UTILITY"})

    async def unpause(self, request: web.Request) -> web.StreamResponse:
        """``POST /{version}/{template}/unpause``."""
        name, _, language = request.match_info["template"].rpartition(".")
        if self.answers:
            self.answers.popleft()
            return refusal(100)
        self.templates[name, language] = "APPROVED"
        return web.json_response({"success": True})


@asynccontextmanager
async def graph_server() -> AsyncIterator[GraphServer]:
    """Serve one on a free port."""
    server, app = GraphServer(), web.Application()
    app.router.add_post("/{version}/{number}/messages", server.send)
    app.router.add_get("/{version}/{account}/message_templates", server.list_templates)
    app.router.add_post("/{version}/{account}/message_templates", server.create_template)
    app.router.add_post("/{version}/{template}/unpause", server.unpause)
    app.router.add_get("/{version}/{node}", server.node)
    async with served(app) as server.url:
        yield server


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """Serve it on a free port; its address."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
