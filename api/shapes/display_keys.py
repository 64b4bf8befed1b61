"""Keys of waiting rooms' screens: what is sent and answered."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.shapes import Change, Name, OtherId, Shape


class NewDisplayKey(Change):
    """A screen of a clinic."""

    clinic_id: Annotated[OtherId, Field(examples=["demo-clinic-1"])]
    name: Annotated[Name, Field(examples=["Waiting room, first floor"])]


class DisplayKeyOut(Shape):
    """The key of a screen, without its secret."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    clinic_id: str = Field(examples=["demo-clinic-1"])
    name: str = Field(examples=["Waiting room, first floor"])
    created_at: datetime
    revoked_at: datetime | None = None


class IssuedDisplayKey(DisplayKeyOut):
    """A new key; its text is told this once and never again."""

    key: str = Field(repr=False, examples=["demo.67a1b2c3d4e5f60718293a4b.kq3..."])
