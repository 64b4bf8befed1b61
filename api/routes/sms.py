"""Text messages: the practice's number for them, and whether the provider takes it."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import structlog
from redis.exceptions import RedisError

from api.etag import Tag
from api.house import House, InHouse, Now
from api.routing import desk_router
from api.shapes.sms import SmsSenderIn, SmsSenderOut
from api.staff import Staff, may
from clinic import news, sms_sender
from clinic.errors import NotFound
from clinic.job import CHECK_SMS_SENDER
from clinic.sms_sender import SmsSender

router = desk_router("/sms-sender", "channels")
Update = Annotated[Staff, may("channels:update")]
PATIENCE = 4.0  # seconds in which a look is waited for; afterwards the answer says that it is under way
STEP = 0.1
KIND = "sms_sender"  # in the audit


@router.get("")
async def get_sms_sender(staff: Annotated[Staff, may("channels:read")], tag: Tag) -> SmsSenderOut:
    """The number from which text messages leave, and what Twilio said of it when it was last asked."""
    found = await _found(staff.tenant_id)
    tag.set(found.version)
    return await _shown(staff, found)


@router.put("")
async def set_sms_sender(wanted: SmsSenderIn, staff: Update, house: InHouse, tag: Tag, now: Now) -> SmsSenderOut:
    """Let text messages leave from this number; `check` says whether Twilio takes it. One-time codes and reminders go
    by it as soon as `notify_by` of the practice names `sms`."""
    before, after = await sms_sender.put(staff.tenant_id, wanted.facts(), tag.version, house.secret_key)
    answer = await _shown(staff, await looked_at(house, after, now))
    was = _kept(await _shown(staff, before)) if before else {}
    staff.touched(KIND, staff.tenant_id, was, _kept(answer))
    await news.tell(staff.tenant_id, "channel.changed", staff.tenant_id)
    tag.set(after.version)
    return answer


@router.post("/check")
async def check_sms_sender(staff: Update, house: InHouse, now: Now) -> SmsSenderOut:
    """Ask Twilio whether the account has the number and its token is good."""
    found = await _found(staff.tenant_id)
    staff.touched(KIND, staff.tenant_id)
    return await _shown(staff, await looked_at(house, found, now))


@router.delete("")
async def delete_sms_sender(staff: Annotated[Staff, may("channels:delete")], tag: Tag) -> SmsSenderOut:
    """Send no text messages any more: what WhatsApp does not bring becomes a call."""
    gone = await _shown(staff, await sms_sender.remove(staff.tenant_id, tag.version))
    staff.touched(KIND, staff.tenant_id, _kept(gone), {})
    await news.tell(staff.tenant_id, "channel.changed", staff.tenant_id)
    return gone


async def _found(tenant_id: str) -> SmsSender:
    """Raises ``NotFound``."""
    if found := await sms_sender.sender_of(tenant_id):
        return found
    raise NotFound


async def _shown(staff: Staff, sender: SmsSender) -> SmsSenderOut:
    named = (await staff.directory()).tenant.notify_by
    return SmsSenderOut.of(sender, in_use="sms" in named)


def _kept(shown: SmsSenderOut) -> dict[str, Any]:
    """What the audit keeps."""
    kept: dict[str, Any] = shown.model_dump(mode="json", exclude={"check", "in_use"})
    return kept


async def looked_at(house: House, sender: SmsSender, now: datetime) -> SmsSender:
    """Let a worker ask Twilio, and wait a moment for what it says."""
    await sms_sender.pending(sender.tenant_id, now)
    try:
        await house.jobs.ask(CHECK_SMS_SENDER, sender.tenant_id)
    except (RedisError, OSError) as error:
        structlog.get_logger().warning("number not looked at", error=type(error).__name__)
        return await _found(sender.tenant_id)
    for _ in range(int(PATIENCE / STEP)):
        found = await _found(sender.tenant_id)
        if found.check.status != "pending":
            break
        await asyncio.sleep(STEP)
    return found
