"""The booking form: what is told of it."""

import datetime as dt
from typing import Literal

from pydantic import Field

from api.shapes import Shape


class BookingFormOut(Shape):
    """The form of one WhatsApp business account. `PUBLISHED`: it is sent to patients; in any other status they get the
    usual lists."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    waba_id: str = Field(examples=["200000000000001"])
    flow_id: str = Field(description="Meta's id of it; empty until there is one.", examples=["300000000000001"])
    status: Literal["DRAFT", "PUBLISHED", "THROTTLED", "BLOCKED", "DEPRECATED"] = Field(examples=["PUBLISHED"])
    trouble: str = Field(description="What is in the way, and what to do; empty for nothing.")
    health: dict[str, str] = Field(
        description="Meta's alerts about how it is answered: `ACTIVATED`, or `DEACTIVATED` again.",
        examples=[{"ENDPOINT_LATENCY": "DEACTIVATED"}],
    )
    known_to: list[str] = Field(
        description="The numbers that may send it: they know its key.", examples=[["100000000000001"]]
    )
    key_made_at: dt.datetime = Field(description="Since when its key is good.")
    at: dt.datetime | None = Field(description="When Meta last said something of it.")
