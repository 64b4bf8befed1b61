"""One process of the race for a one-time code's tries.

``python guesser.py URL DATABASE TENANT CODE SECRET SHARE`` says ``ready``, waits for a line, guesses wrong many times
at once, and prints a JSON line: the tries that the code had left after each guess.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime

from pymongo import AsyncMongoClient

from clinic import one_time_code
from clinic.documents import connect
from clinic.one_time_code import OneTimeCode

GUESSES = 10


async def main(url: str, database: str, tenant_id: str, id: str, secret_key: str, share: str) -> None:
    """Prepare everything, then go with the other processes."""
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, tz_aware=True, journal=True)
    await connect(client[database])
    code = await OneTimeCode.of(tenant_id).get(id)
    wrong = "000000" if one_time_code.digits_of(secret_key, id) != "000000" else "111111"
    now = datetime.now(UTC)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    guesses = (one_time_code.guess(code, wrong, f"{share}.{n}", secret_key, now) for n in range(GUESSES))
    after = await asyncio.gather(*guesses)
    print(json.dumps([each.left for each in after]))
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
