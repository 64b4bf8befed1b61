"""Staff: what is sent and answered."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.shapes import Change, Name, OtherId, Shape, Text
from api.shapes.auth import Email

Language = Annotated[Text, Field(pattern=r"^[a-z]{2,3}$", examples=["en"], description="Of the mails to them.")]
DoctorId = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$", examples=["demo-doctor-1"])]
Status = Literal["active", "invited", "suspended", "deactivated"]


class HeldIn(Change):
    """A role at one clinic; without a clinic at every one."""

    role: Annotated[OtherId, Field(examples=["receptionist"], description="One of the table, or a role's id.")]
    clinic_id: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$", examples=["demo-clinic-1"])] = ""


class HeldOut(Shape):
    """A role at one clinic; without a clinic at every one."""

    role: str = Field(examples=["receptionist"])
    clinic_id: str = Field("", examples=["demo-clinic-1"])


Memberships = Annotated[list[HeldIn], Field(max_length=50)]


class UserOut(Shape):
    """A member of staff."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    email: str = Field(examples=["reception@demo.opdesk.test"])
    name: str = Field(examples=["Farah Khan"])
    language: str = Field(examples=["en"])
    status: Status
    memberships: list[HeldOut]
    doctor_id: str = Field(description="Where they are one of the doctors.", examples=["demo-doctor-1"])
    has_second_factor: bool
    created_at: datetime
    last_sign_in_at: datetime | None


class InvitedOut(UserOut):
    """An invited member of staff."""

    link: str = Field(
        "", repr=False, examples=["http://127.0.0.1:8080/accept-invitation#67a1b2c3d4e5f60718293a4b.kq..."],
        description="Only where this desk sends no mails: hand it over yourself. It is good once, for seven days.",
    )  # fmt: skip


class Invitation(Change):
    """Somebody new."""

    email: Email
    name: Name
    memberships: Memberships
    doctor_id: DoctorId = ""
    language: Language = "en"


class UserChange(Change):
    """What is left out stays as it is."""

    name: Name | None = None
    language: Language | None = None
    memberships: Memberships | None = None
    doctor_id: DoctorId | None = None
