"""One's own account: what is sent and answered."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.shapes import Change, Name, Shape
from api.shapes.auth import Code, NewPassword, Password
from api.shapes.users import HeldOut, Language


class OwnTenant(Shape):
    """The practice."""

    id: str = Field(examples=["demo"])
    name: str = Field(examples=["Asha Clinics"])


class MeOut(Shape):
    """Who you are and what you may do."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    email: str = Field(examples=["reception@demo.opdesk.test"])
    name: str = Field(examples=["Farah Khan"])
    language: str = Field(examples=["en"])
    tenant: OwnTenant
    roles: list[str] = Field(description="Names of the table, ids of the practice's own.", examples=[["receptionist"]])
    clinics: list[str] | None = Field(
        description="Where you work; null: at every clinic.", examples=[["demo-clinic-1"]]
    )
    memberships: list[HeldOut]
    permissions: list[str] = Field(description="What you may do at some clinic at least.", examples=[["queue:read"]])
    permissions_by_clinic: dict[str, list[str]] = Field(
        description="The same by clinic; under the empty id what holds everywhere.", examples=[{"": ["queue:read"]}]
    )
    doctor_id: str = Field(description="Where you are one of the doctors.", examples=["demo-doctor-1"])
    session_id: str = Field(examples=["67a1b2c3d4e5f60718293a4c"])
    has_second_factor: bool
    requires_second_factor: bool = Field(description="Whether the practice requires one.")
    recovery_codes_left: int = Field(examples=[10])


class MeChange(Change):
    """What is left out stays as it is."""

    name: Name | None = None
    language: Language | None = None


class PasswordChange(Change):
    """The present password proves that it is you."""

    present: Password
    password: NewPassword


class PasswordShown(Change):
    """The password once more: a screen that somebody left open is not enough."""

    password: Password


class CodeShown(Change):
    """What the app shows."""

    code: Annotated[Code, StringConstraints(max_length=40)]


class Disabling(PasswordShown):
    """Password and a code, of the app or for recovery."""

    code: Code


class RecoveryCodes(BaseModel):
    """Shown once: print them. Each lets you in once, in place of the app."""

    recovery_codes: list[str] = Field(repr=False, examples=[["k7xm-p3qa-9rtz"]])


class SessionOut(Shape):
    """Where you are signed in."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4c"])
    device: str = Field(examples=["Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"])
    address: str = Field(examples=["192.0.2.1"])
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool = Field(False, description="The one that asks.")
