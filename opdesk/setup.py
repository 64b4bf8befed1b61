"""Set-up by an operator: practices."""

from dataclasses import dataclass
from functools import partial

from clinic import account, clock, documents, one_time_link
from clinic.errors import ClinicError
from clinic.onboarding import Order, Owner, TenantTaken, onboard
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.user import User
from opdesk.errors import Trouble
from opdesk.runtime import runtime
from opdesk.settings import Settings


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
    print(f"Added {new.id}. Next: opdesk channel add {new.id} PHONE_NUMBER_ID WABA_ID, or with a number at Twilio:")
    print(f"opdesk channel add-twilio {new.id} SENDER ACCOUNT_SID")
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
