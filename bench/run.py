"""Measures everything that docs/performance.md says, and writes it: ``make bench``.

Several passes, interleaved, so that a slow moment of the machine does not fall on one figure alone; medians are kept.
All processes and stores share the machine with the load, which runs in a process of its own.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis import Redis

from bench import faults, form, promise_faults, reminders, staff_api
from bench.house import House, house
from bench.page import page
from opdesk import mongo_program
from opdesk.stores import free_port

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
ROOM = 0.6  # of the messages a second that go through at most: what leaves some room
Figures = dict[str, list[dict[str, Any]]]


def costs(used: dict[str, float], count: int) -> dict[str, int]:
    """Microseconds of processor time of each process, per unit."""
    return {name: round(seconds / count * 1e6) for name, seconds in used.items() if seconds > 0}


def receive(desk: House, rate: int, count: int) -> dict[str, Any]:
    """Hops 1 to 3 alone, in one process."""
    desk.start("receiver", "bench.deaf_bot", port=desk.bot_port)
    try:
        load = [
            "--bot-port",
            str(desk.bot_port),
            "--number",
            desk.numbers[0],
            "--count",
            str(count),
            "--rate",
            str(rate),
        ]
        report, used = desk.drive(*load, module="bench.receive")
    finally:
        desk.stop("receiver")
        with Redis.from_url(desk.environment["OPDESK_REDIS_URL"]) as client:
            client.flushdb()  # nobody is going to answer these
    return report | {"cpu": costs(used, count)}


def talk(desk: House, *arguments: str) -> dict[str, Any]:
    """The whole way, bot and worker running."""
    numbers = ",".join(desk.numbers)
    load = ["--bot-port", str(desk.bot_port), "--graph-port", str(desk.graph_port), "--numbers", numbers, *arguments]
    report, used = desk.drive(*load)
    return report | {"cpu": costs(used, report["replies"]), "memory": desk.memory()}


def plain(desk: House, *arguments: str) -> dict[str, Any]:
    """The same load on a bot made of pywa alone."""
    port = free_port()
    desk.start("plain", "bench.plain", "--port", str(port), "--graph", f"http://127.0.0.1:{desk.graph_port}", port=port)
    load = ["--bot-port", str(port), "--graph-port", str(desk.graph_port), "--numbers", "900000000000000", *arguments]
    try:
        report, used = desk.drive(*load)
    finally:
        desk.stop("plain")
    return report | {"cpu": costs(used, report["replies"])}


def printed(desk: House, module: str) -> dict[str, Any]:
    """What a measurement in a process of its own prints."""
    command = [sys.executable, "-m", module]
    said = subprocess.run(command, env=os.environ | desk.environment, check=True, stdout=subprocess.PIPE).stdout
    figures: dict[str, Any] = json.loads(said)
    return figures


def redis_per_chat(desk: House) -> int:
    """Bytes of Redis that an idle conversation keeps: the median of some."""
    client = Redis.from_url(desk.environment["OPDESK_REDIS_URL"])
    keys = [key for _, key in zip(range(500), client.scan_iter("{s*}:chat:*", count=1000), strict=False)]
    sizes = [int(client.memory_usage(key) or 0) for key in keys]
    client.close()
    return round(statistics.median(sizes)) if sizes else 0


def room(figures: Figures) -> int:
    """Messages a second that leave some room, by the first pass."""
    return max(10, int(figures["knee"][0]["per_second"] * ROOM) // 10 * 10)


def one_pass(desk: House, figures: Figures, seconds: int) -> None:
    """Each measurement once."""
    figures["receive"].append(receive(desk, 0, 30_000))
    figures["receive_half"].append(receive(desk, 2500, 25_000))
    whole_way(desk, figures, seconds)
    figures["plain"].append(plain(desk, "--patients", "64", "--seconds", str(max(6, seconds // 2))))


def whole_way(desk: House, figures: Figures, seconds: int, rate: int = 0) -> None:
    """Without a pause, and at ``rate`` messages a second: by default what leaves some room."""
    desk.start("bot", "opdesk", "bot", port=desk.bot_port)
    desk.start("worker", "opdesk", "worker")
    figures["knee"].append(talk(desk, "--patients", "128", "--seconds", str(seconds)))
    figures["paced"].append(talk(desk, "--rate", str(rate or room(figures)), "--seconds", str(seconds)))
    desk.stop("worker")
    desk.stop("bot")


def other_stores(ran: str) -> list[str]:
    """The programs here that serve MongoDB's protocol, but for the one that ran by itself."""
    return [program for program in mongo_program.COMMANDS if program != ran and mongo_program.here(program)]


def measure(passes: int, seconds: int, minute: int) -> tuple[Figures, dict[str, Any]]:
    """All passes, then what is measured once."""
    figures: Figures = defaultdict(list)
    by_store: dict[str, Figures] = defaultdict(lambda: defaultdict(list))
    once: dict[str, Any] = {}
    for number in range(passes):
        with house() as desk:
            one_pass(desk, figures, seconds)
            once["products"] = desk.products()
            ran = mongo_program.writer(desk.stores["mongo"].folder)
        for program in other_stores(ran):
            with house(program=program) as desk:
                whole_way(desk, by_store[desk.products()["mongo"]], seconds, room(figures))
        print(f"pass {number + 1} of {passes}: knee {figures['knee'][-1]['per_second']} messages/s", flush=True)
    own = {once["products"]["mongo"]: {name: figures[name] for name in ("knee", "paced")}}
    once["by_store"] = own | by_store
    with house() as desk:
        once["availability"] = printed(desk, "bench.availability")
        once["stages"] = printed(desk, "bench.stages")
        desk.start("bot", "opdesk", "bot", port=desk.bot_port)
        desk.start("worker", "opdesk", "worker")
        desk.start("scheduler", "opdesk", "scheduler")
        once["minute"] = talk(
            desk, "--rate", str(room(figures)), "--warm", "5", "--seconds", str(minute), "--linger", "20"
        )
        once["storm"] = talk(desk, "--rate", "100", "--seconds", "10", "--copies", "3")
        once["goal"] = talk(desk, "--rate", "1000", "--seconds", "15", "--drain", "60")
        once["chat_bytes"] = redis_per_chat(desk)
        once["memory"] = desk.memory()
    with house(provider="twilio") as desk:
        desk.start("bot", "opdesk", "bot", port=desk.bot_port)
        once["twilio"] = talk(desk, "--provider", "twilio", "--patients", "128", "--seconds", str(seconds))
    once["faults"] = faults.run(rounds=8, rate=60)
    once["promises"] = promise_faults.report()
    once["due"] = reminders.report(1000)
    once["staff_api"] = staff_api.measure(rate=100, seconds=30)
    once["form"] = form.measure(rate=40, seconds=20)
    return figures, once


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=12, help="of each whole-way run")
    parser.add_argument("--minute", type=int, default=60, help="seconds of the long paced run")
    parser.add_argument("--page", action="store_true", help="write the page anew from the last figures")
    options = parser.parse_args()
    raw = PAGE.with_suffix(".json")
    if options.page:
        last = json.loads(raw.read_text())
        PAGE.write_text(page(last["conditions"], last["figures"], last["once"]))
        return
    figures, once = measure(options.passes, options.seconds, options.minute)
    conditions = {
        "date": f"{datetime.now(UTC):%d %B %Y}", "python": platform.python_version(), "cores": os.cpu_count(),
        "rate": room(figures), "passes": options.passes, "seconds": options.seconds, "minute": options.minute,
    }  # fmt: skip
    raw.write_text(json.dumps({"conditions": conditions, "figures": figures, "once": once}, indent=1) + "\n")
    PAGE.write_text(page(conditions, figures, once))
    print(f"written: {PAGE.relative_to(PAGE.parent.parent)}")


if __name__ == "__main__":
    main()
