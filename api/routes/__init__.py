"""All routes of the API."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.routes import (
    appointments,
    audit,
    auth,
    calendar,
    callbacks,
    channels,
    clinics,
    consents,
    conversations,
    display,
    display_keys,
    doctors,
    erasures,
    events,
    exceptions,
    feedback,
    leaves,
    me,
    media,
    notifications,
    patient_lists,
    patients,
    queue,
    roles,
    schedules,
    services,
    slots,
    templates,
    tenants,
    texts,
    trial_phones,
    users,
    waitlist,
)

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    auth.own,
    me.router,
    users.router,
    roles.router,
    callbacks.router,
    conversations.router,
    media.router,
    events.router,
    tenants.router,
    tenants.own,
    services.router,
    schedules.router,
    exceptions.router,
    leaves.router,
    doctors.router,
    clinics.router,
    channels.router,
    appointments.router,
    slots.router,
    waitlist.router,
    calendar.router,
    queue.router,
    display.router,
    display_keys.router,
    templates.router,
    trial_phones.router,
    texts.router,
    notifications.router,
    feedback.router,
    consents.router,
    erasures.router,
    patient_lists.router,  # before the patients, whose ids its paths might be taken for
    patients.router,
    audit.router,
)


def api_routes() -> list[APIRoute]:
    """Every one of them; their paths stand below the API's prefix."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
