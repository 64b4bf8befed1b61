"""The staff API with everything it is given."""

from fastapi import FastAPI

from api.app import create_app
from api.house import House, Rate
from bot.lanes import Lanes
from bot.pipeline import Coalesced
from bot.staff import StaffDoor
from flows.catalogue import texts
from opdesk.runtime import Runtime
from workers.enqueue import Jobs


def staff_api(runtime: Runtime) -> FastAPI:
    """The ASGI application."""
    settings = runtime.settings
    rate = settings.api_rate
    house = House(
        redis=runtime.redis,
        jobs=Jobs(runtime.queue),
        secret_key=settings.secret_key.get_secret_value(),
        public_url=settings.address,
        ready=runtime.missing,
        rates={"user": Rate(rate, int(4 * rate) or 1), "address": Rate(2 * rate, int(8 * rate) or 1)},
        origins=listed(settings.cors_origins),
        proxies=listed(settings.trusted_proxies),
        fallback_url=settings.fallback,
        console_url=settings.console,
        mails=settings.mails,
        message_rates=settings.message_rates,
        chats=StaffDoor(Lanes(Coalesced(runtime.redis))),
        texts=texts(),
        vault=settings.vault,
    )
    return create_app(house)


def listed(text: str) -> tuple[str, ...]:
    """The parts between the commas."""
    return tuple(filter(None, map(str.strip, text.split(","))))
