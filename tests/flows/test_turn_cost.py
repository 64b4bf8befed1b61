"""What a turn costs, counted in calls, which are the same on every machine: taps are cheap, and no words are read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from fake_desk import FakeDesk, returning
from player import Player

from flows.inbound import Inbound, Kind
from flows.turn import turn

READERS = {"understanding", "words"}  # folders of flows
MOST_OF_A_TAP = 650  # calls
MOST_OF_WORDS = 1200


class Calls(list[str]):
    """The files in which functions of ours were called."""

    @property
    def reading(self) -> set[str]:
        return {path for path in self if Path(path).parent.name in READERS}


@contextmanager
def counted() -> Iterator[Calls]:
    calls = Calls()

    def note(frame: FrameType, event: str, _what: object) -> None:
        if event == "call":
            calls.append(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


async def said(player: Player, kind: Kind, choice: str, text: str) -> Calls:
    """The calls of one message, tables and formats having been loaded by the very same before."""
    inbound = Inbound(f"m{player.count}", player.now, kind, choice=choice, text=text)
    await turn(player.flows, player.session, inbound, player.desk, player.now)
    with counted() as calls:
        await turn(player.flows, player.session, inbound, player.desk, player.now)
    return calls


async def test_a_tap_reads_no_words_and_is_cheap() -> None:
    player = Player(returning(FakeDesk()))
    await player.text("hi")
    for name in ("me", "centre", "consultation", "any_doctor", "other", "2026-11-25", "morning"):
        option = next(each for each in player.replies[-1].options if each.id.partition(":")[2] == name)
        calls = await said(player, Kind.CHOICE, option.id, option.title)
        assert not calls.reading, (name, calls.reading)
        assert len(calls) < MOST_OF_A_TAP, (name, len(calls))
        await player.tap(name)
    assert player.session.step == "slot"


@pytest.mark.parametrize(
    "text", ["tomorrow evening", "I want to book another appointment with Dr Nair on monday", "कल शाम को", "غدا مساء"]
)
async def test_words_cost_more_but_not_much(text: str) -> None:
    player = Player(returning(FakeDesk()))
    await player.text("hi")
    calls = await said(player, Kind.TEXT, "", text)
    assert calls.reading, "nothing was counted"
    assert len(calls) < MOST_OF_WORDS, len(calls)
