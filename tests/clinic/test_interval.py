"""The algebra of intervals, by example and against a model: the set of minutes."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.interval import Interval, interval, merge

ZERO = datetime(2027, 1, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def span(start: int, end: int) -> Interval:
    return Interval(ZERO + start * MINUTE, ZERO + end * MINUTE)


def points(*intervals: Interval) -> set[int]:
    return {
        minute for each in intervals for minute in range((each.start - ZERO) // MINUTE, (each.end - ZERO) // MINUTE)
    }


spans = st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda pair: span(pair[0], pair[0] + pair[1]))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(ZERO, ZERO, id="empty"),
        pytest.param(ZERO + MINUTE, ZERO, id="backwards"),
        pytest.param(ZERO.astimezone(timezone(timedelta(hours=1))), ZERO + MINUTE, id="another zone"),
        pytest.param(ZERO.replace(tzinfo=None), ZERO.replace(tzinfo=None) + MINUTE, id="naive"),
    ],
)
def test_what_is_no_interval(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="an interval"):
        Interval(start, end)


def test_half_open() -> None:
    hour = span(0, 60)
    assert hour.start in hour
    assert hour.end not in hour
    assert not hour.overlaps(span(60, 90))
    assert hour.overlaps(span(59, 90))
    assert hour.covers(span(0, 60))
    assert not hour.covers(span(0, 61))
    assert hour.length == timedelta(hours=1)


def test_intersection() -> None:
    assert span(0, 60) & span(30, 90) == span(30, 60)
    assert span(0, 60) & span(60, 90) is None
    assert interval(ZERO, ZERO) is None


def test_pad_and_split() -> None:
    assert span(30, 60).pad(10 * MINUTE, 5 * MINUTE) == span(20, 65)
    assert list(span(0, 50).split(20 * MINUTE, 15 * MINUTE)) == [span(0, 20), span(15, 35), span(30, 50)]
    assert list(span(0, 10).split(20 * MINUTE, 15 * MINUTE)) == []


@given(spans, st.lists(spans, max_size=6))
def test_subtracting_is_subtracting_minutes(whole: Interval, busy: list[Interval]) -> None:
    left = list(whole - busy)
    assert points(*left) == points(whole) - points(*busy)
    assert all(one.end < other.start for one, other in pairwise(left)), "in order, nothing touching"


@given(st.lists(spans, max_size=8))
def test_merging_keeps_the_minutes_in_fewest_pieces(intervals: list[Interval]) -> None:
    merged = merge(intervals)
    assert points(*merged) == points(*intervals)
    assert all(one.end < other.start for one, other in pairwise(merged))


@given(spans, spans)
def test_intersecting_is_intersecting_minutes(one: Interval, other: Interval) -> None:
    common = one & other
    assert points(*([common] if common else [])) == points(one) & points(other)
    assert one.overlaps(other) == bool(common)
