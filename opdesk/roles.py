"""The processes that serve the web, from their settings to their end."""

import gc

import uvloop

from opdesk import logs
from opdesk.serving import listen, serve
from opdesk.settings import Settings


def run_bot(settings: Settings) -> None:
    """Serve the bot until a signal."""
    settings.require("whatsapp_app_secret", "whatsapp_verify_token", "secret_key", "mongo_url", "redis_url")
    logs.configure("bot")
    uvloop.run(_bot(settings))


async def _bot(settings: Settings) -> None:
    from flows.understanding import warm
    from opdesk.front import bot_app
    from opdesk.runtime import runtime

    warm()  # the tables of words are read now rather than while a patient waits
    door = listen(settings.host, settings.bot_port, "OPDESK_BOT_PORT")
    async with runtime(settings) as opened, bot_app(opened) as app:
        _settle()
        await serve(app, door)


def _settle() -> None:
    """What is here now stays: the collector need not look at it again and again, while somebody waits."""
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)


def run_api(settings: Settings) -> None:
    """Serve the staff API until a signal."""
    settings.require("secret_key", "mongo_url", "redis_url")
    logs.configure("api")
    uvloop.run(_api(settings))


async def _api(settings: Settings) -> None:
    from opdesk.office import staff_api
    from opdesk.runtime import runtime

    door = listen(settings.host, settings.api_port, "OPDESK_API_PORT")
    async with runtime(settings) as opened:
        app = staff_api(opened)
        _settle()
        await serve(app, door)


def run_simulator(settings: Settings) -> None:
    """Serve the simulator until a signal."""
    from simulator.app import create_app
    from simulator.config import from_env

    logs.configure("simulator")
    door = listen(settings.host, settings.simulator_port, "OPDESK_SIMULATOR_PORT")
    uvloop.run(serve(create_app(from_env()), door))
