"""The operator's page names every setting and every metric that there is, and none that there is not."""

import re
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from api import metrics as of_api
from bot import metrics as of_bot
from clinic import metrics as of_clinic
from opdesk.settings import Settings
from workers import metrics as of_workers

PAGE = (Path(__file__).parent.parent.parent / "docs" / "operating.md").read_text()
# Read by one command each, not by every process.
ASIDE = {
    "OPDESK_ACCESS_TOKEN", "OPDESK_AUTH_TOKEN", "OPDESK_NEW_SECRET", "OPDESK_SHARED_KEY",
    "OPDESK_SIMULATOR_TWILIO_URL", "OPDESK_SIMULATOR_WEBHOOK_URL",
}  # fmt: skip


def metric_names() -> set[str]:
    """As Prometheus sees them."""
    found = [each for room in (of_api, of_bot, of_clinic, of_workers) for each in vars(room).values()]
    declared = [each for each in found if isinstance(each, MetricWrapperBase)]
    assert {type(each) for each in declared} == {Counter, Gauge, Histogram}
    return {each._name + ("_total" if isinstance(each, Counter) else "") for each in declared}


def first_cells(heading: str) -> str:
    """The first column of the table under a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(line.split("|")[1] for line in section.splitlines() if line.startswith("|"))


def test_every_setting_is_in_the_table() -> None:
    known = {f"OPDESK_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"OPDESK_[A-Z_]+", first_cells("Settings"))) == known | ASIDE


def test_every_metric_is_in_the_table() -> None:
    assert set(re.findall(r"opdesk_[a-z_]+", first_cells("Health and metrics"))) == metric_names()
