"""The API as a process of its own, on stores of its own with the demo's data: for what a fake transport cannot show."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pymongo import AsyncMongoClient

from bench.house import wait_ready
from clinic import demo, documents
from opdesk.stores import Store, free_port, start_mongo, start_redis

SECRET = "the live API's own secret key, long enough"


@dataclass
class LiveDesk:
    """``address`` is the API's, ``stores`` can be killed and revived."""

    stores: dict[str, Store]
    address: str

    def kill(self, name: str) -> None:
        self.stores[name].process.send_signal(signal.SIGKILL)
        self.stores[name].process.wait()

    def revive(self, name: str) -> None:
        self.stores[name] = self.stores[name].again()

    def token(self, who: str) -> str:
        """The access token of one of the demo's staff, such as ``reception``."""
        told = {"email": f"{who}@demo.opdesk.test", "password": "demo-password"}
        answer = httpx.post(f"{self.address}/auth/login", json=told, timeout=20)
        return str(answer.raise_for_status().json()["access_token"])


async def seed(url: str) -> None:
    """The demo's data, into a fresh store."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(url, tz_aware=True, journal=True)
    database = client.get_default_database("opdesk")
    await documents.connect(database)
    await documents.create_indexes(database)
    await demo.seed(SECRET, datetime.now(UTC))
    await client.close()


@contextmanager
def live_desk(folder: Path) -> Iterator[LiveDesk]:
    """Runs until the end of the block."""
    stores = {"redis": start_redis(folder / "redis"), "mongo": start_mongo(folder / "mongo")}
    here = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    subprocess.run(  # in a process of its own: this one's documents stay bound to the suite's database
        [sys.executable, "-c", f"import asyncio, live; asyncio.run(live.seed({stores['mongo'].url!r}))"],
        check=True, timeout=120, env=os.environ | here,
    )  # fmt: skip
    port = free_port()
    environment = os.environ | {
        "OPDESK_MONGO_URL": stores["mongo"].url, "OPDESK_REDIS_URL": stores["redis"].url, "OPDESK_API_PORT": str(port),
        "OPDESK_SECRET_KEY": SECRET, "OPDESK_API_RATE": "10000",
    }  # fmt: skip
    log = folder / "api.log"
    with log.open("wb") as written:
        api = subprocess.Popen([sys.executable, "-m", "opdesk", "api"], env=environment, stdout=written, stderr=written)
    try:
        wait_ready(port, api, log)
        yield LiveDesk(stores, f"http://127.0.0.1:{port}/api/v1")
    finally:
        api.terminate()
        api.wait(15)
        for store in stores.values():
            store.stop()
