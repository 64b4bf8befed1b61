"""Around the whole API: size of requests, headers of answers, and an id that ties log lines together."""

import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from starlette.exceptions import HTTPException

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT = 5 * 1024 * 1024  # bytes; the largest body is a list of patients to import
TOO_LARGE = HTTPException(413, f"The body is larger than {BODY_LIMIT} bytes: send it in parts.")
CACHING = b"cache-control"
CORRELATION = re.compile(rb"[A-Za-z0-9_.-]{8,64}")

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
PAGES = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
# The page of the documentation brings its scripts from a content network.
DOCS = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; "
    "style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; img-src 'self' data: https://fastapi.tiangolo.com; "
    "frame-ancestors 'none'"
)
DATA = "default-src 'none'; frame-ancestors 'none'"


class Guards:
    """An ASGI application around another one. ``secure``: the world reaches us by https."""

    def __init__(self, app: App, *, secure: bool = False) -> None:
        self._app = app
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        if secure:
            self._headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = _correlation_id(scope)
        scope.setdefault("state", {})["correlation_id"] = correlation_id

        async def guarded_send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message.get("headers", ())}
                told = [each for each in self._told(scope, correlation_id) if each[0] not in own or each[0] != CACHING]
                message["headers"] = [*message.get("headers", ()), *told]
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            await self._app(scope, _limited(scope, receive), guarded_send)

    def _told(self, scope: Scope, correlation_id: str) -> list[tuple[bytes, bytes]]:
        path: str = scope["path"]
        policy = DATA if path.startswith("/api/") else DOCS if path.startswith("/docs") else PAGES
        told = [(b"content-security-policy", policy.encode()), (b"x-correlation-id", correlation_id.encode())]
        if path.startswith("/api/"):
            told.append((CACHING, b"no-store"))  # unless the route knows better
        return [*self._headers, *told]


def _correlation_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-correlation-id"), b"")
    return given.decode() if CORRELATION.fullmatch(given) else uuid.uuid4().hex


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Refuses a body as soon as it shows that it is larger than anything we take."""
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    total = 0

    async def limited() -> MutableMapping[str, Any]:
        nonlocal total
        if told.isdigit() and int(told[:20]) > BODY_LIMIT:
            raise TOO_LARGE
        message = await receive()
        total += len(message.get("body", b""))
        if total > BODY_LIMIT:
            raise TOO_LARGE
        return message

    return limited
