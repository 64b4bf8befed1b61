"""The practice itself, and, for the operator of the installation, making new ones."""

from typing import Annotated

from api import post
from api.etag import Tag
from api.house import InHouse, Now
from api.paging import Asked, Page
from api.routes import booking_forms
from api.routes.channels import looked_at, shown
from api.routing import desk_router
from api.shapes.clinics import ClinicOut
from api.shapes.tenants import NewTenant, OwnerOut, TenantChange, TenantListed, TenantMade, TenantOut
from api.staff import Staff, may
from clinic import news, onboarding
from clinic.directory import DIRECTORIES
from clinic.edited import edit
from clinic.errors import Impossible
from clinic.job import PUBLISH_FORM
from clinic.onboarding import Order, Owner
from clinic.paging import page
from clinic.record import new_id
from clinic.tenant import Tenant

router = desk_router("/tenants", "tenants")
own = desk_router("/tenant", "tenants")


@router.get("")
async def list_tenants(staff: Annotated[Staff, may("tenant:create")], asked: Asked) -> Page[TenantListed]:
    """All practices of the installation, for its operator. Nothing of their patients."""
    staff.touched("tenants", "")
    found, following = await page(Tenant.itself(), cursor=asked.cursor, limit=asked.limit)
    return Page(items=[TenantListed.of(each) for each in found], next=following)


@router.post("", status_code=201)
async def create_tenant(
    new: NewTenant, staff: Annotated[Staff, may("tenant:create")], house: InHouse, now: Now
) -> TenantMade:
    """Open a practice in one call: itself, first clinic, owner (an invitation is mailed) and number. Refused as a
    whole or done as a whole; after a failure half-way the same order again completes it."""
    order = Order(
        new.id, new.name, new.languages, staff.request_id or new_id(), {"emergency_number": new.emergency_number},
        {name: value for name, value in new.clinic.given().items() if value is not None},
        new.channel.facts() if new.channel else None,
        Owner(new.owner.email, new.owner.name, new.owner.language),
    )  # fmt: skip
    made = await onboarding.onboard(order, house.secret_key, now, lambda user: post.invite(house, user))
    DIRECTORIES.forget(new.id)
    channel = shown(await looked_at(house, made.channel, now), house) if made.channel else None
    staff.touched("tenants", new.id, {}, {"name": new.name, "languages": new.languages})
    return TenantMade(
        id=new.id, tenant=TenantOut.of(made.tenant), clinic=ClinicOut.of(made.clinic), owner=OwnerOut.of(made.owner),
        channel=channel, link=made.link,
    )  # fmt: skip


@own.get("")
async def get_tenant(staff: Annotated[Staff, may("tenant:read")], tag: Tag) -> TenantOut:
    """Your own practice: its name, languages, look and policies."""
    tenant = await Tenant.load(staff.tenant_id)
    tag.set(tenant.version)
    return TenantOut.of(tenant)


@own.patch("")
async def edit_tenant(
    change: TenantChange, staff: Annotated[Staff, may("tenant:update")], house: InHouse, tag: Tag
) -> TenantOut:
    """Change your own practice. The chat follows within 15 seconds."""
    changes = change.given()
    if "name" in changes and changes["name"] is None:
        raise Impossible("a practice has a name: send one, or leave name out")
    before, after = await edit(Tenant.itself(), staff.tenant_id, changes, tag.version)
    DIRECTORIES.forget(staff.tenant_id)
    was, answer = TenantOut.of(before), TenantOut.of(after)
    staff.touched("tenants", after.id, was.model_dump(), answer.model_dump())
    await news.tell(staff.tenant_id, "tenant.changed", after.id)
    if after.booking_form and not before.booking_form:
        await booking_forms.ask(house, PUBLISH_FORM, after.id)
    tag.set(after.version)
    return answer
