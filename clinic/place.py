"""A clinic: one place where patients are seen."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from babel.numbers import is_currency
from pydantic import AfterValidator, Field
from pymongo import IndexModel

from clinic.emergency_number import country_of, emergency_number
from clinic.holiday import HolidayRules, closed_days
from clinic.interval import Interval, interval
from clinic.opening_hours import OpeningHours
from clinic.practice_record import PracticeRecord
from clinic.schedule import Clock, Zone
from clinic.to_bring import Documents, OwnWords
from clinic.views import ClinicView
from clinic.wall_clock import instant


def check_currency(code: str) -> str:
    """The code itself. Raises ``ValueError`` for money that there is not."""
    if not is_currency(code):
        raise ValueError("not a currency: write its three capital letters, such as INR")
    return code


Currency = Annotated[str, AfterValidator(check_currency)]


class Clinic(PracticeRecord):
    """One place of a tenant, with the rules for booking there. Limits in minutes before the start hold for patients;
    staff are exempt from them."""

    name: str
    address: str
    zone: Zone  # IANA
    currency: Currency  # ISO 4217
    languages: list[str] = []  # spoken there; empty: the tenant's
    map_url: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    asks_birth_date: bool = False
    notice_minutes: int = 60  # a visit starts at least this long after it is booked
    horizon_days: int = 30
    cancel_limit_minutes: int = 0  # a patient cancels until so long before the start, and no later
    move_limit_minutes: int = 0  # the same of moving
    max_open_bookings: int | None = None  # of one patient here; None: only the tenant's limit holds
    doctors_see_own_only: bool = False  # doctors find their own patients only
    walk_ins_without_slot: bool = True  # who comes when no seat is left waits all the same
    reminder_hours: list[int] = [24, 2]  # before the start
    quiet_from: Clock = "21:00"  # nothing is sent unasked from here, by the wall clock,
    quiet_until: Clock = "08:00"  # until here; the same twice: at any hour
    offer_minutes: int = 20  # a slot that was freed is offered to one who waits for so long, then to the next
    offer_cutoff_minutes: int = 120  # a slot that starts sooner is offered to nobody who waits
    arrive_metres: int = 300  # who shares a location within so much of the clinic is here
    arrive_early_minutes: int = 120  # a patient checks in by chat from so long before the start
    check_in_word: str = ""  # in the clinic's QR code; empty: made from its id
    leave_home_minutes: int = 30  # so long before their turn patients are told to come; 0: they are not
    late_minutes: int = 30  # by so much a doctor runs late before those booked for later are asked; 0: never
    leave_hold_hours: int = 24  # other times are kept so long for a patient whose doctor will be away
    leave_call_hours: int = 24  # who has not chosen one by so long before the visit is called
    country: str = ""  # ISO 3166, two letters; empty: that of its holidays, else of its zone
    emergency_number: str = ""  # told where somebody writes of an emergency; empty: the practice's
    bring: Documents = []  # to every visit
    bring_words: OwnWords = {}  # the same in the clinic's own words
    insurances: list[str] | None = None  # accepted; an empty list: none, None: it is not told
    opening_hours: list[OpeningHours] = []  # told to patients; empty: when the doctors are there
    holidays: HolidayRules = Field(default_factory=HolidayRules)
    active: bool = True  # a closed clinic is kept for the visits that were there
    position: int = 0  # in lists

    class Settings:
        name = "clinics"
        indexes = [
            IndexModel([("tenant_id", 1), ("position", 1)]),
            IndexModel([("reminder_hours", 1)]),  # of all practices
        ]

    def closed(self, days: Sequence[date]) -> list[Interval]:
        """The holidays among consecutive days and the one after, whose small hours belong to the last night."""
        if not days:
            return []
        looked_at = [*days, days[-1] + timedelta(days=1)]
        found = (self._day(day) for day in closed_days(self.holidays, looked_at))
        return [time for time in found if time]

    def _day(self, day: date) -> Interval | None:
        """From midnight to midnight, also where the clock is changed at midnight."""
        return interval(instant(day, 0, self.zone), instant(day + timedelta(days=1), 0, self.zone))

    @property
    def land(self) -> str:
        """The country that it is in, as far as that is known."""
        return self.country or self.holidays.country or country_of(self.zone)

    def view(self) -> ClinicView:
        """What the chat may know."""
        return ClinicView(
            self.id, self.name, self.address, self.zone, self.currency, self.map_url, self.phone,
            self.latitude, self.longitude, self.asks_birth_date,
            self.emergency_number, emergency_number(self.land), tuple(self.bring), tuple(self.bring_words.items()),
            None if self.insurances is None else tuple(self.insurances),
        )  # fmt: skip
