"""A process that speaks through one number as fast as it may, and tells each moment at once: it may be killed."""

import asyncio
import sys
import time

from bot.pace import shared_pace
from bot.pipeline import Coalesced, connect


async def main(url: str, rate: str, seconds: str) -> None:
    redis = connect(url)
    pace = shared_pace(Coalesced(redis))
    await redis.ping()
    print("ready", flush=True)
    end, serial = time.time() + float(seconds), 0
    while time.time() < end:
        serial += 1
        if wait := await pace.take("n", float(rate), f"{id(pace)}{serial}"):
            await asyncio.sleep(wait)
        else:
            print(time.time(), flush=True)
    await redis.aclose()


asyncio.run(main(*sys.argv[1:]))
