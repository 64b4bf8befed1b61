"""A practice's WhatsApp numbers: kept with sealed tokens, and looked at by a worker whenever they change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from clinic import edited
from clinic.channel import Channel, Check
from clinic.errors import Impossible
from clinic.onboarding import NumberTaken, channel_of
from clinic.record import new_id
from clinic.scheduling import reasons, seen

WHATSAPP = "whatsapp:"


def whatsapp_address(typed: str) -> str:
    """A number with its country code, however it is written, as Twilio's WhatsApp calls it."""
    return f"{WHATSAPP}+{''.join(filter(str.isdigit, typed))}"


async def add(tenant_id: str, facts: Mapping[str, Any], secret_key: str) -> Channel:
    """Store a number. Raises ``NumberTaken``, ``Impossible``."""
    try:
        channel = channel_of(tenant_id, new_id(), facts, secret_key)
    except ValidationError as error:
        raise Impossible(reasons(error)) from None
    if not await Channel.of(tenant_id).insert_new(channel):
        raise NumberTaken
    return channel


async def change(
    tenant_id: str, id: str, changes: Mapping[str, Any], version: int | None, secret_key: str
) -> tuple[Channel, Channel]:
    """Change it; whatever was changed must be looked at again. Raises ``NotFound``, ``Stale``."""
    fresh = Channel.all_sealed(changes, secret_key)
    return await edited.edit(Channel.of(tenant_id), id, {**fresh, "check": Check().model_dump()}, version)


async def remove(tenant_id: str, id: str, version: int | None) -> Channel:
    """Delete it; as it was. Raises ``NotFound``, ``Stale``."""
    found = await seen(Channel, tenant_id, id, version)
    await Channel.of(tenant_id).delete({"_id": id})
    return found


async def pending(tenant_id: str, id: str, now: datetime) -> None:
    """Somebody has asked for a look: whatever was found before says nothing any more."""
    await _set(tenant_id, id, Check(at=now))


async def found(tenant_id: str, id: str, check: Check, shown: str = "") -> None:
    """What a look has found; ``shown`` is the number as patients see it."""
    await _set(tenant_id, id, check, **({"display_phone_number": shown} if shown else {}))


async def _set(tenant_id: str, id: str, check: Check, **more: str) -> None:
    await Channel.of(tenant_id).change({"_id": id}, {"$set": {"check": check.model_dump(), **more}})
