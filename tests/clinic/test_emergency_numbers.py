"""The numbers told in an emergency are those that libphonenumber knows as such."""

from datetime import UTC, datetime, time

import pytest
from phonenumbers.shortnumberinfo import is_emergency_number

from clinic.demo import DEMO, demo_records
from clinic.directory import open_day
from clinic.emergency_number import ANYWHERE, NUMBERS, country_of, emergency_number
from clinic.interval import Interval
from clinic.place import Clinic


@pytest.mark.parametrize("country", sorted(NUMBERS))
def test_every_number_is_an_emergency_number_there(country: str) -> None:
    assert is_emergency_number(NUMBERS[country], country)


def test_a_country_that_is_not_listed_is_told_what_every_mobile_phone_connects() -> None:
    assert emergency_number("") == emergency_number("ZZ") == ANYWHERE == "112"


@pytest.mark.parametrize(
    ("zone", "country"), [("Asia/Kolkata", "IN"), ("Europe/London", "GB"), ("America/New_York", "US"), ("UTC", "")]
)
def test_the_country_of_a_zone(zone: str, country: str) -> None:
    assert country_of(zone) == country


def clinic(**fields: object) -> Clinic:
    facts = {"tenant_id": "t", "name": "A", "address": "1 Road", "zone": "Europe/London", "currency": "GBP", **fields}
    return Clinic(**facts)  # type: ignore[arg-type]


async def test_what_the_clinic_says_comes_before_what_its_zone_says(database: object) -> None:
    assert clinic().view().emergency_service == "999"
    assert clinic(country="FR").view().emergency_service == "112"
    assert clinic(holidays={"country": "US"}).view().emergency_service == "911"


async def test_the_demo_tells_all_that_patients_ask(database: object) -> None:
    clinics = [each for each in demo_records("key", datetime(2027, 1, 4, tzinfo=UTC)) if isinstance(each, Clinic)]
    assert [each.tenant_id for each in clinics] == [DEMO, DEMO]
    assert clinics[0].emergency_number
    assert all(each.bring and each.insurances and each.map_url for each in clinics)


def test_an_open_day_is_told_by_the_clock_on_the_wall() -> None:
    day = datetime(2027, 1, 4, tzinfo=UTC)
    times = [
        Interval(day.replace(hour=3, minute=30), day.replace(hour=7)),
        Interval(day.replace(hour=20), day.replace(hour=21)),
    ]
    assert open_day(day.date(), times, "Asia/Kolkata").hours == ((time(9), time(12, 30)),)
