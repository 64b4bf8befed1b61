"""The staff API on real stores, called as whoever a test names."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from office import Office, open_office
from redis.asyncio import Redis


@pytest_asyncio.fixture
async def office(database: object, redis: "Redis") -> AsyncIterator[Office]:
    """A practice of its own with one doctor, 09:00 to 13:00 every day, open from today."""
    async with open_office(redis) as opened:
        yield opened


@pytest.fixture
def tomorrow_at(office: Office) -> Callable[..., datetime]:
    """A time of tomorrow, on the clock of the practice's wall, as UTC."""
    zone = ZoneInfo(office.practice.clinic.zone)
    day = datetime.now(zone).date() + timedelta(days=1)

    def at(hour: int, minute: int = 0) -> datetime:
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)

    return at
