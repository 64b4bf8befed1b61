"""A process that counts delivered messages and writes the sums, again and again, until it is killed."""

import asyncio
import sys
from typing import Any

from pymongo import AsyncMongoClient

from bot.cost import Delivered, Till
from bot.lanes import Lanes
from bot.pipeline import Coalesced, connect
from clinic.documents import connect as bind
from clinic.message_kind import Kind

SOLD = 600


def sold(tenant_id: str) -> list[Delivered]:
    """What there is to count."""
    kind = Kind(tenant_id, "2026-12", "c", "channel", "cloud", "IN", "service", "regular")
    return [Delivered(f"o{n}", f"chat{n % 7}", f"2026-12-0{n % 3 + 1}", kind) for n in range(SOLD)]


async def main(mongo: str, redis: str, tenant_id: str) -> None:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo, tz_aware=True, journal=True)
    await bind(client.get_default_database("opdesk"))
    till = Till(Lanes(Coalesced(connect(redis)), 2))
    every = sold(tenant_id)
    for n in range(0, SOLD, 20):
        await till.count(every[n : n + 20])
        print(n, flush=True)
        await till.catch_up(everything=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
