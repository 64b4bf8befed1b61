"""The staff API with everything it is given."""

from fastapi import FastAPI

from api.app import create_app
from api.house import House
from opdesk.runtime import Runtime
from workers.enqueue import Jobs


def staff_api(runtime: Runtime) -> FastAPI:
    """The ASGI application."""
    settings = runtime.settings
    house = House(
        redis=runtime.redis,
        jobs=Jobs(runtime.queue),
        secret_key=settings.secret_key.get_secret_value(),
        public_url=settings.address,
        ready=runtime.missing,
    )
    return create_app(house)
