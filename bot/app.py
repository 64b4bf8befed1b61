"""The bot's web application: webhooks by the quick way, the few other pages through Starlette."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import my_data
from bot.bot import AtTwilio, Bot
from bot.receive import Application, Webhook
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

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(_: Request) -> Response:
        if away := await missing():
            return JSONResponse({"status": "waiting", "missing": away}, status_code=503)
        return JSONResponse({"status": "ready"})

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def visit_file(request: Request) -> Response:
        found = await visit(request.path_params["key"])
        return await calendar_file(found) if found else Response(status_code=404)

    pages = {"/health": health, "/ready": ready, "/metrics": metrics, "/visits/{key}.ics": visit_file}
    routes = [*(Route(path, page) for path, page in pages.items()), *my_data.ROUTES]
    app = Starlette(routes=routes, lifespan=_lifespan(bot))
    return bot.webhook(forms(app) if forms else app, secret, verify_token, at_twilio)


async def calendar_file(visit: AppointmentView) -> Response:
    """The visit for a calendar."""
    made = await asyncio.to_thread(_calendar, visit, clock.now())
    headers = {"Content-Disposition": 'attachment; filename="visit.ics"', "Cache-Control": "no-store"}
    return Response(made, media_type="text/calendar", headers=headers)


def _calendar(visit: AppointmentView, now: datetime) -> bytes:
    from bot.visit import calendar  # with the first link that is tapped: its package is large

    return calendar(visit, now)


def _lifespan(bot: Bot) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with bot.working():
            yield

    return lifespan
