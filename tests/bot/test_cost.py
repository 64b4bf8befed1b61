"""What messages cost: each delivered one counted once, whatever comes twice, late or in no order, whoever dies."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from bot.archive import ClinicArchive
from bot.channels.directory import Directory, Number
from bot.cost import Delivered, Till
from bot.ids import chat_key, outbox_id
from bot.lanes import Lanes
from bot.pipeline import Coalesced
from bot.record import Record, Told
from clinic.cost import Counted, Total, counted, keep
from clinic.desk import FrontDesk
from clinic.market import market_of
from clinic.message_kind import Kind
from clinic.notification import Notification
from clinic.place import Clinic
from clinic.record import watch
from clinic.tenant import Tenant
from clinic.views import Sender
from tests.bot.teller import SOLD, sold

TELLER = Path(__file__).parent / "teller.py"
NOW = datetime(2026, 11, 30, 20, tzinfo=UTC)  # in Mumbai it is December
PERSON = Sender("IN.1", "911", "Asha", "channel")
FREE = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
CHARGED = FREE | {"billable": True, "type": "regular"}


@pytest_asyncio.fixture
async def tenant(database: Any) -> str:
    name = f"tenant-{uuid4().hex}"
    await Tenant(id=name, name="Asha", languages=["en"]).add()
    await Clinic.of(name).insert_new(
        Clinic(id=f"{name}-c", tenant_id=name, name="Bandra", address="", zone="Asia/Kolkata", currency="INR")
    )
    return name


@pytest_asyncio.fixture
async def lanes(redis: "Redis") -> AsyncIterator[Lanes]:
    coalesced = Coalesced(redis)
    yield Lanes(coalesced, 2)
    await coalesced.finish()


@pytest.fixture
def archive(tenant: str, lanes: Lanes) -> ClinicArchive:
    return made(tenant, lanes)


def made(tenant: str, lanes: Lanes) -> ClinicArchive:
    async def find(named: str) -> Number | None:
        known = {"ours": "cloud", "whatsapp:+15550000001": "twilio"}
        provider: Any = known.get(named)
        return Number(tenant, f"channel-{provider}", named, "t", provider=provider) if provider else None

    return ClinicArchive(Directory(find), lambda tenant_id, sender: FrontDesk(tenant_id, sender), till=Till(lanes))


def reply(tenant: str, n: int = 0, **fields: Any) -> Record:
    own = outbox_id(0, chat_key(tenant, "IN.1"), "wamid.in", n)
    return replace(Record(own, tenant, PERSON, "out", "text", "Hello", NOW), **fields)


def told(id: str, status: str, **fields: Any) -> Told:
    return replace(Told(id, status, NOW, "wamid.out", number="ours", to="911"), **fields)


async def counts(tenant: str, archive: ClinicArchive) -> dict[tuple[str, ...], tuple[int, int]]:
    await archive.catch_up(everything=True)
    return {
        (kind.month, kind.clinic_id.removeprefix(tenant), kind.market, kind.category, kind.type): (messages, talks)
        for kind, messages, talks in map(astuple_flat, await counted(tenant, "2026-01", "2027-12"))
    }


def astuple_flat(each: Counted) -> tuple[Kind, int, int]:
    return each.kind, each.messages, each.conversations


async def test_a_delivered_reply_counts_once(archive: ClinicArchive, tenant: str) -> None:
    record = reply(tenant)
    tales = [told(record.id, "sent", pricing=FREE), told(record.id, "delivered", pricing=FREE)]
    await archive.transcript([(record, tales)])
    await archive.transcript([(record, tales)])  # the writer died before it forgot the batch
    await archive.statuses([told(record.id, "read", pricing=FREE), told(record.id, "delivered", pricing=FREE)])
    assert await counts(tenant, archive) == {("2026-12", "-c", "IN", "service", "free_customer_service"): (1, 1)}


async def test_what_was_only_sent_does_not_count_until_it_is_there(archive: ClinicArchive, tenant: str) -> None:
    record = reply(tenant)
    await archive.transcript(
        [(record, [told(record.id, "accepted", number=""), told(record.id, "sent", pricing=CHARGED)])]
    )
    assert await counts(tenant, archive) == {}
    await archive.statuses([told(record.id, "read")])  # priced when it was sent; "delivered" never comes
    assert await counts(tenant, archive) == {("2026-12", "-c", "IN", "service", "regular"): (1, 1)}


async def test_what_failed_does_not_count(archive: ClinicArchive, tenant: str) -> None:
    record = reply(tenant)
    await archive.transcript([(record, [told(record.id, "sent", pricing=CHARGED), told(record.id, "failed")])])
    await archive.statuses([told(record.id, "failed")])
    assert await counts(tenant, archive) == {}


async def test_a_reminder_counts_for_its_clinic(archive: ClinicArchive, tenant: str) -> None:
    promise = Notification(
        tenant_id=tenant, appointment_id="a", clinic_id=f"{tenant}-c", kind="reminder:24h", start_version=1,
        chat_id="c", language="en", due_at=NOW, status="accepted", attempt=1,
    )  # fmt: skip
    await Notification.of(tenant).insert(promise)
    pricing = {"type": "regular", "category": "utility"}
    late = told(promise.outbox_id, "delivered", pricing=pricing, to="US.")
    await archive.statuses([late, replace(late, status="read")])
    await archive.statuses([late])
    assert await counts(tenant, archive) == {("2026-12", "-c", "US", "utility", "regular"): (1, 1)}


async def test_the_price_may_come_with_another_status_of_the_same_moment(archive: ClinicArchive, tenant: str) -> None:
    record = reply(tenant)
    await archive.transcript([(record, [])])
    await archive.statuses([told(record.id, "sent", pricing=CHARGED), told(record.id, "delivered")])
    assert list((await counts(tenant, archive)).values()) == [(1, 1)]


@pytest.mark.parametrize("what", ["reply", "reminder"])
async def test_what_is_read_weeks_later_is_not_counted_again(
    archive: ClinicArchive, tenant: str, lanes: Lanes, what: str
) -> None:
    record = reply(tenant)
    promise = Notification(
        tenant_id=tenant, appointment_id="a", clinic_id=f"{tenant}-c", kind="reminder:24h", start_version=1,
        chat_id="c", language="en", due_at=NOW, status="accepted", attempt=1,
    )  # fmt: skip
    await Notification.of(tenant).insert(promise)
    await archive.transcript([(record, [])])
    named = record.id if what == "reply" else promise.outbox_id
    await archive.statuses([told(named, "delivered", pricing=CHARGED)])
    async for key in lanes.redis.redis.scan_iter("*:counted:*"):  # Redis has forgotten it by then
        await lanes.redis.redis.delete(key)
    await archive.statuses([told(named, "read", at=NOW + timedelta(days=12))])
    assert [messages for messages, _ in (await counts(tenant, archive)).values()] == [1]


async def test_messages_of_a_day_are_one_conversation(archive: ClinicArchive, tenant: str) -> None:
    for n in range(5):
        record = reply(tenant, n)
        at = NOW + timedelta(days=int(n == 4))
        await archive.transcript([(record, [told(record.id, "delivered", pricing=FREE, at=at)])])
    assert list((await counts(tenant, archive)).values()) == [(5, 2)]


async def test_twilio_tells_no_prices_and_counts(archive: ClinicArchive, tenant: str) -> None:
    record = reply(tenant)
    await archive.transcript([(record, [told(record.id, "delivered", number="whatsapp:+15550000001", to="155")])])
    assert await counts(tenant, archive) == {("2026-12", "-c", "US", "service", "regular"): (1, 1)}


async def test_unpriced_on_the_cloud_is_none_of_ours(archive: ClinicArchive, tenant: str) -> None:
    record = reply(tenant)
    await archive.transcript([(record, [told(record.id, "delivered")])])
    assert await counts(tenant, archive) == {}


async def test_a_provider_may_invent_words(archive: ClinicArchive, tenant: str) -> None:
    record = reply(tenant)
    odd = {"type": "x" * 300 + "|$.\n", "category": None}
    await archive.transcript([(record, [told(record.id, "delivered", pricing=odd)])])
    assert list(await counts(tenant, archive)) == [("2026-12", "-c", "IN", "unknown", "x" * 40)]


async def test_sums_written_twice_or_by_two_change_nothing(tenant: str, lanes: Lanes) -> None:
    one, other = made(tenant, lanes), made(tenant, lanes)
    for n in range(3):
        record = reply(tenant, n)
        await one.transcript([(record, [told(record.id, "delivered", pricing=FREE)])])
        await other.transcript([(record, [told(record.id, "delivered", pricing=FREE)])])
        await lanes.redis.redis.sadd("{s0}:costs:changed", *await _changed(lanes, 0) or ["x|y"])
        await one.catch_up(everything=True)
        await other.catch_up(everything=True)
    assert list((await counts(tenant, one)).values()) == [(3, 1)]


async def _changed(lanes: Lanes, shard: int) -> list[bytes]:
    months = [key async for key in lanes.redis.redis.scan_iter(f"{{s{shard}}}:costs:2*")]
    fields = [field for key in months for field in await lanes.redis.redis.hkeys(key) if field.startswith(b"m|")]
    return [b"2026-12|" + field[2:] for field in fields]


async def test_a_lost_redis_begins_anew_and_loses_no_sum(tenant: str, lanes: Lanes) -> None:
    for n in range(3):
        archive = made(tenant, lanes)
        record = reply(tenant, n)
        await archive.transcript([(record, [told(record.id, "delivered", pricing=FREE)])])
        await archive.catch_up(everything=True)
        await lanes.redis.redis.flushdb()
    assert list((await counts(tenant, archive)).values()) == [(3, 3)]


async def test_a_dead_writer_leaves_what_it_counted(tenant: str, lanes: Lanes) -> None:
    """Killed between the count in Redis and the sums in the database: the next one writes them."""
    kind = Kind(tenant, "2026-12", f"{tenant}-c", "channel", "cloud", "IN", "service", "regular")
    await Till(lanes).count([Delivered(f"o{n}", "chat", "2026-12-01", kind) for n in range(7)])
    assert list((await counts(tenant, made(tenant, lanes))).values()) == [(7, 1)]


async def test_an_older_sum_never_replaces_a_later_one(tenant: str) -> None:
    kind = Kind(tenant, "2026-12", "", "channel", "cloud", "IN", "service", "regular")
    for messages in (5, 9, 7):
        await keep([Total(kind, "era-0", messages, 2)])
    await keep([Total(kind, "era-1", 4, 1)])
    (found,) = await counted(tenant, "2026-12", "2026-12")
    assert (found.kind, found.messages, found.conversations) == (kind, 13, 3)
    assert await counted(tenant, "2026-11", "2026-11") == []


async def test_a_killed_process_loses_and_doubles_none(
    tenant: str, lanes: Lanes, mongo_url: str, redis_url: str
) -> None:
    """Three in a row are killed in the middle of it; each begins again with batches that were counted already, as the
    writer does with what it had not forgotten yet."""
    for after in (5, 11, 17):
        command = (sys.executable, str(TELLER), mongo_url, redis_url, tenant)
        teller = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        assert teller.stdout is not None
        for _ in range(after):
            assert await teller.stdout.readline()
        teller.kill()
        await teller.communicate()
    till = Till(lanes)
    await till.count(sold(tenant))
    await till.catch_up(everything=True)
    (found,) = await counted(tenant, "2026-12", "2026-12")
    assert (found.messages, found.conversations) == (SOLD, 21)


MARKETS = [
    ("919876543210", "", "IN"), ("91", "", "IN"), ("12025550100", "", "US"), ("5215555555555", "", "MX"),
    ("351912345678", "", "PT"), ("", "BR.123456", "BR"), ("", "asha", "ZZ"), ("", "", "ZZ"), ("0", "", "ZZ"),
    ("IN.", "IN.", "IN"),
]  # fmt: skip


@pytest.mark.parametrize(("wa_id", "user_id", "market"), MARKETS)
def test_the_market_of_a_patient(wa_id: str, user_id: str, market: str) -> None:
    assert market_of(wa_id, user_id) == market


async def test_all_parts_of_a_kind_are_one_change(tenant: str) -> None:
    kind, asked = Kind(tenant, "2026-12", "c", "n", "cloud", "IN", "utility", "regular"), list[str]()
    watch(lambda record, _query: asked.append(record.__name__))
    totals = [Total(kind, "era-0", 2, 1), Total(kind, "era-1", 4, 3), Total(kind, "era-0", 1, 1)]
    await keep(totals)
    await keep(totals)
    watch(None)
    assert asked == ["MessageCount"] * 2
    assert await counted(tenant, "2026-12", "2026-12") == [Counted(kind, 6, 4)]
