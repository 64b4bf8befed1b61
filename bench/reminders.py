"""A thousand reminders due in one minute: do they leave within the number's rate, each of them once?

``python -m bench.reminders --due 1000``: against the simulator, which takes 80 messages a second from a number and
refuses the rest with 130429, as Meta does. Prints one JSON line, and ends non-zero where a reminder was lost, told
twice or refused.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import perf_counter
from typing import Any

from redis import Redis

from bench.house import House, house
from bench.practice import ID, Promised, approved, practice, told
from clinic.channel import USUAL
from clinic.chat import Chat
from clinic.notification import Notification

WORKERS = 2
OPEN = ("due", "sending")


async def left(ids: list[str]) -> int:
    """How many are not sent yet."""
    rows = await Notification.of(ID).rows({"_id": {"$in": ids}}, fields=("status",))
    return sum(row["status"] in OPEN for row in rows)


async def until_none(count: Callable[[], Awaitable[int]], within: float) -> None:
    """Look until there is nothing left, or for so many seconds: what is left then is counted by whoever asked."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while True:
                if not await count():
                    return
                await asyncio.sleep(0.5)


def jobs(desk: House) -> int:
    """How many jobs the workers have done, the scheduler's ticks among them."""
    with Redis.from_url(desk.environment["OPDESK_REDIS_URL"]) as client:
        return sum(int(client.hget(key, "successful_job_count") or 0) for key in client.smembers("rq:workers"))


async def measure(desk: House, here: Promised, due: int, within: float) -> dict[str, Any]:
    """Let them fall due, wait until all are sent, and look at the phones."""
    visits = await here.remind(due)
    for number in range(WORKERS):
        desk.start(f"worker{number}", "opdesk", "worker")
    desk.start("scheduler", "opdesk", "scheduler")
    await approved(here)
    before, start = jobs(desk), perf_counter()
    ids = await here.fall_due(visits)
    await until_none(lambda: left(ids), within)
    seconds = perf_counter() - start
    bubbles = [each for each in await here.shown(await Chat.of(ID).find()) if told([each]).keys() <= set(ids)]
    counted, paces = told(bubbles), Counter(int(each["at"]) for each in bubbles)
    return {
        "due": due, "told": len(counted), "lost": due - len(counted), "doubled": sum(n > 1 for n in counted.values()),
        "seconds": round(seconds, 1), "most_in_a_second": max(paces.values(), default=0), "pace": USUAL / 2,
        "jobs": jobs(desk) - before, "refused": await here.refusals(),
    }  # fmt: skip


async def run(desk: House, due: int, within: float) -> dict[str, Any]:
    """A practice of its own."""
    async with practice(desk) as here:
        return await measure(desk, here, due, within)


def report(due: int, within: float = 240) -> dict[str, Any]:
    """On a desk of its own, thrown away afterwards."""
    with house(tenants=0) as desk:
        return asyncio.run(run(desk, due, within))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--due", type=int, default=1000)
    parser.add_argument("--within", type=float, default=240, help="seconds until it is given up")
    options = parser.parse_args()
    said = report(options.due, options.within)
    print(json.dumps(said))
    sys.exit(1 if said["lost"] or said["doubled"] or said["refused"] else 0)


if __name__ == "__main__":
    main()
