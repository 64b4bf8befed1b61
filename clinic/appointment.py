"""A booked visit. Its cells are the lock that keeps others out of the same time."""

import secrets
from datetime import datetime
from typing import Literal

from pydantic import Field
from pymongo import IndexModel

from clinic.edited import Edited
from clinic.history import Change
from clinic.interval import Interval
from clinic.record import ANY_MOMENT, ANY_TEXT

Status = Literal["booked", "arrived", "checked-in", "fulfilled", "cancelled", "noshow", "waitlist"]  # FHIR's

# No character that is taken for another, read or heard: 0 O, 1 I L, 2 Z, 5 S, 8 B.
ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"


def new_reference() -> str:
    """A short name for a visit, to be spoken on the phone: ``K7P-4QX``. One of 244 million."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(6))
    return f"{drawn[:3]}-{drawn[3:]}"


def new_link_key() -> str:
    """What opens a visit's public page and calendar file: unguessable, and tells nothing about the patient."""
    return secrets.token_urlsafe(16)


class Appointment(Edited):
    """``cells`` are the five-minute cells with their seats (``clinic.cells``) that the visit and its buffers use up;
    without them it uses up nothing. ``version`` counts every change, ``start_version`` every move.

    With the status ``waitlist`` it is no visit yet: it holds the time for somebody who waits (``clinic.held_slot``), or
    whose doctor will be away (``clinic.alternative``)."""

    reference: str = Field(default_factory=new_reference)
    link_key: str = Field(default_factory=new_link_key)
    request_id: str
    via: str = ""  # by which way it was booked first: "whatsapp", "console", "api", ...
    status: Status = "booked"
    clinic_id: str
    doctor_id: str
    service_id: str
    patient_id: str
    patient_name: str = ""
    chat_id: str = ""
    language: str = ""
    start: datetime
    end: datetime
    cells: list[str] | None = None
    version: int = 0
    start_version: int = 0
    coming_at: datetime | None = None  # when the patient said that they will come to this start
    history: list[Change] = []
    wait_id: str = ""  # of the waitlist's entry that it is, or was, held for
    offer_until: datetime | None = None  # only while it is held
    replaces: str | None = None  # the visit in whose place it is kept, or stands now (FHIR's word)
    replaced_by: str | None = None  # the visit that stands in its place now,
    reference_given: str = ""  # and has this reference, which was its own
    kept_until: datetime | None = None  # only while it is kept as an alternative

    class Settings:
        name = "appointments"
        indexes = [
            IndexModel(
                [("tenant_id", 1), ("doctor_id", 1), ("cells", 1)],
                name="booking_lock",
                unique=True,
                partialFilterExpression={"cells": {"$exists": True}},
            ),
            IndexModel([("tenant_id", 1), ("doctor_id", 1), ("request_id", 1)], name="one_per_request", unique=True),
            IndexModel([("tenant_id", 1), ("reference", 1)], name="one_per_reference", unique=True),
            IndexModel([("tenant_id", 1), ("patient_id", 1), ("start", 1)]),  # before a doctor's: fewer
            IndexModel([("tenant_id", 1), ("doctor_id", 1), ("start", 1)]),
            IndexModel([("tenant_id", 1), ("start", 1)]),
            IndexModel([("tenant_id", 1), ("chat_id", 1), ("start", 1)]),
            IndexModel([("link_key", 1)]),
            IndexModel(
                [("tenant_id", 1), ("patient_id", 1)],
                name="one_offer_per_patient",
                unique=True,
                partialFilterExpression={"offer_until": {"$exists": True}},
            ),
            IndexModel(
                [("tenant_id", 1), ("offer_until", 1)],
                name="held_times",
                partialFilterExpression={"offer_until": ANY_MOMENT},
            ),
            IndexModel(
                [("replaces", 1), ("tenant_id", 1)],
                name="in_place_of",
                partialFilterExpression={"replaces": ANY_TEXT},
            ),
            IndexModel(
                [("tenant_id", 1), ("kept_until", 1)],
                name="kept_times",
                partialFilterExpression={"kept_until": ANY_MOMENT},
            ),
            *(
                IndexModel([(until, 1)], name=f"{until}_anywhere", partialFilterExpression={until: ANY_MOMENT})
                for until in ("offer_until", "kept_until", "start")
            ),
        ]

    @property
    def time(self) -> Interval:
        """The visit without its buffers."""
        return Interval(self.start, self.end)

    @classmethod
    async def by_link_key(cls, link_key: str) -> "Appointment | None":
        """The visit that a public link opens: whoever holds the key was given it."""
        return await cls.everywhere("a public link knows no tenant, only its key").find_one({"link_key": link_key})
