"""How a template stands with one of the practice's accounts, and the one word for how it stands with all. Pure.

A practice may have several accounts: two of Meta's, or one of Meta's and one of Twilio's. Each looks at a template by
itself, pauses it by itself, and knows it by an id of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

# Of several words the one that says most: the first of these.
RANK = ("APPROVED", "PAUSED", "PENDING", "IN_APPEAL", "DRAFT", "REJECTED", "DISABLED")
UNKNOWN = "UNKNOWN"
WORST_FIRST = ("RED", "YELLOW", "GREEN", UNKNOWN)


@dataclass(frozen=True, slots=True)
class Told:
    """What an account answers when it is asked for a template, in its provider's words; empty where it says nothing."""

    status: str
    quality: str = ""
    category: str = ""
    id: str = ""
    reason: str = ""


class Standing(BaseModel):
    """What one account says of a template: ``id`` is its own for it (at Twilio the content's), the rest as the template
    tells it. An empty ``status``: it does not know it yet."""

    id: str = ""
    status: str = ""
    reason: str = ""
    status_at: datetime | None = None
    quality: str = UNKNOWN
    billed_as: str = ""
    paused_until: datetime | None = None
    pauses: int = 0


def rank(status: str) -> int:
    """The place of a word among the others; what is not listed says least."""
    return RANK.index(status) if status in RANK else len(RANK)


def summed(standings: Iterable[Standing]) -> Standing:
    """The one word for several: that of the account where it stands best, for from there it is sent; the quality is the
    worst, for that one is to be seen to. There must be one at least."""
    told = list(standings)
    best = min(told, key=lambda each: rank(each.status))
    worst = min((each.quality for each in told), key=lambda each: WORST_FIRST.index(each))
    billed = next((each.billed_as for each in told if each.billed_as), "")
    return best.model_copy(update={"quality": worst, "billed_as": billed})
