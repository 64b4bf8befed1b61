"""Staff read what patients sent: whole, as an attachment, written into the audit, and nobody else's."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from office import SECRET, Office, open_office
from redis.asyncio import Redis

from clinic import media
from clinic.audit import AuditEntry
from clinic.callback import Callback
from clinic.conversation import Conversation
from clinic.media import Media
from clinic.message import Message
from clinic.record import new_id
from clinic.vault import Vault
from simulator.samples import sample

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
PAGE = sample("document")[1]


@pytest_asyncio.fixture
async def desk(database: object, redis: "Redis", tmp_path: Path) -> Any:
    """An office whose API has a vault."""
    async with open_office(redis, vault=Vault(tmp_path / "media", SECRET)) as opened:
        yield opened


async def a_file(office: Office, clinic_id: str = "", **fields: Any) -> Media:
    """A conversation with one message that has a file, kept unless ``fields`` say otherwise."""
    tenant, message_id = office.tenant_id, f"wamid.{new_id()}"
    chat = Conversation(tenant_id=tenant, person={"user_id": new_id()}, last_at=NOW, clinic_id=clinic_id)
    await Conversation.of(tenant).insert(chat)
    known = {"status": "kept", "scan": "clean", "stored": True, "content_type": "application/pdf", "size": len(PAGE)}
    file = Media(
        id=media.id_of(tenant, message_id), tenant_id=tenant, chat_id=chat.id, message_id=message_id, channel_id="c",
        provider_id="1", kind="document", filename="blood test रिपोर्ट.pdf", sent_at=NOW, **known | fields,
    )  # fmt: skip
    await media.note(tenant, [file])
    assert office.house.vault
    await office.house.vault.put(tenant, file.id, PAGE)
    said = Message(
        id=message_id, tenant_id=tenant, chat_id=chat.id, direction="in", kind="media", text="my report", at=NOW,
        media_id=file.id,
    )  # fmt: skip
    await Message.of(tenant).insert(said)
    return file


def path(file: Media) -> str:
    return f"/conversations/{file.chat_id}/media/{file.id}"


async def test_the_file_comes_whole_and_as_an_attachment(desk: Office) -> None:
    file, user_id = await a_file(desk), new_id()
    ann = desk.as_("receptionist", user_id=user_id)
    for headers in ({}, {"Range": "bytes=0-9"}, {"Accept": "text/html"}):
        came = await ann.get(path(file), headers=headers)
        assert (came.status_code, came.content) == (200, PAGE)
    told = came.headers
    assert told["content-type"] == "application/octet-stream"
    assert told["content-disposition"].startswith('attachment; filename="document-')
    assert "filename*=UTF-8''blood%20test%20%E0%A4%B0" in told["content-disposition"]
    assert told["x-content-type-options"] == "nosniff"
    assert "sandbox" in told["content-security-policy"]
    assert "no-store" in told["cache-control"]
    assert told["accept-ranges"] == "none"
    read = await AuditEntry.of(desk.tenant_id).find()
    entries = [each for each in read if each.action == "get_conversation_media"]
    assert [(each.actor, each.kind, each.entity_id) for each in entries] == [(user_id, "media", file.id)] * 3


async def test_the_messages_tell_of_it(desk: Office) -> None:
    file = await a_file(desk)
    ann = desk.as_("receptionist")
    [said] = (await ann.get(f"/conversations/{file.chat_id}/messages")).json()["items"]
    assert said["text"] == "my report"
    shown = said["media"]
    assert (shown["id"], shown["status"], shown["scan"], shown["reason"]) == (file.id, "kept", "clean", "")
    assert (shown["content_type"], shown["size"], shown["filename"]) == (
        "application/pdf", len(PAGE), "blood test रिपोर्ट.pdf",
    )  # fmt: skip


async def test_the_card_tells_of_it(desk: Office) -> None:
    file = await a_file(desk)
    card = Callback(
        tenant_id=desk.tenant_id, request_id=new_id(), reason="asked", chat_id=file.chat_id, created_at=NOW, due_at=NOW
    )
    await Callback.of(desk.tenant_id).insert(card)
    ann = desk.as_("receptionist")
    shown = (await ann.get(f"/callbacks/{card.id}")).json()
    assert [each["id"] for each in shown["media"]] == [file.id]
    [said] = (await ann.get(f"/callbacks/{card.id}/transcript")).json()["items"]
    assert said["media"]["id"] == file.id
    [listed] = (await ann.get("/callbacks")).json()["items"]
    assert listed["media"] == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "due", "stored": False}, "look again"),
        ({"status": "due", "error": "ScannerAway"}, "virus scanner does not answer"),
        ({"status": "infected"}, "not kept"),
        ({"status": "refused", "reason": "too_large"}, "smaller"),
        ({"status": "refused", "reason": "wrong_type"}, "PDF"),
        ({"status": "refused", "reason": "altered"}, "again"),
        ({"status": "refused", "reason": "too_many"}, "which one"),
        ({"status": "gone", "reason": "expired"}, "send it again"),
        ({"status": "discarded"}, "removed"),
        ({"status": "removed"}, "limited time"),
    ],
)
async def test_what_is_not_kept_is_not_given_and_says_why(fields: dict[str, Any], words: str, desk: Office) -> None:
    file = await a_file(desk, **fields)
    ann = desk.as_("receptionist")
    refused = await ann.get(path(file))
    assert (refused.status_code, refused.json()["code"]) == (409, "media_not_kept")
    [said] = (await ann.get(f"/conversations/{file.chat_id}/messages")).json()["items"]
    assert words in said["media"]["reason"]


async def test_nobody_elses_file(desk: Office) -> None:
    file, other = await a_file(desk, "elsewhere"), await a_file(desk)
    here = desk.as_("receptionist", clinic_id=desk.practice.clinic.id)
    assert (await here.get(path(file))).status_code == 404
    everywhere = desk.as_("receptionist")
    crossed = f"/conversations/{other.chat_id}/media/{file.id}"
    assert (await everywhere.get(crossed)).status_code == 404
    assert (await everywhere.get(f"/conversations/{file.chat_id}/media/{new_id()}")).status_code == 404
    assert (await desk.as_("doctor").get(path(file))).status_code == 403
    assert (await desk.client().get(path(file))).status_code == 401
    stranger = desk.client(desk.token("owner", tenant_id=new_id()))
    assert (await stranger.get(path(file))).status_code in (401, 404)


async def test_how_long_files_are_kept_is_the_owners(desk: Office) -> None:
    owner = desk.as_("owner")
    assert (await owner.get("/tenant")).json()["media_days"] == 90
    changed = await owner.patch("/tenant", json={"media_days": 30, "person_idle_minutes": 10})
    assert (changed.json()["media_days"], changed.json()["person_idle_minutes"]) == (30, 10)
    for wrong in ({"media_days": 0}, {"media_days": 4000}, {"person_idle_minutes": 0}):
        assert (await owner.patch("/tenant", json=wrong)).status_code == 422
    assert (await owner.patch("/tenant", json={"media_days": None})).json()["media_days"] == 90
