"""The scripts on a real Redis: duplicates, order, fencing, and what a holder leaves behind that vanishes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio
from redis.asyncio import Redis

from bot.ids import chat_key, shard_of
from bot.lanes import TAP, Effect, Lanes, Over, Taken, Times
from bot.pipeline import Coalesced, connect
from bot.streams import Streams

CHAT = chat_key("tenant", "IN.1")
SHARD = shard_of(CHAT, 2)


@pytest_asyncio.fixture
async def lanes(redis: "Redis") -> AsyncIterator[Lanes]:
    coalesced = Coalesced(redis)
    yield Lanes(coalesced, 2, Times(lease=0.15, settle=0.0, beat=0.04, lost=5.0))
    await coalesced.finish()


async def looked(lanes: Lanes) -> Over:
    """A process that is seen steadily looks at what others have left; ours lives."""
    other = replace(lanes, holder="other")
    await lanes.beat(SHARD, [])
    await other.beat(SHARD, [])
    await asyncio.sleep(lanes.times.beat)
    return await other.beat(SHARD, [])


def effect(*replies: str, message: str = "m1") -> Effect:
    outgoing = [(reply, f"reply {reply}".encode()) for reply in replies]
    return Effect(b"session", b"who", outgoing, [(message, b"record"), *((reply, b"record") for reply in replies)])


async def say(lanes: Lanes, *ids: str, chat: str = CHAT, wait: float = TAP) -> int:
    return await lanes.accept(shard_of(chat, 2), [(name, chat, name.encode(), wait) for name in ids])


async def take(lanes: Lanes, lane: str = "in") -> Taken:
    (taken,) = await lanes.take(lane, SHARD, 10)  # type: ignore[arg-type]
    return taken


async def test_a_message_is_stored_once(lanes: Lanes) -> None:
    assert await say(lanes, "m1", "m2", "m1") == 2
    assert await say(lanes, "m2", "m1") == 0
    assert (await take(lanes)).queue == [b"m1", b"m2"]


async def test_a_message_is_remembered_for_longer_than_meta_repeats_it(lanes: Lanes, redis: "Redis") -> None:
    await say(lanes, "m1")
    assert 7 * 86400 < await redis.ttl(f"{{s{SHARD}}}:seen:m1") <= 8 * 86400


async def test_many_at_once_are_stored_once(lanes: Lanes) -> None:
    new = await asyncio.gather(*(say(lanes, f"m{n % 50}") for n in range(500)))
    assert sum(new) == 50


async def test_a_leased_chat_is_nobody_elses(lanes: Lanes) -> None:
    await say(lanes, "m1")
    await take(lanes)
    await say(lanes, "m2")
    assert await lanes.take("in", SHARD, 10) == []


async def test_chats_are_taken_the_longest_waiting_first(lanes: Lanes) -> None:
    chats = [chat for chat in (chat_key("tenant", f"IN.{n}") for n in range(40)) if shard_of(chat, 2) == SHARD][:5]
    for n, chat in enumerate(chats):
        await say(lanes, f"m{n}", chat=chat)
        await asyncio.sleep(0.002)
    first = await lanes.take("in", SHARD, 2)
    assert [taken.chat for taken in first] == chats[:2]
    assert [taken.chat for taken in await lanes.take("in", SHARD, 10)] == chats[2:]


async def test_a_commit_changes_everything_at_once(lanes: Lanes, redis: "Redis") -> None:
    await say(lanes, "m1", "m2")
    taken = await take(lanes)
    committed = await lanes.commit(taken, effect("o1"), keep=False, grant=False)
    assert committed is not None
    assert committed.more is True
    assert await redis.hgetall(f"{{s{SHARD}}}:chat:{CHAT}") == {b"session": b"session", b"who": b"who"}
    assert (await take(lanes, "out")).queue == [b"reply o1"]
    again = await take(lanes)
    assert (again.queue, again.session, again.tries) == ([b"m2"], b"session", 1)


async def test_the_outbox_comes_along_where_it_was_empty(lanes: Lanes) -> None:
    await say(lanes, "m1", "m2")
    taken = await take(lanes)
    first = await lanes.commit(taken, effect("o1"), keep=True, grant=True)
    second = await lanes.commit(taken.next, effect("o2", message="m2"), keep=False, grant=True)
    assert first is not None
    assert second is not None
    assert first.outbox_token
    assert not second.outbox_token, "somebody works on the outbox already"
    assert await lanes.take("out", SHARD, 10) == []
    mine = Taken(SHARD, CHAT, first.outbox_token, 1, 0, b"", [b"reply o1"])
    assert await lanes.done(mine, "o1", b"{}", keep=False) is True
    assert (await take(lanes, "out")).queue == [b"reply o2"]


async def test_a_late_commit_is_refused_and_changes_nothing(lanes: Lanes, redis: "Redis") -> None:
    await say(lanes, "m1")
    slow = await take(lanes)
    await asyncio.sleep(0.2)
    assert (await looked(lanes)).late == 1
    quick = await take(lanes)
    assert quick.tries == 2
    assert quick.token != slow.token
    assert await lanes.commit(slow, effect("wrong"), keep=False, grant=True) is None
    assert await redis.keys("*out:q*") == []
    assert await lanes.later("in", slow, 5.0, tries=1) is False
    assert await lanes.drop(slow, "no") is False
    assert await lanes.commit(quick, effect("right"), keep=False, grant=True) is not None
    assert await redis.lrange(f"{{s{SHARD}}}:out:q:{CHAT}", 0, -1) == [b"reply right"]


async def test_a_crash_between_take_and_commit_loses_nothing(lanes: Lanes) -> None:
    await say(lanes, "m1", "m2")
    await take(lanes)
    await looked(lanes)
    assert await lanes.take("in", SHARD, 10) == []
    await asyncio.sleep(0.2)
    await looked(lanes)
    assert (await take(lanes)).queue == [b"m1", b"m2"]


async def test_a_crash_between_send_and_done_is_told_to_the_next(lanes: Lanes) -> None:
    await say(lanes, "m1")
    await lanes.commit(await take(lanes), effect("o1"), keep=False, grant=True)
    await asyncio.sleep(0.2)
    await looked(lanes)
    after = await take(lanes, "out")
    assert (after.doubt, after.queue) == (1, [b"reply o1"])
    assert await lanes.told(SHARD, "o1") == b""
    await lanes.statuses(SHARD, [("o1", b'{"a":1}', ""), ("o1", b'{"a":2}', "")])
    assert await lanes.told(SHARD, "o1") == b'{"a":1},{"a":2}'
    await lanes.later("out", after, 0.0, tries=0, doubt=2)
    assert (await take(lanes, "out")).doubt == 2


async def test_the_lease_lasts_as_long_as_its_holder_goes_on(lanes: Lanes) -> None:
    await say(lanes, "m1", "m2", "m3")
    taken = await take(lanes)
    for n in (1, 2):
        await asyncio.sleep(0.1)
        assert await lanes.commit(taken, effect(message=f"m{n}"), keep=True, grant=True)
        taken = taken.next
    await asyncio.sleep(0.05)
    await looked(lanes)
    assert await lanes.take("in", SHARD, 10) == []
    assert await lanes.commit(taken, effect(message="m3"), keep=False, grant=True)
    assert await lanes.take("in", SHARD, 10) == []


async def test_a_chat_put_off_waits_and_keeps_its_order(lanes: Lanes) -> None:
    await say(lanes, "m1")
    await lanes.later("in", await take(lanes), 0.1, tries=3)
    await say(lanes, "m2")
    assert await lanes.take("in", SHARD, 10) == []
    await asyncio.sleep(0.12)
    taken = await take(lanes)
    assert (taken.queue, taken.tries) == ([b"m1", b"m2"], 4)


async def test_what_is_told_before_the_record_is_written_is_written_with_it(lanes: Lanes) -> None:
    await say(lanes, "m1")
    committed = await lanes.commit(await take(lanes), effect("o1"), keep=False, grant=True)
    assert committed is not None
    assert [item.id for item in await lanes.settled(SHARD, 10)] == ["m1"], "a reply's record waits for its send"
    await lanes.statuses(SHARD, [("o1", b"early", "")])
    await lanes.done(Taken(SHARD, CHAT, committed.outbox_token, 1, 0, b"", []), "o1", b"accepted", keep=False)
    await lanes.statuses(SHARD, [("o1", b"delivered", "")])
    settled = await lanes.settled(SHARD, 10)
    assert [(item.id, item.told) for item in settled] == [("m1", b""), ("o1", b"early,accepted,delivered")]
    await lanes.statuses(SHARD, [("o1", b"read", "")])
    await lanes.written(SHARD, settled)
    await lanes.statuses(SHARD, [("o1", b"again", "")])
    late = (await Streams(lanes).read("late", [SHARD], 10))[SHARD]
    assert [entry.fields["status"] for entry in late] == [b"read", b"again"]
    assert await lanes.settled(SHARD, 10) == []
    assert (await lanes.depth("in", SHARD)).records == 0


async def test_writing_twice_forgets_once(lanes: Lanes) -> None:
    await say(lanes, "m1")
    await lanes.commit(await take(lanes), effect(), keep=False, grant=True)
    settled = await lanes.settled(SHARD, 10)
    await lanes.written(SHARD, settled)
    await lanes.written(SHARD, settled)
    assert await Streams(lanes).read("late", [SHARD], 10) == {SHARD: []}


async def test_nothing_is_left_of_a_chat_at_rest_but_its_session(lanes: Lanes, redis: "Redis") -> None:
    await say(lanes, "m1")
    committed = await lanes.commit(await take(lanes), effect("o1"), keep=False, grant=True)
    assert committed is not None
    await lanes.done(Taken(SHARD, CHAT, committed.outbox_token, 1, 0, b"", []), "o1", b"accepted", keep=False)
    await lanes.written(SHARD, await lanes.settled(SHARD, 10))
    tag = f"{{s{SHARD}}}:"
    left = {key.decode().removeprefix(tag) for key in await redis.keys("*")}
    assert left == {f"chat:{CHAT}", "seen:m1", "in:fence", "out:fence"}


async def test_scripts_are_taught_again_to_a_redis_that_forgot_them(lanes: Lanes, redis: "Redis") -> None:
    await redis.script_flush()
    assert await asyncio.gather(say(lanes, "m1"), say(lanes, "m2"), lanes.depth("in", SHARD))


async def test_one_wrong_command_does_not_hurt_its_neighbours(lanes: Lanes, redis: "Redis") -> None:
    await redis.set(f"{{s{SHARD}}}:in:q:{CHAT}", "not a list")
    other = next(c for c in (chat_key("t", f"{n}") for n in range(9)) if shard_of(c, 2) == SHARD)
    wrong, right = await asyncio.gather(say(lanes, "m1"), say(lanes, "m2", chat=other), return_exceptions=True)
    assert isinstance(wrong, Exception)
    assert right == 1


async def test_commands_of_one_moment_leave_together(redis_url: str) -> None:
    client = connect(redis_url)
    coalesced = Coalesced(client)
    lanes = Lanes(coalesced, 2)
    before = (await client.info("clients"))["connected_clients"]
    await asyncio.gather(*(lanes.depth("in", n % 2) for n in range(200)))
    assert (await client.info("clients"))["connected_clients"] <= before + 4
    await coalesced.finish()
    await client.aclose()
