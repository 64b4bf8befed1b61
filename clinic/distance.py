"""How far two places are from each other."""

from math import asin, cos, radians, sin, sqrt

EARTH = 6_371_000.0  # metres, mean radius

Point = tuple[float, float]  # latitude, longitude


def metres(here: Point, there: Point) -> float:
    """Along the great circle, by the haversine formula."""
    (a, b), (c, d) = (map(radians, here), map(radians, there))
    h = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, h)))
