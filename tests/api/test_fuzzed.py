"""schemathesis reads the API's description and tries everything that it allows, and what it does not: no fault of ours,
no answer that is not described."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import LiveDesk, live_desk

from api.routes import ROUTERS

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,ignored_auth"
)
TAGS = sorted({str(tag) for router in ROUTERS for tag in router.tags} - {"events"})  # a stream has no end to wait for
GROUPS = [TAGS[number::4] for number in range(4)]  # so that several processes share the work
# The systematic part takes minutes: it is CI's. What is drawn at random is tried everywhere.
PHASES = "examples,coverage,fuzzing" if os.environ.get("CI") else "examples,fuzzing"
SIGNING_OUT = r"logout|/me/sessions|/me/password|streams?$|/events$"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LiveDesk]:
    with live_desk(tmp_path) as live:
        yield live


@pytest.mark.parametrize("tags", GROUPS, ids="+".join)
def test_nothing_that_is_sent_meets_a_fault_or_an_undescribed_answer(
    desk: LiveDesk, tmp_path: Path, tags: list[str]
) -> None:
    chosen = [part for tag in tags for part in ("--include-tag", tag)]
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{desk.address}/openapi.json", *chosen,
        "--header", f"Authorization: Bearer {desk.token('owner')}", "--exclude-path-regex", SIGNING_OUT,
        "--checks", CHECKS, "--phases", PHASES, "--max-examples", "8", "--seed", "1",
        "--generation-database", "none", "--request-timeout", "20", "--suppress-health-check", "all", "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
