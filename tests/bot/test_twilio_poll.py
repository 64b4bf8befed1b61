"""What Twilio could not bring is found in its list: once, in its order, in the right chat, whoever looks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from pymongo.asynchronous.database import AsyncDatabase
from redis.asyncio import Redis

from bot.channels import twilio_log
from bot.channels.directory import Number
from bot.channels.listed import Listed
from bot.channels.twilio import Twilio
from bot.channels.twilio_log import TwilioLog
from bot.ids import short
from bot.lanes import Lanes
from bot.payload import Item, Received, StatusUpdate
from bot.pipeline import Coalesced, connect
from bot.twilio.poll import Poll
from clinic.chat import Chat
from clinic.message import Message
from clinic.record import new_id
from flows.inbound import Kind
from tests.bot.twilio_world import ASHA, DESK, DeskAt, at_twilio

TO_ASHA = f"whatsapp:+{ASHA}"


@dataclass
class Found:
    """Stores what was found, as the accept script does: once."""

    items: list[Item] = field(default_factory=list)

    async def __call__(self, items: list[Item]) -> None:
        self.items += items

    @property
    def texts(self) -> list[str]:
        return [item.inbound.text for item in self.items if isinstance(item, Received)]


@dataclass
class Searched:
    """A poll, the simulator that it asks and what it found."""

    desk: DeskAt
    poll: Poll
    found: Found
    number: Number

    @property
    def looking(self) -> str:
        """The lease."""
        return f"twilio:{self.number.account}:{self.number.tenant_id}:looking"

    async def look(self) -> None:
        """As if a period had gone by."""
        await self.poll.lanes.redis.redis.delete(self.looking)
        await self.poll.look()


@pytest_asyncio.fixture
async def searched(redis_url: str, database: AsyncDatabase[dict[str, Any]]) -> AsyncIterator[Searched]:
    """Every message's webhook is lost."""
    client: Redis = connect(redis_url)
    async with at_twilio("http://127.0.0.1:1/in") as desk:
        await desk.fault(lose_messages=1, lose_statuses=1)
        number = Number(new_id(), new_id(), DESK, "demo-twilio-token", 80.0, "twilio", "ACdemo")
        channel, found = Twilio(desk.url, "http://127.0.0.1:1"), Found()

        async def numbers() -> list[Number]:
            return [number]

        poll = Poll(Lanes(Coalesced(client)), numbers, TwilioLog(channel), found, given_up=-2.0)
        searched = Searched(desk, poll, found, number)
        await searched.look()  # from now on
        await asyncio.sleep(1)  # its list tells whole seconds
        yield searched
        await client.delete(f"twilio:{number.account}:{number.tenant_id}:looking", f"twilio:{number.channel_id}:looked")
        await channel.close()
    await poll.lanes.redis.finish()
    await client.aclose()


async def store(searched: Searched) -> None:
    """What was found is stored: in a shard of whichever chat."""
    for item in searched.found.items:
        if isinstance(item, Received):
            await searched.poll.lanes.accept(3, [(short(item.inbound.id), "chat", b"{}", 0.0)])


async def test_what_never_came_is_found_once_and_in_its_order(searched: Searched) -> None:
    for text in ("one", "two", "three"):
        await searched.desk.phone("text", text=text)
    await searched.look()
    assert searched.found.texts == ["one", "two", "three"]
    await store(searched)
    await searched.desk.phone("text", text="four")
    await searched.look()
    assert searched.found.texts == ["one", "two", "three", "four"], "what is stored already is left, in whatever shard"
    said = searched.found.items[0]
    assert isinstance(said, Received)
    assert (said.phone_number_id, said.sender.wa_id) == (DESK, ASHA)
    assert abs((said.inbound.at - datetime.now(UTC)).total_seconds()) < 30


async def test_a_new_number_is_looked_at_from_now_on(searched: Searched) -> None:
    await searched.desk.phone("text", text="before")
    await searched.poll.lanes.redis.redis.delete(f"twilio:{searched.number.channel_id}:looked")
    await asyncio.sleep(1.1)
    await searched.look()
    await searched.look()
    assert searched.found.texts == []
    await asyncio.sleep(1)
    await searched.desk.phone("text", text="after")
    await searched.look()
    assert searched.found.texts == ["after"]


async def test_many_pages(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_log, "PAGE", 3)
    for n in range(8):
        await searched.desk.phone("text", text=str(n))
    await searched.look()
    assert searched.found.texts == list("01234567")


async def test_a_tapped_title_comes_as_its_words_and_a_file_as_a_file(searched: Searched) -> None:
    await searched.desk.phone("text", text="hi")
    await searched.desk.phone("media", type="image", caption="my report")
    await searched.desk.phone("location", latitude=19.0, longitude=72.0)
    await searched.look()
    kinds = [item.inbound.kind for item in searched.found.items if isinstance(item, Received)]
    assert kinds == [Kind.TEXT, Kind.MEDIA, Kind.OTHER], "a list tells no place: the patient is asked again"
    file = searched.found.items[1]
    assert isinstance(file, Received)
    assert b'"mime_type":"image/' in file.raw
    assert file.inbound.text == "my report"


async def test_it_goes_to_the_chat_that_is_known_by_the_number(searched: Searched) -> None:
    chat = Chat(tenant_id=searched.number.tenant_id, user_id="IN.abc", wa_id=ASHA)
    await Chat.of(chat.tenant_id).insert(chat)
    await searched.desk.phone("text", text="hi")
    await searched.look()
    (item,) = searched.found.items
    assert isinstance(item, Received)
    assert (item.sender.user_id, item.sender.wa_id) == ("IN.abc", ASHA)


async def test_one_bot_looks_for_each_account(searched: Searched) -> None:
    await searched.desk.phone("text", text="hi")
    await searched.look()
    await searched.poll.look()
    assert searched.found.texts == ["hi"], "the second look was another one's"


async def test_nothing_is_looked_for_while_what_came_waits_on_disk(searched: Searched) -> None:
    await searched.desk.phone("text", text="hi")
    searched.poll.busy = lambda: True
    await searched.look()
    assert searched.found.texts == []


def polls(outcome: str) -> float:
    return REGISTRY.get_sample_value("opdesk_twilio_polls_total", {"outcome": outcome}) or 0.0


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [({"throttle": 0.001}, "slow"), ({"token": "wrong"}, "halt")],
)
async def test_a_list_that_cannot_be_read_is_read_later(
    searched: Searched, trouble: dict[str, Any], outcome: str
) -> None:
    number, redis = searched.number, searched.poll.lanes.redis.redis
    await searched.desk.phone("text", text="hi")
    if "throttle" in trouble:
        await searched.desk.fault(**trouble)
        await searched.desk.http.get("/2010-04-01/Accounts/ACdemo.json", auth=searched.desk.auth)
    else:
        searched.number = Number(**{name: getattr(number, name) for name in number.__slots__} | trouble)

        async def numbers() -> list[Number]:
            return [searched.number]

        searched.poll.numbers = numbers
    before = polls(outcome)
    await searched.look()
    assert (searched.found.texts, polls(outcome)) == ([], before + 1)
    first = await redis.pttl(searched.looking)
    await searched.look()
    assert await redis.pttl(searched.looking) > first > 60_000, "less and less often"
    await searched.desk.fault(throttle=None)
    searched.number = number

    async def right() -> list[Number]:
        return [number]

    searched.poll.numbers = right
    await searched.look()
    assert searched.found.texts == ["hi"]


async def test_where_twilio_is_away_it_is_looked_at_later(searched: Searched) -> None:
    log, nowhere = searched.poll.log, Twilio("http://127.0.0.1:1", "")
    searched.poll.log = TwilioLog(nowhere)
    await searched.desk.phone("text", text="hi")
    before = polls("retry")
    await searched.look()
    assert polls("retry") == before + 1
    await nowhere.close()
    searched.poll.log = log
    await searched.look()
    assert searched.found.texts == ["hi"]


async def test_a_failure_that_was_never_told_is_found(searched: Searched) -> None:
    await searched.desk.phone("text", text="hi")
    await searched.desk.fault(fail_next=1, fail_code=63024)
    channel = Twilio(searched.desk.url, "http://127.0.0.1:1")
    sent = await channel.client(searched.number).messages.create_async(to=TO_ASHA, from_=DESK, body="hello")
    kept = Message(
        id="o.0.chat.x.0", tenant_id=searched.number.tenant_id, chat_id="c", direction="out", kind="text",
        at=datetime.now(UTC), status="accepted", status_rank=2, wamid=sent.sid,
    )  # fmt: skip
    await Message.of(kept.tenant_id).insert(kept)
    async with asyncio.timeout(5):
        while (await channel.client(searched.number).messages(sent.sid).fetch_async()).status != "undelivered":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await channel.close()
    await searched.look()
    told = [item for item in searched.found.items if isinstance(item, StatusUpdate)]
    assert [(each.outbox_id, each.status, each.code) for each in told] == [("o.0.chat.x.0", "failed", 63024)]


async def test_it_goes_on_until_stopped(searched: Searched) -> None:
    await searched.desk.phone("text", text="hi")
    searched.poll.period = 0.02
    await searched.poll.lanes.redis.redis.delete(searched.looking)
    running = asyncio.create_task(searched.poll.run())
    async with asyncio.timeout(5):
        while not searched.found.items:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    searched.poll.stop()
    await running
    assert searched.found.texts[0] == "hi"
    assert REGISTRY.get_sample_value("opdesk_twilio_poll_behind_seconds") is not None


async def test_an_account_with_something_odd_holds_up_no_other(searched: Searched) -> None:
    await searched.desk.phone("text", text="hi")
    odd = replace(searched.number, account="AC0", channel_id=new_id())  # looked at first
    inner = searched.poll.log

    class Odd:
        """Of one account it tells what nobody understands."""

        files, lost = inner.files, inner.lost

        async def received(self, number: Number, since: datetime, until: datetime) -> list[Listed]:
            if number.account == "AC0":
                raise LookupError
            return await inner.received(number, since, until)

    async def numbers() -> list[Number]:
        return [searched.number, odd]

    searched.poll.log, searched.poll.numbers = Odd(), numbers
    await searched.look()
    assert searched.found.texts == ["hi"]
    await searched.poll.lanes.redis.redis.delete(
        f"twilio:AC0:{odd.tenant_id}:looking", f"twilio:{odd.channel_id}:looked"
    )


async def test_a_practice_with_a_wrong_token_keeps_no_other_of_its_account_waiting(searched: Searched) -> None:
    await searched.desk.phone("text", text="hi")
    kept = {name: getattr(searched.number, name) for name in searched.number.__slots__}
    wrong = Number(**kept | {"tenant_id": "0", "channel_id": new_id(), "token": "wrong"})  # looked at first

    async def numbers() -> list[Number]:
        return [wrong, searched.number]

    searched.poll.numbers = numbers
    await searched.look()
    assert searched.found.texts == ["hi"]
    redis = searched.poll.lanes.redis.redis
    await redis.delete(f"twilio:{wrong.account}:0:looking", f"twilio:{wrong.channel_id}:looked")
