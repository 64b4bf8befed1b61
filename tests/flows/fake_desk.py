"""A front desk in memory: two clinics, three services, five doctors, and switches for what goes wrong at a real one."""

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from clinic.distance import metres
from clinic.errors import (
    AlternativeGone,
    DoctorBack,
    ElsewhereNow,
    NotChangeable,
    NotFound,
    NotOnMap,
    OfferOver,
    SlotTaken,
    TooFarAway,
    TooLateToCancel,
    TooLateToMove,
    TooManyBookings,
    TooManyWaits,
    TooSoon,
)
from clinic.one_time_code import CodeNeeded, NoWayToSend, TooManyCodes
from clinic.registry import BadPhone
from clinic.start_code import start_in
from clinic.views import (
    AppointmentView,
    ChatView,
    ClinicView,
    CodeView,
    DataView,
    DoctorView,
    ErasureView,
    LastVisit,
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

ZONE = ZoneInfo("Asia/Kolkata")
GLASSES = (
    ("en", "Your glasses, if you have any"), ("hi", "चश्मा, अगर हो"), ("es", "Sus gafas, si las usa"),
    ("ar", "نظارتك إن وجدت"), ("pt", "Os seus óculos, se usar"), ("fr", "Vos lunettes, si vous en portez"),
)  # fmt: skip
CENTRE = ClinicView(
    "centre", "MG Road Clinic", "12 MG Road, Bengaluru", "Asia/Kolkata", "INR",
    map_url="https://maps.example/mg-road", latitude=12.9756, longitude=77.6066, phone="+91 80 5550 0100",
    emergency_number="+91 80 5550 0911", bring=("identity_card", "earlier_reports"),
    bring_words=GLASSES, insurances=("Star Health", "HDFC ERGO"),
)  # fmt: skip
GARDEN = ClinicView(
    "garden", "Whitefield Clinic", "4 Park Lane, Whitefield, Bengaluru", "Asia/Kolkata", "INR",
    map_url="https://maps.example/whitefield", latitude=12.9698, longitude=77.7500,
)  # fmt: skip
SERVICES = [
    ServiceView("consultation", "Consultation", 15, 50000),
    ServiceView("follow-up", "Follow-up", 15, 30000, bring=("prescriptions", "test_results")),
    ServiceView("health-check", "Health check", 30, 120000),
]
DOCTORS = [
    DoctorView("sharma", "Dr Anil Sharma", "General medicine"),
    DoctorView("nair", "Dr Priya Nair", "Paediatrics"),
    DoctorView("rao", "Dr Kavita Rao", "Skin"),
    DoctorView("siddiqui", "Dr Imran Siddiqui", "Heart"),
    DoctorView("lopes", "Dr Maria Lopes", "General medicine"),
]
WORKS = {"centre": ("sharma", "nair", "rao"), "garden": ("siddiqui", "lopes", "sharma")}
HOURS = ((time(9), time(12)), (time(17), time(19)))  # Monday to Saturday
HORIZON = 14  # days
NOTICE = timedelta(minutes=30)
QUARTER = timedelta(minutes=15)
EARLY = timedelta(hours=2)  # before the start, from when on one checks in
NEAR = 300.0  # metres
STARTS = {  # the codes of links and posters
    "C3NTRE": ("clinic", "centre"),
    "G4RDEN": ("clinic", "garden"),
    "HE4CTH": ("service", "health-check"),
    "R3CHEC": ("service", "follow-up"),
    "D7K3QX": ("doctor", "sharma"),
    "N4YRDC": ("doctor", "nair"),
}
CODE, MASKED = "314159", "***4321"  # the one-time code, and where it is sent
DOORS = {"K7P4QX": "centre", "A4C9MY": "garden"}  # the words of the clinics' QR codes


@lru_cache(64)
def _offered(first: date, step: timedelta) -> tuple[datetime, ...]:
    """All starts of the days from the first to the horizon: made once, so that who measures turns measures no desk."""
    starts = []
    for day in (first + timedelta(days=n) for n in range(HORIZON)):
        for opens, closes in HOURS if day.weekday() < 6 else ():
            moment = datetime.combine(day, opens, ZONE)
            while moment < datetime.combine(day, closes, ZONE):
                starts.append(moment.astimezone(UTC))
                moment += step
    return tuple(starts)


@lru_cache(8192)
def _local_day(start: datetime) -> date:
    return start.astimezone(ZONE).date()


@dataclass
class FakeDesk:
    """Keeps what it is told. ``log`` is what happened at the desk in this turn, for transcripts."""

    languages: tuple[str, ...] = ("en", "hi", "es", "ar", "pt", "fr")
    places: tuple[ClinicView, ...] = (CENTRE, GARDEN)
    offered: tuple[ServiceView, ...] = tuple(SERVICES)
    step: timedelta = timedelta(minutes=30)
    known: ChatView = field(default_factory=ChatView)
    most: int = 10
    taken: set[datetime] = field(default_factory=set)  # hidden from lists
    snatched: set[datetime] = field(default_factory=set)  # listed and held, but refused when booked
    held: set[datetime] = field(default_factory=set)  # listed, but held by somebody else
    left: set[str] = field(default_factory=set)  # doctors who work here no more
    away: set[str] = field(default_factory=set)  # doctors without a free time
    booked: dict[str, AppointmentView] = field(default_factory=dict)  # by the request, as they were booked
    visits: dict[str, AppointmentView] = field(default_factory=dict)  # by id, as they are now
    done: set[str] = field(default_factory=set)  # requests that changed a visit
    opens: datetime | None = None  # after hours: when somebody may call
    limit: timedelta = timedelta()  # before the start, after which patients may not cancel or move
    waits: dict[str, Wish] = field(default_factory=dict)  # by the request
    waits_for: dict[str, Wish] = field(default_factory=dict)  # what is still waited for
    erasures: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # who asked, and by when it is decided
    offers: dict[str, Slot] = field(default_factory=dict)  # what is kept for the patient, by the offer
    queued: dict[str, QueueView] = field(default_factory=dict)  # by the visit
    late: int = 0  # minutes by which today's visits begin late
    kept: dict[str, dict[int, Slot]] = field(default_factory=dict)  # in place of a visit, by its id and their numbers
    asks_code: set[str] = field(default_factory=set)  # the steps for which the practice wants a one-time code
    numberless: bool = False  # no telephone number of this chat is known
    no_way: bool = False  # no code can be sent
    lost: bool = False  # codes do not arrive
    codes_left: int = 5
    code_at: datetime | None = None  # when the last one was sent
    tries: int = 0
    proven: bool = False
    strangers: set[str] = field(default_factory=set)  # numbers of other chats
    calls: list[dict[str, object]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    broken: bool = False
    booking_form: bool = False

    async def tenant(self) -> TenantView:
        if self.broken:
            raise ConnectionError("the store is away")
        return TenantView("demo", "Asha Clinics", self.languages, "2026-01", booking_form=self.booking_form)

    async def chat(self) -> ChatView:
        return self.known

    async def clinics(self) -> list[ClinicView]:
        return list(self.places)

    async def services(self, clinic_id: str) -> list[ServiceView]:
        return list(self.offered) if any(place.id == clinic_id for place in self.places) else []

    async def doctors(self, clinic_id: str, service_id: str) -> list[DoctorView]:
        return [doctor for doctor in DOCTORS if doctor.id in WORKS[clinic_id] and doctor.id not in self.left]

    async def practice(self) -> PracticeView:
        offers = [
            Wish(place.id, service.id, doctor)
            for place in self.places
            for service in self.offered
            for doctor in WORKS.get(place.id, ())
            if doctor not in self.left
        ]
        there = {each.doctor_id for each in offers}
        return PracticeView(tuple(each for each in DOCTORS if each.id in there), tuple(self.offered), tuple(offers))

    async def week(self, clinic_id: str, now: datetime, doctor_id: str = "") -> list[OpenDay]:
        first = now.astimezone(ZONE).date()
        days = [first + timedelta(days=n) for n in range(7)]
        there = not doctor_id or doctor_id in WORKS.get(clinic_id, ())
        return [OpenDay(day, HOURS if there and day.weekday() < 6 else ()) for day in days]

    async def days(self, wish: Wish, now: datetime) -> list[date]:
        return sorted({_local_day(slot.start) for slot in self._free(wish, now)})

    async def slots(self, wish: Wish, now: datetime, day: date | None = None, limit: int = 500) -> list[Slot]:
        free = self._free(wish, now)
        return [slot for slot in free if day is None or _local_day(slot.start) == day][:limit]

    def _free(self, wish: Wish, now: datetime) -> list[Slot]:
        minutes = next(service.minutes for service in SERVICES if service.id == wish.service_id)
        doctors = [wish.doctor_id] if wish.doctor_id else WORKS[wish.clinic_id]
        present = [doctor for doctor in doctors if doctor not in self.away | self.left]
        starts = [start for start in self._starts(now) if start not in self.taken] if present else []
        return [
            Slot(start, start + timedelta(minutes=minutes), present[i % len(present)]) for i, start in enumerate(starts)
        ]

    def _starts(self, now: datetime) -> list[datetime]:
        starts = _offered(now.astimezone(ZONE).date(), self.step)
        return list(starts[bisect_left(starts, now + NOTICE) :])

    async def hold(self, wish: Wish, slot: Slot, now: datetime) -> bool:
        if slot.start in self.held:
            self.taken.add(slot.start)
            return False
        return True

    async def set_language(self, language: str) -> None:
        self.known = replace(self.known, language=language)

    async def record_consent(self, version: str, given: bool, now: datetime) -> None:
        self.log.append(f"consent {'given' if given else 'refused'} ({version})")
        self.known = replace(self.known, consent_version=version if given else "")

    async def stop_messages(self, now: datetime) -> None:
        self.log.append("messages stopped")
        self.known = replace(self.known, consent_version="", stopped=True)

    async def allow_messages(self, now: datetime) -> None:
        self.log.append("messages again")
        self.known = replace(self.known, consent_version="2026-01", stopped=False)

    async def end_waits(self, now: datetime) -> None:
        self.log.append("waits no more")
        self.waits_for.clear()

    async def open_waits(self) -> int:
        return len(self.waits_for)

    async def my_data(self, request_id: str, now: datetime) -> DataView:
        self.log.append("data shown")
        people = tuple(each.name for each in self.known.patients)
        until, first = now + timedelta(minutes=15), now - timedelta(days=40)
        url = "https://desk.example/my-data/67a1b2c3.a-secret"
        return DataView(people, "919876543210", len(self.visits), 24, first, url, until)

    async def forget_me(self, request_id: str, now: datetime) -> ErasureView:
        if not self.erasures:
            self.log.append("asks to be forgotten")
        first = self.erasures.setdefault("only", (request_id, now + timedelta(days=30)))
        return ErasureView(first[1], first[0] == request_id)

    async def register(
        self, request_id: str, name: str, birth_date: date | None, is_self: bool, now: datetime
    ) -> PatientView:
        patient = PatientView(f"patient-{request_id}", name, is_self)
        if patient.id in (each.id for each in self.known.patients):
            return patient
        self.log.append(
            f"new patient {name}, born {birth_date or 'unknown'}, {'self' if is_self else 'another person'}"
        )
        self.known = replace(self.known, patients=(*self.known.patients, patient))
        return patient

    async def book(
        self, request_id: str, patient_id: str, wish: Wish, slot: Slot, language: str, now: datetime
    ) -> AppointmentView:
        if request_id in self.booked:
            return self.booked[request_id]
        self._refuse(slot, now)
        if len(self.booked) >= self.most:
            raise TooManyBookings
        appointment = self._appointment(request_id, patient_id, wish, slot)
        self.booked[request_id] = self.visits[appointment.id] = appointment
        self.taken.add(slot.start)
        self.known = replace(
            self.known, last_visit=LastVisit(patient_id, wish.clinic_id, wish.service_id, slot.doctor_id)
        )
        self.log.append(
            f"booked {_shown(slot.start)} with {appointment.doctor.name} for {appointment.patient.name}, in {language}"
        )
        return appointment

    def _refuse(self, slot: Slot, now: datetime) -> None:
        if slot.start in self.taken | self.snatched:
            self.taken.add(slot.start)
            raise SlotTaken
        if slot.start < now + NOTICE:
            raise TooSoon

    def _appointment(self, request_id: str, patient_id: str, wish: Wish, slot: Slot) -> AppointmentView:
        clinic = next((place for place in self.places if place.id == wish.clinic_id), None)
        service = next((service for service in self.offered if service.id == wish.service_id), None)
        if clinic is None or service is None or slot.doctor_id in self.left:
            raise NotFound
        doctor = next(doctor for doctor in DOCTORS if doctor.id == slot.doctor_id)
        patient = next(patient for patient in self.known.patients if patient.id == patient_id)
        reference = f"{'A4C' if request_id[0] == 'v' else 'K7P'}-{len(self.visits) + 1:03}"
        return AppointmentView(
            request_id, reference, "booked", clinic, service, doctor, patient, slot.start, slot.end,
            ics_url=f"https://desk.example/c/{reference}.ics", **self._limits(slot.start),
        )  # fmt: skip

    async def appointments(self, now: datetime) -> list[AppointmentView]:
        own = sorted((each for each in self.visits.values() if each.status != "cancelled"), key=lambda each: each.start)
        ahead = [each for each in own if each.end > now]
        return ahead + [each for each in reversed(own) if each.end <= now]

    async def appointment(self, appointment_id: str) -> AppointmentView:
        if appointment_id not in self.visits:
            raise NotFound
        return self.visits[appointment_id]

    async def move(
        self, request_id: str, appointment_id: str, version: int, wish: Wish, slot: Slot, now: datetime
    ) -> AppointmentView:
        if request_id in self.done:
            return self.visits[appointment_id]
        old = await self._changeable(appointment_id, version, now)
        if old.move_until and now > old.move_until:
            raise TooLateToMove
        self._refuse(slot, now)
        new = self._appointment(appointment_id, old.patient.id, wish, slot)
        self.taken = self.taken - {old.start} | {slot.start}
        self.log.append(f"moved {_shown(old.start)} to {_shown(slot.start)} with {new.doctor.name}")
        return self._changed(
            request_id, old, clinic=new.clinic, service=new.service, doctor=new.doctor, start=new.start, end=new.end,
            start_version=old.start_version + 1, coming_at=None, **self._limits(new.start),
        )  # fmt: skip

    async def cancel(
        self, request_id: str, appointment_id: str, version: int, reason: str, now: datetime
    ) -> AppointmentView:
        if request_id in self.done:
            return self.visits[appointment_id]
        old = await self._changeable(appointment_id, version, now)
        if old.cancel_until and now > old.cancel_until:
            raise TooLateToCancel
        self.taken.discard(old.start)
        self.log.append(f"cancelled {_shown(old.start)} with {old.doctor.name}: {reason}")
        return self._changed(request_id, old, status="cancelled")

    async def confirm_coming(
        self, request_id: str, appointment_id: str, start_version: int, now: datetime
    ) -> AppointmentView:
        visit = await self.appointment(appointment_id)
        if visit.status != "booked" or visit.start <= now or visit.start_version != start_version:
            raise NotChangeable
        if visit.coming_at:
            return visit
        self.log.append(f"will come {_shown(visit.start)} to {visit.doctor.name}")
        return self._changed(request_id, visit, coming_at=now)

    async def _changeable(self, appointment_id: str, version: int, now: datetime) -> AppointmentView:
        visit = await self.appointment(appointment_id)
        if visit.status != "booked" or visit.start <= now or visit.version != version:
            raise NotChangeable
        return visit

    def _changed(self, request_id: str, old: AppointmentView, **fields: object) -> AppointmentView:
        self.done.add(request_id)
        self.visits[old.id] = replace(old, version=old.version + 1, **fields)  # type: ignore[arg-type]
        return self.visits[old.id]

    def _limits(self, start: datetime) -> dict[str, datetime]:
        """Until when a visit may be changed."""
        return {"cancel_until": start - self.limit, "move_until": start - self.limit}

    async def told_together(self, promise_id: str) -> list[tuple[str, int]]:
        return [(visit, 0) for visit in self.visits] if promise_id == "ours" else []

    async def today(self, now: datetime) -> list[QueueView]:
        day = now.astimezone(ZONE).date()
        own = [each for each in self.visits.values() if each.status in ("booked", "arrived")]
        return [self.queued.get(each.id) or self._stands(each) for each in sorted(own, key=lambda each: each.start)
                if each.start.astimezone(ZONE).date() == day]  # fmt: skip

    def _stands(self, visit: AppointmentView) -> QueueView:
        return QueueView(
            visit.id, visit.patient.name, visit.doctor.name, visit.clinic, visit.start, late=self.late,
            opens=visit.start - EARLY,
        )  # fmt: skip

    async def arrive(self, request_id: str, appointment_id: str, proof: Proof, now: datetime) -> None:
        visit = await self.appointment(appointment_id)
        if proof.clinic_id and proof.clinic_id != visit.clinic.id:
            raise ElsewhereNow
        if not proof.clinic_id:
            self._check_near(visit.clinic, proof)
        if appointment_id not in self.queued:
            token = 7 + len(self.queued)
            self._changed(request_id, visit, status="arrived")
            self.stands(appointment_id, status="waiting", token=token, position=3, wait=(12, 33))
            self.log.append(f"{visit.patient.name} is here, number {token}")

    def _check_near(self, clinic: ClinicView, proof: Proof) -> None:
        if clinic.latitude is None or clinic.longitude is None:
            raise NotOnMap
        if proof.here is None or (away := metres(proof.here, (clinic.latitude, clinic.longitude))) > NEAR:
            raise TooFarAway(0 if proof.here is None else away)

    def stands(self, visit_id: str, **fields: object) -> None:
        """How a patient stands in the queue from now on."""
        known = self.queued.get(visit_id) or self._stands(self.visits[visit_id])
        self.queued[visit_id] = replace(known, **fields)  # type: ignore[arg-type]

    async def at_door(self, text: str) -> str:
        return next((clinic for word, clinic in DOORS.items() if word in text.upper()), "")

    async def start_in(self, text: str) -> StartView | None:
        return start_in({code: found for code, found in STARTS.items() if found[1] not in self.left}, text)

    async def mark(self, appointment_id: str, mark: int, now: datetime) -> None:
        visit = await self.appointment(appointment_id)
        if visit.start > now or visit.status in ("cancelled", "noshow"):
            raise NotChangeable
        self.log.append(f"marked {visit.reference}: {mark}")

    async def add_words(self, appointment_id: str, words: str) -> None:
        self.log.append(f"said of {(await self.appointment(appointment_id)).reference}: {words}")

    def hold_visit(self, patient_id: str, doctor_id: str, start: datetime) -> AppointmentView:
        """A visit that was booked some time ago."""
        wish = Wish("centre", "consultation", doctor_id)
        visit = self._appointment(f"v{len(self.visits) + 1}", patient_id, wish, Slot(start, start + QUARTER, doctor_id))
        self.visits[visit.id] = visit
        self.taken.add(start)
        return visit

    def staff_changed(self, visit_id: str, **fields: object) -> None:
        """What the clinic does to a visit meanwhile."""
        start = fields.get("start")
        limits = self._limits(start) if isinstance(start, datetime) else {}
        self._changed(f"staff-{len(self.done)}", self.visits[visit_id], **fields, **limits)

    async def wait(
        self, request_id: str, patient_id: str, wish: Wish, terms: WaitTerms, language: str, now: datetime
    ) -> None:
        if len(self.waits) >= self.most:
            raise TooManyWaits
        if request_id in self.waits:
            return
        self.waits[request_id] = wish
        days = f"{terms.first:%d %b} to {terms.last:%d %b}" + (f" on {terms.weekdays}" if terms.weekdays else "")
        part = ", ".join(terms.parts) or "any time"
        self.log.append(
            f"waits for {wish.service_id} with {wish.doctor_id or 'anybody'}, {days}, {part}, in {language}"
        )

    def offer(self, offer_id: str, start: datetime) -> None:
        """A time is kept for the patient."""
        self.offers[offer_id] = Slot(start, start + QUARTER, "nair")

    async def accept_offer(self, request_id: str, offer_id: str, now: datetime) -> AppointmentView:
        if offer_id in self.visits:
            return self.visits[offer_id]
        if (slot := self.offers.pop(offer_id, None)) is None:
            raise OfferOver
        self.visits[offer_id] = self._appointment(offer_id, "asha", Wish("centre", "consultation", "nair"), slot)
        self.log.append(f"took the offer of {_shown(slot.start)}")
        return self.visits[offer_id]

    async def decline_offer(self, offer_id: str, now: datetime) -> None:
        if self.offers.pop(offer_id, None):
            self.log.append("declined the offer")

    async def stop_waiting(self, offer_id: str, now: datetime) -> None:
        if self.offers.pop(offer_id, None):
            self.log.append("stopped waiting")

    def keep(self, visit_id: str, starts: list[datetime], doctor_id: str = "rao") -> None:
        """The visit's doctor will be away: other times are kept for the patient."""
        slots = [Slot(start, start + QUARTER, doctor_id) for start in starts]
        self.kept[visit_id] = dict(enumerate(slots, 1))

    async def take_alternative(
        self, request_id: str, appointment_id: str, start_version: int, number: int, now: datetime
    ) -> AppointmentView:
        old = await self.appointment(appointment_id)
        if old.status != "booked" or old.start <= now or old.start_version != start_version:
            raise NotChangeable
        if appointment_id not in self.kept:
            raise DoctorBack
        if (slot := self.kept[appointment_id].get(number)) is None:
            raise AlternativeGone
        del self.kept[appointment_id]
        new = self._appointment(appointment_id, old.patient.id, Wish("centre", old.service.id), slot)
        self.log.append(f"moved {_shown(old.start)} to {_shown(slot.start)} with {new.doctor.name}")
        return self._changed(
            request_id, old, doctor=new.doctor, start=new.start, end=new.end, start_version=old.start_version + 1
        )

    async def call_back(
        self, request_id: str, reason: str, step: str, choices: dict[str, str], language: str, now: datetime
    ) -> None:
        self.calls.append({"reason": reason, "step": step, "choices": choices, "language": language})
        known = ", ".join(f"{name} {value}" for name, value in choices.items() if name != "self") or "nothing chosen"
        self.log.append(f"call back ({reason}) at {step}, in {language}: {known}")

    async def calls_from(self, clinic_id: str, now: datetime) -> datetime | None:
        return self.opens.astimezone(ZONE) if self.opens and self.opens > now else None

    async def identity(self, about: str, now: datetime) -> CodeView:
        asked = about.startswith("share:") or about in self.asks_code
        if not asked or self.proven:
            return CodeView("right" if asked and about.startswith("share:") else "fine")
        if self.numberless and not about.startswith("share:"):
            return CodeView("no_number")
        if self.code_at is None:
            return CodeView("none")
        if self.lost:
            return CodeView("undeliverable", MASKED)
        if self.tries >= 3:
            return CodeView("spent", MASKED)
        state = "expired" if now - self.code_at >= timedelta(minutes=5) else "live"
        return CodeView(state, MASKED, 3 - self.tries)

    async def send_code(self, request_id: str, about: str, language: str, now: datetime, number: str = "") -> CodeView:
        if self.no_way:
            raise NoWayToSend
        if self.codes_left == 0:
            raise TooManyCodes
        if number and len([each for each in number if each.isdecimal()]) < 8:
            raise BadPhone
        self.codes_left -= 1
        self.code_at, self.tries, self.proven = now, 0, False
        self.log.append(f"code sent ({about.partition(':')[0]}), in {language}")
        return await self.identity(about, now)

    async def try_code(self, request_id: str, about: str, digits: str, now: datetime) -> CodeView:
        before = await self.identity(about, now)
        if before.state != "live":
            return before
        self.tries += 1
        self.proven = digits == CODE
        return CodeView("right", MASKED) if self.proven else await self.identity(about, now)

    async def share_number(self, request_id: str, number: str, now: datetime) -> bool:
        self.numberless = number in self.strangers
        self.log.append("the number is another chat's" if self.numberless else "the number is known now")
        return not self.numberless

    async def rename(self, patient_id: str, name: str, now: datetime) -> PatientView:
        old = next((each for each in self.known.patients if each.id == patient_id), None)
        if old is None:
            raise NotFound
        new = replace(old, name=name)
        people = tuple(new if each.id == patient_id else each for each in self.known.patients)
        self.known = replace(self.known, patients=people)
        self.log.append(f"{old.name} is called {name}")
        return new

    async def remove(self, patient_id: str, now: datetime) -> None:
        gone = [each.name for each in self.known.patients if each.id == patient_id]
        left = tuple(each for each in self.known.patients if each.id != patient_id)
        self.known = replace(self.known, patients=left)
        self.log += [f"{name} is off this chat" for name in gone]

    async def visits_of(self, patient_id: str, now: datetime) -> int:
        own = [each for each in self.visits.values() if each.patient.id == patient_id and each.status == "booked"]
        return sum(each.end > now for each in own)

    async def share(self, patient_id: str, now: datetime) -> str:
        if not self.proven:
            raise CodeNeeded
        self.proven, self.code_at = False, None
        name = next(each.name for each in self.known.patients if each.id == patient_id)
        self.log.append(f"{name} is behind {MASKED}, too")
        return MASKED

    async def moved(self, request_id: str, user_id: str, wa_id: str, now: datetime) -> None:
        self.log.append("the chat has another number or user id")

    async def handed_over(self, request_id: str, asked_by: str, by: str, until: datetime, now: datetime) -> None:
        self.log.append(f"{by} has the conversation until {until.astimezone(ZONE):%H:%M}")

    async def handed_back(self, request_id: str, asked_by: str) -> None:
        self.log.append("the bot has the conversation again")

    async def unanswered(self) -> None:
        self.log.append("unread")


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%a %d %b %H:%M}"


OWNER = PatientView("asha", "Asha Verma")
SON = PatientView("ravi", "Ravi Verma", is_self=False)


def returning(desk: FakeDesk, language: str = "en") -> FakeDesk:
    """The desk of somebody who was here before, for themselves and for their son."""
    last = LastVisit("asha", "centre", "consultation", "nair")
    desk.known = ChatView(language, "2026-01", (OWNER, SON), last)
    return desk
