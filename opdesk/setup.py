"""Set-up by an operator: practices and their WhatsApp numbers."""

from dataclasses import dataclass
from functools import partial

from clinic import account, clock, documents, one_time_link
from clinic.channel import Channel
from clinic.errors import ClinicError, NotFound
from clinic.onboarding import Order, Owner, TenantTaken, onboard
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.user import User
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


@dataclass(frozen=True)
class NewTenant:
    """A practice as the operator gives it; without a clinic's name or an owner's address it has none yet."""

    id: str
    name: str
    languages: list[str]
    clinic: str = ""
    address: str = ""
    zone: str = ""
    currency: str = ""
    owner: str = ""
    owner_name: str = ""


async def add_tenant(settings: Settings, new: NewTenant) -> None:
    """Add a practice, by the same steps as the API. Raises ``Trouble``."""
    async with runtime(settings) as opened:
        await documents.create_indexes(opened.database)
        try:
            made = await onboard(_order(new), "", clock.now(), partial(_link, settings))
        except TenantTaken:
            raise Trouble(f"There is a practice {new.id} already: choose another short name.") from None
        except ClinicError as error:
            raise Trouble(f"The practice cannot be added: {error}") from None
    print(f"Added {new.id}. Next: opdesk channel add {new.id} PHONE_NUMBER_ID WABA_ID")
    if made.link:
        print(f"{new.owner} sets a password within 7 days at {made.link}")


def _order(new: NewTenant) -> Order:
    clinic = {"name": new.clinic, "address": new.address, "zone": new.zone, "currency": new.currency}
    return Order(
        new.id, new.name, new.languages, new_id(), clinic=clinic if new.clinic else None,
        owner=Owner(new.owner, new.owner_name or new.owner, new.languages[0]) if new.owner else None,
    )  # fmt: skip


async def _link(settings: Settings, owner: User) -> str:
    """The owner's invitation, for the operator to hand over: it is mailed to nobody."""
    token = await account.new_link(owner, "invitation", clock.now())
    return one_time_link.url(settings.console, "invitation", token)


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
