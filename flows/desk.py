"""The desk as a conversation sees it: what it may ask and order. The domain's desk fits it; so does the tests' fake."""

from datetime import date, datetime
from typing import Protocol

from clinic.views import (
    AppointmentView,
    ChatView,
    ClinicView,
    CodeView,
    DataView,
    DoctorView,
    ErasureView,
    OpenDay,
    PatientView,
    PracticeView,
    Proof,
    QueueView,
    ServiceView,
    Slot,
    StartView,
    TenantView,
    WaitTerms,
    Wish,
)


class Desk(Protocol):
    """Bound to one tenant and one chat. Lists come in the order in which they are to be shown. ``request_id`` is the id
    of the message that asked: asking again with it changes nothing and answers the same."""

    async def tenant(self) -> TenantView: ...

    async def chat(self) -> ChatView: ...

    async def clinics(self) -> list[ClinicView]: ...

    async def services(self, clinic_id: str) -> list[ServiceView]: ...

    async def doctors(self, clinic_id: str, service_id: str) -> list[DoctorView]: ...

    async def practice(self) -> PracticeView:
        """All that can be booked here."""

    async def week(self, clinic_id: str, now: datetime, doctor_id: str = "") -> list[OpenDay]:
        """The hours of a clinic, or of a doctor there, on seven local days from today. Raises ``NotFound``."""

    async def days(self, wish: Wish, now: datetime) -> list[date]:
        """The days (local to the clinic) that have a free slot, earliest first, up to the clinic's horizon."""

    async def slots(self, wish: Wish, now: datetime, day: date | None = None, limit: int = 500) -> list[Slot]:
        """Free slots, earliest first: of one local day, or of all days up to the horizon. Of "any doctor", each start
        once, with the doctor who has the least to do that day."""

    async def hold(self, wish: Wish, slot: Slot, now: datetime) -> bool:
        """Keep the slot off other patients' lists while its owner confirms: a courtesy of a few minutes, not a promise.
        False: somebody else holds it."""

    async def set_language(self, language: str) -> None: ...

    async def record_consent(self, version: str, given: bool, now: datetime) -> None: ...

    async def stop_messages(self, now: datetime) -> None:
        """From now on only what the patient asks for is sent; what was promised is taken back. When this returns
        nothing else is on its way. Raises an error of its own where something still is: it is to be tried again."""

    async def allow_messages(self, now: datetime) -> None:
        """Messages about the visits come again, also those taken back that are still due."""

    async def open_waits(self) -> int:
        """How often the patient asked to be told when a time frees up, and still waits."""

    async def end_waits(self, now: datetime) -> None:
        """They wait no more."""

    async def my_data(self, request_id: str, now: datetime) -> DataView:
        """What is known about the people behind this chat, with a link that shows all of it once."""

    async def forget_me(self, request_id: str, now: datetime) -> ErasureView:
        """Ask staff to erase what is known about them: one request, however often it is asked."""

    async def register(
        self, request_id: str, name: str, birth_date: date | None, is_self: bool, now: datetime
    ) -> PatientView:
        """A new person behind this chat."""

    async def book(
        self, request_id: str, patient_id: str, wish: Wish, slot: Slot, language: str, now: datetime
    ) -> AppointmentView:
        """Book, and write the confirmation into the ledger where the patient agreed to be contacted.

        Raises ``SlotTaken``, ``SlotNotOffered``, ``TooSoon``, ``TooFarAhead``, ``TooManyBookings``."""

    async def appointments(self, now: datetime) -> list[AppointmentView]:
        """The visits of the household: those ahead, the next one first, then the latest past ones; none that is
        cancelled."""

    async def appointment(self, appointment_id: str) -> AppointmentView:
        """One visit of the household, however it stands. Raises ``NotFound``, also for a stranger's."""

    async def move(
        self, request_id: str, appointment_id: str, version: int, wish: Wish, slot: Slot, now: datetime
    ) -> AppointmentView:
        """Take the new time and give up the old one, in one write; what was promised follows. ``version`` is the one
        that the patient was shown.

        Raises what ``book`` raises, ``NotChangeable``, ``TooLateToMove``, ``NotFound``."""

    async def cancel(
        self, request_id: str, appointment_id: str, version: int, reason: str, now: datetime
    ) -> AppointmentView:
        """Free the time, and take back what was promised.

        Raises ``NotChangeable``, ``TooLateToCancel``, ``NotFound``."""

    async def confirm_coming(
        self, request_id: str, appointment_id: str, start_version: int, now: datetime
    ) -> AppointmentView:
        """Write down that the patient will come to the start with that version; staff see it. Raises
        ``NotChangeable``, ``NotFound``."""

    async def told_together(self, promise_id: str) -> list[tuple[str, int]]:
        """The visits that one message told to this chat, each with the version of its start; none of a stranger's."""

    async def today(self, now: datetime) -> list[QueueView]:
        """How the household stands in the queues of today, in the order of the visits."""

    async def arrive(self, request_id: str, appointment_id: str, proof: Proof, now: datetime) -> None:
        """Check the patient in: done twice they have one number. Raises ``NotToday``, ``TooEarly``, ``TooFarAway``,
        ``NotOnMap``, ``ElsewhereNow``, ``ClinicError`` with the code ``not_expected``, ``NotFound``."""

    async def at_door(self, text: str) -> str:
        """The clinic whose QR code's word is in a text; empty for none."""

    async def start_in(self, text: str) -> StartView | None:
        """What the code of a link or a poster in a text begins with; None where there is no such code."""

    async def mark(self, appointment_id: str, mark: int, now: datetime) -> None:
        """Keep how a visit was, from 1, the worst, to 5. Raises ``NotChangeable``, ``NotFound``."""

    async def add_words(self, appointment_id: str, words: str) -> None:
        """Keep what was written about it. Raises ``NotFound``."""

    async def wait(
        self, request_id: str, patient_id: str, wish: Wish, terms: WaitTerms, language: str, now: datetime
    ) -> None:
        """Put the patient on the waitlist: they are told of a time that suits as soon as it is freed. Raises
        ``TooManyWaits``."""

    async def accept_offer(self, request_id: str, offer_id: str, now: datetime) -> AppointmentView:
        """Book the time that was offered to one who waits. Raises ``OfferOver``, ``NotFound``."""

    async def decline_offer(self, offer_id: str, now: datetime) -> None:
        """Not this time; they wait on. Raises ``NotFound``."""

    async def stop_waiting(self, offer_id: str, now: datetime) -> None:
        """Neither this time nor another one. Raises ``NotFound``."""

    async def take_alternative(
        self, request_id: str, appointment_id: str, start_version: int, number: int, now: datetime
    ) -> AppointmentView:
        """Move a visit whose doctor will be away to one of the times that are kept for it, from 1. The visit may have
        another id then.

        Raises ``AlternativeGone``, ``DoctorBack``, ``NotChangeable``, ``NotFound``."""

    async def call_back(
        self, request_id: str, reason: str, step: str, choices: dict[str, str], language: str, now: datetime
    ) -> None:
        """Ask a person to call: reasons ``asked`` (the patient did), ``misunderstood``, ``no_slots``,
        ``too_many_bookings``, ``too_late`` (to move or to cancel), ``doctor_away`` (and no other time suits),
        ``low_mark``, ``failed``, ``unanswered`` (by the person who had the conversation)."""

    async def calls_from(self, clinic_id: str, now: datetime) -> datetime | None:
        """When the clinic opens for a call that is asked for now, local to it; None where it is open, or where nobody
        knows its hours."""

    async def identity(self, about: str, now: datetime) -> CodeView:
        """How it stands with the one-time code for a step: ``cancel``, ``move``, ``book`` or ``data``, where the
        practice asks for one; or to share a patient with another chat, ``share:<patient>``: there it is always asked
        for."""

    async def send_code(self, request_id: str, about: str, language: str, now: datetime, number: str = "") -> CodeView:
        """Send a new one: to the chat's own number, or to the one that is given. Raises ``TooManyCodes``,
        ``NoWayToSend``, ``BadPhone``."""

    async def try_code(self, request_id: str, about: str, digits: str, now: datetime) -> CodeView:
        """Three tries, five minutes."""

    async def share_number(self, request_id: str, number: str, now: datetime) -> bool:
        """The chat's own number, told by WhatsApp's own button; False: it is another chat's, and staff look at it."""

    async def rename(self, patient_id: str, name: str, now: datetime) -> PatientView:
        """Give one of the household another name. Raises ``NotFound``."""

    async def remove(self, patient_id: str, now: datetime) -> None:
        """Take somebody off this chat: the record and the visits stay with staff."""

    async def visits_of(self, patient_id: str, now: datetime) -> int:
        """How many visits of one of the household are ahead. Raises ``NotFound``."""

    async def share(self, patient_id: str, now: datetime) -> str:
        """Let another chat book for one of the household, too, whose holder has agreed by a code; the masked number.
        Raises ``CodeNeeded``, ``NotFound``, ``TooManyChats``."""

    async def moved(self, request_id: str, user_id: str, wa_id: str, now: datetime) -> None:
        """The provider says that the chat has another user id or number from now on; empty for what stays."""

    async def handed_over(self, request_id: str, asked_by: str, by: str, until: datetime, now: datetime) -> None:
        """A person has the conversation, and the bot is silent; ``asked_by`` may be another one, who came second."""

    async def handed_back(self, request_id: str, asked_by: str) -> None:
        """The bot has the conversation again."""

    async def unanswered(self) -> None:
        """The patient wrote to the person who has the conversation."""
