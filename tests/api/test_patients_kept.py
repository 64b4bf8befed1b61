"""Patients through the API: registered, found, corrected, noted on, merged, and each look written down."""

from datetime import UTC, datetime
from typing import Any

import pytest
from office import Office
from practice import open_practice

from clinic import audit
from clinic.appointment import Appointment
from clinic.audit import AuditEntry
from clinic.chat import Chat, Consent
from clinic.feedback import Feedback
from clinic.patient import Contact, Patient
from clinic.queue_entry import QueueEntry
from clinic.record import new_id
from clinic.slot_offer import SlotOffer
from clinic.waitlist import Wait

NOW = datetime(2025, 1, 4, 2, 0, tzinfo=UTC)
MEERA = {"name": "Meera Joshi", "phones": ["+91 98200 12345"], "birth_date": "1980-05-17", "language": "hi"}


async def registered(office: Office, **facts: Any) -> dict[str, Any]:
    answer = await office.as_("receptionist").post("/patients", json={**MEERA, **facts})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def entries(office: Office, patient_id: str) -> list[dict[str, Any]]:
    return await AuditEntry.of(office.tenant_id).rows({"entity_id": patient_id}, sort=[("seq", 1)])


async def visit(office: Office, patient_id: str, doctor_id: str = "", **facts: Any) -> Appointment:
    found = Appointment(
        tenant_id=office.tenant_id, request_id=new_id(), clinic_id=office.practice.clinic.id,
        doctor_id=doctor_id or office.practice.doctors[0].id, service_id="s", patient_id=patient_id,
        patient_name="as it was", start=NOW, end=NOW, **facts,
    )  # fmt: skip
    await Appointment.of(office.tenant_id).insert(found)
    return found


async def chat(office: Office, *patients: str) -> Chat:
    """A household's chat, that agreed to be contacted."""
    said = Consent(version="1", given=True, at=NOW)
    found = Chat(
        tenant_id=office.tenant_id, user_id=new_id(), wa_id="919820012345", language="hi", consent=said, consents=[said]
    )
    await Chat.of(office.tenant_id).insert(found)
    for place, each in enumerate(patients):
        contact = Contact(chat_id=found.id, is_self=not place).model_dump()
        await Patient.of(office.tenant_id).change({"_id": each}, {"$set": {"contacts": [contact]}})
    return found


async def test_a_patient_is_registered_found_and_corrected(office: Office) -> None:
    new = await registered(office, external_reference="H-77")
    assert (new["phones"], new["version"], new["possible_duplicates"]) == (["+919820012345"], 1, [])
    client = office.as_("receptionist")
    got = await client.get(f"/patients/{new['id']}")
    assert got.headers["etag"] == '"1"'
    assert got.json() == {name: new[name] for name in got.json()}
    for typed in ("mira josi", "मीरा जोशी", "12345", "098200 12345", "H77", "1980-05-17"):
        found = (await client.get("/patients", params={"search": typed})).json()
        assert [each["id"] for each in found["items"]] == [new["id"]], typed
        assert found["next"] is None
    edited = await client.patch(
        f"/patients/{new['id']}", json={"name": "Meera Deshpande", "birth_date": None}, headers={"If-Match": '"1"'}
    )
    assert (edited.json()["name"], edited.json()["birth_date"], edited.headers["etag"]) == (
        "Meera Deshpande",
        None,
        '"2"',
    )
    stale = await client.patch(f"/patients/{new['id']}", json={"name": "X Y"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["current"]["name"]) == (412, "Meera Deshpande")
    assert (await client.get("/patients", params={"search": "joshi"})).json()["items"] == []


async def test_each_look_and_each_change_is_written_down(office: Office) -> None:
    new = await registered(office)
    client = office.as_("receptionist", user_id="reception-1")
    await client.get(f"/patients/{new['id']}")
    await client.patch(f"/patients/{new['id']}", json={"phones": ["+919820054321"]})
    found = await entries(office, new["id"])
    assert [each["action"] for each in found] == ["create_patient", "get_patient", "edit_patient"]
    assert [each["actor"] for each in found[1:]] == ["reception-1"] * 2
    explorer = (await office.as_("owner").get("/audit", params={"entity_id": new["id"]})).json()["items"]
    assert explorer[0]["difference"]["phones"] == [["+919820012345"], ["+919820054321"]]
    assert explorer[1]["difference"] == {}
    await client.get("/patients", params={"search": "meera"})
    (shown,) = await AuditEntry.of(office.tenant_id).rows({"action": "list_patients"})
    assert shown["difference"] == f'{{"shown":[null,["{new["id"]}"]]}}'
    assert (await audit.verify(office.tenant_id)).broken_at is None


async def test_the_same_request_registers_once(office: Office) -> None:
    client, key = office.as_("receptionist"), {"Idempotency-Key": new_id()}
    first = await client.post("/patients", json=MEERA, headers=key)
    again = await client.post("/patients", json=MEERA, headers=key)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await Patient.of(office.tenant_id).rows()) == 1


async def test_who_may_be_the_same_person_is_told_and_nobody_is_refused(office: Office) -> None:
    first = await registered(office)
    other = await registered(office, name="Mira Joshi", phones=[])
    assert [(each["id"], each["reasons"]) for each in other["possible_duplicates"]] == [
        (first["id"], ["same_birth_date", "similar_name"])
    ]
    child = await registered(office, name="Rohan Joshi", birth_date="2015-01-01")
    assert [(each["id"], each["reasons"]) for each in child["possible_duplicates"]] == [(first["id"], ["same_phone"])]
    stranger = await registered(office, name="Meera Joshi", phones=[], birth_date="1999-09-09")
    assert stranger["possible_duplicates"] == []
    told = (await office.as_("nurse").get(f"/patients/{first['id']}/duplicates")).json()["items"]
    assert [each["id"] for each in told] == [other["id"], child["id"]]


async def test_a_reference_is_one_patients(office: Office) -> None:
    await registered(office, external_reference="H-1")
    client = office.as_("receptionist")
    second = await client.post("/patients", json={**MEERA, "external_reference": "H-1"})
    assert (second.status_code, second.json()["code"]) == (409, "reference_taken")
    other = await registered(office, external_reference="H-2")
    moved = await client.patch(f"/patients/{other['id']}", json={"external_reference": "H-1"})
    assert (moved.status_code, moved.json()["code"]) == (409, "reference_taken")


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "  "}, {"name": "..."}, {"name": None}, {"phones": ["call me"]}, {"birth_date": "yesterday"},
        {"name": "x" * 121}, {"health": "asthma"}, {"phones": ["+919820012345"] * 6}, {"tags": [""]},
        {"name": "a\x00b"},
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(office: Office, bad: dict[str, Any]) -> None:
    answer = await office.as_("receptionist").post("/patients", json={**MEERA, **bad})
    assert answer.status_code == 422, answer.text
    assert await Patient.of(office.tenant_id).rows() == []


async def test_notes_have_author_and_time(office: Office) -> None:
    new = await registered(office)
    client = office.as_("nurse", user_id="nurse-1")
    note = (await client.post(f"/patients/{new['id']}/notes", json={"text": " Ground floor. "})).json()
    assert (note["text"], note["by"]) == ("Ground floor.", "nurse-1")
    assert (await client.get(f"/patients/{new['id']}")).json()["notes"] == [note]
    removed = await client.delete(f"/patients/{new['id']}/notes/{note['id']}")
    assert removed.json()["notes"] == []
    assert [each["action"] for each in await entries(office, new["id"])][-1] == "remove_patient_note"


async def test_household_chats_and_consents(office: Office) -> None:
    mother, child = await registered(office), await registered(office, name="Rohan Joshi", birth_date="2015-01-01")
    await chat(office, mother["id"], child["id"])
    client = office.as_("receptionist")
    others = (await client.get(f"/patients/{mother['id']}/household")).json()["items"]
    assert [each["id"] for each in others] == [child["id"]]
    (shown,) = (await client.get(f"/patients/{child['id']}/chats")).json()["items"]
    assert (shown["number"], shown["consented"], shown["is_self"]) == ("***2345", True, False)
    assert [said["version"] for said in shown["consents"]] == ["1"]


async def test_visits_come_latest_first_and_from_ones_own_clinics(office: Office) -> None:
    new = await registered(office)
    first = await visit(office, new["id"])
    client = office.as_("receptionist")
    assert [each["id"] for each in (await client.get(f"/patients/{new['id']}/appointments")).json()["items"]] == [
        first.id
    ]
    elsewhere = office.as_("receptionist", clinic_id="another-clinic")
    assert (await elsewhere.get(f"/patients/{new['id']}/appointments")).json()["items"] == []


async def test_a_merge_moves_all_and_can_be_taken_back(office: Office) -> None:
    stays, gone = await registered(office), await registered(office, name="Mira Joshi", phones=["+919820099999"])
    mine, theirs = await visit(office, stays["id"]), await visit(office, gone["id"])
    known = await chat(office, gone["id"])
    client = office.as_("manager")
    for _ in range(2):
        merged = await client.post(f"/patients/{gone['id']}/merge", json={"into": stays["id"]})
        assert merged.status_code == 200, merged.text
        assert set(merged.json()["phones"]) == {"+919820012345", "+919820099999"}
    visits = (await client.get(f"/patients/{stays['id']}/appointments")).json()["items"]
    assert {each["id"] for each in visits} == {mine.id, theirs.id}
    assert {each["patient_name"] for each in visits if each["id"] == theirs.id} == {"Meera Joshi"}
    assert [each["id"] for each in (await client.get(f"/patients/{stays['id']}/chats")).json()["items"]] == [known.id]
    pointer = (await client.get(f"/patients/{gone['id']}")).json()
    assert (pointer["status"], pointer["merged_into"]) == ("merged", stays["id"])
    for typed in ("99999", "Mira Joshi"):
        found = (await client.get("/patients", params={"search": typed})).json()["items"]
        assert [each["id"] for each in found] == [stays["id"]]
    assert [each["id"] for each in (await client.get("/patients")).json()["items"]] == [stays["id"]]
    refused = await client.patch(f"/patients/{gone['id']}", json={"name": "Someone Else"})
    assert refused.json()["code"] == "patient_merged"
    back = await client.post(f"/patients/{gone['id']}/unmerge")
    assert (back.json()["status"], back.json()["phones"]) == ("active", ["+919820099999"])
    now = (await client.get(f"/patients/{stays['id']}")).json()
    assert (now["phones"], now["name"]) == (["+919820012345"], "Meera Joshi")
    assert [each["id"] for each in (await client.get(f"/patients/{gone['id']}/appointments")).json()["items"]] == [
        theirs.id
    ]
    assert (await client.post(f"/patients/{gone['id']}/unmerge")).json()["code"] == "not_merged"
    again = await client.post(f"/patients/{gone['id']}/merge", json={"into": stays["id"]})
    assert again.status_code == 200


async def test_a_merge_takes_all_along_that_names_the_patient(office: Office) -> None:
    stays, gone = await registered(office), await registered(office, name="Mira Joshi", phones=["+919820099999"])
    theirs = await visit(office, gone["id"])
    client = office.as_("manager")
    for patient, said in ((stays, "hers"), (gone, "the other's")):
        await client.post(f"/patients/{patient['id']}/notes", json={"text": said})
    facts = {"tenant_id": office.tenant_id, "patient_id": gone["id"], "clinic_id": office.practice.clinic.id}
    place = {**facts, "doctor_id": "d", "service_id": "s"}
    entry = QueueEntry(
        **place, request_id=new_id(), day=NOW.date(), token=1, tokens=["d 1"], minutes=5, place=1.0, arrived_at=NOW
    )
    wait = Wait(
        **place, request_id=new_id(), chat_id="c", first_day=NOW.date(), last_day=NOW.date(), created_at=NOW,
        ends_at=NOW,
    )  # fmt: skip
    offer = SlotOffer(
        **place, wait_id=wait.id, chat_id="c", hold_id="h", hold_version=0, slot="x", start=NOW, offered_at=NOW,
        until=NOW,
    )  # fmt: skip
    mark = Feedback(**facts, doctor_id="d", appointment_id=theirs.id, chat_id="c", mark=5, at=NOW)
    for record in (entry, wait, offer, mark):
        await type(record).of(office.tenant_id).insert(record)

    async def whose() -> set[str]:
        kinds = (Appointment, QueueEntry, Wait, SlotOffer, Feedback)
        rows = [row for kind in kinds for row in await kind.of(office.tenant_id).rows()]
        return {row["patient_id"] for row in rows}

    for _ in range(2):
        assert (await client.post(f"/patients/{gone['id']}/merge", json={"into": stays["id"]})).status_code == 200
        assert await whose() == {stays["id"]}
        notes = (await client.get(f"/patients/{stays['id']}")).json()["notes"]
        assert sorted(note["text"] for note in notes) == ["hers", "the other's"]
    await client.post(f"/patients/{gone['id']}/unmerge")
    assert await whose() == {gone["id"]}
    assert [note["text"] for note in (await client.get(f"/patients/{stays['id']}")).json()["notes"]] == ["hers"]


async def test_a_merge_needs_two_and_no_circle(office: Office) -> None:
    one, two, three = [await registered(office, name=f"Person {word}") for word in ("One", "Two", "Three")]
    client = office.as_("owner")
    assert (await client.post(f"/patients/{one['id']}/merge", json={"into": one["id"]})).status_code == 409
    assert (await client.post(f"/patients/{one['id']}/merge", json={"into": new_id()})).status_code == 404
    await client.post(f"/patients/{one['id']}/merge", json={"into": two["id"]})
    assert (await client.post(f"/patients/{two['id']}/merge", json={"into": one["id"]})).status_code == 409
    assert (await client.post(f"/patients/{one['id']}/merge", json={"into": three["id"]})).status_code == 409
    assert (
        await office.as_("receptionist").post(f"/patients/{two['id']}/merge", json={"into": three["id"]})
    ).status_code == 403


async def test_all_patients_in_pages_without_gaps_or_doubles(office: Office) -> None:
    times = [NOW.replace(day=day, hour=hour) for day in (1, 1, 1, 2, 3) for hour in (0, 0, 1, 5)]
    for number, at in enumerate(times):
        patient = Patient(tenant_id=office.tenant_id, name=f"P {number}", request_id=str(number), created_at=at)
        await Patient.of(office.tenant_id).insert(patient)
    client, seen, cursor = office.as_("receptionist"), list[str](), ""
    while cursor is not None:
        part = (await client.get("/patients", params={"limit": 3, "cursor": cursor})).json()
        seen, cursor = [*seen, *(each["id"] for each in part["items"])], part["next"]
    rows = await Patient.of(office.tenant_id).rows(sort=[("created_at", -1), ("_id", -1)])
    assert seen == [row["_id"] for row in rows]
    assert (await client.get("/patients", params={"cursor": "nonsense"})).json()["code"] == "bad_cursor"


async def test_a_doctor_finds_their_own_patients_where_the_clinic_says_so(office: Office) -> None:
    mine, other = await registered(office, name="Asha Roy"), await registered(office, name="Usha Roy")
    await visit(office, mine["id"], "doctor-1")
    await visit(office, other["id"], "doctor-2")
    doctor = office.as_("doctor", doctor_id="doctor-1")
    assert len((await doctor.get("/patients", params={"search": "roy"})).json()["items"]) == 2
    rule = {"doctors_see_own_only": True}
    assert (await office.as_("owner").patch(f"/clinics/{office.practice.clinic.id}", json=rule)).status_code == 200
    for params in ({"search": "roy"}, {}):
        found = (await doctor.get("/patients", params=params)).json()["items"]
        assert [each["id"] for each in found] == [mine["id"]]
    assert (await doctor.get(f"/patients/{other['id']}")).status_code == 404
    assert (await doctor.get(f"/patients/{mine['id']}")).status_code == 200
    assert len((await office.as_("receptionist").get("/patients", params={"search": "roy"})).json()["items"]) == 2


async def test_another_practice_sees_and_changes_nothing(office: Office) -> None:
    theirs = await open_practice()
    new, stranger = await registered(office), office.as_("owner", tenant_id=theirs.id)
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("GET", "/household"), ("GET", "/chats"), ("GET", "/appointments"),
        ("GET", "/duplicates"), ("POST", "/notes"), ("POST", "/unmerge"),
    ):  # fmt: skip
        body = {"text": "x"} if path == "/notes" else {"name": "X Y"} if method == "PATCH" else None
        answer = await stranger.request(method, f"/patients/{new['id']}{path}", json=body)
        assert answer.status_code == 404, f"{method} {path}"
    for typed in ("meera joshi", "9820012345", "1980-05-17"):
        assert (await stranger.get("/patients", params={"search": typed})).json()["items"] == []
    assert (await stranger.get("/audit")).json()["items"][0]["action"] == "list_patients", "their own looks only"
    assert len(await entries(office, new["id"])) == 1
