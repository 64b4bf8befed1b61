"""The practice that uses the desk."""

from typing import Literal

from pydantic import BaseModel, Field

from clinic.edited import Versioned
from clinic.record import Door
from clinic.views import TenantView, Texts


class Branding(BaseModel):
    """How the practice looks on its pages: ``colour`` as ``#rrggbb``."""

    colour: str = ""
    logo_url: str = ""


class Tenant(Versioned):
    """One practice. Its languages are those of the chat, the default first. Until it is ``complete``, its onboarding
    may be taken up again."""

    name: str
    languages: list[str] = Field(default_factory=lambda: ["en"], min_length=1)
    consent_version: str = "1"
    max_open_bookings: int = 3  # of one patient at a time
    notify_by: list[str] = ["whatsapp"]  # the ways to reach a patient, in their order; after the last somebody calls
    branding: Branding = Field(default_factory=Branding)
    person_idle_minutes: int = 30  # after which the bot returns to a conversation that a person has taken
    media_days: int = Field(90, ge=1, le=3650)  # for which patients' pictures, voice messages and documents are kept
    emergency_number: str = ""  # told where somebody writes of an emergency
    calls_after_stop: bool = False  # whether somebody calls in place of the reminders that a patient's STOP took back
    whatsapp_stop_ends: Literal["all", "marketing"] = "all"  # what WhatsApp's own button "stop promotions" ends with us
    erasure_days: int = 30  # within which staff decide on "forget me"
    retention_years: int = (
        10  # for which the bare facts of a visit that took place are kept of a patient who is forgotten
    )
    requires_second_factor: bool = False  # of all staff
    one_time_codes: Literal["none", "risky_steps", "new_chat"] = "none"  # when a chat must show that it has its number
    booking_form: bool = False  # whether known patients may book by WhatsApp's form
    edits: int = 0  # of its places, services, doctors and hours: who keeps those in memory sees that they changed
    given_purposes: list[str] = []  # whose templates it was given, whatever has become of them
    request_id: str = ""  # of the onboarding
    complete: bool = True

    class Settings:
        name = "tenants"

    @classmethod
    def itself(cls) -> "Door[Tenant]":
        """The one door to a tenant's own document, which is asked for by its id."""
        return cls.everywhere("a tenant is its own scope")

    @classmethod
    async def load(cls, tenant_id: str) -> "Tenant":
        """The tenant itself. Raises ``NotFound``."""
        return await cls.itself().get(tenant_id)

    @classmethod
    async def every(cls) -> "list[Tenant]":
        """All practices on this installation, for its operator."""
        return await cls.everywhere("the operator's list of tenants").find(sort=[("_id", 1)])

    async def add(self) -> bool:
        """Store a new tenant; whether there was none with its id."""
        return await self.everywhere("a new tenant").insert_new(self)

    def view(self, texts: Texts | None = None) -> TenantView:
        """What the chat may know."""
        return TenantView(
            self.id,
            self.name,
            tuple(self.languages),
            self.consent_version,
            texts or {},
            self.emergency_number,
            self.booking_form,
        )
