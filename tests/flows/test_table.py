"""The tables are sound: every step reachable, a way out of each, every move used, the drawing equal to the table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_desk import FakeDesk, returning
from player import MONDAY, Player
from transitions import MachineError

from flows import draw
from flows.booking import BOOKING
from flows.question import Question
from flows.session import Session
from flows.steps.handoff import CALLING, HANDOFF
from flows.table import Flow, Step, not_answered
from flows.talk import Talk

SOURCES = [*Path(draw.__file__).parent.rglob("*.py")]


def targets(flow: Flow, step: str) -> Iterator[str]:
    for move, _, _ in flow.moves:
        if flow.can(step, str(move)):
            yield flow.next(step, str(move))


def reachable(flow: Flow, start: str) -> set[str]:
    seen, ahead = set(), {start}
    while ahead:
        step = ahead.pop()
        seen.add(step)
        ahead |= set(targets(flow, step)) - seen
    return seen


def test_every_step_is_reachable() -> None:
    assert reachable(BOOKING, BOOKING.start) == set(BOOKING.steps)


@pytest.mark.parametrize("step", BOOKING.steps)
def test_every_step_has_a_way_to_a_booking_and_to_a_person(step: str) -> None:
    assert {"booked", "handoff"} <= reachable(BOOKING, step)


@pytest.mark.parametrize("step", BOOKING.steps)
def test_every_step_has_a_way_out_of_its_own(step: str) -> None:
    """Not only by the moves that can be made anywhere."""
    assert any(source == step and target != step for source, target, _ in draw.edges(BOOKING))


def test_every_step_of_the_moves_exists() -> None:
    named = {name for source, target, _ in draw.edges(BOOKING) for name in (source, target)}
    assert named == set(BOOKING.steps)


def test_every_move_is_made_somewhere() -> None:
    """A move that no step makes would be a promise of the drawing that nobody keeps."""
    from clinic import errors

    codes = {error.code for error in vars(errors).values() if isinstance(error, type)}
    text = "".join(path.read_text() for path in SOURCES if path.name != "booking.py")
    moves = {str(move) for move, _, _ in BOOKING.moves} - codes
    assert not [move for move in moves if f'"{move}"' not in text]


def test_a_move_that_is_not_in_the_table_cannot_happen() -> None:
    with pytest.raises(MachineError):
        BOOKING.next("confirm", "done")
    assert not BOOKING.can("confirm", "done")


def test_the_shared_machine_remembers_nobody() -> None:
    assert [BOOKING.next("who", "next"), BOOKING.next("time", "chosen"), BOOKING.next("who", "new")] == [
        "clinic",
        "confirm",
        "person",
    ]


def test_the_drawing_is_written(tmp_path: Path) -> None:
    draw.main(tmp_path / "flows.md")
    assert "stateDiagram-v2" in (tmp_path / "flows.md").read_text()


def test_the_drawing_equals_the_table() -> None:
    assert draw.PAGE.read_text() == draw.page(), "run: python -m flows.draw"


async def _round(_talk: Talk) -> str:
    return "on"


async def _start(_talk: Talk) -> Question:
    return Question("?")


def circle(*more: object) -> Flow:
    """A flow that never stops to ask."""
    steps = (Step("start", _round), Step("end", _round), replace(CALLING), HANDOFF)
    return Flow("circle", steps, (("on", ("start", "end"), "end"), ("done", "calling", "handoff"), *more))  # type: ignore[arg-type]


async def test_a_circle_ends_with_a_person() -> None:
    player = Player(FakeDesk(), flow=circle(("human", "*", "calling")))
    await player.text("hi")
    assert player.session.step == "handoff"
    assert player.desk.calls[0]["reason"] == "failed"


async def test_a_circle_without_a_person_is_an_error() -> None:
    player = Player(FakeDesk(), flow=circle(("human", "*", "end")))
    with pytest.raises(RecursionError, match="circle"):
        await player.text("hi")


async def test_a_step_that_only_asks_understands_nothing() -> None:
    talk = Talk(Session(), None, FakeDesk(), MONDAY)  # type: ignore[arg-type]
    assert await not_answered(talk, None) is None  # type: ignore[arg-type]


async def test_what_the_desk_cannot_do_is_raised_as_it_came() -> None:
    player = Player(returning(FakeDesk()))
    player.desk.broken = True
    with pytest.raises(ConnectionError):
        await player.text("hi")
    assert player.session == Session()


def test_a_session_from_another_version_is_read() -> None:
    session = Session.from_json(b'{"step": "who", "asked": 3, "tomorrow": 1, "options": [["me", "For me"]]}')
    assert (session.step, session.asked, session.options) == ("who", 3, [("me", "For me")])
    assert Session.from_json(None) == Session()
    assert session.idle(datetime(2026, 1, 1, tzinfo=UTC)) == 0
