"""The bot's receiver without its loops: hops 1 to 3 alone can be measured, nothing is ever answered."""

import argparse

import uvloop
from fastapi import FastAPI

from bot.bot import assemble
from bot.channels.cloud import Cloud
from bot.channels.http import Http
from opdesk import logs
from opdesk.front import Booking, desks, numbers
from opdesk.runtime import runtime
from opdesk.serving import listen, serve
from opdesk.settings import Settings


async def run(settings: Settings) -> None:
    """Receive until a signal."""
    door = listen(settings.host, settings.bot_port, "OPDESK_BOT_PORT")
    async with runtime(settings) as opened:
        app = FastAPI()

        @app.get("/ready")
        async def ready() -> dict[str, str]:
            return {"status": "ready"}

        find = numbers(settings.secret_key.get_secret_value())
        bot = assemble(opened.redis, find, desks(opened, lambda _: None), Booking(), Cloud(Http(settings.graph_url)))
        secret, token = settings.whatsapp_app_secret, settings.whatsapp_verify_token
        await serve(bot.webhook(app, secret.get_secret_value(), token.get_secret_value()), door)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    logs.configure("bot")
    uvloop.run(run(Settings.load()))
