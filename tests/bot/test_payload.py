"""Every payload of the documentation beside what it must be read as; and bodies that no documentation foresees."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.payload import AccountEvent, Item, Received, StatusUpdate, Unreadable, parse
from flows.inbound import Inbound
from tests.bot.world import message, webhook

NOW = datetime(2026, 1, 2, tzinfo=UTC)
FILES = sorted((Path(__file__).parent / "payloads").glob("*.json"))
DEFAULTS = {field.name: field.default for field in dataclasses.fields(Inbound)}


def shown(item: Item) -> dict[str, Any]:
    """An item as the payload files show it: only what differs from the default."""
    match item:
        case Received():
            inbound = {k: v for k, v in dataclasses.asdict(item.inbound).items() if v != DEFAULTS[k]}
            known = {"phone_number_id": item.phone_number_id, "sender": dataclasses.asdict(item.sender)}
            return {"type": "Received", **known, "inbound": plain(inbound), "raw": bool(item.raw)}
        case StatusUpdate():
            return {"type": "StatusUpdate", **plain(dataclasses.asdict(item))}
        case AccountEvent():
            return {"type": "AccountEvent", "account_id": item.account_id, "field": item.field}
        case Unreadable():
            return {"type": "Unreadable", "reason": item.reason}


def plain(value: dict[str, Any]) -> dict[str, Any]:
    at = value["at"]
    return value | {"at": "NOW" if at == NOW else at.strftime("%Y-%m-%dT%H:%M:%SZ")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_documented_payload_is_read(file: Path) -> None:
    case = json.loads(file.read_text())
    assert [shown(item) for item in parse(orjson.dumps(case["payload"]), NOW)] == case["expect"]


def test_there_is_a_file_for_every_kind_of_message() -> None:
    from flows.inbound import STAFF, Kind

    read = {
        item["inbound"]["kind"]
        for file in FILES
        for item in json.loads(file.read_text())["expect"]
        if "inbound" in item
    }
    assert read == set(Kind) - STAFF


def test_what_we_do_not_understand_is_kept_as_it_came() -> None:
    sent = message("", type="hologram", hologram={"depth": 3})
    (item,) = parse(webhook(messages=[sent]), NOW)
    assert isinstance(item, Received)
    assert orjson.loads(item.raw) == sent


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"{", b"\xff\xfe", b'"text"', b"[" * 100_000, b"1e400", b'{"a":' * 900 + b"1" + b"}" * 900],
    ids=["empty", "null", "cut", "not utf-8", "text", "deep", "huge", "deep json"],
)
def test_a_body_that_is_no_payload_is_kept_whole(body: bytes) -> None:
    (item,) = parse(body, NOW)
    assert isinstance(item, Unreadable)
    assert item.raw == body


def test_nesting_that_cannot_be_written_again_is_kept_whole() -> None:
    body = webhook(messages=[message("DEEP")]).replace(b'"DEEP"', b"[" * 400 + b"]" * 400)
    (item,) = parse(body, NOW)
    assert item == Unreadable("nested too deeply", body)


def test_half_an_emoji_does_not_spoil_the_batch() -> None:
    body = webhook(messages=[message("HALF"), message("whole 👍")]).replace(b"HALF", b"ab\\ud83d")
    texts = [item.inbound.text for item in parse(body, NOW) if isinstance(item, Received)]
    assert texts == ["ab?", "whole 👍"]
    assert all(text.encode() for text in texts)


def test_a_thousand_messages_come_in_their_order() -> None:
    items = parse(webhook(messages=[message(str(n)) for n in range(1000)]), NOW)
    assert [item.inbound.text for item in items if isinstance(item, Received)] == [str(n) for n in range(1000)]
