"""The file of a message, read from the webhook: what is not one is none, whatever stands in its place."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.media import media_id, media_of
from bot.payload import Received, parse

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads"


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_a_documented_payload_names_its_file(kind: str) -> None:
    payload = json.loads((PAYLOADS / f"{kind}.json").read_text())["payload"]
    [item] = parse(json.dumps(payload).encode(), NOW)
    assert isinstance(item, Received)
    file = media_of("t", "chat", "channel", item.inbound.id, NOW, item.raw.decode())
    assert file
    assert (file.kind, file.provider_id != "", file.status, file.wake_at) == (kind, True, "due", NOW)
    assert file.id == media_id("t", item.inbound.id, item.raw.decode())
    assert file.id != media_id("other", item.inbound.id, item.raw.decode())


def raw(**part: Any) -> str:
    return json.dumps({"type": "image", "image": part})


@pytest.mark.parametrize(
    "told",
    [
        "", "null", "[]", "{}", '{"type": "image"}', '{"type": "image", "image": []}', '{"type": ["image"]}', raw(),
        raw(id=5), raw(id=""), raw(id="../../me"), raw(id="1?fields=x"), raw(id="1/messages"), raw(id="9" * 200),
        raw(id="1 2"), raw(id="1\n"), '{"type": "hologram", "hologram": {"id": "1"}}',
    ],
)  # fmt: skip
def test_what_is_no_file(told: str) -> None:
    assert media_id("t", "m", told) == ""
    assert media_of("t", "chat", "channel", "m", NOW, told) is None


def test_odd_facts_are_left_out() -> None:
    file = media_of("t", "chat", "c", "m", NOW, raw(id="1", filename=5, sha256=None, voice="yes", mime_type="x" * 999))
    assert file
    assert (file.filename, file.digest, file.voice, len(file.declared_type)) == ("", "", False, 240)
