"""The queue's table is sound, and its page equal to it; whose turn it is, as named rows."""

from datetime import timedelta
from typing import Any

import pytest
from practice import NINE

from clinic import queue_moves, queue_page
from clinic.queue_moves import MOVES, NAMES, STATUSES, MoveRefused, after, possible
from clinic.queue_order import before, first_place, in_turn


def test_every_row_of_the_table_is_a_move_and_every_cell_a_status() -> None:
    heading, *rows = (line.split() for line in queue_moves.TABLE.strip().splitlines())
    assert tuple(heading) == STATUSES
    assert tuple(row[0] for row in rows) == NAMES
    assert {cell for row in rows for cell in row[1:]} <= {*STATUSES, "-"}


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_can_be_reached_and_left(status: str) -> None:
    assert any(to == status for (_, was), to in MOVES.items() if was != status)
    assert any(to != status for (_, was), to in MOVES.items() if was == status)


@pytest.mark.parametrize("status", STATUSES)
def test_what_is_not_in_the_table_is_refused_with_what_to_do(status: Any) -> None:
    for move in set(NAMES) - set(possible(status)):
        with pytest.raises(MoveRefused, match=f"`{move}` is not possible now: the (patient|visit) .+: .+\\."):
            after(move, status)


def test_the_page_shows_the_tables() -> None:
    page = queue_page.PAGE.read_text()
    assert page.count("<!-- end -->") == 3
    assert queue_page.drawn(page) == page, "draw it again: python -m clinic.queue_page"
    assert queue_moves.as_markdown() in page


def row(token: int, place: float, priority: int = 0, status: str = "waiting") -> dict[str, Any]:
    return {"_id": str(token), "token": token, "place": place, "priority": priority, "status": status}


TURNS = {
    "by place": ([row(1, 30.0), row(2, 10.0), row(3, 20.0)], [2, 3, 1]),
    "the same place: by token": ([row(2, 10.0), row(1, 10.0)], [1, 2]),
    "priority first": ([row(1, 10.0), row(2, 20.0, 1), row(3, 30.0, 2)], [3, 2, 1]),
    "only who waits": ([row(1, 10.0, status="called"), row(2, 20.0), row(3, 5.0, status="parked")], [2]),
}


@pytest.mark.parametrize("name", TURNS)
def test_whose_turn_it_is(name: str) -> None:
    rows, expected = TURNS[name]
    assert [each["token"] for each in in_turn(rows)] == expected


PLACES = {
    "early: the start": (NINE, NINE - timedelta(hours=1), NINE),
    "ten minutes late: the start": (NINE, NINE + timedelta(minutes=10), NINE),
    "later: when they came": (NINE, NINE + timedelta(minutes=11), NINE + timedelta(minutes=11)),
    "without a slot: when they came": (None, NINE, NINE),
}


@pytest.mark.parametrize("name", PLACES)
def test_where_somebody_begins(name: str) -> None:
    planned, arrived, expected = PLACES[name]
    assert first_place(planned, arrived) == expected.timestamp()


BEFORE = {
    "before the first": ("1", [4, 1, 2, 3]),
    "between two": ("2", [1, 4, 2, 3]),
    "before one of higher priority": ("3", [1, 2, 4, 3]),
    "after all": ("", [1, 2, 3, 4]),
}


@pytest.mark.parametrize("name", BEFORE)
def test_putting_somebody_before_another(name: str) -> None:
    target, expected = BEFORE[name]
    for priorities in ((0, 0, 0), (2, 1, 0), (1, 1, 0), (1, 0, 0)):
        waiting = in_turn([row(number + 1, 10.0 * number, priority) for number, priority in enumerate(priorities)])
        priority, place = before(waiting, next((each for each in waiting if each["_id"] == target), None))
        moved = row(4, place, priority)
        assert [each["token"] for each in in_turn([*waiting, moved])] == expected
