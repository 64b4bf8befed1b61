"""All routes of the API."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.routes import auth, events, me, roles, users

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    auth.own,
    me.router,
    users.router,
    roles.router,
    events.router,
)


def api_routes() -> list[APIRoute]:
    """Every one of them; their paths stand below the API's prefix."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
