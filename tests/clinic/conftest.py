"""What every test of the domain that needs the store has."""

import pytest_asyncio
from hypothesis import settings
from practice import Practice, open_practice
from redis.asyncio import Redis
from staffroom import Staffroom, open_staffroom

settings.register_profile("shared machine", deadline=None)  # another process's load is no failure
settings.load_profile("shared machine")


@pytest_asyncio.fixture
async def practice(database: object) -> Practice:
    """One doctor, 09:00 to 13:00 every day, half an hour a visit."""
    return await open_practice()


@pytest_asyncio.fixture
async def staffroom(database: object, redis: "Redis") -> Staffroom:
    """A practice's staff, and the door by which they sign in."""
    return await open_staffroom(redis)
