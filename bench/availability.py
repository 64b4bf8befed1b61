"""Free times of one doctor with 2,000 visits in the year: the pure part, and a day's list in the chat with its store.

Prints one JSON line, medians in milliseconds.
"""

import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter

import orjson

from clinic import booking, demo, diary
from clinic.availability import free, hours, starts
from clinic.desk import FrontDesk
from clinic.directory import Directory, directory_of
from clinic.record import new_id
from clinic.views import Sender, Wish
from clinic.wall_clock import days_from, local_day
from opdesk.runtime import runtime
from opdesk.settings import Settings

VISITS, DAYS, ROUNDS = 2000, 30, 30


async def fill(directory: Directory, wish: Wish, now: datetime) -> None:
    """Book a year's visits of the only doctor, five or six a day, as staff do."""
    day = now.replace(hour=4, minute=0, second=0, microsecond=0)
    times = [day + timedelta(days=n // 6, hours=2 * (n % 6)) for n in range(6, VISITS + 6)]

    async def book(part: list[datetime]) -> None:
        for start in part:
            place = booking.Place(wish.clinic_id, wish.service_id, wish.doctor_id, start)
            asker = booking.Asker(new_id(), "system", "bench", staff=True)
            await booking.book(directory, place, booking.For(new_id()), asker, now)

    await asyncio.gather(*(book(times[n::16]) for n in range(16)))


def pure(directory: Directory, wish: Wish, busy: diary.Diary, now: datetime) -> int:
    """Hours to free times, nothing kept from before."""
    clinic, visit = directory.clinic(wish.clinic_id), directory.service(wish.service_id).visit
    days = days_from(local_day(now, clinic.zone), DAYS)
    offered = starts(hours(directory.hours(wish.doctor_id, clinic.id, days), []), visit.minutes)
    return len(free(offered, visit, busy.busy))


async def median(what: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    took = []
    for _ in range(ROUNDS):
        begin = perf_counter()
        await what()
        took.append(perf_counter() - begin)
    return round(statistics.median(took) * 1000, 2)


async def run(settings: Settings) -> dict[str, float]:
    """Fill, then measure."""
    now = datetime.now(UTC)
    async with runtime(settings):
        tenant = new_id()
        await demo.seed_many(tenant, 1, tenant[:15], "bench", now)
        directory = await directory_of(tenant)
        clinic, service, doctor = (
            next(iter(each)) for each in (directory.clinics, directory.services, directory.doctors)
        )
        wish = Wish(clinic, service, doctor)
        await fill(directory, wish, now)
        diary.forget(tenant, doctor, now)
        busy = await diary.diary_of(tenant, doctor, now)
        desk, day = FrontDesk(tenant, Sender(new_id())), now.date() + timedelta(days=3)

        async def alone() -> int:
            return pure(directory, wish, busy, now)

        async def listed() -> object:
            diary.forget(tenant, doctor, now)
            return await desk.slots(wish, now, day)

        async def listed_again() -> object:
            return await desk.slots(wish, now, day)

        return {
            "pure_30_days_ms": await median(alone),
            "day_list_with_store_ms": await median(listed),
            "day_list_again_ms": await median(listed_again),
        }


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(asyncio.run(run(Settings.load()))).decode() + "\n")
