"""Somebody who can be booked."""

from pymongo import IndexModel

from clinic.practice_record import PracticeRecord
from clinic.views import DoctorView


class Doctor(PracticeRecord):
    """One person, whatever the place: a doctor is never in two at once."""

    name: str
    specialty: str = ""
    room: str = ""  # where patients are called to: "Room 3"
    languages: list[str] = []  # spoken
    service_ids: list[str] = []
    active: bool = True
    position: int = 0  # in lists

    class Settings:
        name = "doctors"
        indexes = [IndexModel([("tenant_id", 1), ("position", 1)])]

    def view(self) -> DoctorView:
        """What the chat may know."""
        return DoctorView(self.id, self.name, self.specialty)
