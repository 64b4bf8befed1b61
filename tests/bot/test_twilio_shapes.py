"""Buttons and lists at Twilio: a template of the bubble's shape, made once; where there is none, numbered words."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bot.channels.by_provider import ByProvider
from bot.channels.directory import Number
from bot.channels.twilio import Twilio, base
from bot.channels.twilio_shapes import Shapes
from flows.reply import Option, Reply
from tests.bot.both_providers import Side, both

BOOK = Reply("Book?\n\nDr Rao", (Option("1:yes", "Yes"), Option("1:no", "No")))
WHO = Reply("Who?", tuple(Option(f"1:{n}", f"Dr {n}", "Dentist") for n in range(4)), "Doctors")


@pytest_asyncio.fixture
async def side(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Side]:
    async with both(tmp_path_factory.mktemp("spool"), pair_burst=0) as found:
        await found["twilio"].phone("text", text="hi")
        yield found["twilio"]


def twilio(side: Side) -> Twilio:
    assert isinstance(side.channel, ByProvider)
    found = side.channel.channels["twilio"]
    assert isinstance(found, Twilio)
    return found


async def contents(side: Side) -> list[dict[str, Any]]:
    """The content templates at Twilio."""
    return list((await side.desk.control("GET", "twilio/contents"))["contents"])


async def test_a_shape_is_made_once_however_many_ask(side: Side) -> None:
    await asyncio.gather(*(side.send(reply) for reply in (BOOK, WHO) * 10))
    assert len(await contents(side)) == 2
    again = Twilio(side.desk.url, "http://127.0.0.1:1")
    side.channel = ByProvider({"twilio": again})
    await side.send(BOOK)
    await again.close()
    assert len(await contents(side)) == 2, "another process finds them"


async def test_a_template_that_somebody_deleted_is_made_anew(side: Side) -> None:
    await side.send(BOOK)
    (content,) = await contents(side)
    answer = await side.desk.http.delete(f"/v1/Content/{content['sid']}", auth=side.desk.auth)
    assert answer.status_code == 204
    await side.send(BOOK)
    assert [bubble["kind"] for bubble in await side.bubbles()] == ["buttons", "text"], "this one in words"
    await side.send(BOOK)
    assert (await side.bubbles())[-1]["kind"] == "buttons"


async def test_without_a_template_options_are_numbered_and_nobody_waits_twice(side: Side) -> None:
    asked: list[str] = []

    def nobody(number: Number) -> Client:
        asked.append(number.account)
        return base(Client("ACdemo", "x", http_client=TwilioHttpClient(timeout=1)), "http://127.0.0.1:1")

    clock = [0.0]
    channel = twilio(side)
    working, channel._shapes = channel._shapes, Shapes(nobody, clock=lambda: clock[0])
    await asyncio.gather(*(side.send(WHO) for _ in range(5)))
    assert {bubble["text"] for bubble in await side.bubbles()} == {
        "Who?\n\n1. Dr 0 (Dentist)\n2. Dr 1 (Dentist)\n3. Dr 2 (Dentist)\n4. Dr 3 (Dentist)"
    }
    assert len(asked) == 1
    clock[0] = 100.0
    await side.send(WHO)
    assert len(asked) == 2, "it is tried again after a rest"
    channel._shapes = working


async def test_a_slow_twilio_keeps_nobody_waiting_for_buttons(side: Side) -> None:
    channel = twilio(side)
    channel._shapes.wait = 0.0
    await side.send(BOOK)
    assert (await side.bubbles())[-1]["kind"] == "text"
    await channel._shapes.finish()
    await side.send(BOOK)
    assert (await side.bubbles())[-1]["kind"] == "buttons", "it was made meanwhile"
