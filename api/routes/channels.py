"""Channels: the WhatsApp numbers at both providers, with credentials that go in and never come out."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

import structlog
from redis.exceptions import RedisError

from api.etag import Tag
from api.house import House, InHouse, Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.channels import ChannelChange, ChannelOut, CloudChannelOut, NewChannel, TwilioChannelOut
from api.staff import Staff, may
from clinic import news, numbers
from clinic.channel import Channel, Provider
from clinic.job import CHECK_CHANNEL
from clinic.paging import page
from clinic.webhook_address import at_meta, at_twilio

router = desk_router("/channels", "channels")
PATIENCE = 4.0  # seconds in which a look is waited for; afterwards the answer says that it is under way
STEP = 0.1
HINT = "Enter this address and the phrase of OPDESK_WHATSAPP_VERIFY_TOKEN in Meta's app, and subscribe to `messages`."
TWILIO_HINT = (
    "In Twilio's console, at the WhatsApp sender, each as HTTP POST: webhook_url for incoming messages, "
    "fallback_url as the fallback, status_url as the status callback. Twilio signs the address: enter it as it is."
)
FACTS = ("id", "version", "display_phone_number", "messages_per_second", "check")
NOT_KEPT = {"check", "webhook_url", "webhook_hint", "status_url", "fallback_url", "signed_by"}


@router.get("")
async def list_channels(
    staff: Annotated[Staff, may("channels:read")], house: InHouse, asked: Asked
) -> Page[ChannelOut]:
    """The numbers of the practice."""
    found, following = await page(Channel.of(staff.tenant_id), cursor=asked.cursor, limit=asked.limit)
    return Page(items=[shown(each, house) for each in found], next=following)


@router.post("", status_code=201)
async def create_channel(
    new: NewChannel, staff: Annotated[Staff, may("channels:create")], house: InHouse, tag: Tag, now: Now
) -> ChannelOut:
    """Add a number, of Meta's Cloud API or of Twilio. What is secret is sealed and never shown again; `check` says
    whether the provider takes it, the `webhook_...` fields what to enter there."""
    channel = await numbers.add(staff.tenant_id, new.facts(), house.secret_key)
    answer = shown(await looked_at(house, channel, now), house)
    staff.touched("channels", channel.id, {}, _kept(answer))
    await news.tell(staff.tenant_id, "channel.changed", channel.id)
    tag.set(channel.version)
    return answer


@router.get("/{id}")
async def get_channel(id: Id, staff: Annotated[Staff, may("channels:read")], house: InHouse, tag: Tag) -> ChannelOut:
    """One number, and what the provider said of it when it was last asked."""
    channel = await Channel.of(staff.tenant_id).get(id)
    tag.set(channel.version)
    return shown(channel, house)


@router.patch("/{id}")
async def edit_channel(
    id: Id, change: ChannelChange, staff: Annotated[Staff, may("channels:update")], house: InHouse, tag: Tag, now: Now
) -> ChannelOut:
    """Change a number, such as its token. Every process uses it within a minute."""
    changes = change.facts((await Channel.of(staff.tenant_id).get(id)).provider)
    before, after = await numbers.change(staff.tenant_id, id, changes, tag.version, house.secret_key)
    was, answer = shown(before, house), shown(await looked_at(house, after, now), house)
    staff.touched("channels", id, _kept(was), _kept(answer))
    await news.tell(staff.tenant_id, "channel.changed", id)
    tag.set(after.version)
    return answer


@router.post("/{id}/check")
async def check_channel(
    id: Id, staff: Annotated[Staff, may("channels:update")], house: InHouse, now: Now
) -> ChannelOut:
    """Ask the provider whether the number and its token are good."""
    channel = await Channel.of(staff.tenant_id).get(id)
    staff.touched("channels", id)
    return shown(await looked_at(house, channel, now), house)


@router.delete("/{id}")
async def delete_channel(
    id: Id, staff: Annotated[Staff, may("channels:delete")], house: InHouse, tag: Tag
) -> ChannelOut:
    """Remove a number: what patients write to it is not answered any more."""
    channel = await numbers.remove(staff.tenant_id, id, tag.version)
    staff.touched("channels", id, _kept(shown(channel, house)), {})
    await news.tell(staff.tenant_id, "channel.changed", id)
    return shown(channel, house)


def shown(channel: Channel, house: House) -> ChannelOut:
    """The number without its secrets, with where its webhooks go."""
    return SHOWN[channel.provider](channel, house)


def _of_meta(channel: Channel, house: House) -> ChannelOut:
    return CloudChannelOut(
        **_facts(channel), provider="cloud", phone_number_id=channel.phone_number_id, waba_id=channel.waba_id,
        webhook_url=at_meta(house.public_url), webhook_hint=HINT,
    )  # fmt: skip


def _of_twilio(channel: Channel, house: House) -> ChannelOut:
    entered = at_twilio(house.public_url, house.fallback_url)
    return TwilioChannelOut(
        **_facts(channel), provider="twilio", sender=channel.phone_number_id, account_sid=channel.waba_id,
        webhook_url=entered.messages, status_url=entered.status, fallback_url=entered.fallback,
        webhook_hint=TWILIO_HINT, signed_by=["auth_token", "shared_key"] if channel.shared_key else ["auth_token"],
    )  # fmt: skip


SHOWN: Mapping[Provider, Callable[[Channel, House], ChannelOut]] = {"cloud": _of_meta, "twilio": _of_twilio}


def _facts(channel: Channel) -> dict[str, Any]:
    """What every number has."""
    return {name: getattr(channel, name) for name in FACTS}


def _kept(channel: ChannelOut) -> dict[str, Any]:
    """What the audit keeps."""
    kept: dict[str, Any] = channel.model_dump(mode="json", exclude=NOT_KEPT)
    return kept


async def looked_at(house: House, channel: Channel, now: datetime) -> Channel:
    """Let a worker ask the provider, and wait a moment for what it says."""
    door = Channel.of(channel.tenant_id)
    await numbers.pending(channel.tenant_id, channel.id, now)
    try:
        await house.jobs.ask(CHECK_CHANNEL, channel.tenant_id, channel.id)
    except (RedisError, OSError) as error:
        structlog.get_logger().warning("number not looked at", error=type(error).__name__)
        return await door.get(channel.id)
    for _ in range(int(PATIENCE / STEP)):
        found = await door.get(channel.id)
        if found.check.status != "pending":
            break
        await asyncio.sleep(STEP)
    return found
