"""A worker that kills itself, as with kill -9, around one of the steps of fetching a file:
``python mortal_fetch.py after:put MONGO GRAPH FOLDER TENANT ID``."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from promises import SECRET_KEY
from pymongo import AsyncMongoClient
from redis import Redis

from clinic.documents import connect
from clinic.vault import Vault
from workers.context import Context
from workers.media import fetch_once
from workers.providers import Providers


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MortalVault(Vault):
    """Dies around its own writing, or before the scanner's word."""

    death = ""

    async def put(self, tenant_id: str, id: str, content: bytes) -> None:
        if self.death == "before:put":
            die()
        await super().put(tenant_id, id, content)
        if self.death == "after:put":
            die()


class MortalScanner:
    """Is asked after the file is noted as stored."""

    def __init__(self, death: str) -> None:
        self.death = death

    async def infected(self, content: bytes) -> bool:
        if self.death == "after:stored":
            die()
        return False


async def main(death: str, mongo: str, graph: str, folder: str, tenant_id: str, id: str) -> None:
    client = AsyncMongoClient(mongo, tz_aware=True, journal=True)
    await connect(client.get_default_database("opdesk"))
    vault = MortalVault(Path(folder), SECRET_KEY)
    object.__setattr__(vault, "death", death)
    context = Context("mortal", Redis(), Providers(graph, SECRET_KEY), vault=vault, scanner=MortalScanner(death))
    await fetch_once(context, tenant_id, id, datetime.now(UTC))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
