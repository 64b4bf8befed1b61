"""Signs of life, on a real Redis: whose leases are over, whose are not, and that no step is ever done twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from time import monotonic, sleep

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from bot.ids import chat_key, shard_of
from bot.lanes import TAP, Effect, Lane, Lanes, Over, Taken, Times
from bot.life import Life
from bot.pipeline import Coalesced
from tests.bot.world import World

BEAT, LOST = 0.2, 1.0
CHAT = chat_key("tenant", "IN.1")
SHARD = shard_of(CHAT, 2)
NOTHING = Over(0, 0, 0)
LONG = 8.0  # seconds


@pytest_asyncio.fixture
async def ours(redis: "Redis") -> AsyncIterator[Lanes]:
    coalesced = Coalesced(redis)
    yield Lanes(coalesced, 2, Times(lease=60.0, settle=0.0, beat=BEAT, lost=LOST), "ours")
    await coalesced.finish()


def other(lanes: Lanes, name: str = "other") -> Lanes:
    return replace(lanes, holder=name)


async def say(lanes: Lanes, *ids: str) -> None:
    await lanes.accept(SHARD, [(name, CHAT, name.encode(), TAP) for name in ids])


async def take(lanes: Lanes, lane: Lane = "in") -> Taken:
    (taken,) = await lanes.take(lane, SHARD, 10)
    return taken


def effect(*replies: str, messages: int = 1) -> Effect:
    return Effect(b"s", b"w", [(each, each.encode()) for each in replies], [("m", b"r")], messages=messages)


async def watch(lanes: Lanes, seconds: float) -> Over:
    """Show life steadily for so long, or until leases were handed on; how many those are."""
    over, end = await lanes.beat(SHARD, []), monotonic() + seconds
    while over == NOTHING and monotonic() < end:
        await asyncio.sleep(BEAT)
        over = await lanes.beat(SHARD, [])
    return over


async def test_a_lost_holders_chat_is_handed_on_long_before_its_lease_ends(ours: Lanes) -> None:
    await say(ours, "m1")
    await ours.beat(SHARD, [])
    gone = await take(ours)
    assert await watch(other(ours), LOST * 0.6) == NOTHING, "it was seen a moment ago"
    assert await watch(other(ours), LONG) == Over(1, 0, 0)
    after = await take(other(ours))
    assert (after.queue, after.tries, after.again) == ([b"m1"], 2, True)
    assert await ours.commit(gone, effect("o1"), keep=False, grant=True) is None, "it only slept, and is refused"
    assert await other(ours).commit(after, effect("o1"), keep=False, grant=True)


async def test_a_living_holder_keeps_its_chat_until_the_lease_ends(ours: Lanes) -> None:
    await say(ours, "m1")
    taken = await take(ours)

    async def lives() -> None:
        while True:
            await ours.beat(SHARD, [taken.token])
            await asyncio.sleep(BEAT)

    living = asyncio.create_task(lives())
    assert await watch(other(ours), LOST * 2) == NOTHING
    living.cancel()
    assert await ours.commit(taken, effect(), keep=False, grant=True)


async def test_nobody_is_judged_by_one_who_was_away_as_well(ours: Lanes) -> None:
    """As after a restart of Redis: the first to be back would find that nobody has been seen for a while."""
    await say(ours, "m1")
    taken = await take(ours)
    for lanes in (ours, other(ours)):
        await lanes.beat(SHARD, [taken.token])
    await asyncio.sleep(LOST * 1.5)
    assert await other(ours).beat(SHARD, []) == NOTHING
    assert await other(ours).beat(SHARD, []) == NOTHING, "asked twice, since an answer was lost: no sign of steadiness"
    await asyncio.sleep(BEAT / 4)
    await ours.beat(SHARD, [taken.token])
    assert await watch(other(ours), BEAT * 2) == NOTHING
    assert await ours.commit(taken, effect(), keep=False, grant=True)


async def test_nor_are_leases_over_that_ended_while_redis_was_away(ours: Lanes) -> None:
    short = replace(ours, times=replace(ours.times, lease=0.5))
    await say(short, "m1")
    taken = await take(short)
    await other(short).beat(SHARD, [])
    await asyncio.sleep(1.0)
    assert await other(short).beat(SHARD, []) == NOTHING
    assert await short.commit(taken, effect(), keep=False, grant=True), "whoever has it in hand asks at once"


async def test_a_lease_of_ours_that_we_know_nothing_of_is_handed_on(ours: Lanes) -> None:
    """The answer of its take never came."""
    await say(ours, "m1")
    await take(ours)
    assert await watch(ours, LOST * 0.6) == NOTHING, "it may be on its way"
    assert await watch(ours, LONG) == Over(0, 1, 0)
    assert (await take(ours)).queue == [b"m1"]


async def test_no_two_leases_have_one_token(ours: Lanes) -> None:
    """By it alone a holder knows what is in its hands: the end of one lease must not seem the end of another."""
    await say(ours, "m1", "m2")
    await ours.accept(1 - SHARD, [("m3", CHAT, b"m3", TAP)])
    taken = await take(ours)
    committed = await ours.commit(taken, effect("o1"), keep=True, grant=True)
    assert committed is not None
    (elsewhere,) = await ours.take("in", 1 - SHARD, 10)
    assert len({taken.token, committed.outbox_token, elsewhere.token}) == 3


async def test_one_that_nobody_has_seen_yet_keeps_what_it_took(ours: Lanes) -> None:
    """Redis was away for it alone when it began to show itself, and is back."""
    await say(ours, "m1")
    taken = await take(ours)
    assert await watch(other(ours), LOST * 2) == NOTHING
    assert await ours.commit(taken, effect(), keep=False, grant=True)


async def test_what_is_in_hand_for_long_stays_there_step_by_step(ours: Lanes) -> None:
    await say(ours, "m1", "m2", "m3")
    taken = held = await take(ours)
    for _ in range(2):
        assert await ours.commit(taken, effect(), keep=True, grant=True)
        taken = taken.next
        await asyncio.sleep(LOST)
    for _ in range(5):
        assert await ours.beat(SHARD, [held.token]) == NOTHING
        await asyncio.sleep(BEAT)
    assert await ours.commit(taken, effect(), keep=False, grant=True)


async def test_a_step_that_is_asked_for_twice_is_done_once(ours: Lanes, redis: "Redis") -> None:
    """Its answer was lost on the way: the second message and the second reply are none of its."""
    await say(ours, "m1", "m2")
    taken = await take(ours)
    first = await ours.commit(taken, effect("o1", "o2"), keep=True, grant=True)
    assert first is not None
    assert await ours.commit(taken, effect("o1", "o2"), keep=True, grant=True) is None
    assert await redis.lrange(f"{{s{SHARD}}}:in:q:{CHAT}", 0, -1) == [b"m2"]
    sending = Taken(SHARD, CHAT, first.outbox_token, 1, 0, b"", [])
    assert await ours.done(sending, "o1", b"{}", keep=True)
    assert await ours.done(sending, "o1", b"{}", keep=True) is None
    assert await redis.lrange(f"{{s{SHARD}}}:out:q:{CHAT}", 0, -1) == [b"o2"]
    assert await ours.done(sending.next, "o2", b"{}", keep=False) is False


@pytest.mark.parametrize(("silent", "here", "sent"), [(60.0, 60.0, 1), (60.0, 1.0, 0), (1.0, 60.0, 0)])
async def test_a_reply_that_may_have_left_waits_for_word_of_it(
    world: World, silent: float, here: float, sent: int
) -> None:
    """Counted from when its sender was seen last, but not while nobody was here to hear of it."""
    world.provider.held = asyncio.Event()
    await world.say("hi")
    working = asyncio.create_task(world.bot.loop.run())
    await world.until(lambda: world.echo.turns)
    world.bot.loop.stop()
    world.provider.held.set()
    await working
    (reply,) = world.provider.sent
    world.provider.sent.clear()
    world.bot.sender.life._since, world.bot.sender.life._shown = monotonic() - here, monotonic()
    vanished = Taken(0, reply.sender.user_id, b"x:1", 1, 1, b"", [], idle=int(silent * 1000), at=monotonic())
    await world.bot.sender.deliver(vanished, [replace(reply, id="o.0.nobody.told.0")])
    assert len(world.provider.sent) == sent


async def test_who_lost_a_lease_while_sending_tells_its_successor_how_it_went(world: World) -> None:
    world.provider.held = asyncio.Event()
    await world.say("hi")
    working = asyncio.create_task(world.bot.loop.run())
    await world.until(lambda: world.provider.asked)
    world.bot.loop.stop()
    lanes = replace(world.bot.lanes, holder="successor")
    assert sum([await world.bot.lanes.leave(shard) for shard in range(2)]) == 1
    (taken,) = [each for shard in range(2) for each in await lanes.take("out", shard, 10)]
    assert (taken.doubt, await lanes.told(taken.shard, world.provider.asked[0].id)) == (1, b"")
    world.provider.held.set()
    await working
    world.bot.sender.life._shown = monotonic()
    await world.bot.sender.deliver(taken, world.provider.asked)
    assert len(world.provider.sent) == 1, "it heard of it, and did not send it again"
    assert await world.idle()


async def test_who_sleeps_while_it_looks_for_a_reply_sends_none(world: World) -> None:
    await world.say("hi")
    await world.work()
    life, (reply,) = world.bot.sender.life, world.provider.asked

    def nap() -> None:
        life._shown -= world.bot.lanes.times.lost

    world.provider.looking, life._shown = nap, monotonic()
    taken = Taken(0, reply.sender.user_id, b"x:1", 1, 2, b"", [], at=monotonic())
    await world.bot.sender.deliver(taken, [replace(reply, id="o.0.nobody.told.0")])
    assert len(world.provider.asked) == 1


async def test_who_ends_in_order_leaves_nothing_to_wait_for(ours: Lanes) -> None:
    await say(ours, "m1")
    await ours.beat(SHARD, [])
    await take(ours)
    assert await ours.leave(SHARD) == 1
    assert (await take(other(ours))).queue == [b"m1"]
    assert await ours.leave(SHARD) == 0, "others' are theirs"


async def test_the_successor_knows_since_when_nothing_can_have_been_sent(ours: Lanes) -> None:
    await say(ours, "m1")
    await ours.beat(SHARD, [])
    await ours.commit(await take(ours), effect("o1"), keep=False, grant=True)
    assert await watch(other(ours), LONG) == Over(1, 0, 0)
    taken = await take(other(ours), "out")
    assert taken.doubt == 1
    assert LOST - BEAT <= taken.idle / 1000 < 5.0, "counted from its last sign of life"
    await other(ours).later("out", taken, 0.0, tries=0, doubt=2)
    assert ((after := await take(other(ours), "out")).doubt, after.idle) == (2, 0)


async def test_a_lease_of_an_older_version_ends_by_its_time_alone(ours: Lanes, redis: "Redis") -> None:
    await say(ours, "m1")
    await take(ours)
    await redis.hset(f"{{s{SHARD}}}:in:tokens", CHAT, "17")
    assert await watch(other(ours), LOST * 2) == NOTHING
    await redis.zadd(f"{{s{SHARD}}}:in:leased", {CHAT: 1})
    assert await watch(other(ours), LONG) == Over(0, 0, 1)


async def test_holders_that_are_long_gone_are_forgotten(ours: Lanes, redis: "Redis") -> None:
    await redis.zadd(f"{{s{SHARD}}}:holders", {"gone": 1})
    await watch(ours, BEAT * 3)
    assert await redis.zrange(f"{{s{SHARD}}}:holders", 0, -1) == [b"ours"]


async def test_a_life_is_shown_while_it_lasts(ours: Lanes, redis: "Redis") -> None:
    life = Life(ours)
    assert life.shown(0.0), "nobody looks yet"
    async with life.showing():
        seen = {await redis.zscore(f"{{s{SHARD}}}:holders", "ours")}
        async with asyncio.timeout(LONG):
            while len(seen) < 4:
                await asyncio.sleep(BEAT)
                seen.add(await redis.zscore(f"{{s{SHARD}}}:holders", "ours"))
        assert None not in seen
        taken_at = monotonic()
        await asyncio.sleep(BEAT / 2)
        assert life.shown(taken_at)
        life._shown -= LOST + BEAT  # as if it had slept
        assert not life.shown(taken_at)
        async with asyncio.timeout(LONG):
            while not life.shown(monotonic()):  # noqa: ASYNC110
                await asyncio.sleep(BEAT)
        assert not life.shown(taken_at), "awake again, and still somebody else may have what it took before"
    assert await redis.exists(f"{{s{SHARD}}}:holders") == 0
    assert not life.shown(monotonic()), "what it had is others' now"


async def test_a_loop_with_its_hands_full_lives(ours: Lanes) -> None:
    """Late with everything, it would else be taken for lost, and post nothing of what it has."""
    life = Life(ours)
    async with life.showing():
        taken_at = monotonic()
        sleep(LOST * 1.5)  # noqa: ASYNC251 -- nothing else runs on the loop meanwhile
        assert life.shown(taken_at)


async def test_the_records_of_a_lost_holder_are_written_by_another(ours: Lanes, redis: "Redis") -> None:
    await say(ours, "m1")
    await ours.beat(SHARD, [])
    await take(ours)
    await redis.set(f"{{s{SHARD}}}:writer", "ours", px=60_000)
    assert await watch(other(ours), LONG) == Over(1, 0, 0)
    assert await redis.get(f"{{s{SHARD}}}:writer") is None
    await redis.set(f"{{s{SHARD}}}:writer", "of an older version", px=60_000)
    await watch(other(ours), BEAT * 3)
    assert await redis.get(f"{{s{SHARD}}}:writer")
