"""The simulator as one ASGI application: the Graph API, Twilio's, the phones, the control room and the page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from simulator import (
    control,
    flow_control,
    flow_phone,
    graph,
    mailbox,
    metrics,
    phone,
    reviews,
    snapshot,
    twilio,
    twilio_control,
)
from simulator.config import Config
from simulator.errors import Json
from simulator.network import Network

PAGE = Path(__file__).parent / "page"


def create_app(config: Config | None = None) -> FastAPI:
    """A simulator of its own, with the demo's settings unless others are given."""
    network, box = Network(config or Config()), mailbox.Mailbox()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with _running(network), box.taking(network.config.mail_port):
            yield

    app = FastAPI(title="WhatsApp simulator", lifespan=lifespan, docs_url="/docs", redoc_url=None)
    app.state.network, app.state.mailbox = network, box
    app.router.routes.extend(twilio.routes(network))
    app.router.routes.extend(graph.routes(network))
    app.include_router(control.router(network))
    app.include_router(twilio_control.router(network))
    app.include_router(flow_control.router(network))
    app.include_router(flow_phone.router(network))
    app.include_router(phone.router(network))
    app.include_router(mailbox.router(box))
    app.router.routes.extend(_own_routes(network))
    app.mount("/page", StaticFiles(directory=PAGE), name="page")
    return app


@contextlib.asynccontextmanager
async def _running(network: Network) -> AsyncIterator[None]:
    path = network.config.snapshot
    if path:
        snapshot.restore(network, path)
    reviews.hello_world(network)
    await network.courier.start()
    await network.twilio.courier.start()
    await network.flows.start()
    saving = asyncio.create_task(snapshot.keep_saving(network, path)) if path else None
    yield
    network.stop()
    await network.courier.stop()
    await network.twilio.courier.stop()
    await network.flows.stop()
    if saving and path:
        saving.cancel()
        snapshot.save(network, path)


def _own_routes(network: Network) -> list[Route]:
    async def health(_: object) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_: object) -> Response:
        return JSONResponse(_readiness(network))

    async def counted(_: object) -> Response:
        metrics.WAITING.set(network.courier.waiting)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def page(_: object) -> Response:
        return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def mail_page(_: object) -> Response:
        return FileResponse(PAGE / "mailbox.html", headers={"Cache-Control": "no-cache"})

    named = {"/health": health, "/ready": ready, "/metrics": counted, "/": page, "/mailbox": mail_page}
    return [Route(path, endpoint) for path, endpoint in named.items()]


def _readiness(network: Network) -> Json:
    """Ready as soon as it serves; the bot may come later."""
    return {"status": "ok", "webhook_verified": network.courier.verified, "waiting": network.courier.waiting}
