"""From the inbox to the reply: order, one at a time, once; and what happens when a turn fails or its process dies."""

import asyncio
import random
from collections import Counter
from dataclasses import replace

from pymongo.errors import ServerSelectionTimeoutError
from redis.asyncio import Redis

from bot.envelope import Incoming
from bot.ids import chat_key
from bot.lanes import TAP, Effect, Taken
from bot.record import Record, Told, accepted
from flows.session import Session
from tests.bot.world import NOW, Shelf, World, button, status, webhook


async def session_of(world: World, user: str = "1") -> Session:
    chat = chat_key("tenant", f"IN.{user}")
    _, session = await world.bot.lanes.remembered(world.bot.lanes.shard(chat), chat)
    return Session.from_json(session)


async def take(world: World, lane: str = "in") -> Taken:
    """Take the only chat that is due, as a process would that dies with it."""
    found = [await world.bot.lanes.take(lane, shard, 5) for shard in range(2)]  # type: ignore[arg-type]
    (taken,) = [taken for each in found for taken in each]
    return taken


async def test_a_message_is_answered(world: World) -> None:
    await world.say("hi")
    await world.work()
    assert world.provider.texts == ["1: hi"]
    assert (await session_of(world)).asked == 1
    (reply,) = world.provider.sent
    assert (reply.number, reply.sender.wa_id, reply.sender.user_id) == ("100000000000009", "911", "IN.1")


async def test_taps_are_answered_one_by_one_in_their_order(world: World) -> None:
    await world.tap(*"abcdefghijklmnopqrstuvwxyz")
    await world.work()
    assert world.provider.texts == [f"{n}: {letter}" for n, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 1)]
    assert world.echo.most_at_once.most_common(1)[0][1] == 1


async def test_messages_that_come_during_a_turn_wait_for_it(world: World) -> None:
    world.echo.slow = 0.05
    work = asyncio.create_task(world.bot.loop.run())
    for title in "abc":
        await world.tap(title)
        await asyncio.sleep(0.02)
    await world.until(lambda: len(world.provider.sent) == 3)
    world.bot.loop.stop()
    await work
    assert world.provider.texts == ["1: a", "2: b", "3: c"]
    assert set(world.echo.most_at_once.values()) == {1}


async def test_patients_do_not_wait_for_each_other(world: World) -> None:
    world.echo.slow = 0.3
    await asyncio.gather(*(world.say("hi", user=str(n)) for n in range(20)))
    await world.work(2.0)
    assert len(world.provider.sent) == 20


async def test_a_slow_patient_phone_does_not_hold_the_next_patient_up(world: World) -> None:
    world.provider.held = asyncio.Event()
    await world.say("hi", user="1")
    work = asyncio.create_task(world.bot.loop.run())
    await world.until(lambda: len(world.echo.turns) == 1)
    await world.say("hi", user="2")
    await world.until(lambda: len(world.echo.turns) == 2)
    world.provider.held.set()
    await world.until(lambda: len(world.provider.sent) == 2)
    world.bot.loop.stop()
    await work


async def test_storm_every_message_three_times_shuffled_sixty_four_at_once(world: World, redis: "Redis") -> None:
    """Exactly once: turns counted by the sessions, messages and replies are equal."""
    sent = [button(f"m{n}", user=str(n % 40)) for n in range(600)]
    posts = [webhook(messages=[each]) for each in sent] * 3
    random.Random(7).shuffle(posts)
    gate = asyncio.Semaphore(64)

    async def post(body: bytes) -> None:
        async with gate:
            assert (await world.post(body)).status_code == 200

    work = asyncio.create_task(world.bot.loop.run())
    await asyncio.gather(*(post(body) for body in posts))
    await world.until(lambda: len(world.provider.sent) >= 600, 30)
    await asyncio.sleep(0.1)
    world.bot.loop.stop()
    await work
    versions = [(await session_of(world, str(user))).asked for user in range(40)]
    assert versions == [15] * 40
    assert sum(versions) == len(world.provider.sent) == 600  # a turn may run twice on a slow machine, its effect not
    assert set(Counter(reply.id for reply in world.provider.sent).values()) == {1}
    by_patient: dict[str, list[int]] = {}
    for reply in world.provider.sent:
        by_patient.setdefault(reply.sender.user_id, []).append(int(reply.reply.text.split(":")[0]))
    assert all(numbers == list(range(1, 16)) for numbers in by_patient.values()), "each patient's replies in order"


async def test_a_process_that_dies_in_a_turn_leaves_the_message_to_the_next(world: World) -> None:
    await world.tap("hi", "again")
    await take(world)
    await world.work()
    assert world.provider.texts == ["1: hi", "2: again"]


async def test_a_process_that_dies_after_the_commit_leaves_the_reply_to_the_next(world: World) -> None:
    await world.say("hi")
    taken = await take(world)
    item = Incoming.from_json(taken.queue[0])
    session, replies = await world.echo.turn(Session(), item.inbound, world.bot.loop.desk("tenant", item.sender), NOW)
    outgoing = world.bot.loop._outgoing(taken, item, 0, replies[0])
    effect = Effect(session.to_json(), b"{}", [(outgoing.id, outgoing.to_json())], [("wamid", b"{}")])
    assert await world.bot.lanes.commit(taken, effect, keep=False, grant=False)
    await world.work()
    assert (world.provider.texts, len(world.echo.turns)) == (["1: hi"], 1)


async def dies_while_sending(world: World) -> str:
    """A reply was handed to the provider, and then its process was killed: nobody noted that."""
    await world.say("hi")
    taken = await take(world)
    item = Incoming.from_json(taken.queue[0])
    _, replies = await world.echo.turn(Session(), item.inbound, world.bot.loop.desk("tenant", item.sender), NOW)
    outgoing = world.bot.loop._outgoing(taken, item, 0, replies[0])
    effect = Effect(b"{}", b"{}", [(outgoing.id, outgoing.to_json())], [("wamid", b"{}"), (outgoing.id, b"{}")])
    assert await world.bot.lanes.commit(taken, effect, keep=False, grant=True)
    return outgoing.id


async def test_a_reply_sent_by_a_process_that_died_is_not_doubled(world: World) -> None:
    reply_id = await dies_while_sending(world)
    assert (await world.post(webhook(statuses=[status(reply_id, "sent", wamid="wamid.told")]))).status_code == 200
    await world.work()
    assert world.provider.sent == []
    settled = [item for shard in range(2) for item in await world.bot.lanes.settled(shard, 9) if item.id == reply_id]
    assert b"wamid.told" in settled[0].told


async def test_a_reply_of_which_nothing_was_heard_is_sent_again_after_a_while(world: World) -> None:
    await dies_while_sending(world)
    await world.work(12.0)
    assert world.provider.texts == ["1: hi"]


async def test_a_turn_that_fails_is_tried_again_and_then_given_up(world: World) -> None:
    world.echo.fails["bad"] = [RuntimeError()] * 9
    await world.tap("bad", "good")
    await world.work()
    assert world.provider.texts == ["A person will call you.", "2: good"]
    assert [reason for _, reason in world.calls] == ["failed"]
    assert len(world.echo.turns) == 3, "twice the bad one, once the good one"


async def test_a_turn_that_takes_for_ever_is_given_up(world: World) -> None:
    world.echo.slow = 5.0
    await world.say("slow")
    await world.work()
    assert world.provider.texts == ["A person will call you."]


async def test_a_database_that_hangs_sends_nothing_into_quarantine(world: World) -> None:
    world.echo.fails = {"hi": [TimeoutError()] * 2, "give up hi": [TimeoutError()] * 3}
    await world.say("hi")
    await world.work()
    await world.bot.writer.write_all()
    assert world.shelf.quarantined == []
    assert world.provider.texts == ["A person will call you."]


async def test_a_message_that_nothing_can_be_made_of_ends_in_quarantine(world: World) -> None:
    world.echo.fails = {"poison": [RuntimeError()] * 9, "give up poison": [RuntimeError()] * 9}
    await world.tap("poison", "fine")
    await world.work()
    await world.bot.writer.write_all()
    assert world.provider.texts == ["1: fine"]
    assert [entry.fields["about"] for entry in world.shelf.quarantined] == [b"unanswerable"]


async def test_a_store_that_is_away_costs_no_message_its_answer(world: World) -> None:
    world.echo.fails["book"] = [ServerSelectionTimeoutError()] * 7
    await world.tap("book", "then")
    await world.work()
    assert world.provider.texts == ["1: book", "2: then"]
    assert world.calls == []


async def test_an_entry_of_another_version_does_not_block_the_chat(world: World) -> None:
    chat = chat_key("tenant", "IN.1")
    shard = world.bot.lanes.shard(chat)
    await world.bot.lanes.accept(shard, [("x", chat, b'{"from":"the future"}', TAP)])
    await world.say("hi")
    await world.work()
    assert world.provider.texts == ["1: hi"]


async def test_typing_is_shown_where_the_patient_would_wait(world: World) -> None:
    from dataclasses import replace

    world.bot.loop.patience = replace(world.bot.loop.patience, typing_after=0.05)
    await world.say("quick")
    await world.work()
    assert world.provider.typed == []
    world.echo.slow = 0.15
    await world.say("slow")
    await world.work()
    assert len(world.provider.typed) == 1


async def test_a_busy_bot_shows_nobody_that_it_is_typing(world: World) -> None:
    from dataclasses import replace

    world.bot.loop.patience = replace(world.bot.loop.patience, typing_after=0.05)
    world.bot.loop.at_once = 1
    world.echo.slow = 0.15
    await world.say("slow")
    await world.work()
    assert world.provider.typed == []


async def test_the_record_of_both_sides_is_written_with_what_became_of_it(world: World) -> None:
    await world.say("hi")
    await world.work()
    (reply,) = world.provider.sent
    await world.post(webhook(statuses=[status(reply.id, "read"), status(reply.id, "sent")]))
    await world.bot.writer.write_all()
    records = {record.direction: (record, told) for record, told in world.shelf.written.values()}
    assert records["in"][0].text == "hi"
    assert records["out"][0].text == "1: hi"
    assert [told.status for told in records["out"][1]] == ["accepted", "read", "sent"]
    row = records["out"][0].row("chat", records["out"][1])
    assert (row["status"], row["wamid"]) == ("read", "wamid.out.1")


async def test_statuses_before_the_commit_is_known_and_after_the_record_is_written(world: World) -> None:
    world.provider.held = asyncio.Event()
    await world.say("hi")
    work = asyncio.create_task(world.bot.loop.run())
    await world.until(lambda: len(world.echo.turns) == 1)
    (reply_id,) = await world.waiting_replies()
    await world.post(webhook(statuses=[status(reply_id, "delivered")]))
    world.provider.held.set()
    await world.until(lambda: world.provider.sent)
    world.bot.loop.stop()
    await work
    await world.bot.writer.write_all()
    _, told = world.shelf.written[reply_id]
    assert [each.status for each in told] == ["delivered", "accepted"]
    await world.post(webhook(statuses=[status(reply_id, "read")]))
    await world.bot.writer.write_all()
    assert [(each.id, each.status) for each in world.shelf.late] == [(reply_id, "read")]


async def test_late_statuses_wait_for_each_other(world: World) -> None:
    writer = world.bot.writer
    writer.lanes = replace(writer.lanes, times=replace(writer.lanes.times, settle=0.3))
    told: list[int] = []
    for name in ("sent", "delivered", "read"):
        await world.post(webhook(statuses=[status("n.a.1", name), status(f"n.b{name}.1", name)]))
        await writer.write_all()
        told.append(len(world.shelf.late))
    await asyncio.sleep(0.3)
    await writer.write_all()
    assert [*told, len(world.shelf.late)] == [2, 2, 2, 6], "after a rest at once, then those of all patients together"


async def test_a_database_that_is_away_stops_neither_accepting_nor_answering(world: World) -> None:
    world.shelf.away = ServerSelectionTimeoutError()
    await world.say("hi")
    await world.work()
    assert world.provider.texts == ["1: hi"]
    try:
        await world.bot.writer.write_all()
    except ServerSelectionTimeoutError:
        world.shelf.away = None
    await world.bot.writer.write_all()
    assert len(world.shelf.written) == 2


async def test_a_record_that_the_database_refuses_holds_no_other_up(world: World) -> None:
    class Picky(Shelf):
        async def transcript(self, records: list[tuple[Record, list[Told]]]) -> None:
            if any(record.text == "bad" for record, _ in records):
                raise ValueError
            await super().transcript(records)

    world.bot.writer.archive = shelf = Picky()
    await world.tap("good", "bad")
    await world.work()
    for _ in range(2):
        await world.bot.writer.write_all()
    assert sorted(record.text for record, _ in shelf.written.values()) == ["1: good", "2: bad", "good"]
    assert [entry.fields["about"] for entry in shelf.quarantined] == [b"not writable"]


async def test_two_bots_share_the_work_and_never_a_patient(world: World) -> None:
    from bot.bot import assemble
    from tests.bot.conftest import QUICK
    from tests.bot.world import Desk, Echo, find

    echo = Echo(running=world.echo.running, most_at_once=world.echo.most_at_once, slow=0.005)
    world.echo.slow = 0.005
    world.bot.loop.at_once = 4
    other = assemble(
        world.bot.lanes.redis.redis, find, lambda t, s: Desk(f"{t}/{s.user_id}", []), echo, world.provider, QUICK,
        world.shelf,
    )  # fmt: skip
    works = [asyncio.create_task(each.loop.run()) for each in (world.bot, other)]
    for n in range(10):
        await asyncio.gather(*(world.tap(f"m{n}", user=str(user)) for user in range(30)))
    await world.until(lambda: len(world.provider.sent) == 300, 20)
    for each in (world.bot, other):
        each.loop.stop()
    await asyncio.gather(*works)
    assert echo.turns
    assert world.echo.turns
    assert set(world.echo.most_at_once.values()) == {1}


async def test_the_first_to_write_a_shard_keeps_it(world: World) -> None:
    from bot.writer import Writer

    other = Writer(world.bot.lanes, world.bot.streams, world.shelf)
    assert await world.bot.writer._ours(0)
    assert not await other._ours(0)
    await world.bot.writer._let_go()
    assert await other._ours(0)


async def test_the_bot_works_while_its_application_lives(world: World) -> None:
    async with world.bot.working():
        await world.say("hi")
        await world.until(lambda: world.provider.sent)
    assert accepted("o", "w", NOW).status == "accepted"
