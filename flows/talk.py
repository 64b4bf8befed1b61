"""One turn in the making: what the steps see, ask the desk and leave behind."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from clinic.errors import NotFound
from clinic.views import (
    AppointmentView,
    ChatView,
    ClinicView,
    DoctorView,
    PatientView,
    PracticeView,
    QueueView,
    ServiceView,
    Slot,
    TenantView,
    Texts,
    Wish,
)
from flows.desk import Desk
from flows.inbound import Inbound
from flows.session import Session
from flows.texts import DEFAULT, say_own
from flows.understanding import Understood

if TYPE_CHECKING:
    from flows.table import Flow

T = TypeVar("T")
Named = TypeVar("Named", ClinicView, ServiceView, DoctorView, PatientView)

NOTHING = Understood()
LATE = timedelta(minutes=15)  # a message that took longer to reach us is answered with an apology


def find(records: list[Named], id: str) -> Named:
    """The record with an id; ``NotFound`` where the clinic has withdrawn it meanwhile."""
    for record in records:
        if record.id == id:
            return record
    raise NotFound


@dataclass(slots=True)
class Talk:
    """``noted`` is said above the question, in the same bubble. What the desk tells is asked once a turn."""

    session: Session
    inbound: Inbound
    desk: Desk
    now: datetime
    fallback: str = DEFAULT  # the language before one is chosen
    own: Texts = field(default_factory=dict)  # the practice's words in place of ours
    noted: list[tuple[str, dict[str, object]]] = field(default_factory=list)  # keys of texts, and what fills them
    greets: bool = False
    why: str = "asked"  # the reason for which a person would be asked to call
    called: str = ""  # the reason for which one was asked in this turn
    appointment: AppointmentView | None = None
    brings: dict[str, str] = field(default_factory=dict)  # choices with which a conversation is to begin anew
    began: str = ""  # the step at which the message found the conversation
    keeps: bool = False  # a file came, and the patient is to be told what becomes of it
    flow: "Flow | None" = None  # the table that this turn began in
    heard: Understood = NOTHING  # what the message says, where it was read as a sentence
    told: list[str] = field(default_factory=list)  # answers, said above the question as they are
    retraced: bool = False  # the way here was not forward: nothing to go back to
    _told: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def choices(self) -> dict[str, str]:
        return self.session.choices

    @property
    def language(self) -> str:
        return self.session.language or self.fallback

    @property
    def late(self) -> bool:
        return self.now - self.inbound.at > LATE

    def say(self, key: str, /, **values: object) -> str:
        """A text in the patient's language."""
        return say_own(self.own, self.language, key, **values)

    def say_in(self, language: str, key: str, /, **values: object) -> str:
        """A text in another language, in the practice's own words where it has some."""
        return say_own(self.own, language, key, **values)

    def note(self, key: str, /, **values: object) -> None:
        """Say something above the question, once: in the language that the turn ends in."""
        self.noted.append((key, values))

    def tell(self, text: str) -> None:
        """Say an answer above the question, behind the notes."""
        self.told.append(text)

    @property
    def notes(self) -> list[str]:
        """What is said above the question."""
        return list(dict.fromkeys([*(self.say(key, **values) for key, values in self.noted), *self.told]))

    async def _once(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        if key not in self._told:
            self._told[key] = await ask()
        answer: T = self._told[key]
        return answer

    async def tenant(self) -> TenantView:
        return await self._once("tenant", self.desk.tenant)

    async def chat(self) -> ChatView:
        return await self._once("chat", self.desk.chat)

    async def clinics(self) -> list[ClinicView]:
        return await self._once("clinics", self.desk.clinics)

    async def practice(self) -> PracticeView:
        return await self._once("practice", self.desk.practice)

    async def services(self, clinic_id: str = "") -> list[ServiceView]:
        """The services of a clinic, by default of the chosen one."""
        place = clinic_id or self.choices["clinic"]
        return await self._once(("services", place), lambda: self.desk.services(place))

    async def doctors(self, clinic_id: str = "", service_id: str = "") -> list[DoctorView]:
        """The doctors who offer a service at a clinic, by default of the chosen ones."""
        place, service = clinic_id or self.choices["clinic"], service_id or self.choices["service"]
        return await self._once(("doctors", place, service), lambda: self.desk.doctors(place, service))

    async def clinic(self) -> ClinicView:
        """The chosen clinic."""
        return find(await self.clinics(), self.choices["clinic"])

    async def zone(self) -> ZoneInfo:
        """The chosen clinic's."""
        return ZoneInfo((await self.clinic()).zone)

    async def today(self) -> date:
        """At the chosen clinic."""
        return self.now.astimezone(await self.zone()).date()

    async def visits(self) -> list[AppointmentView]:
        """The household's, as the desk lists them."""
        return await self._once("visits", lambda: self.desk.appointments(self.now))

    async def queue(self) -> list[QueueView]:
        """How the household stands in the queues of today."""
        return await self._once("queue", lambda: self.desk.today(self.now))

    async def visit(self) -> AppointmentView:
        """The one that this conversation is about. Raises ``NotFound`` where it is none of the household's."""
        wanted = self.choices["visit"]
        return await self._once(("visit", wanted), lambda: self.desk.appointment(wanted))

    def wish(self) -> Wish:
        """What the patient looks for."""
        return Wish(self.choices["clinic"], self.choices["service"], self.choices["doctor"])

    async def days(self) -> list[date]:
        return await self._once(("days", self.wish()), lambda: self.desk.days(self.wish(), self.now))

    async def slots(self, day: date | None = None, limit: int = 500) -> list[Slot]:
        """Free slots for the wish, earliest first."""
        key = ("slots", self.wish(), day, limit)
        return await self._once(key, lambda: self.desk.slots(self.wish(), self.now, day, limit))

    def look_again(self) -> None:
        """Forget what the desk told: something was taken meanwhile."""
        self._told.clear()
