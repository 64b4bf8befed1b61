"""kill -9, again and again, of the bot, the worker, Redis and the database, while patients book: what was lost?

``python -m bench.faults``: each round kills one of them under load and starts it anew; the supervisor of ``opdesk
up`` does the same. Prints one JSON line: messages and replies must be equal, nothing doubled, no doctor booked twice;
and how long somebody waited at most, by whose end it was.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from bench.house import House, house
from clinic import documents
from clinic.appointment import Appointment
from opdesk.runtime import DATABASE, mongo_client

EVERY = 6.0  # seconds between two kills
VICTIMS = ("bot", "redis", "worker", "mongo")
BACK = 4.0  # seconds after a kill for which a slow reply is laid to it, even where the message came after the kill
Kill = tuple[float, str]  # when, and who


def kill(desk: House, victim: str) -> None:
    """End it as the kernel would, and start it anew."""
    if victim in desk.stores:
        desk.stores[victim].process.kill()
        desk.stores[victim].process.wait()
        desk.stores[victim] = desk.stores[victim].again()
        return
    desk.stop(victim, kill=True)
    desk.start(victim, "opdesk", victim, port=desk.bot_port if victim == "bot" else 0)


def havoc(desk: House, rounds: int, victims: Sequence[str]) -> list[Kill]:
    """One kill after the other."""
    kills: list[Kill] = []
    for number in range(rounds):
        time.sleep(EVERY)
        victim = victims[number % len(victims)]
        kills.append((time.perf_counter(), victim))
        kill(desk, victim)
        print(f"killed {victim}", flush=True)
    return kills


def slowest(slow: Iterable[tuple[float, float]], kills: Sequence[Kill]) -> dict[str, float]:
    """Seconds that somebody waited at most, by the kill that had just been or that came meanwhile."""
    found: dict[str, float] = defaultdict(float)
    for asked, took in slow:
        before = [who for at, who in kills if asked - BACK <= at <= asked]
        meanwhile = [who for at, who in kills if asked < at <= asked + took]
        who = (meanwhile[:1] or before[-1:] or ["nobody"])[0]
        found[who] = round(max(found[who], took), 1)
    return dict(found)


async def booked_twice(desk: House) -> int:
    """How many seats are held by more than one visit."""
    client = mongo_client(desk.environment["OPDESK_MONGO_URL"])
    await documents.connect(client.get_default_database(DATABASE))
    seats: Counter[tuple[str, str]] = Counter()
    for number in range(len(desk.numbers)):
        for row in await Appointment.of(f"bench{number}").rows({}, ("doctor_id", "cells")):
            seats.update((row["doctor_id"], cell) for cell in row.get("cells", ()))
    await client.close()
    return sum(count > 1 for count in seats.values())


def run(rounds: int, rate: int, victims: Sequence[str] = VICTIMS) -> dict[str, object]:
    """Load and kills side by side."""
    with house() as desk:
        desk.start("bot", "opdesk", "bot", port=desk.bot_port)
        desk.start("worker", "opdesk", "worker")
        load = subprocess.Popen(
            [
                sys.executable, "-m", "bench.drive", "--bot-port", str(desk.bot_port), "--graph-port",
                str(desk.graph_port), "--numbers", ",".join(desk.numbers), "--rate", str(rate), "--seconds",
                str(int(EVERY * (rounds + 1))), "--drain", "90", "--linger", "30",
                "--slow",
            ],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(4)
        try:
            kills = havoc(desk, rounds, victims)  # from this thread: a child ends with the thread that made it
            said, _ = load.communicate(timeout=EVERY * 2 + 150)
        finally:
            load.kill()
        report: dict[str, Any] = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
        slow = slowest(report.pop("slow"), kills)
        return report | {"booked_twice": asyncio.run(booked_twice(desk)), "slowest_by_kill": slow}


def main() -> None:
    """Run, and end non-zero where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--rate", type=int, default=60)
    parser.add_argument("--victims", default=",".join(VICTIMS), help="who is killed in turn, separated by commas")
    options = parser.parse_args()
    report = run(options.rounds, options.rate, options.victims.split(","))
    print(json.dumps(report))
    broken = report["messages"] != report["replies"] or report.get("doubled") or report["booked_twice"]
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
