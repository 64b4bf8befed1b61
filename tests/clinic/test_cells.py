"""Cells, their stored names, and the choice of seats."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.cells import cell_of, cells_of, choose, label, used
from clinic.interval import Interval

START = datetime(2027, 1, 4, 3, 30, tzinfo=UTC)


def test_stored_names() -> None:
    cells = cells_of(Interval(START, START + timedelta(minutes=15)))
    assert [label(cell, 0) for cell in cells] == ["20270104T0330#0", "20270104T0335#0", "20270104T0340#0"]


def test_a_part_of_a_cell_uses_it_up() -> None:
    assert len(cells_of(Interval(START + timedelta(minutes=3), START + timedelta(minutes=7)))) == 2


@given(st.integers(0, 40_000_000), st.integers(0, 12))
def test_names_can_be_read_back(cell: int, seat: int) -> None:
    assert cell_of(label(cell, seat)) == cell


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 3))), st.integers(1, 4))
def test_a_choice_is_found_exactly_when_no_cell_is_full(taken: set[tuple[int, int]], capacity: int) -> None:
    labels = [label(cell, seat) for cell, seat in taken]
    counts = used(labels)
    chosen = choose(range(6), labels, capacity)
    assert (chosen is None) == any(counts[cell] >= capacity for cell in range(6))
    if chosen:
        assert [cell_of(each) for each in chosen] == list(range(6))
        assert not set(chosen) & set(labels)
