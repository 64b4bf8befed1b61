"""What the provider says about an account: a template was paused, a number's quality fell."""

from datetime import datetime
from typing import Any

from pymongo import IndexModel

from clinic.record import TenantRecord


class ProviderEvent(TenantRecord):
    """One event, as it came; the tenant's staff see it."""

    waba_id: str = ""
    field: str  # the provider's name for it: "message_template_status_update", ...
    value: dict[str, Any]
    at: datetime

    class Settings:
        name = "events"
        indexes = [IndexModel([("tenant_id", 1), ("at", 1)])]


async def record(events: list[ProviderEvent]) -> None:
    """Keep them, each under its own tenant. The ids make a repeat harmless when the caller derives them."""
    for event in events:
        await ProviderEvent.of(event.tenant_id).insert_new(event)
