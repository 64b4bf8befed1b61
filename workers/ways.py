"""By which way a promise goes: those that the practice has named, in their order, as far as they are connected."""

from collections.abc import Sequence, Set

from clinic import identity, notification
from clinic.after_visit import AFTER
from clinic.notification import Notification
from clinic.one_time_code import PURPOSE
from clinic.purpose import ANSWERS
from clinic.queue_calls import CAUSED
from clinic.slot_offer_made import OFFER
from clinic.sms_sender import sender_of
from workers.letter import Visit

WHATSAPP, SMS = "whatsapp", "sms"
BY_CHAT_ALONE = CAUSED | AFTER | ANSWERS | {OFFER, PURPOSE}  # asks for a tap at once, or goes a way of its own


async def connected(tenant_id: str) -> Set[str]:
    """The ways that there is a provider for."""
    return {WHATSAPP, SMS} if await sender_of(tenant_id) else {WHATSAPP}


def next_channel(channels: Sequence[str], tried: str, connected: Set[str]) -> str:
    """The next one of the practice's list that is connected; empty where there is none."""
    after = channels[channels.index(tried) + 1 :] if tried in channels else ()
    return next((channel for channel in after if channel in connected), "")


async def is_text(promise: Notification, visit: Visit) -> bool:
    """Whether it goes as a text message: handed on to that way, or since the practice wants those first."""
    if promise.channel == SMS or "@" in promise.kind:
        return promise.channel == SMS
    first = visit.tenant.notify_by[:1] == [SMS] and promise.purpose not in BY_CHAT_ALONE
    if not first or not identity.number_of(visit.chat) or SMS not in await connected(promise.tenant_id):
        return False
    return await notification.goes_by(promise, SMS)
