"""A small stand-in for the part of the Graph API that keeps forms: as strict about their order as Meta."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from graph_server import refusal, served

PARAMETER = 100


@dataclass
class FlowServer:
    """``refuses`` are codes by the last word of a path, each used once."""

    url: str = ""
    flows: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # by number
    refuses: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def _refused(self, name: str) -> web.Response | None:
        self.asked.append(name)
        code = self.refuses.pop(name, None)
        return refusal(code, 500 if code == 2 else 400) if code else None

    async def key(self, request: web.Request) -> web.StreamResponse:
        """``POST /{version}/{number}/whatsapp_business_encryption``."""
        body = await request.json()
        if answer := self._refused("key"):
            return answer
        self.keys[request.match_info["number"]] = body["business_public_key"]
        return web.json_response({"success": True})

    async def listed(self, request: web.Request) -> web.StreamResponse:
        """``GET /{version}/{account}/flows``, one to a page."""
        if answer := self._refused("list"):
            return answer
        start, rows = int(request.query.get("after", "0")), list(self.flows.values())
        told = [{name: row[name] for name in ("id", "name", "status")} for row in rows[start : start + 1]]
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + 1)}}
        if start + 1 < len(rows):
            paging["next"] = f"{self.url}/next"
        return web.json_response({"data": told, "paging": paging})

    async def create(self, request: web.Request) -> web.StreamResponse:
        """``POST /{version}/{account}/flows``."""
        body = await request.json() if request.content_type == "application/json" else dict(await request.post())
        if answer := self._refused("create"):
            return answer
        if any(row["name"] == body["name"] for row in self.flows.values()):
            return refusal(PARAMETER)
        made = str(300 + len(self.flows))
        self.flows[made] = {"id": made, "name": body["name"], "status": "DRAFT", "endpoint": body["endpoint_uri"]}
        return web.json_response({"id": made, "success": True})

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """``POST /{version}/{flow}/assets``."""
        form = await request.post()
        if answer := self._refused("assets"):
            return answer
        flow = self.flows[request.match_info["flow"]]
        if flow["status"] != "DRAFT":
            return refusal(PARAMETER)
        assert form["asset_type"] == "FLOW_JSON"
        flow["json"] = form["file"].file.read().decode()  # type: ignore[union-attr]
        errors = [{"error": "X", "error_type": "FLOW_JSON_ERROR", "message": "Screen without a footer."}]
        return web.json_response({"success": True, "validation_errors": errors if flow.get("wrong") else []})

    async def publish(self, request: web.Request) -> web.StreamResponse:
        """``POST /{version}/{flow}/publish``."""
        if answer := self._refused("publish"):
            return answer
        flow = self.flows[request.match_info["flow"]]
        if flow["status"] != "DRAFT" or not flow.get("json") or not self.keys:
            return refusal(PARAMETER)
        flow["status"] = "PUBLISHED"
        return web.json_response({"success": True})

    async def deprecate(self, request: web.Request) -> web.StreamResponse:
        """``POST /{version}/{flow}/deprecate``."""
        if answer := self._refused("deprecate"):
            return answer
        self.flows[request.match_info["flow"]]["status"] = "DEPRECATED"
        return web.json_response({"success": True})

    async def one(self, request: web.Request) -> web.StreamResponse:
        """``GET /{version}/{flow}``."""
        flow = self.flows[request.match_info["flow"]]
        return self._refused("one") or web.json_response({name: flow[name] for name in ("id", "name", "status")})


@asynccontextmanager
async def flow_server() -> AsyncIterator[FlowServer]:
    """Serve one on a free port."""
    server, app = FlowServer(), web.Application()
    app.router.add_post("/{version}/{number}/whatsapp_business_encryption", server.key)
    app.router.add_get("/{version}/{account}/flows", server.listed)
    app.router.add_post("/{version}/{account}/flows", server.create)
    app.router.add_post("/{version}/{flow}/assets", server.upload)
    app.router.add_post("/{version}/{flow}/publish", server.publish)
    app.router.add_post("/{version}/{flow}/deprecate", server.deprecate)
    app.router.add_get("/{version}/{flow}", server.one)
    async with served(app) as server.url:
        yield server
