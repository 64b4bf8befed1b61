"""Channels: the WhatsApp numbers, with credentials that go in and never come out."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import structlog
from redis.exceptions import RedisError

from api.etag import Tag
from api.house import House, InHouse, Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.tenants import ChannelChange, ChannelOut, NewChannel
from api.staff import Staff, may
from clinic import news, numbers
from clinic.channel import Channel
from clinic.job import CHECK_CHANNEL
from clinic.paging import page

router = desk_router("/channels", "channels")
PATIENCE = 4.0  # seconds in which a look is waited for; afterwards the answer says that it is under way
STEP = 0.1
HINT = "Enter this address and the phrase of OPDESK_WHATSAPP_VERIFY_TOKEN in Meta's app, and subscribe to `messages`."


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
    """Add a number. The token is sealed and never shown again; `check` says whether Meta takes it."""
    channel = await numbers.add(staff.tenant_id, new.given(), house.secret_key)
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
    before, after = await numbers.change(staff.tenant_id, id, change.given(), tag.version, house.secret_key)
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
    """The number without its token, with where its webhooks go."""
    answer = ChannelOut.of(channel)
    answer.webhook_url = f"{house.public_url.rstrip('/')}/webhooks/{channel.provider}"
    answer.webhook_hint = HINT
    return answer


def _kept(channel: ChannelOut) -> dict[str, Any]:
    """What the audit keeps."""
    return channel.model_dump(mode="json", exclude={"check", "webhook_url", "webhook_hint"})


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
