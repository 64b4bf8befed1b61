"""What happened to a record: who, what, when, from where."""

from datetime import datetime

from pydantic import BaseModel


class Change(BaseModel):
    """One entry of a history; written in the same write as the change itself."""

    what: str  # "booked", "moved", "cancelled", ...
    by: str  # "patient", "staff:<id>", "system"
    via: str  # "whatsapp", "console", "api", ...
    at: datetime
    request_id: str = ""  # of the message or request that asked
    reason: str = ""
    was: datetime | None = None  # the start before a move
    detail: str = ""  # what else differs, by ids: "doctor > doctor"
