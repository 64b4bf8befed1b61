"""The clock that a demo's processes share: the simulator moves it, everybody else reads it, the domain never looks."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clinic import clock
from clinic.fresh import Fresh
from simulator.clock import Clock

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data" / "clock"
    clock.follow(None)


def ahead() -> timedelta:
    return timedelta(seconds=round((clock.now() - datetime.now(UTC)).total_seconds()))


def test_what_the_simulator_moves_is_moved_at_once_for_all_that_follow(file: Path) -> None:
    clock.follow(file)
    assert ahead() == timedelta()
    moved = Clock(file)
    moved.move(86_400.0)
    assert ahead() == timedelta(days=1)
    moved.move(-3600.0)
    assert ahead() == timedelta(hours=23)
    moved.reset()
    assert ahead() == timedelta()


def test_a_simulator_that_starts_again_says_where_its_clock_is(file: Path) -> None:
    clock.follow(file)
    Clock(file).move(60.0)
    Clock(file)
    assert ahead() == timedelta()


def test_without_a_file_it_is_the_real_time() -> None:
    clock.follow(None)
    assert ahead() == timedelta()


async def test_what_is_kept_for_a_while_ages_with_the_clock(file: Path) -> None:
    clock.follow(file)
    moved, asked = Clock(file), []

    async def load(key: str) -> int:
        asked.append(key)
        return len(asked)

    kept = Fresh(load, 15.0)
    assert [await kept.get("hours"), await kept.get("hours")] == [1, 1]
    moved.move(900.0)
    assert await kept.get("hours") == 2, "a quarter of an hour later staff may have changed them"
    moved.move(-3600.0)
    assert await kept.get("hours") == 3, "and nothing is kept for an hour because a clock was moved back"


def reads_a_clock(file: Path) -> bool:
    called = (node.func for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))
    names = {(ast.unparse(each.value), each.attr) for each in called if isinstance(each, ast.Attribute)}
    return bool(names & {("datetime", "now"), ("clock", "now"), ("time", "time"), ("date", "today")})


def test_the_domain_and_the_conversation_never_look() -> None:
    files = [file for room in ("clinic", "flows") for file in (ROOT / room).rglob("*.py") if file.name != "clock.py"]
    assert [str(file) for file in files if reads_a_clock(file)] == []


def test_the_edges_have_no_other_clock() -> None:
    files = [file for room in ("bot", "workers", "api") for file in (ROOT / room).rglob("*.py")]
    called = [str(file) for file in files if "datetime.now(" in file.read_text()]
    assert called == [], "ask clinic.clock.now(): the demo's clock can be moved"
