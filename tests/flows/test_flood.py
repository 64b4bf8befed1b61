"""Who writes far too much is told so once; an emergency and a STOP are always heard."""

from datetime import timedelta

from fake_desk import FakeDesk, returning
from player import Player

from flows.flood import MOST, SILENCE
from flows.inbound import Kind


async def flooded() -> Player:
    player = Player(returning(FakeDesk()))
    await player.text("hi")
    [reply] = await player.send(Kind.TEXT, text="hello?", rate=MOST + 1)
    assert "Please wait a few minutes" in reply.text
    return player


async def test_it_is_said_once_and_then_nothing_for_a_while() -> None:
    player = await flooded()
    before = player.session.asked
    for _ in range(5):
        assert await player.send(Kind.TEXT, text="hello???", rate=MOST + 2) == []
        assert await player.send(Kind.TEXT, text="hello???", rate=1) == []
        assert await player.send(Kind.MEDIA) == []
    assert player.session.asked == before


async def test_after_the_silence_all_is_as_before() -> None:
    player = await flooded()
    player.now += timedelta(seconds=SILENCE)
    [reply] = await player.send(Kind.TEXT, text="hello", rate=1)
    assert reply.options


async def test_a_tap_is_answered_meanwhile() -> None:
    player = await flooded()
    options = player.replies[0].options
    [reply] = await player.send(Kind.CHOICE, choice=options[1].id)
    assert reply.options


async def test_an_emergency_and_a_stop_are_heard() -> None:
    player = await flooded()
    [reply] = await player.send(Kind.TEXT, text="my father has chest pain", rate=MOST + 9)
    assert "112" in reply.text
    assert await player.send(Kind.TEXT, text="stop", rate=MOST + 9)


async def test_what_is_not_counted_floods_nothing() -> None:
    player = Player(returning(FakeDesk()))
    for _ in range(MOST + 5):
        assert await player.send(Kind.TEXT, text="hi")


async def test_ten_in_a_row_are_no_flood() -> None:
    player = Player(returning(FakeDesk()))
    [reply] = await player.send(Kind.TEXT, text="hello\nI need a doctor", last="I need a doctor", rate=10)
    assert reply.options
