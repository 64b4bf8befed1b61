"""Estimates of the wait, as named rows: who is ahead, who is inside, how today goes."""

import pytest

from clinic.pace import LONGEST, Pace, todays_pace, wait

PLAN = Pace()
ROWS = {
    # name: (pace, ahead, more, optimistic, pessimistic)
    "nobody ahead": (PLAN, [], {}, 0, 0),
    "one ahead": (PLAN, [15], {}, 9, 21),
    "four ahead: differences even out": (PLAN, [15] * 4, {}, 48, 72),
    "a slow day": (Pace(1.5, 0.3), [15] * 4, {}, 78, 102),
    "a steady day is told closely": (Pace(1.0, 0.05), [15] * 4, {}, 58, 62),
    "somebody inside, just begun": (PLAN, [], {"inside": [(15, 0)]}, 9, 21),
    "somebody inside, nearly done": (PLAN, [], {"inside": [(15, 14)]}, 0, 7),
    "somebody inside for far too long": (PLAN, [], {"inside": [(15, 90)]}, 0, 5),
    "of two inside the last one counts": (PLAN, [], {"inside": [(15, 14), (15, 0)]}, 9, 21),
    "who is expected counts at worst only": (PLAN, [15], {"expected": [15]}, 9, 39),
    "the doctor begins in an hour": (PLAN, [15], {"opens_in": 60.0}, 69, 81),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_wait(name: str) -> None:
    pace, ahead, more, best, worst = ROWS[name]
    found = wait(pace, ahead, **more)  # type: ignore[arg-type]
    assert (found.optimistic, found.pessimistic) == (best, worst)


def test_the_pace_of_a_day_without_visits_is_the_plan() -> None:
    assert (todays_pace([]).mean, todays_pace([]).spread) == pytest.approx((PLAN.mean, PLAN.spread))


def test_the_first_visit_does_not_decide_alone() -> None:
    assert todays_pace([(10, 20)]).mean == pytest.approx(1.25)


def test_many_visits_do() -> None:
    pace = todays_pace([(10, 20)] * 40)
    assert pace.mean == pytest.approx(2, abs=0.1)
    assert pace.spread < PLAN.spread


def test_a_forgotten_button_does_not_spoil_the_day() -> None:
    assert todays_pace([(10, 600)]).mean == pytest.approx((3 + LONGEST) / 4)
    assert todays_pace([(0, 10)]).mean == PLAN.mean


def test_an_uneven_day_is_told_with_more_doubt() -> None:
    even, uneven = todays_pace([(10, 10)] * 6), todays_pace([(10, 4), (10, 16)] * 3)
    assert uneven.spread > even.spread
    assert wait(uneven, [15] * 3).pessimistic > wait(even, [15] * 3).pessimistic


def test_the_worst_is_never_better_than_the_best() -> None:
    for ahead in range(12):
        found = wait(PLAN, [20] * ahead, inside=[(20, 7)], expected=[10])
        assert 0 <= found.optimistic <= found.pessimistic
