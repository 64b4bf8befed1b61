"""Free times: by example, by property, and how long they take."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.availability import Start, Visit, any_doctor, between, days_with_free, free, hours, starts
from clinic.cells import cell_range, cells_of, label, used
from clinic.interval import Interval
from clinic.timetable import Shift, Terms, Timetable
from clinic.wall_clock import days_from, instant, minutes

NINE = datetime(2027, 1, 4, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BASE = minutes(NINE)


def shift(start: int, end: int, step: int = 15, capacity: int = 1, overbooking: int = 0) -> Shift:
    """Minutes after nine."""
    time_ = Interval(NINE + start * MINUTE, NINE + end * MINUTE)
    return Shift(time_, Terms(step, capacity, overbooking), time_.start)


def after_nine(offered: list[Start]) -> list[int]:
    return [start.minute - BASE for start in offered]


def busy(*visits: tuple[int, int]) -> dict[int, int]:
    return used(label(cell, 0) for start, end in visits for cell in cell_range(BASE + start, BASE + end))


@pytest.mark.parametrize(
    ("visit", "booked", "expected"),
    [
        pytest.param(Visit(30), [], [0, 15, 30], id="an empty hour"),
        pytest.param(Visit(30), [(0, 30)], [30], id="the first half taken"),
        pytest.param(Visit(15), [(15, 30)], [0, 30, 45], id="between two visits"),
        pytest.param(Visit(15, before=5), [(15, 30)], [0, 45], id="buffer before keeps away from the end of another"),
        pytest.param(Visit(15, after=5), [(15, 30)], [30, 45], id="buffer after keeps away from the start of another"),
        pytest.param(Visit(60, 30, 30), [], [0], id="buffers may reach beyond the hours"),
        pytest.param(Visit(60, 30, 30), [(-10, 0)], [], id="but must be free there"),
        pytest.param(Visit(75), [], [], id="too long for the hours"),
        pytest.param(Visit(15), [(18, 20)], [0, 30, 45], id="a visit off the grid"),
    ],
)
def test_free(visit: Visit, booked: list[tuple[int, int]], expected: list[int]) -> None:
    assert after_nine(free(starts([shift(0, 60)], visit.minutes), visit, busy(*booked))) == expected


def test_capacity() -> None:
    offered = starts([shift(0, 30, capacity=2)], 15)
    assert after_nine(free(offered, Visit(15), busy((0, 15)))) == [0, 15]
    twice = used([label(cell, seat) for cell in cell_range(BASE, BASE + 15) for seat in (0, 1)])
    assert after_nine(free(offered, Visit(15), twice)) == [15]


def test_exceptions_take_away_and_extra_hours_hold_nevertheless() -> None:
    block = Interval(NINE + 20 * MINUTE, NINE + 40 * MINUTE)
    remaining = hours([shift(0, 60)], [block], [shift(30, 45, step=15)])
    assert after_nine(starts(remaining, 15)) == [0, 30, 45]


def test_of_two_shifts_the_roomier_counts() -> None:
    offered = starts([shift(0, 30), shift(0, 30, capacity=3, overbooking=1)], 30)
    assert offered == [Start(BASE, 3, 4)]


def test_any_doctor_is_the_one_with_least_to_do() -> None:
    a, b = [Start(0, 1, 1), Start(15, 1, 1)], [Start(15, 1, 1), Start(30, 1, 1)]
    todo, day = {"a": 5, "b": 2}, (0, 1440)
    least = [(0, "a"), (15, "b"), (30, "b")]
    assert any_doctor({"a": a, "b": b}, day, lambda doctor, *_: todo[doctor], 9) == least
    assert any_doctor({"a": a, "b": b}, day, lambda *_: 1, 9) == [(0, "a"), (15, "a"), (30, "b")], "the first listed"
    assert any_doctor({"a": a, "b": b}, day, lambda doctor, *_: todo[doctor], 2) == least[:2]


def test_whoever_has_least_to_do_is_another_one_on_another_day() -> None:
    both = [Start(minute, 1, 1) for minute in (600, 615, 2040)]
    todo = {("a", 0): 5, ("b", 0): 2, ("a", 1440): 1, ("b", 1440): 4}
    asked = list[tuple[str, int, int]]()

    def load(doctor: str, first: int, end: int) -> int:
        asked.append((doctor, first, end))
        return todo[doctor, first]

    lines = (0, 1440, 2880)
    assert any_doctor({"a": both, "b": both}, lines, load, 9) == [(600, "b"), (615, "b"), (2040, "a")]
    assert asked == [("a", 0, 1440), ("b", 0, 1440), ("a", 1440, 2880), ("b", 1440, 2880)]
    asked.clear()
    assert any_doctor({"a": both, "b": both}, lines, load, 2) == [(600, "b"), (615, "b")]
    assert {first for _, first, _ in asked} == {0}, "a day behind the last that is wanted is not looked at"


def test_days_are_local() -> None:
    late = minutes(instant(date(2027, 1, 4), 23 * 60 + 45, "Asia/Kolkata"))
    days = days_from(date(2027, 1, 4), 3)
    assert days_with_free(days, "Asia/Kolkata", [[Start(late, 1, 1)], []]) == [date(2027, 1, 4)]
    assert days_with_free(days, "Asia/Tokyo", [[Start(late, 1, 1)]]) == [date(2027, 1, 5)]
    assert days_with_free(days, "Asia/Kolkata", []) == []


shifts = st.tuples(st.integers(0, 80), st.integers(1, 60), st.sampled_from([5, 10, 15, 20]), st.integers(1, 2)).map(
    lambda row: shift(row[0] * 5, (row[0] + row[1]) * 5, row[2], row[3])
)
visits = st.builds(Visit, st.integers(5, 60), st.integers(0, 20), st.integers(0, 20))
stretches = st.tuples(st.integers(-20, 100), st.integers(1, 20)).map(
    lambda pair: Interval(NINE + pair[0] * 5 * MINUTE, NINE + (pair[0] + pair[1]) * 5 * MINUTE)
)


@given(
    st.lists(shifts, max_size=4), st.lists(stretches, max_size=4), st.lists(shifts, max_size=2), visits,
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 1)), max_size=60), st.integers(0, 400),
)  # fmt: skip
def test_every_free_start_keeps_all_the_rules(
    regular: list[Shift],
    away: list[Interval],
    extra: list[Shift],
    visit: Visit,
    taken: list[tuple[int, int]],
    notice: int,
) -> None:
    labels = {label(BASE // 5 + cell, seat) for cell, seat in taken}
    counts = used(labels)
    open_hours = hours(regular, away, extra)
    found = free(starts(open_hours, visit.minutes), visit, counts)
    allowed = between(found, BASE + notice, BASE + 10_000)
    assert len({start.minute for start in found}) == len(found)
    assert found == sorted(found)
    assert all(start.minute >= BASE + notice for start in allowed)
    for start in found:
        time_ = Interval(NINE + (start.minute - BASE) * MINUTE, NINE + (start.minute - BASE + visit.minutes) * MINUTE)
        assert any(each.time.covers(time_) for each in open_hours), "inside the hours"
        assert any(each.time.covers(time_) for each in extra) or not any(each.overlaps(time_) for each in away)
        padded = time_.pad(visit.before * MINUTE, visit.after * MINUTE)
        assert all(counts[cell] < start.capacity for cell in cells_of(padded)), "no cell is full"


@given(st.lists(shifts, max_size=3), visits, st.sets(st.integers(0, 100), max_size=40))
def test_nothing_free_is_left_out(regular: list[Shift], visit: Visit, taken: set[int]) -> None:
    counts = used(label(BASE // 5 + cell, 0) for cell in taken)
    offered = starts(hours(regular, []), visit.minutes)
    found = set(free(offered, visit, counts))
    for start in offered:
        assert (start in found) == all(counts[cell] < start.capacity for cell in visit.cells(start.minute))


def test_a_month_of_a_busy_doctor_takes_less_than_five_milliseconds() -> None:
    """Two thousand visits in the year, thirty days asked for: only the pure part, with the year's cells given."""
    zone, first = "Asia/Kolkata", date(2027, 1, 1)
    table = Timetable("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA", ((540, 780), (1020, 1260)), zone, first)
    booked = [minutes(instant(day, 540 + 30 * number, zone)) for day in days_from(first, 334) for number in range(6)]
    counts = used(label(cell, 0) for start in booked[:2000] for cell in cell_range(start, start + 30))

    def month() -> list[Start]:
        offered = starts(hours(table.shifts(days_from(date(2027, 3, 1), 30)), []), 30)
        return free(offered, Visit(30, 0, 5), counts)

    took = min(timed(month) for _ in range(7))
    assert len(month()) > 300
    assert took < 0.005, f"{took * 1000:.2f} ms"


def timed(work: Callable[[], object]) -> float:
    """Seconds of processor time; a tracer such as coverage's would cost more than the work itself."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        sys.settrace(tracer)
