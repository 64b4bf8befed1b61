"""All routes of the API."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.routes import (
    appointments,
    auth,
    calendar,
    callbacks,
    channels,
    clinics,
    conversations,
    display,
    display_keys,
    doctors,
    events,
    exceptions,
    me,
    queue,
    roles,
    schedules,
    services,
    slots,
    tenants,
    users,
)

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    auth.own,
    me.router,
    users.router,
    roles.router,
    callbacks.router,
    conversations.router,
    events.router,
    tenants.router,
    tenants.own,
    services.router,
    schedules.router,
    exceptions.router,
    doctors.router,
    clinics.router,
    channels.router,
    appointments.router,
    slots.router,
    calendar.router,
    queue.router,
    display.router,
    display_keys.router,
)


def api_routes() -> list[APIRoute]:
    """Every one of them; their paths stand below the API's prefix."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
