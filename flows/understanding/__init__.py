"""What a patient means by a sentence of their own, in six languages, without any language model."""

from datetime import datetime

from flows.understanding.understood import Intent, Known, Understood
from flows.words.command import command
from flows.words.pick import pick
from flows.words.when import read_when

__all__ = ["Intent", "Known", "Understood", "understand"]

_COMMANDS: dict[str, Intent] = {
    "human": "human", "language": "language", "greeting": "greeting", "yes": "yes", "no": "no", "thanks": "thanks",
    "appointments": "my_appointments", "move": "move", "cancel": "cancel", "where": "queue",
}  # fmt: skip

NOBODY = Known()


def understand(text: str, language: str, now: datetime, known: Known = NOBODY) -> Understood:
    """What ``text`` says. ``now`` is aware, in the clinic's zone. Never raises."""
    said = command(text, language) or ""
    when = read_when(text, language, now.date())
    doctor = pick(text, [(doctor[0], doctor[1]) for doctor in known.doctors]) or ""
    intent: Intent = _COMMANDS.get(said, "book" if when or doctor else "unknown")
    return Understood(
        intent=intent,
        date_from=when.day if when else None,
        date_to=(when.day_to or when.day) if when else None,
        time_from=when.time_from if when else None,
        time_to=when.time_to if when else None,
        doctor=doctor,
        confidence=0.0 if intent == "unknown" else 0.9 if said else 0.6,
        because=(text,) if intent != "unknown" else (),
    )
