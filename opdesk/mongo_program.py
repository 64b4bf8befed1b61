"""Which program serves MongoDB's protocol: the one that wrote the folder's data, else the best one here.

SecantusDB's two servers are run, never imported: they are GPL. The one in Rust keeps a cancelled visit's time taken and
makes its data unfit for the one in Python (docs/operating.md): it runs only where it is named, for measurements.
"""

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from opdesk.errors import Trouble

MONGOD, SECANTUS, RUST = "mongod", "SecantusDB", "secantusd-rs"
PREFERRED = (MONGOD, SECANTUS)
# By a file that only it makes, the surest first: the Rust server's folders have the Python one's files as well.
WRITERS = {"_mdb_catalog.wt": MONGOD, "secantus_prepared_xacts.wt": RUST, "secantus_collections.wt": SECANTUS}
GET = {
    MONGOD: "install mongod, or set OPDESK_MONGO_URL to one that runs",
    SECANTUS: "`make install` brings it",
    RUST: "docs/operating.md says how to get it",
}


def _mongod(folder: Path, port: int) -> list[str]:
    return [_path(MONGOD), "--dbpath", str(folder.resolve()), "--bind_ip", "127.0.0.1", "--port", str(port)]


def _secantus(folder: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "secantus", *_options(folder, port)]


def _rust(folder: Path, port: int) -> list[str]:
    return [_path(RUST), *_options(folder, port), "--sync-on-commit"]  # else a kill loses journaled writes


def _options(folder: Path, port: int) -> list[str]:
    """Standalone: each write is not kept a second time for followers, of which there are none."""
    quiet = ["--host", "127.0.0.1", "--cache-size", "256M", "--log-level", "WARNING", "--standalone"]
    return [*quiet, "--port", str(port), "--storage-path", str(folder.resolve())]


def _path(program: str) -> str:
    return shutil.which(program) or program


COMMANDS: dict[str, Callable[[Path, int], list[str]]] = {MONGOD: _mongod, SECANTUS: _secantus, RUST: _rust}


def here(program: str) -> bool:
    """Whether it can be run on this machine."""
    found = importlib.util.find_spec("secantus") if program == SECANTUS else shutil.which(program)
    return found is not None


def writer(folder: Path) -> str:
    """The program that wrote the data in ``folder``; empty where there is none yet."""
    return next((program for file, program in WRITERS.items() if (folder / file).exists()), "")


def chosen(folder: Path, named: str = "") -> str:
    """The program to run on ``folder``: ``named`` where given. Raises ``Trouble`` where that cannot be."""
    wrote = writer(folder)
    if wrote and wrote != (named or wrote):
        raise Trouble(f"The mongo data in {folder} was written by {wrote}: give {named} a folder of its own.")
    if wrote == RUST != named:
        raise Trouble(
            f"The mongo data in {folder} was written by {RUST}, which is for measurements only: "
            "set OPDESK_DATA_DIR to another folder."
        )
    program = named or wrote or next(filter(here, PREFERRED), MONGOD)
    if not here(program):
        what = f"The mongo data in {folder} was written by {wrote}, which is not" if wrote else f"There is no {program}"
        raise Trouble(f"{what} here: {GET[program]}.")
    return program


def command(folder: Path, port: int, named: str = "") -> list[str]:
    """How it is run. Raises ``Trouble`` as ``chosen`` does."""
    return COMMANDS[chosen(folder, named)](folder, port)
