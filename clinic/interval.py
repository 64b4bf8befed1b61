"""Stretches of time and their algebra: what remains of a morning when the visits are taken out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, order=True, slots=True)
class Interval:
    """Time from ``start`` up to, but not including, ``end`` (aware, UTC). Never empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0) or self.end.utcoffset() != timedelta(0):
            raise ValueError("an interval is in UTC")
        if self.start >= self.end:
            raise ValueError(f"an interval ends after it starts: {self.start} .. {self.end}")

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def covers(self, other: "Interval") -> bool:
        """Whether all of ``other`` lies inside."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Interval") -> bool:
        """Whether they share any time; touching ends do not."""
        return self.start < other.end and other.start < self.end

    def __and__(self, other: "Interval") -> "Interval | None":
        return interval(max(self.start, other.start), min(self.end, other.end))

    def __sub__(self, busy: "Iterable[Interval]") -> "Iterator[Interval]":
        """What is left of it, in order, when all of ``busy`` is taken out."""
        start = self.start
        for taken in sorted(other for other in busy if other.overlaps(self)):
            if gap := interval(start, taken.start):
                yield gap
            start = max(start, taken.end)
        if gap := interval(start, self.end):
            yield gap

    def pad(self, before: timedelta, after: timedelta) -> "Interval":
        """The same, longer at both ends."""
        return Interval(self.start - before, self.end + after)

    def split(self, length: timedelta, step: timedelta) -> "Iterator[Interval]":
        """Pieces of ``length`` that start every ``step``, as long as a whole one fits."""
        start = self.start
        while start + length <= self.end:
            yield Interval(start, start + length)
            start += step


def interval(start: datetime, end: datetime) -> Interval | None:
    """The interval, or None where nothing lies between."""
    return Interval(start, end) if start < end else None


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time in as few intervals as possible, in order; what touches is joined."""
    merged: list[Interval] = []
    for each in sorted(intervals):
        if merged and each.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, each.end))
        else:
            merged.append(each)
    return merged
