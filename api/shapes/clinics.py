"""Clinics as the API takes and shows them."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from api.shapes import Change, Name, Shape, Text
from api.shapes.hours import Clock, Day, Language, OpeningHours, OpeningHoursOut, Phone, Url, Zone

Address = Annotated[Text, Field(min_length=1, max_length=300, examples=["12 Hill Road, Mumbai 400050"])]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["INR"])]
Limit = Annotated[int, Field(ge=0, le=60 * 24 * 30, description="Minutes before the start; patients only.")]
Hours = Annotated[int, Field(ge=1, le=24 * 14)]
Country = Annotated[str, Field(pattern=r"^([A-Z]{2})?$", examples=["IN"])]
Subdivision = Annotated[str, Field(pattern=r"^[A-Za-z0-9 -]{0,40}$", examples=["MH"])]
CheckInWord = Annotated[str, Field(pattern=r"^([34679ACDEFGHJKMNPQRTUVWXY]{6})?$", examples=["K7P4QX"])]
Document = Literal[
    "identity_card", "insurance_card", "referral", "earlier_reports", "test_results", "prescriptions", "medicines",
    "vaccination_card",
]  # fmt: skip
Documents = Annotated[
    list[Document], Field(max_length=8, description="What patients are told to bring, in their own language.")
]
OwnWords = Annotated[
    dict[Language, Annotated[Text, Field(min_length=1, max_length=300)]],
    Field(max_length=20, description="The same in your own words, by language.", examples=[{"en": "Your old glasses"}]),
]
Insurances = Annotated[
    list[Annotated[Text, Field(min_length=1, max_length=80, examples=["Star Health"])]], Field(max_length=100)
]
Position = Annotated[int, Field(ge=0, le=10_000, description="Its place in lists.")]


class OwnHoliday(Change):
    """A day on which this clinic is closed."""

    date: Day
    name: Annotated[Text, Field(max_length=100, examples=["Founding day"])] = ""


class Holidays(Change):
    """`country` switches its public holidays on, `subdivision` those of the region; `worked` are days of either kind on
    which the clinic is open all the same."""

    country: Country = ""
    subdivision: Subdivision = ""
    own: list[OwnHoliday] = Field([], max_length=200)
    worked: list[Day] = Field([], max_length=200)


class ClinicChange(Change):
    """The fields to change; null puts one back to what it is without a word."""

    name: Name | None = Field(None, examples=["Asha Clinic Bandra"])
    address: Address | None = None
    zone: Zone | None = Field(None, description="IANA; fixed while the clinic has schedules.")
    currency: Currency | None = None
    languages: list[Language] | None = Field(None, max_length=20, description="Spoken there.")
    phone: Phone | None = None
    map_url: Url | None = None
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    asks_birth_date: bool | None = None
    notice_minutes: Limit | None = None
    horizon_days: int | None = Field(None, ge=1, le=366)
    cancel_limit_minutes: Limit | None = None
    move_limit_minutes: Limit | None = None
    max_open_bookings: int | None = Field(None, ge=1, le=1000, description="Of one patient here.")
    doctors_see_own_only: bool | None = None
    walk_ins_without_slot: bool | None = Field(None, description="Who comes when no seat is left waits all the same.")
    offer_minutes: int | None = Field(None, ge=1, le=24 * 60, description="A freed time is kept so long for each.")
    offer_cutoff_minutes: int | None = Field(
        None, ge=0, le=14 * 24 * 60, description="A freed time that begins sooner is offered to nobody who waits."
    )
    reminder_hours: list[Hours] | None = Field(None, max_length=5, examples=[[24, 2]])
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    leave_hold_hours: int | None = Field(
        None, ge=1, le=14 * 24, description="Other times are kept so long for a patient whose doctor will be away."
    )
    leave_call_hours: int | None = Field(
        None, ge=0, le=14 * 24, description="Who has not chosen one by so long before the visit is called."
    )
    arrive_metres: int | None = Field(None, ge=10, le=10_000, description="Who is so near may check in by chat.")
    arrive_early_minutes: int | None = Field(None, ge=0, le=24 * 60, description="Check-in by chat begins so early.")
    check_in_word: CheckInWord | None = Field(None, description="In the QR code; empty: made for the clinic.")
    leave_home_minutes: int | None = Field(None, ge=0, le=240, description="0: patients are not told to leave home.")
    late_minutes: int | None = Field(None, ge=0, le=240, description="0: patients are not told that a doctor is late.")
    opening_hours: list[OpeningHours] | None = Field(None, max_length=14)
    country: Country | None = Field(None, description="Empty: that of its holidays, else of its zone.")
    emergency_number: Phone | None = Field(
        None, description="Told where somebody writes of an emergency, after the country's; empty: the practice's."
    )
    bring: Documents | None = None
    bring_words: OwnWords | None = None
    insurances: Insurances | None = Field(None, description="Accepted; an empty list: none; null: it is not told.")
    holidays: Holidays | None = None
    active: bool | None = Field(None, description="False closes the clinic: refused while visits are booked there.")
    position: Position | None = None


class NewClinic(ClinicChange):
    """A clinic; what is left out has a sensible value."""

    name: Name = Field(examples=["Asha Clinic Bandra"])
    address: Address
    zone: Zone
    currency: Currency


class OwnHolidayOut(Shape):
    """A day on which this clinic is closed."""

    date: dt.date
    name: str


class HolidaysOut(Shape):
    """The rules by which the clinic is closed."""

    country: str
    subdivision: str
    own: list[OwnHolidayOut]
    worked: list[dt.date]


class ClinicOut(Shape):
    """A place where patients are seen, with its rules for booking."""

    id: str
    version: int
    name: str
    address: str
    zone: str
    currency: str
    languages: list[str]
    phone: str
    map_url: str
    latitude: float | None
    longitude: float | None
    asks_birth_date: bool
    notice_minutes: int
    horizon_days: int
    cancel_limit_minutes: int
    move_limit_minutes: int
    max_open_bookings: int | None
    doctors_see_own_only: bool
    walk_ins_without_slot: bool
    offer_minutes: int
    offer_cutoff_minutes: int
    reminder_hours: list[int]
    quiet_from: str
    quiet_until: str
    leave_hold_hours: int
    leave_call_hours: int
    arrive_metres: int
    arrive_early_minutes: int
    check_in_word: str
    leave_home_minutes: int
    late_minutes: int
    opening_hours: list[OpeningHoursOut]
    country: str
    emergency_number: str
    bring: list[Document]
    bring_words: dict[str, str]
    insurances: list[str] | None
    holidays: HolidaysOut
    active: bool
    position: int


class CheckInLink(Shape):
    """What a QR code at the reception holds: opened by a phone's camera, WhatsApp writes the text to this number."""

    channel_id: str
    language: str = Field(examples=["en"])
    text: str = Field(examples=["I am here K7P4QX"])
    url: str = Field(examples=["https://wa.me/15550000001?text=I%20am%20here%20K7P4QX"])


class CheckInOut(Shape):
    """How patients check themselves in by chat. `word` is all that counts of the text: a new `check_in_word` of the
    clinic makes the old codes void."""

    word: str = Field(examples=["K7P4QX"])
    links: list[CheckInLink]


class HolidayOut(Shape):
    """A holiday. `public`: of the country's calendar; `worked`: the clinic is open all the same."""

    date: dt.date
    name: str
    public: bool
    worked: bool


class HolidayList(Shape):
    """The holidays of a year, in order."""

    items: list[HolidayOut]
