"""The staff API: thin routes over the clinic, and what every process answers about itself."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.problems import speak_problems

Ready = Callable[[], Awaitable[list[str]]]  # names what does not answer; empty when all is well


def create_app(ready: Ready) -> FastAPI:
    """The whole app; the documents are connected by whoever serves it."""
    app = FastAPI(
        title="OPDesk",
        summary="The clinic's front desk, for its staff.",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url="/docs",
        redoc_url=None,
    )
    speak_problems(app)
    _tell_health(app, ready)
    return app


def _tell_health(app: FastAPI, ready: Ready) -> None:
    @app.get("/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        """The process is alive."""
        return {"status": "alive"}

    @app.get("/ready", include_in_schema=False)
    async def is_ready() -> JSONResponse:
        """Its stores answer."""
        missing = await ready()
        return JSONResponse(
            {"status": "waiting", "missing": missing} if missing else {"status": "ready"}, 503 if missing else 200
        )

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        """For Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
