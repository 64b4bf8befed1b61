"""Who writes, as far as the desk knows them: the chat, the people behind it, where they were last."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from clinic import chat
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.patient import Patient
from clinic.views import ChatView, LastVisit, PatientView, Sender

LOOKED_AT = 10  # visits, from the last one backwards


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """``stored`` is false for somebody of whom nothing is worth keeping yet: a "hi" makes no record."""

    chat: Chat
    stored: bool
    household: tuple[PatientView, ...] = ()
    last_visit: LastVisit | None = None

    def view(self) -> ChatView:
        """What the conversation may know."""
        return ChatView(self.chat.language, self.chat.consented_to, self.household, self.last_visit, self.chat.stopped)

    def now(self, **known: object) -> "Acquaintance":
        """With something learned about the chat."""
        return replace(self, chat=self.chat.model_copy(update=known))


async def meet(tenant_id: str, sender: Sender) -> Acquaintance:
    """All that is known about the sender."""
    if (found := await chat.find(tenant_id, sender)) is None:
        return Acquaintance(chat.unknown(tenant_id, sender), stored=False)
    people = await household(found)
    return Acquaintance(found, True, people, await last_visit(found, people))


async def household(known: Chat) -> tuple[PatientView, ...]:
    """The people behind a chat, in the order in which they were registered."""
    people = await Patient.of(known.tenant_id).find({"contacts.chat_id": known.id}, [("_id", 1)])
    return tuple(PatientView(each.id, each.name, each.is_self(known.id)) for each in people)


async def last_visit(known: Chat, people: Iterable[PatientView]) -> LastVisit | None:
    """The latest visit that was booked through the chat, for somebody who is still behind it."""
    fields, own = ("patient_id", "clinic_id", "service_id", "doctor_id"), {each.id for each in people}
    rows = await Appointment.of(known.tenant_id).rows({"chat_id": known.id}, fields, [("start", -1)], LOOKED_AT)
    last = next((row for row in rows if row["patient_id"] in own), None)
    return LastVisit(**{name: last[name] for name in fields}) if last else None
