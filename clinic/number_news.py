"""What the provider tells of our numbers and accounts, by webhook or when it is asked, becomes their state.

The shapes are those of https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clinic.channel import USUAL, Channel
from clinic.number_state import QUALITIES, UNLIMITED, NumberState, take_over

TIERS = {
    "TIER_50": 50, "TIER_250": 250, "TIER_1K": 1000, "TIER_2K": 2000, "TIER_10K": 10_000, "TIER_100K": 100_000,
    "TIER_UNLIMITED": UNLIMITED,
}  # fmt: skip
FLAGS = {"FLAGGED": "RED", "UNFLAGGED": "GREEN"}  # what the webhook says of quality, where it does
LIMITED = frozenset({"UPGRADE", "DOWNGRADE", "ONBOARDING"})  # events whose current_limit is one of patients
HIGH = 1000  # messages a second, after the provider's upgrade
WORDS = 300  # of the provider's that are kept

Value = Mapping[str, Any]
Change = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a provider answers of a number; empty where it says nothing."""

    quality: str = ""
    throughput: str = ""
    limit: str = ""
    portfolio: str = ""


async def heard(tenant_id: str, account: str, field: str, value: Value, at: datetime) -> bool:
    """Take over an event of an account; whether it was about numbers."""
    reading = READINGS.get(field)
    if reading is None:
        return False
    change = reading(value, at)
    own = [each for each in await Channel.of(tenant_id).find() if each.waba_id == account]
    for channel in own:
        if len(own) == 1 or _meant(channel, value):  # what an owner has typed may differ from what the provider shows
            await _taken_over(channel, change)
    return True


def _meant(channel: Channel, value: Value) -> bool:
    """An event that names no number is about the whole account."""
    named, own = (_digits(each) for each in (value.get("display_phone_number"), channel.display_phone_number))
    if value.get("entity_type") == "PHONE_NUMBER" and value.get("entity_id") != channel.phone_number_id:
        return False
    return not named or not own or named == own


def _digits(number: Any) -> str:
    return "".join(filter(str.isdigit, number)) if isinstance(number, str) else ""


async def learned(channel: Channel, told: Condition, at: datetime) -> NumberState:
    """Take over what the provider answered when it was asked."""
    change: Change = {"asked_at": at}
    if told.quality in QUALITIES:
        change["quality"] = told.quality
    if told.throughput:
        change["throughput"] = told.throughput[:WORDS]
    if told.portfolio:
        change["portfolio"] = told.portfolio[:WORDS]
    return await _taken_over(channel, change | _limit(told.limit))


async def _taken_over(channel: Channel, change: Change) -> NumberState:
    state = await take_over(channel.tenant_id, channel.id, {"account": channel.waba_id, **change})
    if state.throughput == "HIGH" and channel.messages_per_second == USUAL:
        await _faster(channel)
    return state


async def _faster(channel: Channel) -> None:
    """The provider lets it speak faster. What an operator has set otherwise stays."""
    query = {"_id": channel.id, "messages_per_second": USUAL}
    update = {"$set": {"messages_per_second": HIGH}, "$inc": {"version": 1}}
    await Channel.of(channel.tenant_id).change(query, update)


def _limit(told: Any) -> Change:
    """A tier's name or a number; -1 is none."""
    if isinstance(told, str) and told in TIERS:
        return {"daily_limit": TIERS[told]}
    if isinstance(told, str) and told.lstrip("-").isascii() and told.lstrip("-").isdecimal() and len(told) < 10:
        told = int(told)
    if isinstance(told, int) and not isinstance(told, bool) and (told > 0 or told == UNLIMITED):
        return {"daily_limit": min(told, 10**9)}
    return {}


def _number(value: Value, _: datetime) -> Change:
    event = str(value.get("event"))
    change: Change = {"quality": FLAGS[event]} if event in FLAGS else {}
    if event == "THROUGHPUT_UPGRADE":
        change["throughput"] = "HIGH"
    limit = _limit(value.get("max_daily_conversations_per_business"))
    return change | (limit or (_limit(value.get("current_limit")) if event in LIMITED else {}))


def _capability(value: Value, _: datetime) -> Change:
    told = (value.get(f"max_daily_conversation{ending}") for ending in ("s_per_business", "_per_phone"))
    return next((change for each in told if (change := _limit(each))), {})


def _account(value: Value, _: datetime) -> Change:
    """A restriction, a ban, or its end."""
    match value:
        case {"ban_info": {"waba_ban_state": str(state)}}:
            return _restricted("" if state == "REINSTATE" else f"{value.get('event')}: {state}", None)
        case {"event": "ACCOUNT_RESTRICTION", "restriction_info": [*restrictions]}:
            found = [each for each in restrictions if isinstance(each, Mapping)]
            ends = [end for each in found if (end := _moment(each.get("expiration")))]
            words = ", ".join(str(each.get("restriction_type")) for each in found)
            return _restricted(words, max(ends, default=None))
        case {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": violation}}:
            return {"notice": f"ACCOUNT_VIOLATION: {violation}"[:WORDS]}
        case {"event": "ACCOUNT_DELETED" as event}:
            return _restricted(event, None)
    return {}


def _restricted(words: str, until: datetime | None) -> Change:
    return {"restriction": words[:WORDS], "restricted_until": until}


def _moment(seconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _alert(value: Value, _: datetime) -> Change:
    info = value.get("alert_info")
    info = info if isinstance(info, Mapping) else value
    if info.get("alert_severity") not in ("CRITICAL", "WARNING") or info.get("alert_status") in ("NONE", "RESOLVED"):
        return {}
    words = [str(info[name]) for name in ("alert_type", "alert_description") if info.get(name)]
    return {"notice": ": ".join(words)[:WORDS]}


READINGS: dict[str, Callable[[Value, datetime], Change]] = {
    "phone_number_quality_update": _number,
    "business_capability_update": _capability,
    "account_update": _account,
    "account_alerts": _alert,
}
