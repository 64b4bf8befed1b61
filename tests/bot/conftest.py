"""A bot with real Redis, and everything around it in memory."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from redis.asyncio import Redis

from bot.bot import BotSettings, assemble
from bot.lanes import Times
from bot.loop import Patience
from bot.pipeline import connect
from opdesk import logs
from tests.bot.world import Desk, Echo, Provider, Shelf, World, app_of, find

logs.configure("test", as_json=True)  # as in production; structlog's own default draws every failure at length

QUICK = BotSettings(
    shards=2,
    times=Times(lease=2.0, settle=0.0, more=0.0),
    patience=Patience(turn=1.0, tries=2, last_try=4, typing_after=None, poll=0.02, retry=0.02),
)


@pytest_asyncio.fixture
async def world(redis: "Redis", redis_url: str) -> AsyncIterator[World]:
    """One bot and all that it meets."""
    client = connect(redis_url)
    echo, provider, shelf, calls = Echo(), Provider(), Shelf(), []
    bot = assemble(
        client, find, lambda tenant, sender: Desk(f"{tenant}/{sender.user_id}", calls), echo, provider, QUICK, shelf
    )
    app = app_of(bot)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as http:
        yield World(bot, echo, provider, shelf, calls, app, http)
    await bot.lanes.redis.finish()
    await client.aclose()
