"""One process of the race at the reception desk: checks in patients, then presses "call next", with others.

``python clicker.py URL DATABASE TENANT SHARE OF`` says ``ready``, waits for a line, and prints a JSON line.
"""

import asyncio
import json
import sys
from dataclasses import replace

from practice import DAY, NINE
from pymongo import AsyncMongoClient

from clinic import attendance, queue
from clinic.appointment import Appointment
from clinic.booking import Asker
from clinic.directory import directory_of
from clinic.documents import connect


async def main(url: str, database: str, tenant_id: str, share: str, of: str) -> None:
    """Prepare everything, then go with the other processes."""
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(url, tz_aware=True, journal=True)
    await connect(client[database])
    directory = await directory_of(tenant_id)
    visits = (await Appointment.of(tenant_id).find(sort=[("_id", 1)]))[int(share) :: int(of)]
    asker = Asker(share, "staff:1", "api", staff=True)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    came = await asyncio.gather(
        *(attendance.check_in(directory, visit, replace(asker, request_id=f"in {visit.id}"), NINE) for visit in visits)
    )
    doctor = next(iter(directory.doctors))
    clicks = [replace(asker, request_id=f"{share} click {number}") for number in range(3)]
    called = await asyncio.gather(*(queue.call_next(tenant_id, doctor, [DAY], each, NINE) for each in clicks))
    print(json.dumps({"tokens": [entry.token for _, entry in came], "called": [entry.id for entry in called]}))
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
