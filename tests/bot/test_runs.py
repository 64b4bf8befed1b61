"""Texts that a patient writes in a row are answered once: none is lost, none counts twice, no tap is among them."""

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from bot.ids import chat_key
from bot.lanes import Taken, Times
from flows.inbound import Inbound, Kind, together
from tests.bot.world import World, button, message, webhook

CHAT = chat_key("tenant", "IN.1")


def patient(world: World, more: float = 0.15, longest: float = 0.6) -> None:
    """Wait for more texts, as in earnest but shorter."""
    object.__setattr__(world.bot.lanes, "times", replace(world.bot.lanes.times, more=more, longest=longest))


async def take(world: World) -> Taken:
    """As a process would that dies with it."""
    found = [await world.bot.lanes.take("in", shard, 5) for shard in range(2)]
    (taken,) = [taken for each in found for taken in each]
    return taken


async def dies(world: World) -> None:
    """The lease of a process that is no more ends."""
    for shard in range(2):
        for chat, _ in await world.bot.lanes.redis.redis.zrange(f"{{s{shard}}}:in:leased", 0, -1, withscores=True):
            await world.bot.lanes.redis.redis.zadd(f"{{s{shard}}}:in:leased", {chat: 0})


async def test_ten_texts_in_a_row_get_one_answer(world: World) -> None:
    patient(world)
    work = asyncio.create_task(world.bot.loop.run())
    for n in range(10):
        await world.say(f"text {n}")
        await asyncio.sleep(0.02)
    await world.until(lambda: world.provider.sent)
    await asyncio.sleep(0.3)
    world.bot.loop.stop()
    await work
    assert world.provider.texts == ["1: " + "\n".join(f"text {n}" for n in range(10))]


async def test_ten_texts_of_one_webhook_get_one_answer_and_ten_records(world: World) -> None:
    await world.post(webhook(messages=[message(f"text {n}") for n in range(10)]))
    await world.work()
    await world.bot.writer.write_all()
    assert len(world.provider.sent) == 1
    written = [record.text for record, _ in world.shelf.written.values() if record.direction == "in"]
    assert sorted(written) == [f"text {n}" for n in range(10)]


async def test_who_never_stops_is_answered_all_the_same(world: World) -> None:
    patient(world, more=0.2, longest=0.5)
    work = asyncio.create_task(world.bot.loop.run())
    for n in range(12):
        await world.say(f"text {n}")
        await asyncio.sleep(0.1)
    assert world.provider.sent, "the first is not put off for ever"
    await world.until(lambda: "text 11" in world.provider.texts[-1])
    world.bot.loop.stop()
    await work
    assert "\n".join(text.split(": ", 1)[1] for text in world.provider.texts) == "\n".join(
        f"text {n}" for n in range(12)
    )


async def test_a_tap_is_answered_by_itself_and_at_once(world: World) -> None:
    patient(world, more=30.0, longest=60.0)
    await world.say("one", "two")
    await world.tap("yes")
    await world.say("three")
    await world.work(3.0)
    assert world.provider.texts == ["1: one\ntwo", "2: yes", "3: three"]


async def test_a_number_is_not_waited_for(world: World) -> None:
    patient(world, more=30.0, longest=60.0)
    await world.say("2")
    await world.work(3.0)
    assert world.provider.texts == ["1: 2"]


async def test_a_second_try_answers_the_very_messages_of_the_first(world: World) -> None:
    """The first may have booked something before its process died: what came meanwhile must not change it."""
    await world.say("one", "two")
    taken = await take(world)
    assert len(await world.bot.loop._run(taken, 0)) == 2
    await dies(world)
    await world.say("three")
    await world.work()
    assert world.provider.texts == ["1: one\ntwo", "2: three"]
    assert len(set(world.echo.turns)) == 2


async def test_a_single_text_that_was_tried_is_joined_by_no_other(world: World) -> None:
    await world.say("one")
    taken = await take(world)
    assert len(await world.bot.loop._run(taken, 0)) == 1
    await dies(world)
    await world.say("two", "three")
    await world.work()
    assert world.provider.texts == ["1: one", "2: two\nthree"]


async def test_a_turn_that_fails_is_tried_again_with_the_same_texts(world: World) -> None:
    world.echo.fails["one\ntwo"] = [RuntimeError()]
    await world.say("one", "two")
    work = asyncio.create_task(world.bot.loop.run())
    await world.until(lambda: world.echo.turns)
    await world.say("three")
    await world.until(lambda: len(world.provider.sent) == 2)
    world.bot.loop.stop()
    await work
    assert world.provider.texts == ["1: one\ntwo", "2: three"]
    assert world.echo.turns[0] == world.echo.turns[1]


async def test_a_holder_that_only_slept_changes_nothing(world: World) -> None:
    await world.say("one", "two")
    slow = await take(world)
    await dies(world)
    await world.work()
    assert await world.bot.loop._run(slow, 0) == []
    assert not await world.bot.lanes.together(slow, 2)
    assert world.provider.texts == ["1: one", "2: two"]


async def test_of_texts_that_nothing_can_be_made_of_only_the_first_goes(world: World) -> None:
    world.echo.fails = {"bad\ngood": [RuntimeError()] * 9, "give up bad\ngood": [RuntimeError()] * 9}
    await world.say("bad", "good")
    await world.work()
    await world.bot.writer.write_all()
    assert world.provider.texts == ["1: good"]
    assert [entry.fields["about"] for entry in world.shelf.quarantined] == [b"unanswerable"]


async def test_storm_of_texts_and_taps_while_holders_vanish(world: World) -> None:
    """Every text stands in exactly one answer, in its order, and every tap in one of its own."""
    patient(world, more=0.02, longest=0.1)
    chance = random.Random(11)
    sent = [(str(n % 12), f"w{n}", chance.random() < 0.25) for n in range(360)]
    posts = [(user, webhook(messages=[button(text, user) if tap else message(text, user)])) for user, text, tap in sent]

    async def writes(user: str) -> None:
        for body in [body for each, body in posts if each == user]:
            assert (await world.post(body)).status_code == 200
            assert (await world.post(body)).status_code == 200
            await asyncio.sleep(chance.random() * 0.03)

    async def death() -> None:
        for _ in range(12):
            await asyncio.sleep(0.05)
            await dies(world)

    world.echo.slow = 0.004
    work = asyncio.create_task(world.bot.loop.run())
    await asyncio.gather(death(), *(writes(str(user)) for user in range(12)))
    world.bot.loop.stop()
    await work
    world.bot.loop._stopping = False
    await world.work(20.0)
    taps = {text for _, text, tap in sent if tap}
    for user in range(12):
        answers = [
            reply.reply.text.split(": ", 1)[1] for reply in world.provider.sent if reply.sender.user_id == f"IN.{user}"
        ]
        assert [text for answer in answers for text in answer.split("\n")] == [
            text for each, text, _ in sent if each == str(user)
        ]
        assert all(answer in taps or not taps.intersection(answer.split("\n")) for answer in answers)
    assert set(Counter(reply.id for reply in world.provider.sent).values()) == {1}


@pytest.mark.parametrize(
    ("texts", "said", "last"),
    [
        (["hi"], "hi", ""),
        (["hi", "dr sharma", "tomorrow"], "hi\ndr sharma\ntomorrow", "tomorrow"),
        (["hello", "hello", "hello"], "hello", "hello"),
        (["", "2"], "2", "2"),
    ],
)
def test_texts_together(texts: list[str], said: str, last: str) -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    read = together([Inbound(f"m{n}", now, Kind.TEXT, text) for n, text in enumerate(texts)])
    assert (read.text, read.last, read.id) == (said, last, "m0")


async def test_what_a_chat_writes_is_counted_and_its_taps_are_not(world: World, redis: "Redis") -> None:
    await world.say(*"abc")
    await world.tap("yes")
    taken = await take(world)
    assert taken.rate == 3
    assert 0 < await redis.ttl(f"{{s{taken.shard}}}:rate:{CHAT}") <= 60


async def test_by_default_somebody_who_writes_on_is_waited_for_half_a_second() -> None:
    assert (Times().more, Times().longest) == (0.5, 3.0)
