"""Set-up by an operator: WhatsApp numbers, at Meta's Cloud API and at Twilio."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from api.shapes.channels import NAMES, NewTwilioChannel
from bot.channels.errors import SendError
from clinic import numbers
from clinic.channel import Channel
from clinic.errors import NotFound
from clinic.job import CHECK_CHANNEL
from clinic.onboarding import channel_of
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.webhook_address import at_meta, at_twilio
from opdesk.check_channels import channels
from opdesk.errors import Trouble
from opdesk.finding import told
from opdesk.runtime import Runtime, runtime
from opdesk.settings import Settings
from workers.enqueue import Jobs
from workers.twilio_sender import Account, enter, sender

Facts = Mapping[str, Any]  # of a channel, its secrets not yet sealed


def of_twilio(typed: Mapping[str, str]) -> Facts:
    """What was typed, as the API would take it. Raises ``Trouble``."""
    try:
        return NewTwilioChannel(provider="twilio", **typed).facts()
    except ValidationError as error:
        wrong = {str(fault["loc"][0]) for fault in error.errors(include_input=False)}
        raise Trouble(" ".join(SHAPES[name] for name in SHAPES if name in wrong)) from None


SHAPES = {
    "sender": "The sender is a number with its country code: +15550000001 or whatsapp:+15550000001.",
    "account_sid": "The account SID begins with AC: copy it from Twilio's console.",
    "auth_token": "The auth token has no blanks: copy it from Twilio's console.",
    "shared_key": "The shared key has no blanks: copy it from where it was made.",
}


async def add_channel(settings: Settings, tenant: str, facts: Facts) -> None:
    """Add a number, or give one of the practice's new credentials, sealed with the secret key. Raises ``Trouble``."""
    settings.require("secret_key")
    async with runtime(settings) as opened:
        try:
            await Tenant.load(tenant)
        except NotFound:
            raise Trouble(f"There is no practice {tenant}: see `opdesk tenant list`.") from None
        channel = channel_of(tenant, new_id(), facts, settings.secret_key.get_secret_value())
        added = await Channel.of(tenant).insert_new(channel)
        if not added and not await _renew(channel):
            raise Trouble(f"The number {channel.phone_number_id} is another practice's: see `opdesk channel list`.")
        await _look(opened, await _found(channel.phone_number_id))
    print(_next(settings, channel) if added else CHANGED)


async def _look(opened: Runtime, channel: Channel) -> None:
    """Let a worker ask the provider: what it says is shown by the API, and a new account is handed the templates."""
    await Jobs(opened.queue).ask(CHECK_CHANNEL, channel.tenant_id, channel.id)


CHANGED = "Changed. Every process uses it within a minute; `opdesk check` tells whether the token is taken."


def _next(settings: Settings, channel: Channel) -> str:
    if channel.provider == "cloud":
        return f"Added. Let Meta send its webhooks to {at_meta(settings.address)}, then run `opdesk check`."
    entered = at_twilio(settings.address, settings.fallback)
    return "\n".join(
        (
            f"Added. Run `opdesk channel webhooks {channel.phone_number_id}`, or enter in Twilio's console, at the "
            "sender, each as HTTP POST:",
            f"  incoming messages  {entered.messages}",
            f"  fallback           {entered.fallback}",
            f"  status callback    {entered.status}",
            "Then run `opdesk check`.",
        )
    )


async def _renew(channel: Channel) -> bool:
    """Whether the practice has the number, which then is as given."""
    given = {"waba_id", "access_token", "display_phone_number", "messages_per_second", "shared_key"}
    update = {"$set": channel.model_dump(include=given)}
    own = {"phone_number_id": channel.phone_number_id, "provider": channel.provider}
    return await Channel.of(channel.tenant_id).change(own, update)


async def list_channels(settings: Settings) -> None:
    """Print the numbers, never their tokens."""
    async with runtime(settings):
        for channel in await Channel.every():
            shown = channel.display_phone_number or "-"
            at = "  at Twilio" if channel.provider == "twilio" else ""
            print(f"{channel.tenant_id}  {channel.phone_number_id}  account {channel.waba_id}  {shown}{at}")


async def rotate(settings: Settings, number: str, secret: str, *, shared_key: bool) -> None:
    """Store a new token of a number, or a new shared key; an empty key: there is none any more. Raises ``Trouble``."""
    settings.require("secret_key")
    async with runtime(settings) as opened:
        channel = await _found(number)
        if shared_key and "shared_key" not in NAMES[channel.provider]:
            raise Trouble("Only numbers at Twilio have a shared key.")
        name = "shared_key" if shared_key else "access_token"
        key = settings.secret_key.get_secret_value()
        _, after = await numbers.change(channel.tenant_id, channel.id, {name: secret}, None, key)
        await _look(opened, after)
        print(CHANGED)
        told(await channels(settings, [after]))


async def check_channels(settings: Settings, number: str) -> int:
    """Print what is to be said of one number, or of all; 1 if something is not right. Raises ``Trouble``."""
    settings.require("secret_key")
    async with runtime(settings):
        return told(await channels(settings, [await _found(number)] if number else None))


async def enter_webhooks(settings: Settings, number: str) -> None:
    """Enter our addresses at Twilio. Raises ``Trouble``."""
    settings.require("secret_key")
    async with runtime(settings):
        channel = await _found(number)
        if channel.provider != "twilio":
            raise Trouble("Meta's webhooks are entered in Meta's app: see docs/operating.md.")
        token = channel.token(settings.secret_key.get_secret_value())
        account = Account(channel.waba_id, token, settings.twilio_url)
        try:
            known = await sender(account, channel.phone_number_id)
            if known is not None:
                await enter(account, known.sid, at_twilio(settings.address, settings.fallback))
        except SendError as error:
            raise Trouble(
                f"Twilio did not take the addresses ({error}): run `opdesk channel check {number}`."
            ) from None
        told(await channels(settings, [channel]))


async def _found(number: str) -> Channel:
    """By what its webhooks call it; at Twilio also by the number alone. Raises ``Trouble``."""
    for name in (number, numbers.whatsapp_address(number)):
        if channel := await Channel.by_phone_number_id(name):
            return channel
    raise Trouble(f"There is no number {number}: see `opdesk channel list`.")
