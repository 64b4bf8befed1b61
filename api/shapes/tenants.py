"""The practice itself, and its onboarding."""

from typing import Annotated, Literal

from pydantic import Field

from api.shapes import Change, Name, Shape
from api.shapes.channels import ChannelOut, NewChannel
from api.shapes.clinics import ClinicOut, NewClinic
from api.shapes.hours import Language, Phone, Url

ShortName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$", examples=["asha"])]
Colour = Annotated[str, Field(pattern=r"^(#[0-9a-f]{6})?$", examples=["#0a7c66"])]
Wording = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,20}$", examples=["2"])]
Languages = Annotated[list[Language], Field(min_length=1, max_length=20, examples=[["en", "hi"]])]
Way = Literal["whatsapp", "sms"]
Email = Annotated[
    str, Field(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s]+$", examples=["asha@asha.example"])
]


class Branding(Change):
    """How the practice looks on its pages."""

    colour: Colour = ""
    logo_url: Url = ""


class BrandingOut(Shape):
    """How the practice looks on its pages."""

    colour: str
    logo_url: str


class TenantChange(Change):
    """The fields to change; null puts one back to what it is without a word."""

    name: Name | None = Field(None, examples=["Asha Clinics"])
    languages: Languages | None = Field(None, description="Of the chat, the default first.")
    branding: Branding | None = None
    emergency_number: Phone | None = Field(None, examples=["112"])
    consent_version: Wording | None = Field(None, description="A new one asks every patient again.")
    max_open_bookings: int | None = Field(None, ge=1, le=1000, description="Of one patient at a time.")
    notify_by: list[Way] | None = Field(
        None,
        min_length=1,
        max_length=2,
        description="The ways to reach a patient, in their order; then somebody calls.",
    )
    person_idle_minutes: int | None = Field(
        None, ge=1, le=1440, description="Of nobody's doing, after which the assistant returns to a taken conversation."
    )
    media_days: int | None = Field(
        None, ge=1, le=3650, description="For which patients' pictures, voice messages and documents are kept."
    )
    calls_after_stop: bool | None = Field(
        None, description="Whether a card asks somebody to call in place of the reminders that a STOP took back."
    )
    whatsapp_stop_ends: Literal["all", "marketing"] | None = Field(
        None,
        description="What WhatsApp's own button `stop promotions` ends: all that was not asked for, or advertising.",
    )
    erasure_days: int | None = Field(None, ge=1, le=90, description="Within which staff decide on `forget me`.")
    retention_years: int | None = Field(
        None, ge=0, le=100, description="For which the bare facts of visits of forgotten patients are kept."
    )
    requires_second_factor: bool | None = Field(None, description="Of all staff, from their next sign-in on.")
    booking_form: bool | None = Field(
        None,
        description="Whether known patients get WhatsApp's form in place of the first question of a booking. It is "
        "made known to Meta by itself: see `/booking-forms`.",
    )
    one_time_codes: Literal["none", "risky_steps", "new_chat"] | None = Field(
        None,
        description="When a chat must show by a code, sent to its number, that it has it: never; before it cancels, "
        "moves or asks for its data; or once, before its first booking.",
    )


class TenantOut(Shape):
    """A practice and its policies."""

    id: str
    version: int
    name: str
    languages: list[str]
    branding: BrandingOut
    emergency_number: str
    consent_version: str
    max_open_bookings: int
    notify_by: list[str] = Field(examples=[["whatsapp"]])
    person_idle_minutes: int
    media_days: int
    calls_after_stop: bool
    whatsapp_stop_ends: Literal["all", "marketing"]
    erasure_days: int
    retention_years: int
    requires_second_factor: bool
    booking_form: bool
    one_time_codes: Literal["none", "risky_steps", "new_chat"]


class TenantListed(Shape):
    """A practice, as the operator of the installation sees it."""

    id: str
    name: str
    languages: list[str]
    complete: bool


class NewOwner(Change):
    """Who runs the practice: an invitation is mailed."""

    email: Email
    name: Name = Field(examples=["Asha Rao"])
    language: Language = "en"


class NewTenant(Change):
    """A whole practice in one call: itself, its first clinic, its owner and its number."""

    id: ShortName = Field(description="A short name, for good.")
    name: Name = Field(examples=["Asha Clinics"])
    languages: Languages = ["en"]
    emergency_number: Phone = ""
    clinic: NewClinic
    owner: NewOwner
    channel: NewChannel | None = None


class OwnerOut(Shape):
    """Who was invited."""

    id: str
    email: str
    name: str
    status: str


class TenantMade(Shape):
    """What there is now. The same order again, after a failure half-way, completes it."""

    id: str
    tenant: TenantOut
    clinic: ClinicOut
    owner: OwnerOut
    channel: ChannelOut | None
    link: str = Field("", description="Where no mail leaves: the owner's invitation, to be handed over.")
