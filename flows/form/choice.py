"""What the form brings back into the chat, in one line: which question it came with, and what was chosen."""

from collections.abc import Iterable, Mapping

from clinic.views import Slot
from flows.slots import read_slot
from flows.steps.doctor import ANY


def read_time(id: str) -> Slot | None:
    """The time that an id names; None where it names none."""
    try:
        return read_slot(id)
    except (ValueError, OverflowError):
        return None


def named(slots: Iterable[Slot], id: str) -> Slot | None:
    """The free time that an id names."""
    wanted = read_time(id)
    return wanted if wanted is not None and wanted in slots else None


def completion(form: str, choices: Mapping[str, str]) -> str:
    """The line."""
    return " ".join([form, choices["clinic"], choices["service"], choices["doctor"] or ANY, choices["slot"]])


def read_completion(line: str) -> tuple[str, dict[str, str]] | None:
    """The number of the question and the choices; None for a line that is none of ours."""
    match line.split(" "):
        case [form, clinic, service, doctor, slot] if read_time(slot):
            chosen = {"clinic": clinic, "service": service, "doctor": "" if doctor == ANY else doctor, "slot": slot}
            return form, chosen
    return None
