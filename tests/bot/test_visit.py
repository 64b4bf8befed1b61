"""The calendar file behind the link in a confirmation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
from icalendar import Calendar

from bot.app import create_app
from bot.visit import calendar
from clinic.views import AppointmentView, ClinicView, DoctorView, PatientView, ServiceView
from tests.bot.world import SECRET, VERIFY, World

NOW = datetime(2026, 1, 1, tzinfo=UTC)
START = datetime(2026, 1, 5, 3, 30, tzinfo=UTC)
CLINIC = ClinicView(
    "c", "Asha Clinic", "1 MG Road; 2nd floor, Pune", "Asia/Kolkata", "INR", latitude=18.5, longitude=73.8
)
VISIT = AppointmentView(
    "a1", "K7P-4QX", "booked", CLINIC, ServiceView("s", "Cleaning", 30), DoctorView("d", "Dr Priya Nair"),
    PatientView("p", "Ravi Kumar"), START, START + timedelta(minutes=30),
)  # fmt: skip


def test_a_visit_can_be_put_into_a_calendar() -> None:
    (event,) = Calendar.from_ical(calendar(VISIT, NOW)).walk("VEVENT")
    assert (event["UID"], event["STATUS"], event["DESCRIPTION"]) == ("a1@opdesk", "CONFIRMED", "K7P-4QX")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (VISIT.start, VISIT.end)
    assert event["LOCATION"] == "Asha Clinic, 1 MG Road; 2nd floor, Pune"
    assert event["SUMMARY"] == "Cleaning, Dr Priya Nair"


def test_a_cancelled_visit_takes_the_place_of_the_booked_one() -> None:
    (before,) = Calendar.from_ical(calendar(VISIT, NOW)).walk("VEVENT")
    cancelled = calendar(replace(VISIT, status="cancelled"), NOW + timedelta(hours=1))
    (after,) = Calendar.from_ical(cancelled).walk("VEVENT")
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_the_file_tells_nothing_of_the_patient() -> None:
    assert b"Ravi" not in calendar(VISIT, NOW)


async def test_the_link_and_its_neighbours(world: World) -> None:
    async def visit(key: str) -> AppointmentView | None:
        return VISIT if key == "right-key" else None

    async def missing() -> list[str]:
        return ["mongo"]

    app = create_app(world.bot, secret=SECRET, verify_token=VERIFY, visit=visit, missing=missing)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        found = await client.get("/visits/right-key.ics")
        assert (found.status_code, found.content[:15]) == (200, b"BEGIN:VCALENDAR")
        assert found.headers["content-type"].startswith("text/calendar")
        assert (await client.get("/visits/wrong-key.ics")).status_code == 404
        waiting = await client.get("/ready")
        assert (waiting.status_code, waiting.json()) == (503, {"status": "waiting", "missing": ["mongo"]})
