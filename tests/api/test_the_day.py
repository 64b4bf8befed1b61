"""The day through the API: booked, checked in, called, seen; refused with the reason; shown to whom it may be."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from office import Office
from practice import open_practice

from api.routes.display import watch_waiting_room
from clinic import display_key
from clinic.appointment import Appointment
from clinic.audit import AuditEntry
from clinic.booking import Asker, For, Place, book
from clinic.channel import Channel
from clinic.check_in_word import word_of
from clinic.directory import DIRECTORIES
from clinic.patient import Patient
from clinic.place import Clinic
from clinic.record import new_id

At = Callable[..., datetime]


def wish(office: Office, start: datetime | None = None, **more: Any) -> dict[str, Any]:
    practice = office.practice
    place = {
        "doctor_id": practice.doctors[0].id, "service_id": practice.services[0].id, "clinic_id": practice.clinic.id,
    }  # fmt: skip
    when = {"start": start.isoformat()} if start else {}
    return {**place, **when, "patient": {"name": "Mrs. Meera Joshi", "phone": "+919820012345"}} | more


async def booked(office: Office, start: datetime, **more: Any) -> dict[str, Any]:
    answer = await office.as_("receptionist").post("/appointments", json=wish(office, start, **more))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def today(office: Office) -> str:
    return datetime.now(ZoneInfo(office.practice.clinic.zone)).date().isoformat()


async def walks_in(office: Office, **more: Any) -> dict[str, Any]:
    answer = await office.as_("receptionist").post("/queue/walk-ins", json=wish(office, **more))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def press(client: httpx.AsyncClient, entry: dict[str, Any], move: str, status: int = 200, **body: Any) -> Any:
    answer = await client.post(f"/queue/{entry['id']}/{move}", json=body or None)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_visit_is_booked_looked_at_moved_and_cancelled(office: Office, tomorrow_at: At) -> None:
    desk = office.as_("receptionist")
    visit = await booked(office, tomorrow_at(9))
    found = await desk.get(f"/appointments/{visit['id']}")
    assert found.headers["etag"] == '"0"'
    assert [each["what"] for each in found.json()["history"]] == ["booked"]
    moved = await desk.post(f"/appointments/{visit['id']}/move", json={"start": tomorrow_at(10).isoformat()})
    assert (moved.status_code, moved.json()["start"]) == (200, tomorrow_at(10).strftime("%Y-%m-%dT%H:%M:%SZ"))
    stale = await desk.post(f"/appointments/{visit['id']}/cancel", json={}, headers={"If-Match": '"0"'})
    assert stale.status_code == 412
    assert stale.json()["current"]["start"] == moved.json()["start"]
    cancelled = await desk.post(
        f"/appointments/{visit['id']}/cancel", json={"reason": "ill"}, headers={"If-Match": '"1"'}
    )
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    again = await desk.post(f"/appointments/{visit['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "not_changeable")


async def test_a_repeated_booking_is_one(office: Office, tomorrow_at: At) -> None:
    desk, key = office.as_("receptionist"), {"Idempotency-Key": "book-once"}
    answers = [await desk.post("/appointments", json=wish(office, tomorrow_at(9)), headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert await Patient.of(office.tenant_id).count() == 1


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"patient_id": "x"}, 422, "malformed"),  # both
        ({"patient": None}, 422, "malformed"),  # none
        ({"patient": None, "patient_id": "nobody"}, 404, "not_found"),
        ({"doctor_id": "nobody"}, 409, "slot_not_offered"),
        ({"clinic_id": "nowhere"}, 404, "not_found"),
        ({"start": "2027-01-04T09:00:00"}, 422, "malformed"),  # without its offset
        ({"start": "9999-01-04T09:00:00Z"}, 422, "malformed"),
        ({"start": "2027-01-04T09:00:30Z"}, 409, "slot_not_offered"),
        ({"wrong": 1}, 422, "malformed"),
    ],
)
async def test_what_cannot_be_booked(office: Office, tomorrow_at: At, more: Any, status: int, code: str) -> None:
    answer = await office.as_("owner").post("/appointments", json=wish(office, tomorrow_at(9)) | more)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_beyond_the_capacity_only_who_may_approve_it(office: Office, tomorrow_at: At) -> None:
    start = tomorrow_at(9)
    await booked(office, start)
    full = await office.as_("receptionist").post("/appointments", json=wish(office, start))
    assert (full.status_code, full.json()["code"]) == (409, "slot_taken")
    nurse = await office.as_("nurse").post("/appointments", json=wish(office, start, overbook=True))
    assert (nurse.status_code, nurse.json()["code"]) == (403, "not_allowed")
    assert (await booked(office, start, overbook=True))["status"] == "booked"


async def test_the_list_is_filtered_and_paged(office: Office, tomorrow_at: At) -> None:
    visits = [await booked(office, tomorrow_at(9 + number)) for number in range(3)]
    await book(
        await office.practice.directory(), Place(**{**_place(office), "start": tomorrow_at(12)}),
        For(new_id(), "Ann"), Asker("chat", "patient", "whatsapp"), datetime.now(UTC),
    )  # fmt: skip
    desk, day = office.as_("receptionist"), tomorrow_at(9).astimezone(ZoneInfo(office.practice.clinic.zone)).date()

    async def ids(**asked: Any) -> list[str]:
        answer = await desk.get("/appointments", params=asked)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await ids(date=day.isoformat(), source="api") == [each["id"] for each in visits]
    assert len(await ids()) == len(await ids(**{"from": day.isoformat(), "to": day.isoformat()})) == 4
    assert len(await ids(source="whatsapp")) == 1
    assert await ids(patient_id=visits[1]["patient_id"]) == [visits[1]["id"]]
    assert await ids(**{"from": tomorrow_at(10).isoformat(), "to": tomorrow_at(11).isoformat()}) == [visits[1]["id"]]
    assert await ids(date=(day + timedelta(days=1)).isoformat()) == await ids(status="cancelled") == []
    assert await ids(doctor_id="nobody") == await ids(clinic_id="nowhere") == []
    first = (await desk.get("/appointments", params={"limit": 3})).json()
    rest = (await desk.get("/appointments", params={"limit": 3, "cursor": first["next"]})).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
    assert (await desk.get("/appointments", params={"from": "2027-02-01", "to": "2027-01-01"})).status_code == 422


def _place(office: Office) -> dict[str, Any]:
    return {name: value for name, value in wish(office).items() if name.endswith("_id")}


async def test_free_slots(office: Office, tomorrow_at: At) -> None:
    desk, place = office.as_("doctor"), _place(office)
    day = tomorrow_at(9).astimezone(ZoneInfo(office.practice.clinic.zone)).date().isoformat()
    asked = {"clinic_id": place["clinic_id"], "service_id": place["service_id"], "from": day, "to": day}
    slots = (await desk.get("/slots", params=asked)).json()["items"]
    assert len(slots) == 15
    assert datetime.fromisoformat(slots[0]["start"]) == tomorrow_at(9)
    assert {each["doctor_id"] for each in slots} == {place["doctor_id"]}
    await booked(office, tomorrow_at(9))
    assert len((await desk.get("/slots", params=asked | place)).json()["items"]) == 13
    assert len((await desk.get("/slots", params=asked | {"overbook": True})).json()["items"]) == 15
    assert len((await desk.get("/slots", params=asked | {"limit": 2})).json()["items"]) == 2
    assert (await desk.get("/slots", params=asked | {"doctor_id": "nobody"})).status_code == 404
    assert (await desk.get("/slots", params=asked | {"to": "2199-01-01"})).json()["code"] == "bad_range"
    unencoded = (
        f"/slots?clinic_id={place['clinic_id']}&service_id={place['service_id']}&from={day}T09:00:00+05:30&to={day}"
    )
    assert (await desk.get(unencoded)).status_code == 200


async def test_the_calendar_of_a_range(office: Office, tomorrow_at: At) -> None:
    visit = await booked(office, tomorrow_at(9))
    await office.practice.close(tomorrow_at(11), tomorrow_at(12))
    day = tomorrow_at(9).astimezone(ZoneInfo(office.practice.clinic.zone)).date().isoformat()
    (doctor,) = (await office.as_("doctor").get("/calendar", params={"from": day, "to": day})).json()["items"]
    assert [each["id"] for each in doctor["visits"]] == [visit["id"]]
    assert [each["kind"] for each in doctor["exceptions"]] == ["leave"]
    assert [datetime.fromisoformat(each["start"]) for each in doctor["hours"]] == [tomorrow_at(9), tomorrow_at(12)]


async def test_check_in_gives_a_number_of_the_visits_day(office: Office, tomorrow_at: At) -> None:
    desk = office.as_("receptionist")
    visits = [await booked(office, tomorrow_at(9 + number)) for number in range(3)]
    answers = await asyncio.gather(*(desk.post(f"/appointments/{each['id']}/check-in") for each in visits * 2))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted({answer.json()["token"] for answer in answers}) == [1, 2, 3]
    assert {answer.json()["status"] for answer in answers} == {"checked-in"}
    day = tomorrow_at(9).astimezone(ZoneInfo(office.practice.clinic.zone)).date().isoformat()
    doctor = office.practice.doctors[0].id
    queue = (await desk.get("/queue", params={"doctor_id": doctor, "date": day})).json()["items"]
    assert [(datetime.fromisoformat(each["planned_at"]), each["position"]) for each in queue] == [
        (tomorrow_at(9 + number), number + 1) for number in range(3)
    ]
    assert all(each["planned_at"].endswith("Z") for each in queue), "as all times of the API are written"
    called = await desk.post("/queue/call-next", json={"doctor_id": doctor, "date": day})
    assert (called.json()["id"], called.json()["status"]) == (queue[0]["id"], "called")
    undone = await desk.post(f"/appointments/{visits[2]['id']}/undo")
    assert undone.json()["status"] == "booked"
    early = await desk.post(f"/appointments/{visits[2]['id']}/no-show")
    assert (early.status_code, early.json()["code"]) == (409, "not_started")


async def test_a_whole_day_in_the_queue(office: Office) -> None:
    await office.practice.close(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(days=2))
    desk, doctor = office.as_("receptionist"), office.practice.doctors[0].id
    entries = [await walks_in(office) for _ in range(4)]
    assert [each["token"] for each in entries] == [1, 2, 3, 4]
    assert {each["appointment_id"] for each in entries} == {None}
    first, second, third, fourth = entries
    await press(desk, fourth, "priority", priority=2, reason="chest pain")
    await press(desk, third, "reorder", before=second["id"], reason="small child")
    await press(desk, third, "reorder", status=422, before=second["id"])
    queue = (await desk.get("/queue", params={"doctor_id": doctor})).json()["items"]
    assert [each["token"] for each in queue] == [4, 1, 3, 2]
    assert queue[1]["wait"]["optimistic"] < queue[3]["wait"]["pessimistic"]
    called = (await desk.post("/queue/call-next", json={"doctor_id": doctor})).json()
    assert called["id"] == fourth["id"]
    await press(desk, fourth, "start")
    assert (await press(desk, first, "start", status=409))["code"] == "doctor_busy"
    assert (await press(desk, first, "finish", status=409))["code"] == "move_refused"
    assert (await press(desk, first, "start", beside=True))["status"] == "with_doctor"
    assert (await press(desk, fourth, "finish"))["status"] == "done"
    assert (await press(desk, fourth, "reopen"))["status"] == "with_doctor"
    await press(desk, second, "park", reason="laboratory")
    await press(desk, second, "return")
    await press(desk, second, "call")
    await press(desk, second, "skip")
    await press(desk, second, "recall")
    detail = await desk.get(f"/queue/{second['id']}")
    assert [each["what"] for each in detail.json()["history"]] == [
        "walk_in",
        "park",
        "return",
        "call",
        "skip",
        "recall",
    ]
    assert "start" in detail.json()["possible"]
    stale = await desk.post(f"/queue/{second['id']}/skip", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["current"]["status"]) == (412, "called")


async def test_two_desks_press_next_at_once(office: Office) -> None:
    await office.practice.close(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(days=2))
    for _ in range(3):
        await walks_in(office)
    wanted = {"doctor_id": office.practice.doctors[0].id}
    desks = [office.as_("receptionist"), office.as_("doctor")]
    answers = await asyncio.gather(*(desk.post("/queue/call-next", json=wanted) for desk in desks * 3))
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_to_another_doctor_and_nowhere_else(office: Office) -> None:
    practice = await open_practice(doctors=2, overbooking=1)
    desk = office.as_("receptionist", tenant_id=practice.id)
    place = {"service_id": practice.services[0].id, "clinic_id": practice.clinic.id, "patient": {"name": "Meera"}}
    entry = (await desk.post("/queue/walk-ins", json=place | {"doctor_id": practice.doctors[0].id})).json()
    moved = await press(desk, entry, "transfer", doctor_id=practice.doctors[1].id, reason="sooner")
    assert (moved["doctor_id"], moved["token"]) == (practice.doctors[1].id, 1)
    assert (await press(desk, entry, "transfer", status=409, doctor_id=practice.doctors[1].id))["code"] == "same_doctor"
    await press(desk, entry, "transfer", status=404, doctor_id="nobody")


async def test_a_transfer_stands_in_the_visits_history(office: Office) -> None:
    practice = await open_practice(doctors=2, overbooking=1, hours=[("00:00", "23:59")], notice_minutes=0)
    desk = office.as_("receptionist", tenant_id=practice.id)
    now = datetime.now(UTC)
    visit = Appointment(
        tenant_id=practice.id, request_id=new_id(), clinic_id=practice.clinic.id, doctor_id=practice.doctors[0].id,
        service_id=practice.services[0].id, patient_id=new_id(), start=now, end=now + timedelta(minutes=30),
    )  # fmt: skip
    await Appointment.of(practice.id).insert(visit)
    arrived = await desk.post(f"/appointments/{visit.id}/check-in")
    assert arrived.status_code == 200, arrived.text
    (entry,) = (await desk.get("/queue")).json()["items"]
    await press(desk, entry, "transfer", doctor_id=practice.doctors[1].id, reason="sooner")
    history = (await desk.get(f"/appointments/{visit.id}")).json()["history"]
    (told,) = [each for each in history if each["what"] == "transferred"]
    assert (told["reason"], told["detail"]) == ("sooner", f"{practice.doctors[0].id} > {practice.doctors[1].id}")
    assert (await Appointment.of(practice.id).get(visit.id)).doctor_id == practice.doctors[0].id


async def test_who_looked_at_a_days_list_or_queue_is_written_down(office: Office, tomorrow_at: At) -> None:
    visit, entry = await booked(office, tomorrow_at(9)), await walks_in(office)
    reader = office.as_("receptionist", user_id="reader")
    await reader.get("/appointments")
    await reader.get("/queue")
    rows = await AuditEntry.of(office.tenant_id).rows({"actor": "reader"}, sort=[("seq", 1)])
    assert [row["action"] for row in rows] == ["list_appointments", "list_queue"]
    visits, places = (json.loads(row["difference"])["shown"] for row in rows)
    assert visit["id"] in visits[1]
    assert places == [None, [entry["id"]]]


async def test_a_walk_in_takes_the_next_seat_and_is_seen_once(office: Office) -> None:
    now = datetime.now(UTC)
    facts = {"clinic_id": office.practice.clinic.id, "kind": "extra_hours"}
    await office.practice.close(now - timedelta(minutes=20), now + timedelta(hours=2), **facts)
    desk, key = office.as_("receptionist"), {"Idempotency-Key": "one-walk-in"}
    answers = [await desk.post("/queue/walk-ins", json=wish(office), headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    entry = answers[0].json()
    if entry["planned_at"] is None:  # the last minutes of the clinic's day
        return
    await press(desk, entry, "start")
    await press(desk, entry, "finish")
    visit = (await desk.get(f"/appointments/{entry['appointment_id']}")).json()
    assert (visit["status"], visit["source"]) == ("fulfilled", "api")


async def test_the_screen_shows_numbers_and_first_names_to_its_key_only(office: Office) -> None:
    await office.practice.close(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(days=2))
    owner, stranger, clinic = office.as_("owner"), office.client(), office.practice.clinic.id
    issued = await owner.post("/display-keys", json={"clinic_id": clinic, "name": "Hall"})
    assert issued.status_code == 201
    key, entry = {"X-Display-Key": issued.json()["key"]}, await walks_in(office)
    screen = (await stranger.get("/display/queue", headers=key)).json()
    (room,) = screen["doctors"]
    assert room["waiting"] == [{"token": 1, "first_name": "Meera"}]
    assert "Joshi" not in str(screen)
    assert entry["patient_id"] not in str(screen)
    assert "key" not in (await owner.get("/display-keys")).json()["items"][0]
    wrong = {"X-Display-Key": issued.json()["key"] + "x"}
    for headers in ({}, wrong, {"X-Display-Key": "a.b.c"}):
        assert (await stranger.get("/display/queue", headers=headers)).json()["code"] == "bad_display_key"
    assert (await office.client(issued.json()["key"]).get("/queue")).status_code == 401
    assert (await owner.delete(f"/display-keys/{issued.json()['id']}")).status_code == 200
    assert (await stranger.get("/display/queue", headers=key)).status_code == 401


async def test_what_is_anothers_is_not_there(office: Office, tomorrow_at: At) -> None:
    visit, entry = await booked(office, tomorrow_at(9)), await walks_in(office)
    issued = await office.as_("owner").post("/display-keys", json={"clinic_id": entry["clinic_id"], "name": "Hall"})
    other = await open_practice()
    strangers = [office.as_("owner", tenant_id=other.id), office.as_("owner", clinic_id=new_id())]
    paths = [f"/appointments/{visit['id']}/{what}" for what in ("cancel", "check-in", "no-show", "undo")]
    paths += [
        f"/queue/{entry['id']}/{what}" for what in ("call", "recall", "start", "finish", "skip", "park", "return")
    ]
    for stranger in strangers:
        missing = [await stranger.post(path) for path in paths]
        missing += [await stranger.get(f"/appointments/{visit['id']}"), await stranger.get(f"/queue/{entry['id']}")]
        missing += [await stranger.delete(f"/display-keys/{issued.json()['id']}")]
        missing += [await stranger.post("/appointments", json=wish(office, tomorrow_at(10)))]
        missing += [await stranger.get("/slots", params=_place(office))]
        assert {(answer.status_code, answer.json()["code"]) for answer in missing} == {(404, "not_found")}
        assert (await stranger.get("/appointments")).json()["items"] == []
        assert (await stranger.get("/queue")).json()["items"] == []
        assert all(not each["visits"] for each in (await stranger.get("/calendar")).json()["items"])


async def test_where_the_clinic_says_so_a_doctor_finds_their_own_patients_only(office: Office, tomorrow_at: At) -> None:
    clinic = office.practice.clinic.id
    visit, entry = await booked(office, tomorrow_at(9)), await walks_in(office)
    own = office.as_("doctor", doctor_id=office.practice.doctors[0].id)
    colleague = office.as_("doctor", doctor_id=new_id())
    desk = office.as_("receptionist", doctor_id=new_id())
    assert (await colleague.get(f"/appointments/{visit['id']}")).status_code == 200
    await Clinic.of(office.tenant_id).change({"_id": clinic}, {"$set": {"doctors_see_own_only": True}})
    DIRECTORIES.forget(office.tenant_id)
    for client, found in ((own, True), (desk, True), (colleague, False)):
        status = 200 if found else 404
        assert (await client.get(f"/appointments/{visit['id']}")).status_code == status
        assert (await client.get(f"/queue/{entry['id']}")).status_code == status
        assert bool((await client.get("/appointments")).json()["items"]) is found
        assert bool((await client.get("/queue")).json()["items"]) is found
        (calendar,) = (await client.get("/calendar")).json()["items"]
        assert bool(calendar["visits"]) is found


async def test_the_screen_is_told_what_changes_until_its_key_is_revoked(office: Office) -> None:
    await office.practice.close(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(days=2))
    key, _ = await display_key.issue(office.tenant_id, office.practice.clinic.id, "Hall", "staff:1", datetime.now(UTC))
    shown: asyncio.Queue[Any] = asyncio.Queue()

    async def watch() -> None:
        async for event in watch_waiting_room(key, office.house, office.app.state.newsroom):
            shown.put_nowait(json.loads(event.raw_data or ""))

    async def next_shown() -> Any:
        return await asyncio.wait_for(shown.get(), 10)

    watching = asyncio.create_task(watch())
    assert (await next_shown())["doctors"] == []
    await asyncio.sleep(0.2)  # until its reader listens
    entry = await walks_in(office)
    assert (await next_shown())["doctors"][0]["waiting"] == [{"token": 1, "first_name": "Meera"}]
    await press(office.as_("receptionist"), entry, "call")
    assert (await next_shown())["doctors"][0]["called"] == [{"token": 1, "first_name": "Meera"}]
    await display_key.revoke(office.tenant_id, key.id, datetime.now(UTC))
    await press(office.as_("receptionist"), entry, "start")
    await asyncio.wait_for(watching, 10)
    assert shown.empty()


async def test_staff_say_that_a_doctor_is_late(office: Office) -> None:
    desk, doctor = office.as_("receptionist"), office.practice.doctors[0].id
    said = (await desk.post("/queue/late", json={"doctor_id": doctor, "minutes": 45})).json()
    assert (said["doctor_id"], said["minutes"]) == (doctor, 45)
    assert datetime.fromisoformat(said["ready_at"]) >= datetime.now(UTC) + timedelta(minutes=44)
    again = await desk.post("/queue/late", json={"doctor_id": doctor, "minutes": 0})
    assert again.json()["minutes"] == 0
    for role, body, status in (
        ("receptionist", {"doctor_id": new_id(), "minutes": 5}, 404),
        ("receptionist", {"doctor_id": doctor, "minutes": -5}, 422),
        ("receptionist", {"doctor_id": doctor, "minutes": 5, "clinic_id": new_id()}, 404),
        ("billing", {"doctor_id": doctor, "minutes": 5}, 403),
    ):
        assert (await office.as_(role).post("/queue/late", json=body)).status_code == status, body


async def test_the_code_at_the_reception(office: Office) -> None:
    clinic = office.practice.clinic
    number = {"phone_number_id": new_id(), "waba_id": "w", "access_token": "t", "display_phone_number": "+1 555-0001"}
    await office.practice.add(Channel(tenant_id=office.tenant_id, **number))
    desk = office.as_("receptionist")
    shown = (await desk.get(f"/clinics/{clinic.id}/check-in")).json()
    assert shown["word"] == word_of(clinic)
    [only] = shown["links"]
    assert only["url"].startswith("https://wa.me/15550001?text=")
    assert only["url"].endswith(shown["word"])
    assert (await office.as_("owner").patch(f"/clinics/{clinic.id}", json={"check_in_word": "K7P4QX"})).is_success
    assert (await desk.get(f"/clinics/{clinic.id}/check-in")).json()["word"] == "K7P4QX"
    refused = await office.as_("owner").patch(f"/clinics/{clinic.id}", json={"check_in_word": "HELLO0"})
    assert refused.status_code == 422
