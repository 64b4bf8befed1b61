"""Roles: what is sent and answered."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from api.shapes import Change, Name, Shape
from clinic.permission import PERMISSIONS

Base = Literal["owner", "manager", "doctor", "receptionist", "billing", "nurse"]


def _known(permission: str) -> str:
    if permission not in PERMISSIONS:
        raise ValueError("there is no such permission")
    return permission


Permission = Annotated[
    str,
    AfterValidator(_known),
    Field(max_length=40, examples=["appointments:approve"], json_schema_extra={"enum": sorted(PERMISSIONS)}),
]
Permissions = Annotated[list[Permission], Field(max_length=200)]


class RoleOut(Shape):
    """A role of the practice's own: its base, and what is added and taken away."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    name: str = Field(examples=["Head of reception"])
    base: str = Field(examples=["receptionist"])
    grants: list[str] = Field(examples=[["callbacks:export"]])
    denials: list[str] = Field(examples=[["patients:update"]])
    permissions: list[str] = Field(description="What it allows in the end.", examples=[["queue:read"]])


class StandardRoleOut(Shape):
    """A role of the table, the same in every practice."""

    id: str = Field(examples=["receptionist"])
    permissions: list[str] = Field(examples=[["queue:read"]])


class NewRole(Change):
    """`grants` are added to the base, `denials` taken away, and win."""

    name: Name
    base: Base
    grants: Permissions = []
    denials: Permissions = []


class RoleChange(Change):
    """What is left out stays as it is."""

    name: Name | None = None
    base: Base | None = None
    grants: Permissions | None = None
    denials: Permissions | None = None
