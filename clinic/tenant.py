"""The practice that uses the desk."""

from pydantic import Field

from clinic.record import Record
from clinic.views import TenantView


class Tenant(Record):
    """One practice. Its languages are those of the chat, the default first."""

    name: str
    languages: list[str] = Field(default_factory=lambda: ["en"], min_length=1)
    consent_version: str = "1"
    max_open_bookings: int = 3  # of one patient at a time

    class Settings:
        name = "tenants"

    @classmethod
    async def load(cls, tenant_id: str) -> "Tenant":
        """The tenant itself. Raises ``NotFound``."""
        return await cls.everywhere("a tenant is its own scope").get(tenant_id)

    @classmethod
    async def every(cls) -> "list[Tenant]":
        """All practices on this installation, for its operator."""
        return await cls.everywhere("the operator's list of tenants").find(sort=[("_id", 1)])

    async def add(self) -> bool:
        """Store a new tenant; whether there was none with its id."""
        return await self.everywhere("a new tenant").insert_new(self)

    def view(self) -> TenantView:
        """What the chat may know."""
        return TenantView(self.id, self.name, tuple(self.languages), self.consent_version)
