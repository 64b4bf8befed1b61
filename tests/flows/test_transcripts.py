"""Every conversation in ``transcripts/`` goes as it is written. ``UPDATE=1 pytest`` writes it anew, to be read."""

import os
from pathlib import Path

import pytest
from player import play

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").rglob("*.txt"))


def script(path: Path) -> str:
    return path.read_text()


def keep(path: Path, went: str) -> None:
    if os.environ.get("UPDATE"):
        path.write_text(went)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_transcript(path: Path) -> None:
    went = await play(script(path))
    keep(path, went)
    assert went == script(path)
