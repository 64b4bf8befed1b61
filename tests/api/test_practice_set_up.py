"""Clinics, doctors, services, hours and exceptions through the API: made, looked at before, changed, refused."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from office import Office, open_office
from redis.asyncio import Redis

from clinic import booking
from clinic.directory import directory_of
from clinic.edited import Stale

At = Callable[..., datetime]
CLINIC = {"name": "Asha Clinic Andheri", "address": "7 Veera Desai Road", "zone": "Asia/Kolkata", "currency": "INR"}


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def booked(office: Office, start: datetime) -> str:
    practice = office.practice
    asker = booking.Asker(f"r{start}", "staff:1", "api", staff=True)
    directory = await directory_of(practice.id)
    now = office.house.clock()
    return (await booking.book(directory, practice.place(start), practice.patient(), asker, now)).id


async def test_a_practice_is_set_up_by_its_owner(office: Office) -> None:
    owner = office.as_("owner")
    clinic = await made(owner, "/clinics", CLINIC | {"holidays": {"country": "IN", "subdivision": "MH"}})
    service = await made(owner, "/services", {"name": "Cleaning", "minutes": 45, "price": 150_000, "buffer_after": 10})
    doctor = await made(
        owner, "/doctors",
        {"name": "Dr Kavita Rao", "specialty": "Dentist", "languages": ["en", "mr"], "service_ids": [service["id"]]},
    )  # fmt: skip
    hours = {
        "doctor_id": doctor["id"], "clinic_id": clinic["id"], "rule": "FREQ=MONTHLY;BYDAY=2SA,4SA",
        "hours": [["10:00", "14:00"]], "valid_from": "2026-11-01",
    }  # fmt: skip
    preview = await owner.post("/schedules/preview", json=hours | {"service_id": service["id"], "days": 60})
    assert preview.status_code == 200, preview.text
    assert preview.json()["stranded"] == []
    schedule = await made(owner, "/schedules", hours)
    assert (schedule["zone"], schedule["version"]) == ("Asia/Kolkata", 1)
    assert [
        each["id"] for each in (await owner.get("/schedules", params={"doctor_id": doctor["id"]})).json()["items"]
    ] == [schedule["id"]]
    holidays = (await owner.get(f"/clinics/{clinic['id']}/holidays", params={"year": 2027})).json()["items"]
    assert {"date": "2027-05-01", "name": "Maharashtra Day", "public": True, "worked": False} in holidays
    opening = await owner.get(f"/clinics/{clinic['id']}/opening", params={"from": "2027-01-04", "days": 14})
    assert [each["start"] for each in opening.json()] == ["2027-01-09T04:30:00Z"]
    for path in ("/clinics", "/doctors", "/services"):
        listed = (await owner.get(path)).json()
        assert {"items", "next"} == listed.keys()
        assert len(listed["items"]) == 2


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/clinics", CLINIC | {"zone": "Mars/Olympus"}, 422, "impossible"),
        ("/clinics", CLINIC | {"currency": "ZZZ"}, 422, "impossible"),
        ("/clinics", CLINIC | {"holidays": {"country": "XX"}}, 422, "impossible"),
        ("/clinics", CLINIC | {"colour": "red"}, 422, "malformed"),
        ("/clinics", {"name": "x"}, 422, "malformed"),
        ("/clinics", CLINIC | {"name": "a\0b"}, 422, "malformed"),
        ("/doctors", {"name": "Dr X", "service_ids": ["nothing"]}, 404, "not_found"),
        ("/services", {"name": "X", "minutes": 10**30}, 422, "malformed"),
    ],
)
async def test_what_cannot_be_is_refused(
    office: Office, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await office.as_("owner").post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(answer.json()["detail"]) > 20


async def test_editors_who_collide_are_told(office: Office) -> None:
    owner, path = office.as_("owner"), f"/clinics/{office.practice.clinic.id}"
    seen = await owner.get(path)
    tag = {"If-Match": seen.headers["ETag"]}
    first = await owner.patch(path, json={"phone": "+91 22 5550 0009"}, headers=tag)
    second = await owner.patch(path, json={"name": "Other"}, headers=tag)
    assert (first.status_code, second.status_code) == (200, 412)
    problem = second.json()
    assert (problem["code"], problem["current"]["phone"]) == (Stale.code, first.json()["phone"])
    assert problem["current"]["version"] == 2
    again = await owner.patch(path, json={"name": "Other"}, headers={"If-Match": first.headers["ETag"]})
    assert (again.status_code, again.headers["ETag"]) == (200, '"3"')


async def test_hours_do_not_strand_patients_unseen(office: Office, tomorrow_at: At) -> None:
    visit, manager = await booked(office, tomorrow_at(9)), office.as_("manager")
    [schedule] = (await manager.get("/schedules")).json()["items"]
    later = {"hours": [["10:00", "13:00"]]}
    asked = {name: schedule[name] for name in ("doctor_id", "clinic_id", "rule", "valid_from")} | later
    preview = (await manager.post("/schedules/preview", json=asked | {"replaces": schedule["id"]})).json()
    assert [each["id"] for each in preview["stranded"]] == [visit]
    assert preview["next"][0]["capacity"] == 1
    path = f"/schedules/{schedule['id']}"
    refused = await manager.patch(path, json=later)
    assert (refused.status_code, refused.json()["code"]) == (409, "strands_patients")
    assert [each["id"] for each in refused.json()["appointments"]] == [visit]
    assert (await manager.delete(path)).status_code == 409
    own_doctor = office.as_("doctor", doctor_id=office.practice.doctors[0].id)
    unanswered = await own_doctor.patch(path, json=later, params={"accept_stranded": True})
    assert unanswered.status_code == 409, "a doctor does not answer for the clinic"
    accepted = await manager.patch(path, json=later, params={"accept_stranded": True})
    assert (accepted.status_code, accepted.json()["hours"]) == (200, [["10:00", "13:00"]])


async def test_leave_answers_with_who_is_hit(office: Office, tomorrow_at: At) -> None:
    visit, desk = await booked(office, tomorrow_at(9)), office.as_("receptionist")
    day = f"{tomorrow_at(9) + timedelta(hours=5, minutes=30):%Y-%m-%d}"
    leave = {
        "kind": "leave", "doctor_id": office.practice.doctors[0].id, "start": f"{day}T08:00", "end": f"{day}T12:00",
        "reason": "Conference",
    }  # fmt: skip
    dry = await desk.post("/exceptions/preview", json=leave)
    assert [each["id"] for each in dry.json()["appointments"]] == [visit]
    done = await made(desk, "/exceptions", leave)
    assert [each["id"] for each in done["hit"]] == [visit]
    assert done["start"] == f"{tomorrow_at(8):%Y-%m-%dT%H:%M:%S}Z"
    twice = await desk.post("/exceptions", json=leave)
    assert (twice.status_code, twice.json()["code"], twice.json()["overlaps"]) == (409, "overlaps", [done["id"]])
    shorter = await desk.patch(f"/exceptions/{done['id']}", json={"end": f"{day}T08:30"})
    assert (shorter.status_code, shorter.json()["hit"]) == (200, [])
    listed = await desk.get("/exceptions", params={"kind": "leave", "from": f"{day}T00:00:00Z"})
    assert [each["id"] for each in listed.json()["items"]] == [done["id"]]
    assert (await desk.delete(f"/exceptions/{done['id']}")).status_code == 200
    assert (await desk.get(f"/exceptions/{done['id']}")).status_code == 404


async def test_a_clinic_is_not_closed_over_patients_heads(office: Office, tomorrow_at: At) -> None:
    visit, owner = await booked(office, tomorrow_at(9)), office.as_("owner")
    refused = await owner.delete(f"/clinics/{office.practice.clinic.id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "clinic_has_bookings")
    assert [each["id"] for each in refused.json()["appointments"]] == [visit]


async def test_doctors_change_their_own_hours_only(office: Office) -> None:
    [schedule] = (await office.as_("owner").get("/schedules")).json()["items"]
    colleague = office.as_("doctor", doctor_id="somebody-else")
    refused = await colleague.patch(f"/schedules/{schedule['id']}", json={"slot_minutes": 20})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    own = office.as_("doctor", doctor_id=office.practice.doctors[0].id)
    assert (await own.patch(f"/schedules/{schedule['id']}", json={"slot_minutes": 20})).status_code == 200


async def test_a_manager_of_one_clinic_changes_no_other(office: Office) -> None:
    owner = office.as_("owner")
    second = await made(owner, "/clinics", CLINIC)
    manager = office.as_("manager", clinic_id=second["id"])
    first = office.practice.clinic.id
    assert [each["id"] for each in (await manager.get("/clinics")).json()["items"]] == [second["id"]]
    assert (await manager.get(f"/clinics/{first}")).status_code == 404
    assert (await manager.patch(f"/clinics/{first}", json={"name": "Mine"})).status_code == 404
    assert (await manager.patch(f"/clinics/{second['id']}", json={"name": "Mine"})).status_code == 200
    [schedule] = (await owner.get("/schedules")).json()["items"]
    assert (await manager.get(f"/schedules/{schedule['id']}")).status_code == 404
    assert (await manager.get("/schedules")).json()["items"] == []
    everywhere = {"kind": "holiday", "start": "2027-01-26T00:00", "end": "2027-01-27T00:00"}
    assert (await manager.post("/exceptions", json=everywhere)).status_code == 403
    assert (await manager.post("/exceptions", json=everywhere | {"clinic_id": second["id"]})).status_code == 201


@pytest.mark.parametrize("kind", ["clinics", "doctors", "services", "schedules", "exceptions", "channels"])
async def test_another_practices_records_do_not_exist(office: Office, redis: "Redis", kind: str) -> None:
    async with open_office(redis) as other:
        theirs = {
            "clinics": other.practice.clinic.id, "doctors": other.practice.doctors[0].id,
            "services": other.practice.services[0].id,
            "schedules": (await other.as_("owner").get("/schedules")).json()["items"][0]["id"],
        }.get(kind, "67a1b2c3d4e5f60718293a4b")  # fmt: skip
        owner = office.as_("owner")
        answers = [
            await owner.get(f"/{kind}/{theirs}"),
            await owner.patch(f"/{kind}/{theirs}", json={}),
            await owner.delete(f"/{kind}/{theirs}"),
        ]
    missing = await owner.get(f"/{kind}/nothing-here")
    for answer in answers:
        assert (answer.status_code, answer.json()) == (404, missing.json())


async def test_the_practice_itself(office: Office) -> None:
    owner, desk = office.as_("owner"), office.as_("receptionist")
    seen = await desk.get("/tenant")
    assert (seen.status_code, seen.json()["id"]) == (200, office.tenant_id)
    change = {"branding": {"colour": "#0a7c66", "logo_url": "https://asha.example/logo.png"}, "emergency_number": "112"}
    changed = await owner.patch("/tenant", json=change, headers={"If-Match": seen.headers["ETag"]})
    assert (changed.status_code, changed.json()["branding"]) == (200, change["branding"])
    assert (await owner.patch("/tenant", json={"name": "Late"}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await owner.patch("/tenant", json={"name": None})).status_code == 422
    ways = await owner.patch("/tenant", json={"notify_by": ["whatsapp", "sms"]})
    assert (ways.status_code, ways.json()["notify_by"]) == (200, ["whatsapp", "sms"])
    assert (await owner.patch("/tenant", json={"notify_by": ["pigeon"]})).status_code == 422
    assert (await desk.patch("/tenant", json=change)).status_code == 403
    assert (await directory_of(office.tenant_id)).tenant.emergency_number == "112"


@pytest.mark.parametrize(
    "hours", [[], [[]], [["09:00"]], [["09:00", "10:00", "11:00"]], [["9", "10"]], "09:00", [[1, 2]]]
)
async def test_hours_come_in_pairs(office: Office, hours: object) -> None:
    [schedule] = (await office.as_("owner").get("/schedules")).json()["items"]
    answer = await office.as_("owner").patch(f"/schedules/{schedule['id']}", json={"hours": hours})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
