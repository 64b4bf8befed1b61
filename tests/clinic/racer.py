"""One process of the booking race: many patients at once, who all want the same morning of the same doctor.

``python racer.py URL DATABASE TENANT FIRST COUNT`` says ``ready``, waits for a line, and prints a JSON line for each
attempt.
"""

import asyncio
import json
import random
import sys
from dataclasses import dataclass
from datetime import timedelta

from practice import DAY, NINE, NOW
from pymongo import AsyncMongoClient

from clinic.desk import FrontDesk
from clinic.directory import directory_of
from clinic.documents import connect
from clinic.errors import ClinicError
from clinic.views import PatientView, Sender, Slot, Wish

QUARTER = timedelta(minutes=15)


@dataclass
class Racer:
    """One patient who has looked at the free times and chosen one."""

    number: int
    desk: FrontDesk
    patient: PatientView
    wish: Wish
    slot: Slot

    async def book(self) -> dict[str, object]:
        """And look again where somebody was faster."""
        try:
            booked = await self.desk.book(f"race{self.number}", self.patient.id, self.wish, self.slot, "en", NOW)
        except ClinicError as refusal:
            others = await self.desk.slots(self.wish, NOW, DAY)
            return {"outcome": refusal.code, "others": len(others), "again": self.slot in others}
        return {"outcome": "booked", "id": booked.id}


async def prepared(tenant_id: str, number: int) -> Racer:
    """A racer with a chat of its own and a choice that is always the same."""
    dice, directory = random.Random(number), await directory_of(tenant_id)
    clinic, doctor = next(iter(directory.clinics)), next(iter(directory.doctors))
    service = dice.choice(list(directory.services.values()))
    desk, wish = FrontDesk(tenant_id, Sender(f"racer{number}")), Wish(clinic, service.id, doctor)
    patient = await desk.register(f"hello{number}", "Ann", None, True, NOW)
    start = NINE + dice.randrange(6) * QUARTER
    return Racer(number, desk, patient, wish, Slot(start, start + timedelta(minutes=service.minutes), doctor))


async def main(url: str, database: str, tenant_id: str, first: str, count: str) -> None:
    """Prepare everything, then go with the other processes."""
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, tz_aware=True, journal=True)
    await connect(client[database])
    numbers = range(int(first), int(first) + int(count))
    racers = [await prepared(tenant_id, number) for number in numbers]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await racers[0].desk.slots(racers[0].wish, NOW, DAY)
    for result in await asyncio.gather(*(racer.book() for racer in racers)):
        print(json.dumps(result))
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
