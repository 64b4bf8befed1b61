"""The staff API: thin routes over the clinic, and what every process answers about itself."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.events import Newsroom
from api.guards import Guards
from api.house import House
from api.openapi import describe
from api.problems import speak_problems
from api.routes import ROUTERS, api_routes
from api.routing import PREFIX


def create_app(house: House) -> FastAPI:
    """The whole app; the documents are connected by whoever serves it."""
    app = FastAPI(
        title="OPDesk",
        summary="The clinic's front desk, for its staff.",
        version="1",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url="/docs",
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.house, app.state.newsroom = house, Newsroom(house.redis)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.state.addresses = [(re.compile(PREFIX + route.path_regex.pattern[1:]), route.methods) for route in api_routes()]
    speak_problems(app)
    describe(app)
    _tell_health(app, house)
    if house.origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=house.origins, allow_methods=["*"], allow_headers=["*"],
            expose_headers=["ETag", "Retry-After", "Idempotency-Replayed", "X-Correlation-Id"],
        )  # fmt: skip
    if house.proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(house.proxies))
    app.add_middleware(Guards, secure=house.public_url.startswith("https://"))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.newsroom.close()


def _tell_health(app: FastAPI, house: House) -> None:
    @app.get("/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        """The process is alive."""
        return {"status": "alive"}

    @app.get("/ready", include_in_schema=False)
    async def is_ready() -> JSONResponse:
        """Its stores answer."""
        missing = await house.ready()
        return JSONResponse(
            {"status": "waiting", "missing": missing} if missing else {"status": "ready"}, 503 if missing else 200
        )

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        """For Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
