"""The staff API under a steady load: a day's queue of 60 patients, and a search among 50,000, side by side.

``python -m bench.staff_api [--rate 100] [--seconds 30]`` prints one JSON line: latencies in milliseconds and CPU us per
request of each process, on embedded stores of its own. The load comes from a process of its own.
"""

import argparse
import asyncio
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import aiohttp
import uvloop

from bench.drive import quantiles
from bench.house import House, house
from opdesk.runtime import DATABASE, mongo_client
from opdesk.stores import free_port

TENANT = "bench0"
PATIENTS, QUEUE, USERS = 50_000, 60, 4
FIRST = """
Aarav Aisha Amit Ana Anjali Asha Carlos Deepa Divya Fatima Gita Hassan Imran Ines Jose Kavita Kiran Lakshmi Leila Manoj
Maria Meera Mohan Nadia Neha Nisha Omar Pablo Pooja Priya Rahul Ravi Rohan Sana Sanjay Sofia Sunil Tara Vikram Zara
"""
LAST = """
Agarwal Ahmed Almeida Bose Chopra Costa Das Desai Fernandes Garcia Ghosh Gupta Hussain Iyer Jain Joshi Kapoor Khan Kumar
Lopes Mehta Menon Mishra Nair Naidu Patel Pereira Pillai Rao Reddy Roy Santos Shah Sharma Shetty Silva Singh Thomas
Varma Yadav
"""
NAMES = (FIRST.split(), LAST.split())
ROUTES = ("queue", "search")
SHARE = 0.5  # of the first


def name_of(number: int) -> str:
    """Forty first names, forty last names, and some initials between them."""
    initial = chr(65 + number // 1600 % 26)
    return f"{NAMES[0][number % 40]} {initial}. {NAMES[1][number // 40 % 40]}"


async def seed(url: str) -> dict[str, Any]:
    """Patients enough, a queue of today, and what the load needs to know."""
    from clinic import documents, name_word
    from clinic.patient import Patient
    from clinic.record import new_id, to_mongo

    client = mongo_client(url)
    await documents.connect(client.get_default_database(DATABASE))
    now = datetime.now(UTC)
    ids = [new_id() for _ in range(PATIENTS)]
    for start in range(0, PATIENTS, 200):
        rows = [
            to_mongo(
                Patient(
                    id=ids[n], tenant_id=TENANT, name=name_of(n), phones=[f"+9198{n:08d}"], request_id=f"seed{n}",
                    created_at=now,
                )
            )
            for n in range(start, start + 200)
        ]  # fmt: skip
        await Patient.of(TENANT).insert_rows(rows)
    await name_word.learn(TENANT, map(name_of, range(1600 * 26)))
    told = await seed_queue(ids[:QUEUE], now)
    await client.close()
    return told


async def seed_queue(patients: list[str], now: datetime) -> dict[str, Any]:
    """All of them have come today; a third has been seen."""
    from clinic.directory import directory_of
    from clinic.queue_entry import QueueEntry, token_label
    from clinic.record import to_mongo
    from clinic.wall_clock import local_day

    directory = await directory_of(TENANT)
    clinic, service = next(iter(directory.clinics.values())), next(iter(directory.services.values()))
    doctor = next(iter(directory.doctors.values()))
    day, rows = local_day(now, clinic.zone), []
    for token, patient in enumerate(patients, 1):
        arrived = now - timedelta(minutes=5 * (QUEUE - token))
        seen: dict[str, Any] = {"status": "done", "started_at": arrived, "finished_at": arrived + timedelta(minutes=6)}
        entry = QueueEntry(
            tenant_id=TENANT, request_id=f"seed{token}", clinic_id=clinic.id, doctor_id=doctor.id, day=day, token=token,
            service_id=service.id, tokens=[token_label(doctor.id, day, token)], patient_id=patient, minutes=10,
            patient_name=name_of(token), place=arrived.timestamp(), arrived_at=arrived,
            **(seen if token <= QUEUE // 3 else {}),
        )  # fmt: skip
        rows.append(to_mongo(entry))
    await QueueEntry.of(TENANT).insert_rows(rows)
    return {"doctor_id": doctor.id, "date": day.isoformat()}


async def drive(told: dict[str, Any], rate: float, seconds: float) -> dict[str, Any]:
    """An even load; latencies by route."""
    took: dict[str, list[float]] = {name: [] for name in ROUTES}
    codes: dict[int, int] = {}
    under_way: set[asyncio.Task[None]] = set()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as session:
        for user in told["tokens"]:  # warm
            await one(session, told, user, "queue", {}, codes)
        print("go", flush=True)
        start = perf_counter()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, start + number / rate - perf_counter()))
            route = told["only"] or ("queue" if random.random() < SHARE else "search")
            user = told["tokens"][number % len(told["tokens"])]
            task = asyncio.create_task(one(session, told, user, route, took, codes))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)
        elapsed = perf_counter() - start
        print("done", flush=True)
    return {
        "requests": sum(map(len, took.values())), "per_second": round(rate * seconds / elapsed, 1), "codes": codes,
        **{name: quantiles(found) for name, found in took.items()},
    }  # fmt: skip


async def one(
    session: aiohttp.ClientSession, told: dict[str, Any], token: str, route: str, took: dict[str, list[float]],
    codes: dict[int, int],
) -> None:  # fmt: skip
    """One request."""
    url = told["queue"] if route == "queue" else f"{told['search']}{wanted()}"
    start = perf_counter()
    async with session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        await answer.read()
        codes[answer.status] = codes.get(answer.status, 0) + 1
    took.setdefault(route, []).append(perf_counter() - start)


def wanted() -> str:
    """What somebody at the desk types: a name, often with a slip, or the end of a number."""
    number = random.randrange(PATIENTS)
    if random.random() < 0.3:
        return f"98{number:08d}"[-7:]
    name = name_of(number).lower()
    if random.random() < 0.3:
        at = random.randrange(1, len(name) - 1)
        name = name[:at] + name[at + 1 :]
    return name.replace(" ", "%20")


def measure(rate: float, seconds: float, only: str = "") -> dict[str, Any]:
    """Everything, in a throw-away house."""
    with house() as desk:
        told = asyncio.run(seed(desk.environment["OPDESK_MONGO_URL"]))
        port = free_port()
        desk.start("api", "opdesk", "api", port=port, OPDESK_API_PORT=str(port), OPDESK_API_RATE="1000")
        report, used = desk.drive(
            json.dumps(addressed(desk, told, port) | {"only": only}), str(rate), str(seconds), module=__spec__.name
        )
        cpu = {name: round(spent / report["requests"] * 1e6) for name, spent in used.items() if spent > 0}
        return report | {"cpu": cpu, "memory": desk.memory()}


def addressed(desk: House, told: dict[str, Any], port: int) -> dict[str, Any]:
    """Where the load asks, and as whom."""
    from clinic import access_token
    from clinic.permission import Membership
    from clinic.record import new_id

    base = f"http://127.0.0.1:{port}/api/v1"
    secret, now = desk.environment["OPDESK_SECRET_KEY"], datetime.now(UTC)
    claims = [
        access_token.Claims(new_id(), TENANT, new_id(), "Bench", (Membership("receptionist"),)) for _ in range(USERS)
    ]
    return {
        "tokens": [access_token.issue(each, secret, now) for each in claims],
        "queue": f"{base}/queue?doctor_id={told['doctor_id']}&date={told['date']}",
        "search": f"{base}/patients?search=",
    }


def main() -> None:
    """The load where it is given an address, else the whole measurement."""
    if len(sys.argv) > 1 and sys.argv[1].startswith("{"):
        random.seed(7)
        print(json.dumps(uvloop.run(drive(json.loads(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--only", choices=ROUTES, default="")
    args = parser.parse_args()
    print(json.dumps(measure(args.rate, args.seconds, args.only)))


if __name__ == "__main__":
    main()
