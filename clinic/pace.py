"""How long a patient will wait, at best and at worst, from how today goes. Pure; everything in minutes.

Each finished visit says by how much today's visits differ from the length of their service. A few visits "as planned"
are counted in advance, so that the first one of the day does not decide alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt

AS_PLANNED = 3  # visits counted in advance
DOUBT = 0.3  # how far a visit is off its planned length, as long as nothing is known of the day
SHORTEST, LONGEST = 0.2, 3.0  # times the plan: beyond that somebody forgot to press a button
BAND = 1.28  # standard deviations: four of five patients wait no longer and no less


@dataclass(frozen=True, slots=True)
class Pace:
    """``mean``: how many times its planned length a visit takes today; ``spread``: its standard deviation."""

    mean: float = 1.0
    spread: float = DOUBT


@dataclass(frozen=True, slots=True)
class Wait:
    """Whole minutes."""

    optimistic: int
    pessimistic: int


def todays_pace(finished: Iterable[tuple[float, float]]) -> Pace:
    """From the visits of today: (planned, actual) minutes of each."""
    ratios = [min(max(actual / planned, SHORTEST), LONGEST) for planned, actual in finished if planned > 0]
    count = AS_PLANNED + len(ratios)
    mean = (AS_PLANNED + sum(ratios)) / count
    spread = sqrt((AS_PLANNED * DOUBT**2 + sum((ratio - mean) ** 2 for ratio in ratios)) / count)
    return Pace(mean, spread)


def wait(
    pace: Pace,
    ahead: Sequence[float],
    *,
    inside: Sequence[tuple[float, float]] = (),
    expected: Sequence[float] = (),
    opens_in: float = 0.0,
) -> Wait:
    """``ahead``: the planned lengths of those who go in before; ``inside``: planned length and minutes so far of those
    who are in; ``expected``: lengths of visits that are booked for before, whose patients are not here yet (at worst
    they come); ``opens_in``: until the doctor begins."""
    best = _of(pace, ahead, inside, -BAND)
    worst = _of(pace, [*ahead, *expected], inside, BAND)
    return Wait(max(0, floor(opens_in + best)), max(0, ceil(opens_in + worst)))


def _of(pace: Pace, lengths: Sequence[float], inside: Sequence[tuple[float, float]], band: float) -> float:
    """The last one inside decides; the differences of independent visits add up by their squares."""
    rest = max((_rest(pace, planned, so_far, band) for planned, so_far in inside), default=0.0)
    spread = pace.spread * sqrt(sum(length**2 for length in lengths))
    return rest + max(0.0, pace.mean * sum(lengths) + band * spread)


def _rest(pace: Pace, planned: float, so_far: float, band: float) -> float:
    """At worst a visit that should be over goes on for a while."""
    least = planned * pace.spread if band > 0 else 0.0
    return max(least, planned * (pace.mean + band * pace.spread) - so_far)
