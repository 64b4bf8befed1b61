"""What a sentence was understood to say, and what a practice offers by whose names it is read: plain values."""

from dataclasses import dataclass
from datetime import date, time
from typing import Literal

Intent = Literal[
    "book", "move", "cancel", "my_appointments", "queue", "price", "address", "hours", "bring", "insurance", "human",
    "stop", "start", "yes", "no", "greeting", "thanks", "emergency", "language", "my_data", "forget_me", "medical",
    "unknown",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What a practice offers, by which names are recognised."""

    doctors: tuple[tuple[str, str, str], ...] = ()  # (id, name as shown, specialty)
    clinics: tuple[tuple[str, str], ...] = ()  # (id, name)
    services: tuple[tuple[str, str], ...] = ()  # (id, name)
    household: tuple[tuple[str, str], ...] = ()  # (patient id, name)


@dataclass(frozen=True, slots=True)
class Understood:
    """One sentence. Dates are both set, also for a single day; equal times are an exact time; None is open."""

    intent: Intent = "unknown"
    date_from: date | None = None
    date_to: date | None = None
    time_from: time | None = None
    time_to: time | None = None
    not_dates: tuple[date, ...] = ()  # "next week but not monday"
    doctor: str = ""  # the id of a known doctor
    specialty: str = ""  # one that was named, where no single doctor follows from it
    clinic: str = ""
    service: str = ""
    for_whom: str = ""  # "me", a relation in English ("son", "mother"), or a name as written
    patient: str = ""  # the id of one of the household, where the name is theirs
    ordinal: int | None = None  # "the second one" is 2, the last -1
    language: str = ""  # a language asked for
    confidence: float = 0.0  # 0 to 1
    unsure: str = ""  # what one short question should settle: "intent", "half" (7 or 8: am or pm), "doctor", "date"
    contradiction: tuple[str, str] | None = None  # two words that cannot both be true
    because: tuple[str, ...] = ()  # the words of the message from which each thing was understood
