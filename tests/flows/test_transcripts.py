"""Every conversation in ``transcripts/`` goes as it is written there. ``UPDATE=1 pytest`` writes it anew: the review."""

import asyncio
import os
from pathlib import Path

import pytest
from player import play

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path: Path) -> None:
    went = asyncio.run(play(path.read_text()))
    if os.environ.get("UPDATE"):
        path.write_text(went)
    assert went == path.read_text()
