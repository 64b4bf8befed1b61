"""How well patients are called back: the figures of a period, over the cards that were opened in it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from clinic.callback import Callback
from clinic.record import Query

FIELDS = ("status", "reason", "created_at", "due_at", "first_called_at", "recovered", "resolution")


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of cards; ``minutes_to_first_call`` is the median over those that were called, None where none was."""

    opened: int = 0
    open: int = 0
    overdue: int = 0
    resolved: int = 0
    recovered: int = 0
    minutes_to_first_call: float | None = None
    by_reason: dict[str, int] = field(default_factory=dict)
    by_resolution: dict[str, int] = field(default_factory=dict)


async def figures(tenant_id: str, start: datetime, end: datetime, now: datetime, within: Query) -> Figures:
    """Of the cards opened from ``start`` up to, but not including, ``end``; ``within`` narrows to some clinics."""
    period = {"created_at": {"$gte": start, "$lt": end}}
    return counted(await Callback.of(tenant_id).rows({**period, **within}, FIELDS), now)


def counted(cards: list[dict[str, Any]], now: datetime) -> Figures:
    """The figures of these cards."""
    waiting = [card for card in cards if card["status"] == "open"]
    waits = [
        (card["first_called_at"] - card["created_at"]).total_seconds() / 60
        for card in cards
        if card.get("first_called_at")
    ]
    return Figures(
        opened=len(cards),
        open=len(waiting),
        overdue=sum(card["due_at"] < now for card in waiting),
        resolved=len(cards) - len(waiting),
        recovered=sum(bool(card.get("recovered")) for card in cards),
        minutes_to_first_call=round(median(waits), 1) if waits else None,
        by_reason=dict(Counter(card["reason"] for card in cards)),
        by_resolution=dict(Counter(card["resolution"] for card in cards if card.get("resolution"))),
    )
