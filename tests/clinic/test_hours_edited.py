"""Hours are changed without leaving booked patients behind unseen, and what makes no sense is refused with a reason."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from practice import DAY, NINE, NOW, Practice, open_practice

from clinic import absence, booking, premises, scheduling
from clinic.directory import fresh_directory
from clinic.edited import Stale
from clinic.errors import ClinicError, Impossible, NotFound, TooLateToCancel, TooLateToMove, TooManyBookings
from clinic.exception import ScheduleException
from clinic.place import Clinic
from clinic.schedule import Schedule
from clinic.stranded import StrandsPatients

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
wall = datetime.fromisoformat  # what a clock shows, without an offset
WEEKDAYS = "FREQ=WEEKLY;BYDAY=TU,WE,TH,FR,SA,SU"


async def booked(practice: Practice, start: datetime = NINE, staff: bool = True, overbook: bool = False) -> str:
    asker = practice.asker(staff=staff)
    if overbook:
        asker = booking.Asker(asker.request_id, "staff:1", "api", staff=True, overbook=True)
    place = practice.place(start)
    return (await booking.book(await practice.directory(), place, practice.patient(), asker, NOW)).id


async def schedule_of(practice: Practice) -> Schedule:
    [found] = await Schedule.of(practice.id).find()
    return found


def hit(refusal: pytest.ExceptionInfo[StrandsPatients]) -> list[str]:
    return [visit["id"] for visit in refusal.value.told["appointments"]]


@pytest.mark.parametrize(
    ("changes", "strands"),
    [
        ({"hours": [("09:00", "12:00")]}, False),
        ({"hours": [("09:00", "09:20")]}, True),  # the visit would end after the hours
        ({"hours": [("09:10", "13:00")]}, True),
        ({"hours": [("09:00", "09:15"), ("09:15", "13:00")]}, False),  # the doctor is there all the same
        ({"rule": WEEKDAYS}, True),
        ({"valid_from": DAY + timedelta(days=1)}, True),
        ({"valid_until": DAY}, False),
        ({"valid_until": DAY - timedelta(days=1)}, True),
        ({"slot_minutes": 20, "hours": [("08:50", "13:00")]}, False),  # off the new grid, but seen
        ({"kind": "hospital_round"}, True),
        ({"capacity": 2}, False),
    ],
)
async def test_a_change_names_whom_it_would_strand(practice: Practice, changes: dict[str, Any], strands: bool) -> None:
    visit, old = await booked(practice), await schedule_of(practice)
    change = (practice.id, old.id, changes, None)
    if not strands:
        assert (await scheduling.change(*change, accept=False, now=NOW))[1].version == 2
        return
    with pytest.raises(StrandsPatients) as refusal:
        await scheduling.change(*change, accept=False, now=NOW)
    assert hit(refusal) == [visit]
    assert await schedule_of(practice) == old
    _, new = await scheduling.change(*change, accept=True, now=NOW)
    assert await schedule_of(practice) == new != old


async def test_fewer_seats_strand_who_booked_last(database: object) -> None:
    practice = await open_practice(capacity=2, overbooking=0)
    first, second = await booked(practice), await booked(practice)
    old = await schedule_of(practice)
    with pytest.raises(StrandsPatients) as refusal:
        await scheduling.change(practice.id, old.id, {"capacity": 1}, None, accept=False, now=NOW)
    assert hit(refusal) == [max(first, second)]


async def test_what_is_over_or_outside_already_strands_nobody(practice: Practice) -> None:
    await booked(practice)
    old = await schedule_of(practice)
    later = NINE + timedelta(days=1)
    assert await scheduling.would_strand(await practice.directory(), old, None, later) == []
    assert len(await scheduling.would_strand(await practice.directory(), old, None, NOW)) == 1
    await practice.close(NINE, NINE + HOUR)
    assert await scheduling.would_strand(await practice.directory(), old, None, NOW) == []


async def test_deleting_is_refused_alike(practice: Practice) -> None:
    visit, old = await booked(practice), await schedule_of(practice)
    with pytest.raises(StrandsPatients) as refusal:
        await scheduling.remove(practice.id, old.id, None, accept=False, now=NOW)
    assert hit(refusal) == [visit]
    with pytest.raises(Stale):
        await scheduling.remove(practice.id, old.id, 7, accept=True, now=NOW)
    await scheduling.remove(practice.id, old.id, 1, accept=True, now=NOW)
    assert await Schedule.of(practice.id).find() == []


async def test_a_round_takes_booked_hours_away(practice: Practice) -> None:
    visit = await booked(practice)
    facts = {**new_facts(practice), "kind": "hospital_round", "hours": [("08:00", "10:00")]}
    wanted = scheduling.made(await practice.directory(), facts, NOW)
    with pytest.raises(StrandsPatients) as refusal:
        await scheduling.add(await practice.directory(), wanted, accept=False, now=NOW)
    assert hit(refusal) == [visit]


def new_facts(practice: Practice) -> dict[str, Any]:
    return {
        "doctor_id": practice.doctors[0].id, "clinic_id": practice.clinic.id, "rule": "FREQ=DAILY",
        "hours": [("14:00", "17:00")], "valid_from": DAY,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rule": "FREQ=HOURLY"}, "repeats YEARLY"),
        ({"rule": "every monday"}, "cannot say"),
        ({"rule": "FREQ=WEEKLY;BYDAY=2MO"}, "BYDAY counts"),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "none of its months has that day"),
        ({"rule": "FREQ=DAILY;BYMONTHDAY=332"}, "counts from -31 to 31"),
        ({"rule": "FREQ=DAILY;UNTIL=20200101"}, "put UNTIL after it"),
        ({"rule": "FREQ=WEEKLY;BYDAY=MO", "valid_from": date(2027, 1, 5), "valid_until": date(2027, 1, 7)}, "no day"),
        ({"hours": [("14:00", "16:00"), ("15:00", "17:00")]}, "two of the hours overlap"),
        ({"hours": [("14:00", "14:10")]}, "shorter than slot_minutes"),
        ({"hours": [("2 pm", "5 pm")]}, "09:30"),
        ({"valid_until": date(2026, 1, 1)}, "exchange them"),
        ({"slot_minutes": 0}, "greater than 0"),
    ],
)
async def test_hours_that_make_no_sense_are_refused(practice: Practice, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Impossible, match=says):
        scheduling.made(await practice.directory(), new_facts(practice) | changes, NOW)


async def test_a_doctor_is_in_one_place_at_a_time(practice: Practice) -> None:
    second = Clinic(tenant_id=practice.id, name="Second", address="B", zone="Europe/Berlin", currency="EUR")
    await practice.add(second)
    old = await schedule_of(practice)
    there = new_facts(practice) | {"clinic_id": second.id, "hours": [("04:00", "05:00")]}  # 08:30 to 09:30 in Kolkata
    with pytest.raises(scheduling.Overlaps) as refusal:
        scheduling.made(await practice.directory(), there, NOW)
    assert refusal.value.told == {"overlaps": [old.id]}
    apart = scheduling.made(await practice.directory(), there | {"hours": [("10:00", "12:00")]}, NOW)
    assert apart.zone == "Europe/Berlin"
    other_days = there | {"rule": "FREQ=WEEKLY;BYDAY=SU", "valid_from": date(2030, 1, 1)}
    with pytest.raises(scheduling.Overlaps):
        scheduling.made(await practice.directory(), other_days, NOW)


async def test_hours_need_somebody_and_somewhere(practice: Practice) -> None:
    for name in ("doctor_id", "clinic_id"):
        with pytest.raises(NotFound):
            scheduling.made(await practice.directory(), new_facts(practice) | {name: "nobody"}, NOW)


async def test_a_preview_shows_the_next_starts(practice: Practice) -> None:
    wanted = scheduling.made(await practice.directory(), new_facts(practice), NOW)
    found = scheduling.next_starts(await practice.directory(), wanted, 30, DAY, 2)
    assert len(found) == 2 * 11  # 14:00 to 16:30, every quarter
    at_two = datetime(2027, 1, 4, 8, 30, tzinfo=UTC)
    assert found[0].minute * 60 == at_two.timestamp()


# What differs from the regular hours.


def leave(practice: Practice, **more: Any) -> dict[str, Any]:
    return {"kind": "leave", "doctor_id": practice.doctors[0].id, "start": NINE, "end": NINE + HOUR} | more


async def test_leave_tells_who_is_hit_before_and_after(practice: Practice) -> None:
    visit = await booked(practice)
    await booked(practice, NINE + 2 * HOUR)
    wanted = absence.made(await practice.directory(), leave(practice), NOW)
    dry = await absence.hit(await practice.directory(), None, wanted, NOW)
    done = await absence.add(await practice.directory(), wanted, NOW)
    assert [each.id for each in dry] == [each.id for each in done] == [visit]
    assert await ScheduleException.of(practice.id).count() == 1


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (wall("2027-01-04T09:00"), NINE),
        (datetime(2027, 1, 4, 9, tzinfo=UTC), datetime(2027, 1, 4, 9, tzinfo=UTC)),
        (datetime.fromisoformat("2027-01-04T09:00+05:30"), NINE),
    ],
)
async def test_times_are_the_walls_unless_they_say_otherwise(
    practice: Practice, said: datetime, meant: datetime
) -> None:
    facts = leave(practice, start=said, end=said + HOUR)
    assert absence.made(await practice.directory(), facts, NOW).start == meant


@pytest.mark.parametrize(
    ("zone", "said", "meant"),
    [
        ("Europe/Berlin", wall("2027-03-28T02:30"), datetime(2027, 3, 28, 1, tzinfo=UTC)),  # skipped
        ("Europe/Berlin", wall("2027-10-31T02:30"), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # twice
        ("Australia/Sydney", wall("2027-10-03T02:30"), datetime(2027, 10, 2, 16, tzinfo=UTC)),
        ("Australia/Sydney", wall("2027-04-04T02:30"), datetime(2027, 4, 3, 15, 30, tzinfo=UTC)),
    ],
)
def test_wall_clock_times_in_the_nights_of_the_change(zone: str, said: datetime, meant: datetime) -> None:
    assert absence.moment_of(said, zone) == meant


async def test_clinics_in_two_zones_need_a_name_or_an_offset(practice: Practice) -> None:
    await practice.add(Clinic(tenant_id=practice.id, name="B", address="B", zone="Europe/Berlin", currency="EUR"))
    local = {"kind": "holiday", "start": wall("2027-01-04T00:00"), "end": wall("2027-01-05T00:00")}
    with pytest.raises(Impossible, match="different time zones"):
        absence.made(await practice.directory(), local, NOW)
    at_one = local | {"clinic_id": practice.clinic.id}
    assert absence.made(await practice.directory(), at_one, NOW).end - NOW == timedelta(hours=16, minutes=30)
    assert absence.made(await practice.directory(), leave(practice, start=wall("2027-01-04T09:00")), NOW).start == NINE


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"end": NINE}, "ends before it starts"),
        ({"end": NINE - HOUR}, "ends before it starts"),
        ({"start": NINE - 50 * HOUR, "end": NOW}, "over already"),
        ({"end": NINE + timedelta(days=900)}, "longer than"),
        ({"start": NINE + timedelta(days=2000), "end": NINE + timedelta(days=2001)}, "five years"),
        ({"doctor_id": ""}, "give doctor_id"),
        ({"kind": "holiday"}, "leave doctor_id out"),
        ({"kind": "block", "doctor_id": ""}, "doctor or of a clinic"),
        ({"kind": "extra_hours"}, "one doctor at one clinic"),
    ],
)
async def test_exceptions_that_make_no_sense_are_refused(
    practice: Practice, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(Impossible, match=says):
        absence.made(await practice.directory(), leave(practice, **changes), NOW)


async def test_the_same_leave_twice_is_refused(practice: Practice) -> None:
    wanted = absence.made(await practice.directory(), leave(practice), NOW)
    await absence.add(await practice.directory(), wanted, NOW)
    directory = await fresh_directory(practice.id)
    with pytest.raises(scheduling.Overlaps) as refusal:
        absence.made(directory, leave(practice, start=NINE + 30 * MINUTE), NOW)
    assert refusal.value.told == {"overlaps": [wanted.id]}
    after = leave(practice, start=NINE + HOUR, end=NINE + 2 * HOUR)
    assert absence.made(directory, after, NOW).start == NINE + HOUR


async def test_extra_hours_are_not_where_the_doctor_is_elsewhere(practice: Practice) -> None:
    second = Clinic(tenant_id=practice.id, name="Second", address="B", zone="Asia/Kolkata", currency="INR")
    await practice.add(second)
    extra = leave(practice, kind="extra_hours", clinic_id=second.id)
    with pytest.raises(scheduling.Overlaps):
        absence.made(await practice.directory(), extra, NOW)
    evening = extra | {"start": NINE + 8 * HOUR, "end": NINE + 9 * HOUR}
    assert absence.made(await practice.directory(), evening, NOW).clinic_id == second.id


async def test_booked_extra_hours_are_not_taken_back_unseen(practice: Practice) -> None:
    evening = NINE + 8 * HOUR
    facts = leave(practice, kind="extra_hours", clinic_id=practice.clinic.id, start=evening, end=evening + HOUR)
    extra = absence.made(await practice.directory(), facts, NOW)
    assert await absence.add(await practice.directory(), extra, NOW) == []
    visit = await booked(practice, evening)
    with pytest.raises(StrandsPatients) as refusal:
        await absence.remove(practice.id, extra.id, None, accept=False, now=NOW)
    assert hit(refusal) == [visit]
    _, _, found = await absence.change(practice.id, extra.id, {"start": evening + 15 * MINUTE}, 1, NOW)
    assert [each.id for each in found] == [visit]
    await absence.remove(practice.id, extra.id, 2, accept=True, now=NOW)


# Clinics, doctors, services.


async def test_a_clinic_with_bookings_stays_open(practice: Practice) -> None:
    visit = await booked(practice)
    close = (practice.id, practice.clinic.id, {"active": False})
    with pytest.raises(premises.ClinicHasBookings) as refusal:
        await premises.change_clinic(*close, None, accept=True, now=NOW)
    assert [each["id"] for each in refusal.value.told["appointments"]] == [visit]
    await booking.cancel(practice.id, visit, 0, practice.asker(staff=True), NOW)
    _, closed = await premises.change_clinic(*close, 1, accept=False, now=NOW)
    directory = await practice.directory()
    assert not closed.active
    assert directory.active_clinics() == []
    assert directory.doctors_for(practice.clinic.id, practice.services[0].id) == []


async def test_a_new_holiday_names_whom_it_strands(practice: Practice) -> None:
    visit = await booked(practice)
    closing = (practice.id, practice.clinic.id, {"holidays": {"own": [{"date": DAY, "name": "Move"}]}}, None)
    with pytest.raises(StrandsPatients) as refusal:
        await premises.change_clinic(*closing, accept=False, now=NOW)
    assert hit(refusal) == [visit]
    await premises.change_clinic(*closing, accept=True, now=NOW)


async def test_a_zone_under_schedules_stays(practice: Practice) -> None:
    with pytest.raises(premises.ZoneInUse):
        await premises.change_clinic(
            practice.id, practice.clinic.id, {"zone": "Europe/Berlin"}, None, accept=True, now=NOW
        )


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"zone": "Mumbai"}, "Asia/Kolkata"), ({"currency": "RUP"}, "INR"), ({"name": None}, "name: Field required")],
)
async def test_a_clinic_that_cannot_be_is_refused(practice: Practice, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Impossible, match=says):
        await premises.change_clinic(practice.id, practice.clinic.id, changes, None, accept=True, now=NOW)


async def test_who_leaves_leaves_nobody_behind(practice: Practice) -> None:
    visit = await booked(practice)
    leaving = (practice.id, practice.doctors[0].id, {"active": False}, None)
    with pytest.raises(StrandsPatients) as refusal:
        await premises.change_doctor(*leaving, accept=False, now=NOW)
    assert hit(refusal) == [visit]
    await premises.change_doctor(*leaving, accept=True, now=NOW)
    with pytest.raises(NotFound):
        await premises.change_doctor(
            practice.id, practice.doctors[0].id, {"service_ids": ["nothing"]}, None, accept=True, now=NOW
        )


async def test_two_editors_of_a_clinic(practice: Practice) -> None:
    first = (practice.id, practice.clinic.id, {"name": "First"}, 1)
    await premises.change_clinic(*first, accept=False, now=NOW)
    with pytest.raises(Stale) as refusal:
        await premises.change_clinic(practice.id, practice.clinic.id, {"name": "Second"}, 1, accept=False, now=NOW)
    assert isinstance(refusal.value.current, Clinic)
    assert refusal.value.current.name == "First"


# The clinic's limits for patients.


@pytest.mark.parametrize(
    ("minutes", "staff", "late"), [(0, False, False), (90, False, False), (91, False, True), (91, True, False)]
)
async def test_patients_cancel_and_move_in_time(database: object, minutes: int, staff: bool, late: bool) -> None:
    practice = await open_practice(cancel_limit_minutes=minutes, move_limit_minutes=minutes)
    visit = await booked(practice, NINE + HOUR)
    at, directory = NINE - 30 * MINUTE, await practice.directory()
    place, asker = practice.place(NINE + 3 * HOUR), practice.asker(staff=staff)

    async def outcome(refusal: type[ClinicError], **order: Any) -> bool:
        try:
            if order:
                await booking.move(directory, visit, 0, place, asker, at)
            else:
                await booking.cancel(practice.id, visit, 0 if late else 1, practice.asker(staff=staff), at)
        except refusal:
            return True
        return False

    assert await outcome(TooLateToMove, move=True) == late
    if late:
        assert await outcome(TooLateToCancel) == late


async def test_a_clinic_has_a_limit_of_its_own(database: object) -> None:
    practice = await open_practice(max_open_bookings=1, limit=3)
    patient, directory = practice.patient(), await practice.directory()
    await booking.book(directory, practice.place(NINE + HOUR), patient, practice.asker(), NOW)
    with pytest.raises(TooManyBookings):
        await booking.book(directory, practice.place(NINE + 2 * HOUR), patient, practice.asker(), NOW)
    await booking.book(directory, practice.place(NINE + 2 * HOUR), patient, practice.asker(staff=True), NOW)
