"""An office to test with: a practice of its own, the API that serves it, and whoever calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from fastapi import FastAPI
from practice import Practice, open_practice
from redis.asyncio import Redis

from api.app import create_app
from api.house import House, Rate
from clinic import access_token, news
from clinic.permission import Membership
from clinic.record import new_id

SECRET = "the tests' own secret key, long enough"


@dataclass
class AskedJobs:
    """Keeps what the API asked the workers for."""

    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def ask(self, name: str, *ids: str) -> None:
        self.asked.append((name, *ids))


@dataclass
class Office:
    """A practice, the API that serves it, and whoever calls."""

    practice: Practice
    app: FastAPI
    house: House
    jobs: AskedJobs
    missing: list[str]  # stores that do not answer
    _open: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def tenant_id(self) -> str:
        return self.practice.id

    def token(self, *roles: str, clinic_id: str = "", tenant_id: str = "", **more: str) -> str:
        """An access token with these roles, at one clinic or at all."""
        claims = access_token.Claims(
            user_id=more.get("user_id", new_id()),
            tenant_id=tenant_id or self.tenant_id,
            session_id=more.get("session_id", new_id()),
            name="Asha Example",
            memberships=tuple(Membership(role, clinic_id) for role in roles),
            doctor_id=more.get("doctor_id", ""),
        )
        return access_token.issue(claims, SECRET, datetime.now(UTC))

    def client(self, token: str = "") -> httpx.AsyncClient:
        """A caller, with that token or none."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://api/api/v1", headers=headers)
        self._open.append(client)
        return client

    def as_(self, *roles: str, **more: str) -> httpx.AsyncClient:
        """A caller with these roles: ``office.as_("owner").get("/clinics")``."""
        return self.client(self.token(*roles, **more))

    async def close(self) -> None:
        for client in self._open:
            await client.aclose()


@asynccontextmanager
async def open_office(redis: "Redis", **more: object) -> AsyncIterator[Office]:
    jobs = AskedJobs()
    plenty = {"user": Rate(10_000, 10_000), "address": Rate(10_000, 10_000)}

    missing: list[str] = []

    async def ready() -> list[str]:
        return missing

    facts: dict[str, object] = {
        "redis": redis, "jobs": jobs, "secret_key": SECRET, "public_url": "http://bot", "ready": ready, "rates": plenty,
    }  # fmt: skip
    house = House(**(facts | more))  # type: ignore[arg-type]
    news.connect(redis)
    office = Office(await open_practice(overbooking=1, notice_minutes=0), create_app(house), house, jobs, missing)
    try:
        yield office
    finally:
        news.connect(None)
        await office.app.state.newsroom.close()
        await office.close()
