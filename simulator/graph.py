"""The HTTP side of the Graph API: ``/v{version}/{node}/{edge}``, a bearer token, JSON in and out."""

import asyncio
import re
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from simulator import files, flow_graph, metrics
from simulator.errors import Json, Refusal
from simulator.network import Network
from simulator.nodes import Call, answer

JSON = "application/json; charset=UTF-8"


class BrokenConnection(Response):
    """Promises an answer, then closes the connection: the caller cannot know whether the message was accepted."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin an answer and never finish it."""
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"999")]})


def routes(network: Network) -> list[Route]:
    """All of the Graph API under one pattern, as every node is an id."""

    async def graph(request: Request) -> Response:
        return await _respond(network, request)

    async def content(request: Request) -> Response:
        return _file(network, request)

    return [
        Route(files.PATH, content, methods=["GET"]),
        Route("/v{version:float}/{path:path}", graph, methods=["GET", "POST", "DELETE"]),
    ]


async def _respond(network: Network, request: Request) -> Response:
    try:
        call = await _read(network, request)
        if call.edge == "messages" and call.method == "POST":
            return await _send(network, call)
        asked = flow_graph.answer(call)
        return _json(await asked if asked else answer(call))
    except Refusal as refusal:
        return _json(refusal.body(), refusal.status)


async def _send(network: Network, call: Call) -> Response:
    """A send may be made to fail, to be slow, or to lose its answer."""
    try:
        if network.dice.before_send():
            metrics.SENDS.labels("502").inc()
            return Response("<html><h1>502 Bad Gateway</h1></html>", 502, media_type="text/html")
        body = answer(call)
    except Refusal as refusal:
        metrics.SENDS.labels(str(refusal.code)).inc()
        network.stream.tell("refused", {"code": refusal.code, "said": str(refusal), "number": call.node})
        raise
    metrics.SENDS.labels("ok").inc()
    if network.dice.faults.slow:
        await asyncio.sleep(network.dice.faults.slow)
    return BrokenConnection() if network.dice.drops() else _json(body)


async def _read(network: Network, request: Request) -> Call:
    token = _token(request)
    network.world.check_token(token)
    node, _, edge = request.path_params["path"].strip("/").partition("/")
    base = str(request.url).split(f"/{node}", 1)[0]
    upload: tuple[str, bytes] | None = None
    body: Json = {}
    form = request.headers.get("content-type", "")
    if form.startswith("multipart/"):
        upload, body = _parts(form, await request.body())
    elif form.startswith("application/x-www-form-urlencoded"):
        body = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    elif request.method == "POST":
        body = _body(await request.body())
    query = dict(request.query_params)
    return Call(network, request.method, node, edge, token, base, root_of(request), query, body, upload)


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.query_params.get("access_token", "")


def _body(raw: bytes) -> Json:
    """An object; what cannot be read counts as empty, and is refused for what it lacks."""
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _parts(content_type: str, raw: bytes) -> tuple[tuple[str, bytes] | None, Json]:
    """The part named ``file`` of a multipart body, its type and its content; and the other parts as texts."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    upload, body = None, dict[str, str]()
    for part in raw.split(b"--" + found.group(1).encode()) if found else ():
        head, _, content = part.partition(b"\r\n\r\n")
        content, name = content.removesuffix(b"\r\n"), re.search(rb'[ ;]name="([^"]*)"', head)
        if name and name.group(1) == b"file":
            mime = re.search(rb"content-type:\s*([^\r\n]+)", head, re.IGNORECASE)
            upload = (mime.group(1).decode() if mime else "application/octet-stream"), content
        elif name:
            body[name.group(1).decode()] = content.decode("utf-8", "replace")
    return upload, body


def root_of(request: Request) -> str:
    """Where this simulator is reached, without a slash at the end."""
    return str(request.base_url).rstrip("/")


def _file(network: Network, request: Request) -> Response:
    """The bytes: by the token's owner only, from an address that is not too old."""
    try:
        token = _token(request)
        network.world.check_token(token)
        file = files.at_address(network.world, request.query_params)
        if file is None:
            return Response(status_code=404)
        network.world.waba(file.waba_id, token)
    except Refusal as refusal:
        return _json(refusal.body(), refusal.status)
    return Response(file.content, media_type=file.mime_type)


def _json(body: Json, status: int = 200) -> Response:
    headers = {"content-type": JSON, "facebook-api-version": "v26.0"}
    return Response(orjson.dumps(body), status, headers)
