"""What a patient sent is fetched once, kept sealed, never believed; what cannot be kept says why."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from clamd_server import EICAR, clamd_server
from phone_line import PhoneLine, phone_line
from promises import SECRET_KEY, Practice
from redis import Redis

from clinic import media
from clinic.errors import NotFound
from clinic.media import Media
from clinic.media_type import MEGABYTE
from clinic.message import Message
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.vault import Vault
from simulator.samples import sample
from workers.context import Context
from workers.media import ask_for_due, fetch_once, remove_old
from workers.providers import Providers
from workers.queues import files
from workers.scanner import Clamd, ScannerAway, clamd

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest_asyncio.fixture
async def line(clinic: Practice) -> AsyncIterator[PhoneLine]:
    async with phone_line(clinic) as opened:
        yield opened


@pytest_asyncio.fixture
async def desk(line: PhoneLine, queue_redis: "Redis", tmp_path: Path) -> AsyncIterator[Context]:
    """What a worker's jobs find."""
    providers = Providers(line.url, SECRET_KEY)
    yield Context("worker-of-the-tests", queue_redis, providers, vault=Vault(tmp_path / "media", SECRET_KEY))
    await providers.close()


def now() -> datetime:
    return datetime.now(UTC)


async def fetched(desk: Context, file: Media, at: datetime | None = None) -> Media:
    """After one attempt."""
    await fetch_once(desk, file.tenant_id, file.id, at or now())
    return await Media.of(file.tenant_id).get(file.id)


def on_disk(desk: Context) -> list[Path]:
    assert desk.vault
    return [path for path in desk.vault.folder.rglob("*") if path.is_file()]


async def content_of(desk: Context, file: Media) -> bytes:
    assert desk.vault
    return await desk.vault.get(file.tenant_id, file.id)


@pytest.mark.parametrize("kind", ["image", "audio", "video", "document", "sticker"])
async def test_a_file_is_fetched_once_and_kept(kind: str, line: PhoneLine, desk: Context) -> None:
    file = await line.send(kind)
    assert line.asked == [(file.tenant_id, file.id)], "noted twice, asked for once"
    assert (file.status, file.kind, file.voice) == ("due", kind, kind == "audio")
    kept = await fetched(desk, file)
    declared, content = sample(kind)
    assert (kept.status, kept.scan, kept.readable, kept.size) == ("kept", "not_scanned", True, len(content))
    assert kept.content_type == declared.partition(";")[0]
    assert await content_of(desk, kept) == content
    line.forget_files()
    assert (await fetched(desk, file)).attempt == 1, "a second job has nothing to do"
    said = await Message.of(file.tenant_id).get(file.message_id)
    assert said.media_id == file.id


async def test_a_caption_and_a_name_come_along(line: PhoneLine, desk: Context) -> None:
    file = await line.send("document", caption="my old report", filename="blood test.pdf")
    said = await Message.of(file.tenant_id).get(file.message_id)
    assert (said.text, file.filename) == ("my old report", "blood test.pdf")
    assert (await fetched(desk, file)).download_name == "blood test.pdf"


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("image", b"<!DOCTYPE html><html><script>alert(1)</script></html>", "wrong_type"),
        ("document", b"MZ\x90\0" + bytes(200), "wrong_type"),
        ("audio", sample("image")[1], "wrong_type"),
        ("sticker", b"RIFF\0\0\0\0WEBP" + bytes(MEGABYTE), "too_large"),
    ],
    ids=["a page as a picture", "a program", "a picture as a voice message", "too large"],
)
async def test_what_it_is_said_to_be_is_not_believed(
    kind: str, content: bytes, reason: str, line: PhoneLine, desk: Context
) -> None:
    """The phone declares every one of them as what it would have to be."""
    refused = await fetched(desk, await line.send(kind, content, filename="report.pdf"))
    assert (refused.status, refused.reason, refused.readable) == ("refused", reason, False)
    assert on_disk(desk) == []


async def test_bytes_that_are_not_those_of_the_message_are_not_kept(line: PhoneLine, desk: Context) -> None:
    file = await line.send("image")
    world = line.app.state.network.world
    world.media[file.provider_id].content = sample("sticker")[1]
    assert (await fetched(desk, file)).reason == "altered"
    assert on_disk(desk) == []


async def test_after_seven_days_it_is_gone(line: PhoneLine, desk: Context) -> None:
    file = await line.send("image")
    await line.move_clock(8 * 24 * 3600)
    gone = await fetched(desk, file)
    assert (gone.status, gone.reason, gone.wake_at) == ("gone", "expired", None)


async def test_a_provider_that_is_away_is_asked_again_and_again(line: PhoneLine, desk: Context) -> None:
    away = replace(desk, provider=Providers("http://127.0.0.1:1", SECRET_KEY))
    file = await line.send("image")
    at = now()
    for attempt in range(1, 4):
        late = await fetched(away, file, at)
        assert (late.status, late.attempt) == ("due", attempt)
        assert late.wake_at
        assert late.wake_at > at
        at = late.wake_at
        assert (await fetched(away, file, at - timedelta(seconds=1))).attempt == attempt, "not before its time"
    assert (await fetched(desk, file, at)).status == "kept"


async def test_what_nobody_could_fetch_in_time_says_so(line: PhoneLine, desk: Context) -> None:
    away = replace(desk, provider=Providers("http://127.0.0.1:1", SECRET_KEY))
    file = await line.send("image")
    over = await fetched(away, file, now() + media.AT_PROVIDER - timedelta(seconds=10))
    assert (over.status, over.reason) == ("gone", "not_fetched")


async def test_more_files_in_a_day_than_are_kept(line: PhoneLine, desk: Context) -> None:
    file = await line.send("image")
    rows = [
        media.Media(
            tenant_id=file.tenant_id, chat_id=file.chat_id, message_id=new_id(), channel_id="c", provider_id="1",
            kind="image", sent_at=file.sent_at - timedelta(minutes=number), status="kept",
        )
        for number in range(media.MOST_A_DAY)
    ]  # fmt: skip
    assert len(await media.note(file.tenant_id, rows)) == media.MOST_A_DAY
    assert (await fetched(desk, file)).reason == "too_many"
    assert on_disk(desk) == []


async def test_the_scanner_looks_first(line: PhoneLine, desk: Context) -> None:
    async with clamd_server() as server:
        scanned = replace(desk, scanner=Clamd("127.0.0.1", server.port))
        clean = await fetched(scanned, await line.send("document"))
        assert (clean.status, clean.scan) == ("kept", "clean")
        assert server.seen == [sample("document")[1]]
        infected = await fetched(scanned, await line.send("document", sample("document")[1] + EICAR))
        assert (infected.status, infected.scan, infected.readable) == ("infected", "infected", False)
        assert len(on_disk(desk)) == 1, "it is kept out"


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR", b"stream: ERROR", b"\xff"])
async def test_while_the_scanner_gives_no_answer_the_file_waits_here(
    answer: bytes, line: PhoneLine, desk: Context
) -> None:
    """It is fetched by then: the provider may forget it."""
    file = await line.send("image")
    async with clamd_server() as server:
        scanned = replace(desk, scanner=Clamd("127.0.0.1", server.port))
        server.answer = answer
        waits = await fetched(scanned, file)
        assert (waits.status, waits.stored, waits.readable) == ("due", True, False)
        line.forget_files()
        server.answer = b""
        long_after = now() + 30 * DAY
        assert (await fetched(scanned, file, long_after)).scan == "clean"


async def test_a_scanner_that_is_not_there(line: PhoneLine, desk: Context) -> None:
    waits = await fetched(replace(desk, scanner=Clamd("127.0.0.1", 1)), await line.send("image"))
    assert (waits.status, waits.stored, waits.error) == ("due", True, "ScannerAway")


async def test_where_a_clamd_is() -> None:
    assert clamd("tcp://av:3311") == Clamd("av", 3311)
    assert clamd("tcp://av") == Clamd("av", 3310)
    assert clamd("unix:/run/clamd.ctl") == Clamd(path="/run/clamd.ctl")
    for wrong in ("av:3310", "http://av", "tcp://", "unix:run", "clamdscan -"):
        with pytest.raises(ValueError, match="tcp"):
            clamd(wrong)
    with pytest.raises(ScannerAway):
        await Clamd(path="/nowhere/clamd.ctl").infected(b"x")


async def test_a_sweep_finds_what_no_job_knows_of(line: PhoneLine, desk: Context) -> None:
    """RQ's Redis was lost, or the bot was killed before it could ask. Jobs carry ids alone."""
    file = await line.send("image")
    await ask_for_due(desk, now())
    assert [job.args for job in files(desk.queue).jobs if job.args[0] == file.tenant_id] == [[file.tenant_id, file.id]]
    before = files(desk.queue).count
    await ask_for_due(desk, now())
    assert files(desk.queue).count == before, "while they wait, nothing is added"
    await fetched(desk, file)
    assert (file.tenant_id, file.id) not in await media.overdue(now() + DAY)


async def test_two_jobs_at_once_fetch_it_once(line: PhoneLine, desk: Context) -> None:
    file = await line.send("image")
    await asyncio.gather(*(fetch_once(desk, file.tenant_id, file.id, now()) for _ in range(5)))
    kept = await Media.of(file.tenant_id).get(file.id)
    assert (kept.status, kept.attempt) == ("kept", 1)


@pytest.mark.parametrize("death", ["before:put", "after:put", "after:stored"])
async def test_a_worker_that_is_killed_half_way_loses_nothing(
    death: str, line: PhoneLine, desk: Context, mongo_url: str, tmp_path: Path
) -> None:
    file = await line.send("image")
    script = Path(__file__).with_name("mortal_fetch.py")
    assert desk.vault
    command = [sys.executable, str(script), death, mongo_url, line.url, str(desk.vault.folder), file.tenant_id, file.id]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    left = await Media.of(file.tenant_id).get(file.id)
    assert (left.status, left.attempt) == ("due", 1)
    assert (await fetched(desk, file)).attempt == 1, "not while its lease may still hold"
    later = now() + media.LEASE
    assert (file.tenant_id, file.id) in await media.overdue(later)
    kept = await fetched(desk, file, later)
    assert (kept.status, kept.attempt) == ("kept", 2)
    assert await content_of(desk, kept) == sample("image")[1]
    assert [path.name for path in on_disk(desk)] == [file.id]


async def test_files_are_removed_after_the_practices_days(line: PhoneLine, desk: Context) -> None:
    await Tenant.itself().change({"_id": line.practice.id}, {"$set": {"media_days": 10}})
    kept = await fetched(desk, await line.send("image"))
    await remove_old(desk, now() + 9 * DAY)
    assert await content_of(desk, kept)
    await remove_old(desk, now() + 11 * DAY)
    gone = await Media.of(kept.tenant_id).get(kept.id)
    assert (gone.status, gone.readable, gone.filename) == ("removed", False, "")
    assert on_disk(desk) == []
    await remove_old(desk, now() + 12 * DAY)


async def test_a_chats_files_are_discarded_at_once(line: PhoneLine, desk: Context) -> None:
    """Also one that a worker has in hand just then."""
    kept, due = await fetched(desk, await line.send("document", filename="asha.pdf")), await line.send("image")
    claimed = await media.claim(due.tenant_id, due.id, now())
    assert claimed
    assert await media.discard(kept.tenant_id, kept.chat_id) == 2
    assert not await media.stored(claimed, "image/png", 1)
    assert not await media.kept(claimed, "clean")
    await remove_old(desk, now())
    assert on_disk(desk) == []
    for each in await media.of_chat(kept.tenant_id, kept.chat_id):
        assert (each.status, each.filename, each.provider_id) == ("removed", "", "")
    assert await media.discard(kept.tenant_id, kept.chat_id) == 0


async def test_without_a_place_nothing_is_tried(line: PhoneLine, desk: Context) -> None:
    file = await line.send("image")
    assert (await fetched(replace(desk, vault=None), file)).attempt == 0
    with pytest.raises(NotFound):
        await content_of(desk, file)


async def test_a_practice_without_its_number_waits(line: PhoneLine, desk: Context) -> None:
    from clinic.channel import Channel

    file = await line.send("image")
    await Channel.of(file.tenant_id).delete({})
    waits = await fetched(desk, file)
    assert (waits.status, waits.error) == ("due", "halt 0")


def test_the_jobs_name_is_known() -> None:
    from clinic import job
    from workers import media as jobs

    module, _, name = job.FETCH_MEDIA.rpartition(".")
    assert module == jobs.__name__
    assert callable(getattr(jobs, name))
