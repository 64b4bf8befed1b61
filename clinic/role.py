"""A practice's own roles: a role of the table, narrowed or extended."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator
from pymongo import IndexModel

from clinic.edited import Edited
from clinic.errors import ClinicError
from clinic.fresh import Fresh
from clinic.permission import PERMISSIONS, ROLES

SECONDS = 15.0  # how old it may be in other processes: what is changed here holds there after this
PLATFORM = frozenset({"platform_admin", "support"})  # of the installation's operator, never given by a practice


class RoleInUse(ClinicError):
    """Somebody holds this role: give them another one first."""

    code = "role_in_use"


class RoleNameTaken(ClinicError):
    """There is a role with this name already: choose another one."""

    code = "role_name_taken"


class Role(Edited):
    """``base`` is a role of the table; ``grants`` are added to it, ``denials`` taken away, and win."""

    name: str
    base: str
    grants: list[str] = Field(default_factory=list)
    denials: list[str] = Field(default_factory=list)

    class Settings:
        name = "roles"
        indexes = [IndexModel([("tenant_id", 1), ("name", 1)], unique=True)]

    @field_validator("base")
    @classmethod
    def _known_role(cls, base: str) -> str:
        if base not in ROLES or base in PLATFORM:
            raise ValueError("there is no such role to begin with")
        return base

    @field_validator("grants", "denials")
    @classmethod
    def _known_permissions(cls, given: list[str]) -> list[str]:
        if not PERMISSIONS.issuperset(given):
            raise ValueError("there is no such permission")
        return sorted(set(given))

    @property
    def permissions(self) -> list[str]:
        """What it allows."""
        return sorted(resolved(self.model_dump(include={"base", "grants", "denials"})))


def resolved(row: Mapping[str, Any]) -> frozenset[str]:
    """What a stored role allows."""
    base = ROLES.get(row["base"], frozenset())
    return (base | PERMISSIONS.intersection(row["grants"])) - frozenset(row["denials"])


async def _load(tenant_id: str) -> dict[str, frozenset[str]]:
    return {row["_id"]: resolved(row) for row in await Role.of(tenant_id).rows()}


CUSTOM: Fresh[str, dict[str, frozenset[str]]] = Fresh(_load, SECONDS)


async def custom_roles(tenant_id: str) -> Mapping[str, frozenset[str]]:
    """What each of the tenant's own roles allows, by its id; a few seconds old at most."""
    return await CUSTOM.get(tenant_id)
