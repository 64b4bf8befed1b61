"""Patients in a process of their own who all write STOP while their messages are being sent.

``python stopper.py URL DATABASE TENANT`` reads a user id a line, stops that chat, and prints the moment at which the
answer to it could leave (seconds of the machine's monotonic clock)."""

import asyncio
import sys
import time

from pymongo import AsyncMongoClient

from clinic import clock
from clinic.consent_stop import StillLeaving
from clinic.desk import FrontDesk
from clinic.documents import connect
from clinic.views import Sender


async def stop(tenant_id: str, user_id: str, after: float) -> float:
    """As the bot does: what is still leaving is tried again."""
    await asyncio.sleep(after)
    while True:
        try:
            await FrontDesk(tenant_id, Sender(user_id)).stop_messages(clock.now())
        except StillLeaving:
            continue
        return time.monotonic()


async def main(url: str, database: str, tenant_id: str) -> None:
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, tz_aware=True, journal=True)
    await connect(client[database])
    print("ready", flush=True)
    users = await asyncio.to_thread(sys.stdin.readline)
    moments = await asyncio.gather(*(stop(tenant_id, user, number / 20) for number, user in enumerate(users.split())))
    print(" ".join(map(str, moments)), flush=True)
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
