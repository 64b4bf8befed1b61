"""An operator prints a poster and lists links; what is missing is said in one sentence."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from opdesk.settings import Settings

SETS: dict[str, Any] = {"whatsapp_app_secret": "a", "whatsapp_verify_token": "b", "secret_key": "c" * 32}
PLACE = ("--clinic", "Hill Road", "--address", "12 Hill Road, Mumbai", "--zone", "Asia/Kolkata", "--currency", "INR")


@pytest.fixture
def settings(mongo_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """A database of its own."""
    url = mongo_url.replace("/opdesk?", "/posters?")
    return Settings.load(mongo_url=url, redis_url=redis_url, data_dir=tmp_path, **SETS)


def opdesk(settings: Settings, *command: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPDESK_")}
    return subprocess.run(
        [sys.executable, "-m", "opdesk", *command], env=clean | settings.environment(), capture_output=True, text=True,
        check=False, timeout=60, cwd=settings.data_dir,
    )  # fmt: skip


def refused(ended: subprocess.CompletedProcess[str]) -> str:
    assert (ended.returncode, len(ended.stderr.strip().splitlines())) == (1, 1), ended
    return ended.stderr


def test_a_poster_is_printed(settings: Settings) -> None:
    assert "no practice" in refused(opdesk(settings, "poster", "asha"))
    assert opdesk(settings, "tenant", "add", "asha", "Asha Clinics", "--languages", "hi,en", *PLACE).returncode == 0
    assert "no number" in refused(opdesk(settings, "poster", "asha"))
    added = opdesk(settings, "channel", "add", "asha", "1", "w", "--access-token", "t", "--display", "+91 98765 43210")
    assert added.returncode == 0, added
    drawn = opdesk(settings, "poster", "asha", "hill road", "--size", "a5", "--out", "door.pdf")
    assert drawn.stdout == "door.pdf: a poster for Hill Road, A5. Print it at its actual size.\n", drawn
    (page,) = pypdfium2.PdfDocument(settings.data_dir / "door.pdf")
    assert page.get_size() == pytest.approx((419.53, 595.28), abs=0.01)
    (code,) = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    listed = opdesk(settings, "links", "asha").stdout.splitlines()
    assert [line.split("  ")[:3] for line in listed] == [
        [kind, "Hill Road", language] for kind in ("clinic", "check_in") for language in ("hi", "en")
    ]
    assert listed[0].endswith(f"  {code.text}")
    for command, says in (
        (("poster", "asha", "elsewhere"), "Which clinic? Hill Road ("),
        (("poster", "asha", "--for", "doctor"), "Which doctor? there is none"),
        (("poster", "asha", "--for", "party"), "choose one of clinic, service, doctor, check_in"),
        (("poster", "asha", "--size", "a0"), "choose one of a4, a5"),
        (("poster", "asha", "--language", "tlh"), "choose one of en, hi"),
        (("poster", "asha", "--number", "123"), "no number 123"),
        (("poster", "asha", "--out", "no/such/folder.pdf"), "cannot be written"),
    ):
        assert says in refused(opdesk(settings, *command))
