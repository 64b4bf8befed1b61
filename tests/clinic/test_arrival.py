""" "I am here" by chat: believed near the clinic or with its code; one number however it is said; no stranger's."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from practice import NINE, NOW, Practice, open_practice
from waiting import Day

from clinic import attendance
from clinic.appointment import Appointment
from clinic.attendance import NotExpected
from clinic.check_in_word import word_of
from clinic.desk import FrontDesk
from clinic.errors import ClinicError, ElsewhereNow, NotFound, NotOnMap, NotToday, TooEarly, TooFarAway
from clinic.place import Clinic
from clinic.queue_entry import QueueEntry
from clinic.record import new_id
from clinic.views import AppointmentView, Proof, Sender, Slot

MAP = {"latitude": 19.0596, "longitude": 72.8295}
THERE = (19.0596, 72.8295)
HALF = timedelta(minutes=30)


async def expected(practice: Practice, start: datetime = NINE) -> tuple[FrontDesk, AppointmentView]:
    desk, patient = await practice.guest()
    slot = Slot(start, start + HALF, practice.doctors[0].id)
    return desk, await desk.book(new_id(), patient.id, practice.wish(doctor=0), slot, "en", NOW)


async def tokens(practice: Practice) -> list[int]:
    return [entry.token for entry in await QueueEntry.of(practice.id).find(sort=[("token", 1)])]


PLACES: dict[str, tuple[dict[str, Any], Proof, type[ClinicError] | None]] = {
    "at the door": (MAP, Proof(here=THERE), None),
    "200 metres away": (MAP, Proof(here=(19.0614, 72.8295)), None),
    "400 metres away": (MAP, Proof(here=(19.0632, 72.8295)), TooFarAway),
    "400 metres away, where that is near": (MAP | {"arrive_metres": 500}, Proof(here=(19.0632, 72.8295)), None),
    "in another town": (MAP, Proof(here=(28.6, 77.2)), TooFarAway),
    "nowhere": (MAP, Proof(), TooFarAway),
    "no place at all": (MAP, Proof(here=(float("nan"), 0.0)), TooFarAway),
    "at a clinic that is not on the map": ({}, Proof(here=THERE), NotOnMap),
    "on the equator, at a clinic there": ({"latitude": 0.0, "longitude": 0.0}, Proof(here=(0.0, 0.0)), None),
    "with the code of another clinic": (MAP, Proof("another", THERE), ElsewhereNow),
    "with the code, off the map": ({}, Proof("own"), None),
}


@pytest.mark.parametrize(("clinic", "proof", "refusal"), PLACES.values(), ids=PLACES)
async def test_where(database: object, clinic: dict[str, Any], proof: Proof, refusal: type[ClinicError] | None) -> None:
    practice = await open_practice(**clinic)
    desk, visit = await expected(practice)
    proof = Proof(practice.clinic.id) if proof.clinic_id == "own" else proof
    if refusal:
        with pytest.raises(refusal):
            await desk.arrive("m", visit.id, proof, NINE)
        assert await tokens(practice) == []
    else:
        await desk.arrive("m", visit.id, proof, NINE)
        assert await tokens(practice) == [1]
    status = (await Appointment.of(practice.id).get(visit.id)).status
    assert status == ("booked" if refusal else "arrived")


TIMES = {
    "the day before": (-24 * 60, NotToday),
    "three hours before": (-180, TooEarly),
    "two hours before": (-120, None),
    "an hour late": (60, None),
    "the day after": (24 * 60, NotToday),
}


@pytest.mark.parametrize(("minutes", "refusal"), TIMES.values(), ids=TIMES)
async def test_when(practice: Practice, minutes: int, refusal: type[ClinicError] | None) -> None:
    desk, visit = await expected(practice)
    coming = desk.arrive("m", visit.id, Proof(practice.clinic.id), NINE + timedelta(minutes=minutes))
    if refusal:
        with pytest.raises(refusal):
            await coming
    else:
        await coming
    assert await tokens(practice) == ([] if refusal else [1])


async def test_a_strangers_visit_does_not_exist(practice: Practice) -> None:
    _, visit = await expected(practice)
    stranger, _ = await practice.guest("Bob")
    for desk in (stranger, FrontDesk(practice.id, Sender(new_id()))):
        with pytest.raises(NotFound):
            await desk.arrive("m", visit.id, Proof(practice.clinic.id), NINE)
        assert await desk.today(NINE) == []
    assert await tokens(practice) == []


async def test_a_cancelled_visit_has_no_number(practice: Practice) -> None:
    desk, visit = await expected(practice)
    await desk.cancel("c", visit.id, visit.version, "", NOW)
    with pytest.raises(NotExpected):
        await desk.arrive("m", visit.id, Proof(practice.clinic.id), NINE)


async def test_said_again_it_is_the_same_number(practice: Practice) -> None:
    desk, visit = await expected(practice)
    for message in ("m1", "m1", "m2"):
        await desk.arrive(message, visit.id, Proof(practice.clinic.id), NINE)
    await desk.arrive("m3", visit.id, Proof(), NINE)  # is here already: there is nothing left to show
    assert await tokens(practice) == [1]
    [stands] = await desk.today(NINE)
    assert (stands.status, stands.token, stands.position, stands.visit) == ("waiting", 1, 1, visit.id)


@pytest.mark.parametrize("round_", range(6))
async def test_patient_and_desk_at_once_give_one_number(database: object, round_: int) -> None:
    practice = await open_practice()
    day = Day(practice, NINE)
    desk, told = await expected(practice)
    visit = await Appointment.of(practice.id).get(told.id)
    proof = Proof(practice.clinic.id)
    by_chat = [desk.arrive(f"m{number}", visit.id, proof, NINE) for number in range(2)]
    by_staff = [day.check_in(visit) for _ in range(2)]
    await asyncio.gather(*(by_staff + by_chat if round_ % 2 else by_chat + by_staff))
    assert await tokens(practice) == [1]
    assert (await Appointment.of(practice.id).get(visit.id)).status == "checked-in"


async def test_the_desk_confirms_who_said_that_they_are_here(practice: Practice) -> None:
    desk, told = await expected(practice)
    await desk.arrive("m", told.id, Proof(practice.clinic.id), NINE)
    visit = await Appointment.of(practice.id).get(told.id)
    checked, entry = await attendance.check_in(await practice.directory(), visit, Day(practice).asker(), NINE)
    assert (checked.status, entry.token, await tokens(practice)) == ("checked-in", 1, [1])


async def test_the_whole_household_with_a_walk_in(practice: Practice) -> None:
    day = Day(practice, NINE - HALF)
    desk, visit = await expected(practice, NINE + HALF)
    other = await day.came(NINE)
    await QueueEntry.of(practice.id).change({"_id": other.id}, {"$set": {"patient_id": visit.patient.id}})
    first, second = await desk.today(NINE)
    assert (first.token, first.status, first.patient) == (1, "waiting", visit.patient.name)
    assert (second.token, second.status, second.opens) == (0, "", visit.start - timedelta(hours=2))


async def test_the_word_of_the_code_names_its_clinic(practice: Practice) -> None:
    more = Clinic(tenant_id=practice.id, name="Other", address="2 Road", zone="UTC", currency="INR")
    closed = Clinic(tenant_id=practice.id, name="Old", address="3", zone="UTC", currency="INR", active=False)
    await practice.add(more, closed)
    desk = FrontDesk(practice.id, Sender(new_id()))
    assert await desk.at_door(f"hi i am here {word_of(practice.clinic).lower()}!") == practice.clinic.id
    assert await desk.at_door(f"{word_of(more)[:3]}-{word_of(more)[3:]}") == more.id
    assert await desk.at_door("I am here ABCDEF K7P4QX") == ""
    assert await desk.at_door(word_of(closed)) == ""
    await Clinic.of(practice.id).change({"_id": more.id}, {"$set": {"check_in_word": "K7P4QX"}})
    await practice.add()
    assert await desk.at_door("the cat K7P4QX") == more.id
    assert await desk.at_door(word_of(more)) == ""
