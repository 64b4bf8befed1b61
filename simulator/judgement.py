"""How Meta judges a number: its quality, how many people it may write to first in a day; with the webhooks."""

from dataclasses import dataclass

from simulator.config import Number
from simulator.errors import Json
from simulator.webhooks import Change, field_change

LIMITS = {
    "TIER_250": 250, "TIER_2K": 2000, "TIER_10K": 10_000, "TIER_100K": 100_000, "TIER_UNLIMITED": -1,
}  # fmt: skip
ORDER = tuple(LIMITS)


@dataclass
class Judgement:
    """Of one number; ``high`` is the throughput after the upgrade."""

    quality: str = "GREEN"
    limit: str = "TIER_2K"
    high: bool = False


def owner_of(waba_id: str) -> Json:
    """The portfolio of an account."""
    return {"id": f"9{waba_id[1:]}", "name": "The business"}


def told(number: Number, before: Judgement, after: Judgement) -> list[Change]:
    """What Meta posts about a change."""
    changes: list[Change] = []
    shown = "".join(filter(str.isdecimal, number.display_phone_number))
    if before.quality != after.quality and "RED" in (before.quality, after.quality):
        event = "FLAGGED" if after.quality == "RED" else "UNFLAGGED"
        value: Json = {"display_phone_number": shown, "event": event, "current_limit": after.limit}
        changes.append(field_change(number.waba_id, "phone_number_quality_update", value))
    if before.limit != after.limit:
        event = "UPGRADE" if ORDER.index(after.limit) > ORDER.index(before.limit) else "DOWNGRADE"
        value = {
            "display_phone_number": shown, "event": event, "old_limit": before.limit, "current_limit": after.limit,
            "max_daily_conversations_per_business": after.limit,
        }  # fmt: skip
        changes.append(field_change(number.waba_id, "phone_number_quality_update", value))
        capability = {"max_daily_conversations_per_business": LIMITS[after.limit]}
        changes.append(field_change(number.waba_id, "business_capability_update", capability))
    if after.high and not before.high:
        value = {"display_phone_number": shown, "event": "THROUGHPUT_UPGRADE", "current_limit": "TIER_UNLIMITED",
                 "max_daily_conversations_per_business": after.limit}  # fmt: skip
        changes.append(field_change(number.waba_id, "phone_number_quality_update", value))
    return changes
