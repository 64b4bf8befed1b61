"""The sender: order, backoff, what is never sent, what may have been sent; numbers that are silent."""

from dataclasses import replace

import orjson
import pytest

from bot.channels.directory import Number
from bot.channels.errors import RULES, Action, Rule, SendError, no_answer, not_reached, send_error
from bot.send import WINDOW, Later, backoff, verdict
from tests.bot.world import World, status, webhook


def middle(low: float, high: float) -> float:
    return (low + high) / 2


def error(code: int) -> SendError:
    return send_error(400, {"error": {"code": code, "message": "m", "error_data": {"details": "d"}}})


CODES = [
    (190, Action.HALT), (0, Action.HALT), (3, Action.HALT), (10, Action.HALT), (200, Action.HALT), (299, Action.HALT),
    (131005, Action.HALT), (1, Action.RETRY), (2, Action.RETRY), (4, Action.RETRY), (33, Action.HALT),
    (100, Action.PERMANENT), (131008, Action.PERMANENT), (131009, Action.PERMANENT), (131051, Action.PERMANENT),
    (131055, Action.PERMANENT), (135000, Action.PERMANENT), (368, Action.HALT), (131031, Action.HALT),
    (80007, Action.RETRY), (130429, Action.SLOW), (130472, Action.PERMANENT), (130497, Action.PERMANENT),
    (131000, Action.RETRY), (131016, Action.RETRY), (131021, Action.PERMANENT), (131026, Action.PERMANENT),
    (131030, Action.PERMANENT), (131037, Action.HALT), (131042, Action.HALT), (131045, Action.HALT),
    (131047, Action.TEMPLATE), (131048, Action.HALT), (131049, Action.RETRY), (131050, Action.PERMANENT),
    (131052, Action.PERMANENT), (131053, Action.PERMANENT), (131056, Action.PAIR), (131057, Action.RETRY),
    (131062, Action.PERMANENT), (131063, Action.HALT_TEMPLATE), (131064, Action.HALT_TEMPLATE),
    (132000, Action.PERMANENT), (132001, Action.PERMANENT), (132005, Action.PERMANENT), (132007, Action.PERMANENT),
    (132008, Action.PERMANENT), (132012, Action.PERMANENT), (132015, Action.HALT_TEMPLATE), (132016, Action.PERMANENT),
    (132068, Action.PERMANENT), (132069, Action.PERMANENT), (133004, Action.RETRY), (133000, Action.HALT),
    (133005, Action.HALT), (133006, Action.HALT), (133008, Action.HALT), (133009, Action.HALT), (133010, Action.HALT),
    (133015, Action.HALT), (133016, Action.HALT), (134011, Action.PERMANENT), (137000, Action.PERMANENT),
    (2388019, Action.PERMANENT), (2388299, Action.PERMANENT), (999999, Action.RETRY),
    # Twilio's
    *((code, Action.HALT) for code in (
        20003, 20005, 20403, 21212, 21606, 21660, 21703, 30002, 30034, 63007, 63013, 63020, 63022,
    )),
    *((code, Action.PERMANENT) for code in (
        20001, 20404, 21211, 21408, 21608, 21610, 21614, 21617, 21619, 21654, 21655, 21656, 21658, 30003,
        30004, 30005, 30006, 30007, 63003, 63005, 63014, 63019, 63021, 63024, 63025, 63027, 63028, 63029, 63030, 63032,
        63033,
    )),
    *((code, Action.RETRY) for code in (20500, 20503, 30008, 63008, 63012, 63038, 63049)),
    *((code, Action.SLOW) for code in (20429, 30001, 63017, 63018)), (63016, Action.TEMPLATE),
]  # fmt: skip


@pytest.mark.parametrize(("code", "action"), CODES)
def test_what_a_code_means(code: int, action: Action) -> None:
    found = error(code)
    assert (found.action, found.code, found.detail) == (action, code, "d")


def test_every_rule_of_the_table_is_tested() -> None:
    assert {code for code in RULES if not 200 < code < 299} - {code for code, _ in CODES} == {
        2388040, 2388047, 2388072, 2388073, 2388293,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("found", "action", "retryable"),
    [
        (send_error(500, None), Action.RETRY, True),
        (send_error(502, "<html>"), Action.RETRY, True),
        (send_error(503, {"error": {"code": 2}}), Action.RETRY, True),
        (send_error(504, None), Action.AMBIGUOUS, True),
        (send_error(401, None), Action.HALT, True),
        (send_error(429, None), Action.SLOW, True),
        (send_error(400, None), Action.RETRY, True),
        (send_error(400, {"error": "text"}), Action.RETRY, True),
        (send_error(400, {"error": {"code": "190"}}), Action.RETRY, True),
        (send_error(400, {"error": {"code": 777, "is_transient": True}}), Action.RETRY, True),
        (not_reached(), Action.RETRY, True),
        (no_answer(), Action.AMBIGUOUS, True),
        (error(131047), Action.TEMPLATE, False),
        (error(131026), Action.PERMANENT, False),
    ],
)
def test_what_an_answer_means(found: SendError, action: Action, retryable: bool) -> None:
    assert (found.action, found.retryable) == (action, retryable)


def test_an_error_says_nothing_of_the_message_it_was_about() -> None:
    assert error(131026).detail == "d"
    assert "d" not in str(error(131026)).replace("permanent, code", "")


@pytest.mark.parametrize(
    ("rule", "tries", "seconds"),
    [
        (Rule(Action.RETRY), 1, 1.0), (Rule(Action.RETRY), 2, 2.0), (Rule(Action.RETRY), 5, 16.0),
        (Rule(Action.RETRY), 60, 300.0), (Rule(Action.RETRY, 60.0), 1, 60.0), (Rule(Action.PAIR), 1, 1.0),
        (Rule(Action.PAIR), 2, 4.0), (Rule(Action.PAIR), 3, 16.0), (Rule(Action.PAIR), 4, 64.0),
        (Rule(Action.PAIR), 90, 3600.0), (Rule(Action.SLOW, 2.0), 1, 2.0),
    ],
)  # fmt: skip
def test_how_long_to_wait(rule: Rule, tries: int, seconds: float) -> None:
    assert backoff(rule, tries, middle) == seconds


def test_waiting_is_never_the_same_twice() -> None:
    waits = {backoff(Rule(Action.RETRY, 10.0), 1) for _ in range(50)}
    assert len(waits) > 10
    assert all(7.5 <= wait <= 12.5 for wait in waits)


@pytest.mark.parametrize(
    ("found", "tries", "left", "then"),
    [
        (send_error(500, None), 1, WINDOW, Later(1.0)),
        (send_error(500, None), 40, 301.0, Later(300.0)),
        (send_error(500, None), 40, 299.0, None),
        (error(131000), 3, WINDOW, Later(4.0)),
        (error(131000), 4, WINDOW, None),
        (error(999999), 3, WINDOW, None),
        (error(131026), 1, WINDOW, None),
        (error(131047), 1, WINDOW, None),
        (error(131049), 1, WINDOW, None),
        (error(131056), 3, WINDOW, Later(16.0)),
        (no_answer(), 1, WINDOW, Later(1.0, doubt=2)),
    ],
)
def test_what_follows_from_a_failure(found: SendError, tries: int, left: float, then: Later | None) -> None:
    assert verdict(found, tries, left, middle) == then


async def test_a_reply_put_off_keeps_its_place(world: World) -> None:
    world.provider.fails = [replaced(error(131016), 0.05), replaced(error(131016), 0.05)]
    await world.tap("a", "b")
    await world.work()
    assert world.provider.texts == ["1: a", "2: b"]


def replaced(found: SendError, delay: float) -> SendError:
    """The same error, with less patience."""
    return SendError(replace(found.rule, delay=delay), found.code)


async def test_a_reply_that_can_never_be_delivered_becomes_a_callback(world: World) -> None:
    world.provider.fails = [error(131026)]
    await world.tap("a", "b")
    await world.work()
    assert world.provider.texts == ["2: b"], "the next is not held up"
    await world.bot.writer.write_all()
    (lost,) = world.shelf.undeliverable
    assert (lost.tenant_id, lost.sender.user_id, lost.code, lost.session.asked) == ("tenant", "IN.1", "131026", 2)
    _, told = world.shelf.written[lost.outbox_id]
    assert [each.status for each in told] == ["failed"]


async def test_a_reply_that_fails_after_it_was_accepted_becomes_a_callback(world: World) -> None:
    await world.say("a")
    await world.work()
    (reply,) = world.provider.sent
    failed = status(reply.id, "failed", errors=[{"code": 131026, "title": "Message undeliverable"}])
    assert (await world.post(webhook(statuses=[failed]))).status_code == 200
    await world.bot.writer.write_all()
    assert [(lost.outbox_id, lost.code) for lost in world.shelf.undeliverable] == [(reply.id, "131026")]


async def test_a_parked_number_sends_nothing_and_loses_nothing(world: World) -> None:
    told: list[tuple[str, int]] = []

    async def trouble(number: Number, code: int) -> None:
        told.append((number.channel_id, code))

    world.bot.sender.silence.told = trouble
    world.provider.fails = [replaced(error(131042), 2.0)]
    await world.say("a", user="1")
    with pytest.raises(TimeoutError):
        await world.work(0.5)
    await world.say("b", user="2")
    with pytest.raises(TimeoutError):
        await world.work(0.5)
    assert world.provider.sent == []
    assert len(world.provider.fails) == 0, "the second one was not tried"
    assert told == [("channel", 131042)], "once, however many wait"
    await world.work(12.0)
    assert sorted(world.provider.texts) == ["1: a", "1: b"]
    assert told[-1] == ("channel", 0)
    assert not world.bot.sender.silence.pace.silent("channel")


async def test_a_status_parks_a_number_and_only_a_status_ends_it(world: World) -> None:
    """A payment problem that the provider tells only after it took the message."""
    failed = status("o.0.chat.x.0", "failed", errors=[{"code": 131042, "title": "t"}])
    assert (await world.post(webhook(statuses=[failed, failed]))).status_code == 200
    await world.until(lambda: world.bot.sender.silence.pace.silent("channel"))
    await world.say("a")
    with pytest.raises(TimeoutError):
        await world.work(0.5)
    assert world.provider.sent == []
    redis = world.bot.lanes.redis.redis
    await redis.hset("{pace:channel}:halt", "until", 1)
    await redis.zadd(
        "{s0}:out:ready", dict.fromkeys(await redis.zrange("{s0}:out:ready", 0, -1), 0) or {"x": 0}, xx=True
    )
    await redis.zadd(
        "{s1}:out:ready", dict.fromkeys(await redis.zrange("{s1}:out:ready", 0, -1), 0) or {"x": 0}, xx=True
    )
    await world.until(
        lambda: world.bot.sender.silence.pace._silent["channel"][1] < world.bot.sender.silence.pace.clock()
    )
    await world.work()
    assert world.provider.texts == ["1: a"], "one goes ahead"
    assert await redis.exists("{pace:channel}:halt"), "that it was taken says nothing"
    await world.post(webhook(statuses=[status("o.0.chat.x.1", "delivered")]))
    await world.until(lambda: not world.bot.sender.silence.pace.silent("channel"))
    assert not await redis.exists("{pace:channel}:halt")
    await world.bot.writer._all_streams([0, 1])
    told = [orjson.loads(entry.fields["raw"])["value"]["code"] for entry in world.shelf.news]
    assert told == [131042, 0], "told once, and once that it is over"


async def test_an_unclear_send_waits_for_word_of_it(world: World) -> None:
    world.bot.sender.word_of_it = 0.4
    world.provider.fails = [no_answer()]
    await world.say("a")
    with pytest.raises(TimeoutError):
        await world.work(0.2)
    (entry,) = await world.waiting_replies()
    await world.post(webhook(statuses=[status(entry, "delivered", wamid="wamid.x")]))
    await world.work()
    assert world.provider.sent == []


async def test_an_unclear_send_of_which_nothing_is_heard_is_sent_again(world: World) -> None:
    world.bot.sender.word_of_it = 0.1
    world.provider.fails = [no_answer()]
    await world.say("a")
    await world.work()
    assert world.provider.texts == ["1: a"]


async def test_a_reply_to_yesterdays_message_is_not_sent(world: World) -> None:
    await world.say("old")
    world.bot.sender.window = -1.0
    await world.work()
    assert world.provider.sent == []
    await world.bot.writer.write_all()
    assert [lost.code for lost in world.shelf.undeliverable] == ["131047"]


async def test_an_entry_of_another_version_does_not_block_the_outbox(world: World) -> None:
    await world.say("a")
    world.provider.fails = [replaced(error(131016), 0.3)]
    with pytest.raises(TimeoutError):
        await world.work(0.15)
    for shard in range(2):
        for key in await world.bot.lanes.redis.redis.keys(f"{{s{shard}}}:out:q:*"):
            await world.bot.lanes.redis.redis.lset(key, 0, b'{"from":"the future"}')
    await world.say("b")
    await world.work()
    assert world.provider.texts == ["2: b"]


async def test_an_unclear_send_that_the_providers_list_tells_of_is_not_repeated(world: World) -> None:
    world.bot.sender.word_of_it = 0.2
    world.provider.fails = [no_answer()]
    await world.say("a")
    with pytest.raises(TimeoutError):
        await world.work(0.1)
    (entry,) = await world.waiting_replies()
    world.provider.listed[entry] = "SMlisted"
    await world.work()
    assert world.provider.sent == []
    await world.bot.writer.write_all()
    assert [each.wamid for each in world.shelf.written[entry][1]] == ["SMlisted"]


async def test_a_long_reply_leaves_in_pieces_each_with_an_id_of_its_own(world: World) -> None:
    world.provider.longest = 20
    await world.say("one two three four five six seven eight nine ten")
    await world.work()
    assert world.provider.texts == ["1: one two three", "four five six seven", "eight nine ten"]
    assert len({reply.id for reply in world.provider.sent}) == 3
