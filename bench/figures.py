"""How figures of several passes are told: a median, and from where to where."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

Run = dict[str, Any]


def middle(runs: Sequence[Run], read: Callable[[Run], float]) -> float:
    """The median over the passes."""
    return statistics.median([read(run) for run in runs])


def span(runs: Sequence[Run], read: Callable[[Run], float]) -> str:
    """Median, and from where to where."""
    values = sorted(read(run) for run in runs)
    return f"**{middle(runs, read):,.0f}** ({values[0]:,.0f} to {values[-1]:,.0f})"


def cpu(runs: Sequence[Run]) -> str:
    """Processor time of each process per message or webhook."""
    names = sorted({name for run in runs for name in run["cpu"]}, key=lambda name: -runs[0]["cpu"].get(name, 0))
    return ", ".join(f"{name} {middle(runs, lambda run, n=name: run['cpu'].get(n, 0)):,.0f}" for name in names)


def ends(quantiles: Run) -> str:
    """Half of them, and all but one in a hundred, in ms."""
    return f"{quantiles['p50']} / {quantiles['p99']}" if quantiles else "-"
