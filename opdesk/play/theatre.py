"""``opdesk demo --play week``: a demo of its own, opened for the play and closed after it."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opdesk import together
from opdesk.play.run import Play, play
from opdesk.probe import free_port
from opdesk.screen import Screen
from opdesk.settings import Settings

PACE = 0.02  # of the simulator's ticks: nobody looks at them
RATE = 2000  # requests a second of the one receptionist who does everybody's work
PORTS = ("bot_port", "api_port", "simulator_port")


def run(host: str, what: Play) -> int:
    """The exit code: 0 where everything that was promised was kept, once and in time, and everybody was answered. The
    account is the last line."""
    with stage(host) as settings:
        accounts: list[str] = []

        def work(opened: Settings, screen: Screen) -> None:
            account = asyncio.run(play(opened, screen, what))
            accounts.extend([str(account)] if account.good else [str(account), "bad"])

        together.run(settings, demo=True, demo_data=True, work=work)
    if accounts:
        print(accounts[0], flush=True)
    return 0 if len(accounts) == 1 else 1


@contextmanager
def stage(host: str) -> Iterator[Settings]:
    """Settings of a demo that touches nobody's data: a folder, stores and ports of its own, unless the environment
    names a folder."""
    named = Settings.load(host=host)
    if "data_dir" in named.model_fields_set:
        yield prepared(named)
        return
    folder = Path(tempfile.mkdtemp(prefix="opdesk-week-"))
    try:
        yield prepared(Settings.load(host=host, data_dir=folder, mongo_url="", redis_url="", queue_url=""))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepared(settings: Settings) -> Settings:
    """With free ports where none are given, and in a hurry."""
    ports = {name: free_port() for name in PORTS if name not in settings.model_fields_set}
    return settings.model_copy(update={"api_rate": RATE, "simulator_pace": PACE, **ports})
