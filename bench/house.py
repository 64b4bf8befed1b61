"""A whole desk for a measurement: stores, seeded tenants and processes in a throw-away folder, with their costs.

BENCH_MONGO in the environment names the program that serves MongoDB's protocol (``opdesk.mongo_program.COMMANDS``).
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from opdesk.stores import Store, free_port, start_mongo, start_redis

TENANTS = 10
DOCTORS = 10  # of each tenant
SECRET = "bench-secret-key"


@dataclass(slots=True)
class House:
    """Processes by name; ``cpu()`` and ``memory()`` tell what each has used."""

    folder: Path
    environment: dict[str, str]
    bot_port: int
    graph_port: int
    numbers: list[str]
    processes: dict[str, psutil.Process] = field(default_factory=dict)
    children: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)

    def start(self, name: str, *command: str, port: int = 0, **environment: str) -> None:
        """Start a Python module of ours and wait until it is ready."""
        log = (self.folder / f"{name}.log").open("ab")
        child = subprocess.Popen(
            [sys.executable, "-m", *command], env=os.environ | self.environment | environment,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.children[name], self.processes[name] = child, psutil.Process(child.pid)
        if port:
            wait_ready(port, child, self.folder / f"{name}.log")

    def stop(self, name: str, *, kill: bool = False) -> None:
        """End one process, politely or not."""
        child = self.children.pop(name)
        self.processes.pop(name, None)
        (child.kill if kill else child.terminate)()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time that each process has used so far."""
        return {name: sum(process.cpu_times()[:2]) for name, process in self.processes.items()}

    def products(self) -> dict[str, str]:
        """Which stores run: name and version of each."""
        return {name: store.product() for name, store in self.stores.items()}

    def memory(self) -> dict[str, float]:
        """Resident MiB of each process."""
        return {name: round(process.memory_info().rss / 2**20, 1) for name, process in self.processes.items()}

    def drive(self, *arguments: str, module: str = "bench.drive") -> tuple[dict, dict[str, float]]:  # type: ignore[type-arg]
        """Run the load in a process of its own: its report, and the seconds of processor time that each process used
        between its words "go" and "done"."""
        load = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | self.environment,
        )
        self.processes["load"] = psutil.Process(load.pid)
        before: dict[str, float] = {}
        used: dict[str, float] = {}
        report: dict = {}  # type: ignore[type-arg]
        for line in load.stdout or ():
            if line.startswith("go"):
                before = self.cpu()
            elif line.startswith("done"):
                used = {name: after - before.get(name, 0) for name, after in self.cpu().items()}
            elif line.startswith("{"):
                report = json.loads(line)
        load.wait()
        del self.processes["load"]
        if not report:
            raise SystemExit(f"the load ended with {load.returncode} and without a report")
        return report, used


def wait_ready(port: int, child: "subprocess.Popen[bytes]", log: Path, seconds: float = 120) -> None:
    """Until the process on ``port`` says that it is ready."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            if child.poll() is not None:
                break
            time.sleep(0.05)
    raise SystemExit(f"{log.name} is not ready:\n{log.read_text()[-2000:]}")


def at(provider: str, n: int, secret: str) -> dict[str, str]:
    """The n-th tenant's number there."""
    if provider == "cloud":
        return {"phone_number_id": f"3{n:014d}"}
    from bench.twilio_wire import ACCOUNT, TOKEN
    from clinic.channel import Channel

    token = Channel.sealed(TOKEN, secret)
    number = f"whatsapp:+1555{n:07d}"
    return {"provider": "twilio", "phone_number_id": number, "waba_id": ACCOUNT, "access_token": token}


async def seed(settings_url: str, secret: str, tenants: int, provider: str = "cloud") -> list[str]:
    """Tenants with doctors enough for the load; their phone number ids."""
    from clinic import demo, documents
    from clinic.channel import Channel
    from opdesk.runtime import DATABASE, mongo_client

    client = mongo_client(settings_url)
    database = client.get_default_database(DATABASE)
    await documents.connect(database)
    await documents.create_indexes(database)
    numbers = []
    for n in range(tenants):
        number = at(provider, n, secret)
        await demo.seed_many(f"bench{n}", DOCTORS, f"3{n:014d}", secret, datetime.now(UTC))
        await Channel.of(f"bench{n}").change_all({}, {"$set": number | {"messages_per_second": 1000}})
        numbers.append(number["phone_number_id"])
    await client.close()
    return numbers


@contextmanager
def house(tenants: int = TENANTS, provider: str = "cloud", program: str = "") -> Iterator[House]:
    """Stores started (``program``: what serves MongoDB's protocol), tenants seeded; everything is ended and removed
    afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="opdesk-bench-"))
    redis = start_redis(folder / "redis")
    mongo = start_mongo(folder / "mongo", program or os.environ.get("BENCH_MONGO", ""))
    bot_port, graph_port = free_port(), free_port()
    environment = {
        "OPDESK_MONGO_URL": mongo.url,
        "OPDESK_REDIS_URL": redis.url,
        "OPDESK_DATA_DIR": str(folder),
        "OPDESK_GRAPH_URL": f"http://127.0.0.1:{graph_port}",
        "OPDESK_TWILIO_URL": f"http://127.0.0.1:{graph_port}",
        "OPDESK_WHATSAPP_APP_SECRET": "demo-app-secret",
        "OPDESK_WHATSAPP_VERIFY_TOKEN": "demo-verify-token",
        "OPDESK_SECRET_KEY": SECRET,
        "OPDESK_BOT_PORT": str(bot_port),
    }
    desk = House(folder, environment, bot_port, graph_port, asyncio.run(seed(mongo.url, SECRET, tenants, provider)))
    desk.stores = {"redis": redis, "mongo": mongo}
    desk.processes |= {"redis": psutil.Process(redis.process.pid), "mongo": psutil.Process(mongo.process.pid)}
    try:
        yield desk
    finally:
        for name in list(desk.children):
            desk.stop(name)
        for store in desk.stores.values():
            store.stop()
        shutil.rmtree(folder, ignore_errors=True)
