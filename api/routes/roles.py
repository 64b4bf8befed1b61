"""Roles: the table's, and the practice's own."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Response
from pymongo.errors import DuplicateKeyError

from api.etag import Tag
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.roles import NewRole, RoleChange, RoleOut, StandardRoleOut
from api.staff import Staff, may
from clinic import news
from clinic.edited import edit
from clinic.indexed import found
from clinic.membership import BeyondYourOwn
from clinic.paging import page
from clinic.permission import ROLES
from clinic.role import CUSTOM, PLATFORM, Role, RoleInUse, RoleNameTaken, resolved
from clinic.user import User

router = desk_router("/roles", "roles")

FACTS = {"name", "base", "grants", "denials"}


@router.get("")
async def list_roles(staff: Annotated[Staff, may("roles:read")], asked: Asked) -> Page[RoleOut]:
    """The practice's own roles; `GET /roles/standard` has those of the table."""
    roles, following = await page(Role.of(staff.tenant_id), cursor=asked.cursor, limit=asked.limit)
    return Page(items=[RoleOut.of(role) for role in roles], next=following)


@router.get("/standard")
async def list_standard_roles(_: Annotated[Staff, may("roles:read")]) -> Page[StandardRoleOut]:
    """The roles that every practice has, with what each allows; platform roles are not given by a practice."""
    given = {role: allowed for role, allowed in ROLES.items() if role not in PLATFORM}
    items = [StandardRoleOut(id=role, permissions=sorted(allowed)) for role, allowed in given.items()]
    return Page(items=items, next=None)


@router.post("", status_code=201)
async def create_role(new: NewRole, staff: Annotated[Staff, may("roles:create")], tag: Tag) -> RoleOut:
    """Make a role from one of the table. It can allow no more than your own roles do."""
    role = Role(tenant_id=staff.tenant_id, **new.model_dump())
    _check_within(role.model_dump(), staff)
    if not await Role.of(staff.tenant_id).insert_new(role):
        raise RoleNameTaken
    return await _told(staff, role, {}, tag)


@router.get("/{id}")
async def get_role(id: Id, staff: Annotated[Staff, may("roles:read")], tag: Tag) -> RoleOut:
    """One of the practice's own roles."""
    role = await Role.of(staff.tenant_id).get(id)
    tag.set(role.version)
    return RoleOut.of(role)


@router.patch("/{id}")
async def edit_role(id: Id, change: RoleChange, staff: Annotated[Staff, may("roles:update")], tag: Tag) -> RoleOut:
    """Change a role; within seconds whoever holds it may do what it then allows."""
    changes = {name: value for name, value in change.given().items() if value is not None}
    present = (await Role.of(staff.tenant_id).get(id)).model_dump()
    _check_within(present, staff)
    _check_within(present | changes, staff)
    try:
        before, after = await edit(Role.of(staff.tenant_id), id, changes, tag.version)
    except DuplicateKeyError:
        raise RoleNameTaken from None
    return await _told(staff, after, before.model_dump(include=FACTS), tag)


@router.delete("/{id}", status_code=204)
async def delete_role(id: Id, staff: Annotated[Staff, may("roles:delete")]) -> Response:
    """Remove a role that nobody holds."""
    role = await Role.of(staff.tenant_id).get(id)
    _check_within(role.model_dump(), staff)
    if await found(User.of(staff.tenant_id), {"memberships.role": id}):
        raise RoleInUse
    await Role.of(staff.tenant_id).delete({"_id": id})
    await _changed(staff.tenant_id, id)
    staff.touched("roles", id, role.model_dump(include=FACTS), {})
    return Response(status_code=204)


def _check_within(role: Mapping[str, Any], staff: Staff) -> None:
    """Raises ``BeyondYourOwn``."""
    if not resolved(role) <= staff.grants.everywhere:
        raise BeyondYourOwn


async def _told(staff: Staff, role: Role, before: Mapping[str, Any], tag: Tag) -> RoleOut:
    staff.touched("roles", role.id, before, role.model_dump(include=FACTS))
    tag.set(role.version)
    await _changed(staff.tenant_id, role.id)
    return RoleOut.of(role)


async def _changed(tenant_id: str, id: str) -> None:
    CUSTOM.forget(tenant_id)
    await news.tell(tenant_id, "role.changed", id)
