"""A conversation can be had without any store, network or web framework being loaded."""

import subprocess
import sys

FORBIDDEN = (
    "beanie",
    "pymongo",
    "redis",
    "rq",
    "httpx",
    "aiohttp",
    "fastapi",
    "pywa",
    "bot",
    "api",
    "workers",
    "simulator",
)


def test_flows_load_nothing_that_talks_to_the_world() -> None:
    code = f"import sys, flows.turn, flows.conversations; print([m for m in {FORBIDDEN} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]", "flows decide; the edges talk to stores and networks: keep the import out"
