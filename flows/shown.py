"""The visit that a question shows before it is booked, moved or cancelled."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """The visit that a question shows, by ids."""

    doctor: str
    clinic: str
    service: str
    patient: str
    mine: bool  # whether it is for the one who writes
    start: datetime  # on the clinic's clock
    names: tuple[str, ...]  # of doctor, clinic, service and patient
