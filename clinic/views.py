"""What the front desk tells: plain, immutable values without any store behind them.

Times are aware and UTC; the clinic's IANA zone stands beside them, and local time is made only where it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

Texts = Mapping[str, Mapping[str, tuple[str, ...]]]  # by language and key: one wording, or one for each plural


@dataclass(frozen=True, slots=True)
class TextView:
    """A text of the chat in one language, in our words: ``forms`` is one wording, or one for each plural. ``limit`` is
    in UTF-16 units, ``about`` says where a patient reads it."""

    key: str
    forms: tuple[str, ...]
    limit: int
    about: str = ""


@dataclass(frozen=True, slots=True)
class TenantView:
    """The practice behind a WhatsApp number."""

    id: str
    name: str
    languages: tuple[str, ...]  # offered in the chat, the default first: "en", "hi", "es", "ar", "pt", "fr"
    consent_version: str  # of the wording by which a patient agrees to be contacted
    texts: Texts = field(default_factory=dict)  # the practice's words in place of the chat's own
    emergency_number: str = ""  # of the practice
    booking_form: bool = False  # whether known patients may book by WhatsApp's form


@dataclass(frozen=True, slots=True)
class ClinicView:
    """One place where patients are seen."""

    id: str
    name: str
    address: str
    zone: str  # IANA
    currency: str  # ISO 4217
    map_url: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    asks_birth_date: bool = False
    emergency_number: str = ""  # of its own
    emergency_service: str = "112"  # the number of its country's
    bring: tuple[str, ...] = ()  # to every visit: see ``clinic.to_bring``
    bring_words: tuple[tuple[str, str], ...] = ()  # in its own words: (language, words)
    insurances: tuple[str, ...] | None = None  # accepted; None: it is not told


@dataclass(frozen=True, slots=True)
class ServiceView:
    """Something that can be booked."""

    id: str
    name: str
    minutes: int
    price: int | None = None  # in the currency's minor unit (paise, cents); None where it is not told
    bring: tuple[str, ...] = ()  # besides what every visit to the clinic needs
    bring_words: tuple[tuple[str, str], ...] = ()  # (language, words)


@dataclass(frozen=True, slots=True)
class DoctorView:
    """Somebody who can be booked."""

    id: str
    name: str
    specialty: str = ""
    terms: tuple[tuple[str, int | None, int | None], ...] = ()  # id of a service, its minutes and price where other

    def offering(self, service: ServiceView) -> ServiceView:
        """The service as this doctor offers it."""
        for service_id, minutes, price in self.terms:
            if service_id == service.id:
                longer = service if minutes is None else replace(service, minutes=minutes)
                return longer if price is None else replace(longer, price=price)
        return service


@dataclass(frozen=True, slots=True)
class PatientView:
    """A person behind a chat: its owner or one of the household."""

    id: str
    name: str
    is_self: bool = True


@dataclass(frozen=True, slots=True)
class LastVisit:
    """Where a returning patient was booked last, for "same as last time"."""

    patient_id: str
    clinic_id: str
    service_id: str
    doctor_id: str


@dataclass(frozen=True, slots=True)
class ChatView:
    """What is known about the person who writes."""

    language: str = ""  # empty until chosen
    consent_version: str = ""  # of the wording last agreed to; empty if never, or withdrawn
    patients: tuple[PatientView, ...] = ()
    last_visit: LastVisit | None = None
    stopped: bool = False  # only what the patient asks for is sent any more


@dataclass(frozen=True, slots=True)
class DataView:
    """What is known about the people behind a chat, in short. ``url`` shows all of it, once, until then."""

    people: tuple[str, ...]
    number: str
    visits: int
    messages: int
    since: datetime | None
    url: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ErasureView:
    """A wish to be forgotten: decided on by then. ``is_new``: it was not known yet."""

    due: datetime
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Wish:
    """What a patient looks for. ``doctor_id`` empty: any available doctor."""

    clinic_id: str
    service_id: str
    doctor_id: str = ""


@dataclass(frozen=True, slots=True)
class PracticeView:
    """All that can be booked: whom, what, and who offers what where. In the order of the lists."""

    doctors: tuple[DoctorView, ...] = ()
    services: tuple[ServiceView, ...] = ()
    offers: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class StartView:
    """What a link or a poster began with. All empty: it leads nowhere any more."""

    clinic_id: str = ""
    service_id: str = ""
    doctor_id: str = ""


@dataclass(frozen=True, slots=True)
class OpenDay:
    """One local day and its hours by the clock on the wall, from when to when; none: closed."""

    day: date
    hours: tuple[tuple[time, time], ...] = ()


@dataclass(frozen=True, slots=True)
class WaitTerms:
    """Which times somebody waits for: days local to the clinic; no ``weekdays`` (Monday is 0) or ``parts``
    ("morning", "afternoon", "evening"): any."""

    first: date
    last: date
    weekdays: tuple[int, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One bookable time of one doctor, from ``start`` up to, but not including, ``end`` (aware, UTC)."""

    start: datetime
    end: datetime
    doctor_id: str


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """A booked visit, with all that a confirmation says and what the patient may still do about it."""

    id: str
    reference: str  # short, unambiguous, spoken on the phone: "K7P-4QX"
    status: str  # FHIR: booked, arrived, checked-in, fulfilled, cancelled, noshow, waitlist
    clinic: ClinicView
    service: ServiceView
    doctor: DoctorView
    patient: PatientView
    start: datetime
    end: datetime
    ics_url: str = ""
    version: int = 0  # counts every change
    start_version: int = 0  # counts every move
    coming_at: datetime | None = None  # when the patient said that they will come
    cancel_until: datetime | None = None  # the patient may until then, by the clinic's policy
    move_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """By what it is believed that somebody is at a clinic: its QR code, or a location (latitude, longitude)."""

    clinic_id: str = ""
    here: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class QueueView:
    """How somebody stands today. ``status`` is the queue's; empty for who is not here yet: then ``late`` is by how many
    minutes the visit will begin late, and ``opens`` from when one can check in by chat. ``visit`` is empty for who came
    without one; ``wait`` is in minutes, on a good day and on a bad one."""

    visit: str
    patient: str
    doctor: str
    clinic: ClinicView
    start: datetime | None = None
    status: str = ""
    token: int = 0
    position: int = 0
    wait: tuple[int, int] | None = None
    late: int = 0
    opens: datetime | None = None
    room: str = ""


@dataclass(frozen=True, slots=True)
class CodeView:
    """How it stands with a one-time code. ``state``: ``fine`` (none is asked for), ``no_number`` (one would be, but
    there is no number to send it to), ``none`` (it is still to be asked for), ``live``, ``right``, ``spent`` (every try
    was wrong), ``expired``, ``undeliverable``. ``number`` is masked, ``left`` are tries."""

    state: str = "fine"
    number: str = ""
    left: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, as the provider tells it. ``user_id`` is WhatsApp's business-scoped user id where there is one, else
    the ``wa_id``; the phone number may be missing, and may change."""

    user_id: str
    wa_id: str = ""
    profile_name: str = ""
    channel_id: str = ""  # the number of ours that was written to
