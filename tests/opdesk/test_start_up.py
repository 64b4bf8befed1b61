"""What no process may load before it is ready: each of these once cost every start a tenth of a second or more."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

DATABASE = ("pymongo", "beanie", "bson")
TWILIO = ("twilio.rest", "twilio.http", "requests", "urllib3")
POSTERS = ("fpdf", "fontTools", "PIL", "numpy", "uharfbuzz", "segno")
WEB = ("fastapi", "starlette", "uvicorn")
JOBS = ("workers.notifications", "workers.graph")
PROVIDERS = (*TWILIO, "pywa", "pywa_async", "httpx")
SELDOM = (*POSTERS, "rich", "pygments", "holidays", "icalendar")

# what a process loads until it is ready -> what must not be there
FREE: dict[str, tuple[str, tuple[str, ...]]] = {
    "help": (
        "import opdesk.cli",
        (*SELDOM, *DATABASE, *WEB, *PROVIDERS, "structlog", "pydantic", "redis", "rq", "aiohttp"),
    ),
    "chat": (
        "import opdesk.demo, opdesk.logs, opdesk.settings, simulator.terminal",
        (*SELDOM, *DATABASE, *WEB, *TWILIO, "pywa", "redis", "rq", "aiohttp"),
    ),
    "check": ("import opdesk.check", (*SELDOM, *WEB)),
    "bot": ("import opdesk.roles, opdesk.front", (*SELDOM, *PROVIDERS, *JOBS, "fastapi")),
    "api": ("import opdesk.roles, opdesk.office", (*(set(SELDOM) - {"segno"}), *PROVIDERS, *JOBS)),
    "worker": ("import opdesk.working", (*SELDOM, *WEB, *PROVIDERS)),
    "scheduler": ("import opdesk.scheduling", (*SELDOM, *DATABASE, *WEB, *PROVIDERS, *JOBS, "aiohttp")),
    "simulator": ("import opdesk.roles, simulator.app", (*SELDOM, *DATABASE, *PROVIDERS, "redis", "rq")),
}  # fmt: skip

LOAD = """
import sys
from opdesk.loading import quickly
with quickly():
    {}
print(*sys.modules)
"""


@pytest.mark.parametrize("process", FREE)
def test_a_process_is_ready_without_what_it_seldom_needs(process: str) -> None:
    loads, needless = FREE[process]
    ended = subprocess.run(
        [sys.executable, "-c", LOAD.format(loads)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert sorted(set(needless) & set(ended.stdout.split())) == []


def test_what_was_loaded_quickly_leaves_nothing_changed() -> None:
    """Rich can be imported afterwards, as help pages do, and the collector works."""
    said = "import gc, rich.console; print(gc.isenabled(), gc.get_freeze_count() > 0)"
    ended = subprocess.run(
        [sys.executable, "-c", LOAD.format("import structlog") + said],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert ended.stdout.splitlines()[-1] == "True True"
