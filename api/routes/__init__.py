"""All routes of the API."""

from fastapi import APIRouter

from api.routes import events

ROUTERS: tuple[APIRouter, ...] = (
    events.router,
)
