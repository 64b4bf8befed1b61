"""WhatsApp's own event about what somebody wishes from businesses: the button "stop promotions", and taking it back.

The shape is Meta's: ``user_preferences`` of a webhook's field of the same name."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from clinic import consent
from clinic.consent_stop import StillLeaving, said
from clinic.views import Sender

FIELD = "user_preferences"
WISHES = {"stop": False, "resume": True}
NAMING = ("wa_id", "user_id", "parent_user_id", "detail")  # what of an event could name a person


async def heard(tenant_id: str, value: dict[str, Any], at: datetime) -> None:
    """Keep to it from now on. The same event again changes nothing."""
    for sender, given, when in wishes(value, at):
        if told := await consent.of_whatsapp(tenant_id, sender, given, when):
            with suppress(StillLeaving):  # nobody waits for an answer that would say that it stopped
                await said(*told, when)


def wishes(value: dict[str, Any], at: datetime) -> Iterator[tuple[Sender, bool, datetime]]:
    """Who, whether they want it, and since when. What is of another category, or broken, says nothing."""
    for each in _rows(value, FIELD):
        match each:
            case {"category": "marketing_messages", "value": str(wish)} if wish in WISHES:
                wa_id, user_id = str(each.get("wa_id") or ""), str(each.get("user_id") or "")
                if wa_id or user_id:
                    yield Sender(user_id or wa_id, wa_id), WISHES[wish], _time(each.get("timestamp"), at)


def nameless(value: dict[str, Any]) -> dict[str, Any]:
    """The event as it is kept: that there was one, and nothing by which to tell of whom."""
    rows = [{name: told for name, told in each.items() if name not in NAMING} for each in _rows(value, FIELD)]
    return {FIELD: rows}


def _rows(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = value.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _time(stamp: Any, at: datetime) -> datetime:
    try:
        return min(datetime.fromtimestamp(int(stamp), UTC), at)
    except (TypeError, ValueError, OverflowError, OSError):
        return at
