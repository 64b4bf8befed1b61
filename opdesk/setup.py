"""Set-up by an operator: practices and their WhatsApp numbers."""

from dataclasses import dataclass

from clinic import documents
from clinic.channel import Channel
from clinic.errors import NotFound
from clinic.purpose import LANGUAGES, PURPOSES
from clinic.template import PENDING, Template, starter
from clinic.tenant import Tenant
from opdesk.errors import Trouble
from opdesk.runtime import runtime
from opdesk.settings import Settings


@dataclass(frozen=True)
class NewChannel:
    """A number as the operator gives it."""

    tenant: str
    phone_number_id: str
    waba_id: str
    access_token: str
    display: str
    per_second: int


async def add_tenant(settings: Settings, id: str, name: str, languages: list[str]) -> None:
    """Add a practice. Raises ``Trouble`` when its short name is taken."""
    async with runtime(settings) as opened:
        await documents.create_indexes(opened.database)
        if not await Tenant(id=id, name=name, languages=languages).add():
            raise Trouble(f"There is a practice {id} already: choose another short name.")
        for template in templates(id, languages):
            await Template.of(id).insert_new(template)
    print(f"Added {id}. Next: opdesk channel add {id} PHONE_NUMBER_ID WABA_ID")


def templates(tenant_id: str, languages: list[str]) -> list[Template]:
    """What a practice needs to keep its promises; the worker submits them for review."""
    known = [language for language in languages if language in LANGUAGES]
    return [starter(tenant_id, purpose, language, status=PENDING) for purpose in PURPOSES for language in known]


async def list_tenants(settings: Settings) -> None:
    """Print the practices."""
    async with runtime(settings):
        for tenant in await Tenant.every():
            print(f"{tenant.id}  {tenant.name}  ({', '.join(tenant.languages)})")


async def add_channel(settings: Settings, new: NewChannel) -> None:
    """Add a number, or give one of the practice's a new access token; the token is sealed with the secret key.
    Raises ``Trouble``."""
    settings.require("secret_key")
    async with runtime(settings):
        try:
            await Tenant.load(new.tenant)
        except NotFound:
            raise Trouble(f"There is no practice {new.tenant}: see `opdesk tenant list`.") from None
        channel = _channel(new, settings.secret_key.get_secret_value())
        added = await Channel.of(new.tenant).insert_new(channel)
        if not added and not await _renew(channel):
            raise Trouble(f"The number {new.phone_number_id} is another practice's: see `opdesk channel list`.")
    if not added:
        print("Changed. Every process uses it within a minute; `opdesk check` tells whether Meta takes the token.")
        return
    print(f"Added. Let Meta send its webhooks to {settings.address}/webhooks/cloud, then run `opdesk check`.")


async def _renew(channel: Channel) -> bool:
    """Whether the practice has the number, which then is as given."""
    given = ("waba_id", "access_token", "display_phone_number", "messages_per_second")
    update = {"$set": channel.model_dump(include=set(given))}
    return await Channel.of(channel.tenant_id).change({"phone_number_id": channel.phone_number_id}, update)


def _channel(new: NewChannel, secret_key: str) -> Channel:
    return Channel(
        tenant_id=new.tenant,
        phone_number_id=new.phone_number_id,
        waba_id=new.waba_id,
        access_token=Channel.sealed(new.access_token, secret_key),
        display_phone_number=new.display,
        messages_per_second=new.per_second,
    )


async def list_channels(settings: Settings) -> None:
    """Print the numbers, never their tokens."""
    async with runtime(settings):
        for channel in await Channel.every():
            shown = channel.display_phone_number or "-"
            print(f"{channel.tenant_id}  {channel.phone_number_id}  account {channel.waba_id}  {shown}")
