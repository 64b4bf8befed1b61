"""The bot's web application: webhooks by the quick way, the few other pages through FastAPI."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot import my_data
from bot.bot import AtTwilio, Bot
from bot.receive import Application, Webhook
from bot.visit import calendar
from clinic import clock
from clinic.views import AppointmentView

Visit = Callable[[str], Awaitable[AppointmentView | None]]
Missing = Callable[[], Awaitable[list[str]]]


def create_app(
    bot: Bot, *, secret: str, verify_token: str, visit: Visit, missing: Missing, at_twilio: AtTwilio | None = None,
    forms: Callable[[Application], Application] | None = None,
) -> Webhook:  # fmt: skip
    """The ASGI application of one bot, which works as long as the application's lifespan lasts.

    ``visit`` finds a booked visit by the key in its calendar link, ``missing`` names the stores that do not answer,
    ``forms`` puts the booking form's endpoint in front.
    """
    app = FastAPI(title="OPDesk bot", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan(bot))

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/ready")
    async def ready(response: Response) -> dict[str, object]:
        if away := await missing():
            response.status_code = 503
            return {"status": "waiting", "missing": away}
        return {"status": "ready"}

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/visits/{key}.ics")
    async def visit_file(key: str) -> Response:
        found = await visit(key)
        if found is None:
            return Response(status_code=404)
        headers = {"Content-Disposition": 'attachment; filename="visit.ics"', "Cache-Control": "no-store"}
        return Response(calendar(found, clock.now()), media_type="text/calendar", headers=headers)

    app.include_router(my_data.router)
    return bot.webhook(forms(app) if forms else app, secret, verify_token, at_twilio)


def _lifespan(bot: Bot) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with bot.working():
            yield

    return lifespan
