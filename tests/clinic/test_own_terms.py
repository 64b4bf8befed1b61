"""A doctor who takes longer, or asks another fee, for a service than the others: everything that is booked with them
follows, and nobody is put into the time that they need."""

from datetime import timedelta

import pytest
from practice import DAY, NINE, NOW, Practice, open_practice

from clinic import booking
from clinic.directory import DIRECTORIES
from clinic.doctor import Doctor, OwnTerms
from clinic.errors import SlotTaken
from clinic.free_slots import free_slots
from clinic.interval import Interval
from clinic.visit import appointment_view

HOUR = timedelta(hours=1)


@pytest.fixture
async def two(database: object) -> Practice:
    """Of two doctors the first takes an hour for what takes the other half of one."""
    practice = await open_practice(doctors=2, step=30, notice_minutes=0)
    own = OwnTerms(service_id=practice.services[0].id, minutes=60, price=90_000)
    await Doctor.of(practice.id).change({"_id": practice.doctors[0].id}, {"$set": {"own_terms": [own.model_dump()]}})
    DIRECTORIES.forget(practice.id)
    return practice


async def test_the_visit_lasts_and_costs_what_it_does_with_that_doctor(two: Practice) -> None:
    directory = await two.directory()
    for doctor, (minutes, price) in enumerate([(60, 90_000), (30, None)]):
        place = two.place(NINE, doctor=doctor)
        _, patient = await two.guest()
        whom = booking.For(patient.id, patient.name)
        visit = await booking.book(directory, place, whom, two.asker(staff=True), NOW)
        assert visit.end - visit.start == timedelta(minutes=minutes)
        view = await appointment_view(two.id, visit.id)
        assert (view.service.minutes, view.service.price) == (minutes, price)
    half_past, patient_asks = two.place(NINE + HOUR / 2, doctor=0), booking.Asker("r", "patient", "whatsapp")
    with pytest.raises(SlotTaken):
        await booking.book(directory, half_past, two.patient(), patient_asks, NOW)


async def test_free_times_are_as_long_as_each_doctor_needs(two: Practice) -> None:
    desk, _ = await two.guest()
    listed = await desk.slots(two.wish(doctor=0), NOW, DAY)
    assert {slot.end - slot.start for slot in listed} == {HOUR}
    assert listed[-1].start == NINE + 3 * HOUR, "nothing that would reach past the end of the day"
    assert {slot.end - slot.start for slot in await desk.slots(two.wish(doctor=1), NOW, DAY)} == {HOUR / 2}
    seen = await free_slots(await two.directory(), two.wish(), Interval(NINE, NINE + 4 * HOUR), 100)
    assert {(slot.doctor_id, slot.end - slot.start) for slot in seen} == {
        (two.doctors[0].id, HOUR), (two.doctors[1].id, HOUR / 2),
    }  # fmt: skip


async def test_the_chat_tells_the_doctors_own_fee(two: Practice) -> None:
    practice = (await two.directory()).practice
    doctors, service = {each.id: each for each in practice.doctors}, practice.services[0]
    first, second = (doctors[each.id].offering(service) for each in two.doctors)
    assert (first.price, first.minutes) == (90_000, 60)
    assert second == service
