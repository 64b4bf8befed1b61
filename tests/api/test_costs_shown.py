"""What messages cost, through the API: by clinic and month, exact, for those who see the bills."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from office import Office

from clinic.appointment import Appointment
from clinic.cost import Total, keep
from clinic.message_kind import Kind
from clinic.rates import Rate, Rates, RatesWrong, read_rates
from clinic.record import new_id

PRICES = """
currency = "USD"
[[rates]]
category = "utility"
market = "IN"
price = "0.0014"
[[rates]]
category = "utility"
market = "IN"
price = "0.0016"
from = 2026-10-01
[[rates]]
category = "service"
price = "0.0001"
"""


@pytest.fixture
async def counted(office: Office, tmp_path: Path) -> Office:
    """Two months at one clinic, one at another, some of none; with prices."""
    clinic = office.practice.clinic.id
    old = Kind(office.tenant_id, "2026-09", clinic, "channel", "cloud", "IN", "utility", "regular")
    free = replace(old, month="2026-10", category="service", type="free_customer_service")
    await keep(
        [
            Total(old, "a-0", 10, 4),
            Total(replace(old, month="2026-10"), "a-0", 20, 6), Total(replace(old, month="2026-10"), "a-1", 5, 2),
            Total(free, "a-0", 100, 10), Total(replace(free, type="regular"), "a-0", 3, 0),
            Total(replace(free, clinic_id="another", category="marketing", type="regular"), "a-0", 7, 7),
            Total(replace(free, clinic_id=""), "a-0", 1, 1),
        ]
    )  # fmt: skip
    await booked(office, datetime(2026, 10, 31, 18, 15, tzinfo=UTC), 4)  # still October in Mumbai
    await booked(office, datetime(2026, 10, 31, 20, 0, tzinfo=UTC), 2)  # November
    await booked(office, datetime(2026, 10, 5, 9, 0, tzinfo=UTC), 5, via="console")
    path = tmp_path / "rates.toml"
    path.write_text(PRICES)
    office.app.state.house = replace(office.house, message_rates=read_rates(path))
    return office


async def booked(office: Office, start: datetime, count: int, via: str = "whatsapp") -> None:
    for n in range(count):
        visit = Appointment(
            tenant_id=office.tenant_id, request_id=new_id(), via=via, clinic_id=office.practice.clinic.id,
            doctor_id=new_id(), service_id="s", patient_id=f"p{n}", start=start, end=start + timedelta(minutes=15),
        )  # fmt: skip
        await Appointment.of(office.tenant_id).insert_new(visit)


async def shown(office: Office, role: str = "owner", clinic_id: str = "", **params: Any) -> list[dict[str, Any]]:
    answer = await office.as_(role, clinic_id=clinic_id).get("/costs", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_a_month_of_a_clinic(counted: Office) -> None:
    (bill,) = await shown(counted, **{"from": "2026-10", "clinic_id": counted.practice.clinic.id})
    lines = bill.pop("lines")
    assert bill == {
        "id": f"2026-10.{counted.practice.clinic.id}", "clinic_id": counted.practice.clinic.id, "month": "2026-10",
        "messages": 128, "free": 100, "charged": 28, "unpriced": 0, "conversations": 18, "bookings": 4,
        "messages_per_booking": 32.0, "currency": "USD", "amount": "0.0403", "amount_per_conversation": "0.0022",
        "amount_per_booking": "0.0101",
    }  # fmt: skip
    told = {(line["category"], line["type"]): (line["messages"], line["price"], line["amount"]) for line in lines}
    assert told == {
        ("utility", "regular"): (25, "0.0016", "0.0400"),
        ("service", "free_customer_service"): (100, "0", "0"),
        ("service", "regular"): (3, "0.0001", "0.0003"),
    }


async def test_months_and_clinics_the_latest_first(counted: Office) -> None:
    own = counted.practice.clinic.id
    places = [
        (each["month"], each["clinic_id"]) for each in await shown(counted, **{"from": "2026-09", "to": "2026-11"})
    ]
    assert sorted(places, reverse=True) == places
    assert set(places) == {
        ("2026-11", own),
        ("2026-10", own),
        ("2026-10", "another"),
        ("2026-10", ""),
        ("2026-09", own),
    }
    (before,) = await shown(counted, **{"from": "2026-09"})
    assert (before["amount"], before["bookings"], before["messages_per_booking"]) == ("0.0140", 0, None)
    (unpriced,) = await shown(counted, **{"from": "2026-10", "clinic_id": "another"})
    assert (unpriced["unpriced"], unpriced["amount"], unpriced["amount_per_conversation"]) == (7, "0", None)


async def test_without_prices_there_is_no_money(counted: Office) -> None:
    counted.app.state.house = replace(counted.house, message_rates=Rates())
    bill = (await shown(counted, **{"from": "2026-09"}))[0]
    assert (bill["messages"], bill["amount"], bill["currency"], bill["unpriced"]) == (10, None, "", 10)
    (given,) = await shown(counted, **{"from": "2026-10", "clinic_id": counted.practice.clinic.id})
    assert (given["free"], given["charged"], given["unpriced"]) == (100, 28, 28), "what is given away has a price: none"


async def test_a_clinics_own_manager_sees_that_clinic(counted: Office) -> None:
    own = counted.practice.clinic.id
    seen = await shown(counted, "manager", own, **{"from": "2026-10"})
    assert [each["clinic_id"] for each in seen] == [own]
    other = await counted.as_("manager", clinic_id=own).get(
        "/costs", params={"from": "2026-10", "clinic_id": "another"}
    )
    assert other.status_code == 404
    assert (await counted.as_("nurse").get("/costs")).status_code == 403


@pytest.mark.parametrize("params", [{"from": "2026-10", "to": "2026-09"}, {"from": "2020-01", "to": "2026-01"}])
async def test_a_range_that_is_none(counted: Office, params: dict[str, str]) -> None:
    assert (await counted.as_("owner").get("/costs", params=params)).json()["code"] == "bad_range"


async def test_as_a_file(counted: Office) -> None:
    answer = await counted.as_("owner").get("/costs/export", params={"from": "2026-09"})
    assert answer.headers["content-type"].startswith("text/csv")
    heading, line, *_ = answer.text.removeprefix("\ufeff").splitlines()
    assert heading.startswith("month,clinic_id,clinic,category,type,market,provider,messages,price,amount,currency")
    assert line.split(",")[3:] == ["utility", "regular", "IN", "cloud", "10", "0.0014", "0.0140", "USD"]
    assert (await counted.as_("receptionist").get("/costs/export")).status_code == 403


WRONG = [
    ("", "currency"),
    ('currency = "usd"', "currency"),
    ("not toml", "cannot be read"),
    ('currency = "USD"\n[[rates]]\nprice = 0.1', "text such as"),
    ('currency = "USD"\n[[rates]]\nprice = "-1"', "text such as"),
    ('currency = "USD"\n[[rates]]\nprice = "0.1"\nfrom = 2026-10-02', "first of a month"),
    ('currency = "USD"\n[[rates]]\nprice = "0.1"\ncountry = "IN"', "country"),
    ('currency = "USD"\nrates = [1]', "rate 1"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_a_file_of_prices_that_is_wrong_says_where(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "rates.toml"
    path.write_text(text)
    with pytest.raises(RatesWrong, match=told):
        read_rates(path)


def test_the_most_exact_price_counts() -> None:
    kind = Kind("t", "2026-10", "", "", "twilio", "IN", "utility", "regular")
    every = (
        Rate(Decimal("1")), Rate(Decimal("2"), category="utility"), Rate(Decimal("3"), market="IN"),
        Rate(Decimal("4"), "IN", "utility", since="2026-11"), Rate(Decimal("5"), "IN", provider="twilio"),
    )  # fmt: skip
    assert Rates("USD", every).price(kind) == 5
    assert Rates("USD", every).price(replace(kind, provider="cloud")) == 3
    assert Rates("USD", every).price(replace(kind, market="BR")) == 2
    assert Rates("USD", every).price(replace(kind, market="BR", category="service")) == 1
    assert Rates("USD", every[1:2]).price(replace(kind, category="service")) is None
    assert Rates("USD", ()).price(replace(kind, type="free_entry_point")) == 0
