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
from flows.conversations import CONVERSATIONS
from flows.question import Question
from flows.session import Session
from flows.steps.handoff import CALLING, HANDOFF
from flows.table import Flow, Step, not_answered
from flows.talk import Talk

SOURCES = [*Path(draw.__file__).parent.rglob("*.py")]


Place = tuple[str, str]  # conversation and step
PLACES = [(flow.name, step) for flow in CONVERSATIONS.values() for step in flow.steps]


def targets(name: str, step: str) -> Iterator[Place]:
    flow = CONVERSATIONS[name]
    for move, _, _ in flow.moves:
        if flow.can(step, str(move)):
            into, _, target = flow.next(step, str(move)).rpartition(".")
            yield into or name, target


def reachable(start: Place) -> set[Place]:
    seen, ahead = set(), {start}
    while ahead:
        place = ahead.pop()
        seen.add(place)
        ahead |= set(targets(*place)) - seen
    return seen


def test_every_step_is_reachable() -> None:
    assert reachable(("booking", BOOKING.start)) == set(PLACES)


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_every_step_has_a_way_to_a_booking_and_to_a_person(place: Place) -> None:
    assert {("booking", "booked"), (place[0], "handoff")} <= reachable(place)


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_every_step_has_a_way_out_of_its_own(place: Place) -> None:
    """Not only by the moves that can be made anywhere."""
    name, step = place
    assert any(source == step and target != step for source, target, _ in draw.edges(CONVERSATIONS[name])) or any(
        CONVERSATIONS[name].can(step, move) for move in ("book",)
    )


@pytest.mark.parametrize("flow", CONVERSATIONS.values(), ids=lambda flow: flow.name)
def test_every_step_of_the_moves_exists(flow: Flow) -> None:
    named = {str(target) for _, _, target in flow.moves} | {source for source, _, _ in draw.edges(flow)}
    own = {name for name in named if "." not in name}
    assert own <= set(flow.steps)
    assert {tuple(name.split(".")) for name in named - own} <= set(PLACES)


@pytest.mark.parametrize("flow", CONVERSATIONS.values(), ids=lambda flow: flow.name)
def test_no_conversation_rests_where_it_begins(flow: Flow) -> None:
    """What is said there is heard as the first words."""
    assert flow.steps[flow.start].name == "start"


def test_every_move_is_made_somewhere() -> None:
    """A move that no step makes would be a promise of the drawing that nobody keeps."""
    from clinic import errors

    codes = {error.code for error in vars(errors).values() if isinstance(error, type)}
    tables = {"booking.py", "appointments.py", "on_the_day.py", "picking.py"}
    text = "".join(path.read_text() for path in SOURCES if path.name not in tables)
    moves = {str(move) for flow in CONVERSATIONS.values() for move, _, _ in flow.moves} - codes
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
    player = Player(FakeDesk(), flows={"booking": circle(("human", "*", "calling"))})
    await player.text("hi")
    assert player.session.step == "handoff"
    assert player.desk.calls[0]["reason"] == "failed"


async def test_a_circle_without_a_person_is_an_error() -> None:
    player = Player(FakeDesk(), flows={"booking": circle(("human", "*", "end"))})
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
