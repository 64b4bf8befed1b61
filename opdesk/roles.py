"""The processes that serve the web, from their settings to their end."""

import gc
import threading
from importlib import import_module

import uvloop

from opdesk import logs
from opdesk.loading import quickly
from opdesk.serving import listen, serve
from opdesk.settings import Settings


def run_bot(settings: Settings) -> None:
    """Serve the bot until a signal."""
    settings.require("whatsapp_app_secret", "whatsapp_verify_token", "secret_key", "mongo_url", "redis_url")
    logs.configure("bot")
    uvloop.run(_bot(settings))


async def _bot(settings: Settings) -> None:
    with quickly():
        from opdesk.front import bot_app
        from opdesk.runtime import runtime

    door = listen(settings.host, settings.bot_port, "OPDESK_BOT_PORT")
    async with runtime(settings) as opened, bot_app(opened) as app:
        _settle()
        threading.Thread(target=_warm, name="warm", daemon=True).start()
        await serve(app, door)


def _warm() -> None:
    """Read the tables of words now rather than while a patient waits, beside the loop: what comes meanwhile finds at
    least its own language's soon. And load the holidays, by which the first directory is read."""
    from flows.understanding import warm

    import_module("holidays")
    warm()
    gc.freeze()


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
    with quickly():
        from opdesk.office import staff_api
        from opdesk.runtime import runtime

    door = listen(settings.host, settings.api_port, "OPDESK_API_PORT")
    async with runtime(settings) as opened:
        app = staff_api(opened)
        _settle()
        threading.Thread(target=import_module, args=("holidays",), name="warm", daemon=True).start()
        await serve(app, door)


def run_simulator(settings: Settings) -> None:
    """Serve the simulator until a signal."""
    with quickly():
        from simulator.app import create_app
        from simulator.config import from_env

    logs.configure("simulator")
    door = listen(settings.host, settings.simulator_port, "OPDESK_SIMULATOR_PORT")
    uvloop.run(serve(create_app(from_env()), door))
