"""One process of the audit's race: many appends at once to one practice's chain.

``python audit_writer.py URL DATABASE TENANT NAME COUNT`` says ``ready``, waits for a line, and appends.
"""

import asyncio
import sys
from datetime import UTC, datetime

from pymongo import AsyncMongoClient

from clinic import audit
from clinic.documents import connect


async def main(url: str, database: str, tenant_id: str, name: str, count: str) -> None:
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, tz_aware=True, journal=True)
    await connect(client[database])
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)

    async def request(number: int) -> None:
        await asyncio.sleep(number % 20 / 200)
        await audit.append(tenant_id, [audit.Entry(datetime.now(UTC), name, "race", "patients", f"{name}-{number}")])

    await asyncio.gather(*(request(number) for number in range(int(count))))
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
