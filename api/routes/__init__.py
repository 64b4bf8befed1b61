"""All routes of the API."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.routes import events

ROUTERS: tuple[APIRouter, ...] = (events.router,)


def api_routes() -> list[APIRoute]:
    """Every one of them; their paths stand below the API's prefix."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
