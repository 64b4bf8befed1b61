"""Files in a conversation: kept and said so once in a row, never counted as a misunderstanding, never guessed at."""

from datetime import timedelta

import pytest
from fake_desk import FakeDesk, returning
from player import MONDAY, Player

from flows.inbound import Kind
from flows.reply import Reply
from flows.texts import languages, say


async def begun(language: str = "en") -> Player:
    player = Player(returning(FakeDesk(), language))
    await player.text("hi")
    return player


def offers(reply: Reply) -> bool:
    return say("en", "kept_offer") in reply.text and any(option.id.endswith(":human") for option in reply.options)


async def test_an_album_is_answered_once() -> None:
    player = await begun()
    answers = [await player.send(Kind.MEDIA) for _ in range(12)]
    assert [len(replies) for replies in answers] == [1] + [0] * 11
    assert offers(answers[0][0])
    assert player.session.misses == 0
    assert player.desk.calls == []


async def test_a_run_ends_with_anything_else_and_with_time() -> None:
    player = await begun()
    await player.send(Kind.MEDIA)
    await player.text("1")
    [again] = await player.send(Kind.MEDIA)
    assert offers(again)
    player.now += timedelta(minutes=31)
    [later] = await player.send(Kind.MEDIA)
    assert offers(later)


async def test_the_caption_is_read_as_text() -> None:
    player = await begun()
    [reply] = await player.send(Kind.MEDIA, text="my appointments")
    assert player.session.flow == "appointments"
    assert say("en", "kept_offer") in reply.text
    [reply] = await player.send(Kind.MEDIA, text="blah blub")
    assert offers(reply)
    assert player.session.misses == 0


async def test_where_nothing_can_be_tapped_the_word_is_told() -> None:
    player = Player(FakeDesk(languages=("en",)))
    await player.text("hi")
    while player.session.step != "person":
        await player.first()
    [reply] = await player.send(Kind.MEDIA)
    assert say("en", "kept_write") in reply.text
    await player.text("person")
    assert player.desk.calls[-1]["reason"] == "asked"


@pytest.mark.parametrize("language", languages())
async def test_the_offer_is_taken_in_every_language(language: str) -> None:
    player = await begun(language)
    [reply] = await player.send(Kind.MEDIA)
    assert say(language, "kept_offer") in reply.text
    await player.tap(say(language, "call_me"))
    assert player.desk.calls[-1]["reason"] == "asked"
    [reply] = await player.send(Kind.MEDIA)
    assert say(language, "kept_for_call") in reply.text


async def test_a_person_who_has_the_conversation_gets_it_in_silence() -> None:
    player = await begun()
    await player.send(Kind.TAKE, by="ann", hold=600)
    assert await player.send(Kind.MEDIA) == []
    assert player.desk.log == ["unread"]


async def test_whom_nobody_answered_is_told_when_somebody_calls() -> None:
    player = await begun()
    await player.send(Kind.TAKE, by="ann", hold=60)
    await player.send(Kind.TEXT, text="hello?")
    player.now += timedelta(minutes=5)
    player.desk.opens = MONDAY + timedelta(days=1)
    [sorry] = await player.send(Kind.BACK)
    assert say("en", "nobody_answered") in sorry.text
    assert "We open tomorrow at 8:00 am and will call you then." in sorry.text


async def test_a_message_that_fails_again_and_again_also_when_it_is_a_file() -> None:
    from flows.inbound import Inbound
    from flows.turn import give_up

    player = await begun()
    inbound = Inbound("m9", player.now, Kind.MEDIA)
    _, [reply] = await give_up(player.session, inbound, player.desk, player.now)
    assert say("en", "called_failed") in reply.text
