"""What became of our messages at Twilio: told once, in any order, at any moment."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from pymongo.asynchronous.database import AsyncDatabase

from bot.archive import ClinicArchive
from bot.bot import AtTwilio
from bot.channels.directory import Directory, Number
from bot.envelope import Outgoing
from bot.payload import StatusUpdate
from bot.record import Told, tales, told_of
from bot.twilio.form import read_form, status_of
from clinic import clock, quarantine
from tests.bot.twilio_world import ADDRESS, SENDER, TWILIO, find_too, form, post, told
from tests.bot.world import SECRET, VERIFY, World

ANSWERED = {"sent": "sent", "delivered": "delivered", "read": "read", "undelivered": "failed", "failed": "failed"}


@pytest_asyncio.fixture
async def door(world: World, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The bot as Twilio reaches it."""
    world.bot.numbers.find = find_too
    app = world.bot.webhook(world.app, SECRET, VERIFY, AtTwilio(ADDRESS, tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as http:
        yield http


async def tell(door: httpx.AsyncClient, reply: Outgoing, status: str, **fields: str) -> None:
    given = told("SMout", status, **fields)
    assert (await post(door, given, f"/webhooks/twilio/status?id={reply.id}")).status_code == 200


async def answered(world: World, door: httpx.AsyncClient) -> Outgoing:
    """A patient writes and is answered."""
    assert (await post(door, form("hi"))).status_code == 200
    await world.work()
    return world.provider.sent[-1]


@pytest.mark.parametrize(
    ("order", "ends"),
    [
        (["read", "delivered", "sent"], "read"),
        (["sent", "read", "sent"], "read"),
        (["delivered", "undelivered"], "delivered"),
        (["sent", "undelivered", "delivered"], "failed"),
        (["queued", "sent"], "sent"),
    ],
)
async def test_in_whatever_order(world: World, door: httpx.AsyncClient, order: list[str], ends: str) -> None:
    reply = await answered(world, door)
    for status in order:
        await tell(door, reply, status, **({"ErrorCode": "63024"} if status == "undelivered" else {}))
    await world.bot.writer.write_all()
    record, tales = world.shelf.written[reply.id]
    assert record.row("chat", tales)["status"] == ends


async def test_before_we_know_that_it_was_taken(world: World, door: httpx.AsyncClient) -> None:
    world.provider.held = asyncio.Event()
    assert (await post(door, form("hi"))).status_code == 200
    working = asyncio.create_task(world.bot.loop.run())
    await world.until(lambda: world.echo.turns)
    async with asyncio.timeout(5):
        while not (waiting := await world.waiting_replies()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    given = told("SMout", "delivered")
    assert (await post(door, given, f"/webhooks/twilio/status?id={waiting[0]}")).status_code == 200
    world.provider.held.set()
    await world.until(lambda: world.provider.sent)
    world.bot.loop.stop()
    await working
    await world.bot.writer.write_all()
    record, known = world.shelf.written[waiting[0]]
    assert record.row("chat", known)["status"] == "delivered"


@pytest.mark.parametrize("code", ["63016", "63024", "63018", ""])
async def test_what_nobody_got_becomes_a_call(world: World, door: httpx.AsyncClient, code: str) -> None:
    reply = await answered(world, door)
    await tell(door, reply, "undelivered", **({"ErrorCode": code} if code else {}))
    await world.bot.writer.write_all()
    assert [(lost.outbox_id, lost.code, lost.number) for lost in world.shelf.undeliverable] == [
        (reply.id, code or "0", SENDER)
    ]


@pytest.mark.parametrize(
    ("fields", "ours"),
    [
        ({"MessageStatus": "read", "EventType": "READ"}, "read"),
        ({"MessageStatus": "", "SmsStatus": "", "EventType": "READ"}, "read"),
        ({"MessageStatus": "", "SmsStatus": "delivered"}, "delivered"),
        ({"MessageStatus": "", "SmsStatus": "", "EventType": ""}, None),
        ({"MessageStatus": "sending", "EventType": "READ"}, None),
    ],
)
def test_where_the_status_is_named(fields: dict[str, str], ours: str | None) -> None:
    given = read_form(urlencode(told("SM1", "x") | fields).encode())
    found = status_of(given, "o.0.c.x.0", clock.now())
    assert (found.status if found else None) == ours


async def test_a_number_that_is_ours_no_more_is_proven_by_its_account(
    world: World, door: httpx.AsyncClient, database: AsyncDatabase[dict[str, Any]]
) -> None:
    """What it tells goes to an operator; what nobody can prove goes nowhere."""

    async def find(name: str) -> Number | None:
        return TWILIO if name in ("ACtest", SENDER) else None

    world.bot.numbers.find = find
    gone = told("SMgone", "failed", From="whatsapp:+15559999999", ErrorCode="63024")
    assert (await post(door, gone, "/webhooks/twilio/status?id=x")).status_code == 200
    strange = gone | {"AccountSid": "ACstrange"}
    assert (await post(door, strange, "/webhooks/twilio/status?id=x")).status_code == 401
    await world.bot.writer.write_all()
    assert [each.number for each in world.shelf.late] == ["whatsapp:+15559999999"]
    before = {kept.id for kept in await quarantine.latest()}
    await ClinicArchive(Directory(find), lambda *_: None).statuses(world.shelf.late)  # type: ignore[arg-type,return-value]
    (kept,) = [kept for kept in await quarantine.latest() if kept.id not in before]
    assert (kept.reason, kept.phone_number_id) == ("status of an unknown number", "whatsapp:+15559999999")
    assert "SMgone" in kept.body


def test_a_status_survives_its_way_through_redis() -> None:
    now = clock.now()
    update = StatusUpdate(SENDER, "SM1", "failed", now, "o.0.c.x.0", error={"code": 63024, "title": "", "details": ""})
    (found,) = tales(told_of(update))
    assert found == Told("o.0.c.x.0", "failed", now, "SM1", error=update.error, number=SENDER)
