"""The tour of docs/api.md runs as it stands against a demo; its table of permissions is the program's."""

import os
import re
import subprocess
from pathlib import Path

from test_together import desk, wait_for

from clinic.permission import TABLE

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_tour_runs_as_it_stands(tmp_path: Path) -> None:
    script = "\n".join(re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL))
    assert script.count("curl") > 3
    with desk(tmp_path / "data") as running:
        wait_for(lambda: running.ready("API"))
        address = f"http://127.0.0.1:{running.ports['API']}/api/v1"
        toured = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], env=os.environ | {"API": address}, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
    assert toured.returncode == 0, f"{toured.stdout[-3000:]}\n{toured.stderr[-3000:]}"
    assert "500" not in toured.stderr


def as_markdown() -> str:
    heading, *rows = (line.split() for line in TABLE.strip().splitlines())
    lines = [["module", *heading], ["---"] * (len(heading) + 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def test_the_table_of_permissions_is_the_programs() -> None:
    page = PAGE.read_text()
    shown = re.search(r"<!-- permissions -->\n(.*?)\n?<!-- end -->", page, re.DOTALL)
    assert shown
    if os.environ.get("UPDATE"):
        PAGE.write_text(page.replace(shown[0], f"<!-- permissions -->\n{as_markdown()}\n<!-- end -->"))
        return
    assert shown[1] == as_markdown(), "UPDATE=1 pytest tests/opdesk/test_api_tour.py writes it anew"
