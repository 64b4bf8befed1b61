"""Lists of patients through the API: looked at first, taken in, followed, and given out again."""

from typing import Any

import pytest
from office import Office

from clinic import job, patient_import
from clinic.audit import AuditEntry
from clinic.patient import Patient
from clinic.patient_import import PatientImport

LIST = (
    "Name,Mobile,DOB\nMeera Joshi,98200 12345,17/05/1980\nAnil Sharma,ring me,\n,,1980-01-01\n=Evil(),+34612345678,\n"
)
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
async def india(office: Office) -> Office:
    """A practice whose clinic is dialled in India."""
    answer = await office.as_("owner").patch(f"/clinics/{office.practice.clinic.id}", json={"phone": "+912255500001"})
    assert answer.status_code == 200
    return office


async def sent(office: Office, content: str | bytes = LIST, **params: Any) -> dict[str, Any]:
    answer = await office.as_("receptionist").post("/patients/imports", content=content, headers=CSV, params=params)
    assert answer.status_code == (200 if params.get("dry_run") else 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


async def run(office: Office, id: str) -> None:
    while await patient_import.work(office.tenant_id, id, office.house.clock()):
        pass


async def test_a_dry_run_tells_all_faults_and_stores_nothing(india: Office) -> None:
    told = await sent(india, dry_run=True)
    assert (told["id"], told["status"], told["total"], told["faulty"]) == (None, "checked", 2, 2)
    assert [(fault["row"], fault["column"]) for fault in told["faults"]] == [(3, "phone"), (4, "name")]
    assert await Patient.of(india.tenant_id).rows() == []
    assert await PatientImport.of(india.tenant_id).rows() == []
    assert india.jobs.asked == []


async def test_a_list_is_taken_in_by_a_worker_and_can_be_followed(india: Office) -> None:
    kept = await sent(india)
    assert (kept["status"], kept["done"], kept["total"]) == ("waiting", 0, 2)
    assert india.jobs.asked == [(job.IMPORT_PATIENTS, india.tenant_id, kept["id"])]
    await run(india, kept["id"])
    client = india.as_("receptionist")
    done = (await client.get(f"/patients/imports/{kept['id']}")).json()
    assert (done["status"], done["done"], done["created"], done["faulty"]) == ("done", 2, 2, 2)
    assert [each["id"] for each in (await client.get("/patients/imports")).json()["items"]] == [kept["id"]]
    (found,) = (await client.get("/patients", params={"search": "mira joshi"})).json()["items"]
    assert (found["phones"], found["birth_date"]) == (["+919820012345"], "1980-05-17")
    again = await sent(india, dry_run=True)
    assert [each["row"] for each in again["known"]] == [2, 5]
    assert again["known"][0]["patient_id"] == found["id"]


async def test_a_file_of_a_form_is_a_list_too(india: Office) -> None:
    answer = await india.as_("owner").post("/patients/imports", files={"file": ("list.csv", LIST, "text/csv")})
    assert (answer.status_code, answer.json()["total"]) == (201, 2)


async def test_the_same_upload_under_one_key_is_one_import(india: Office) -> None:
    client, headers = india.as_("receptionist"), {**CSV, "Idempotency-Key": "a-key-of-mine"}
    first, again = [(await client.post("/patients/imports", content=LIST, headers=headers)).json() for _ in range(2)]
    assert first == again
    assert len(await PatientImport.of(india.tenant_id).rows()) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_file"),
        (b"a,b\n1,2", "not_a_list"),
        (b"\xff\xfe\x00", "not_a_list"),
        (b"name\n" + b"A B\n" * 20_001, "too_many_rows"),
    ],
)
async def test_what_is_no_list_is_refused(office: Office, content: bytes, code: str) -> None:
    answer = await office.as_("receptionist").post("/patients/imports", content=content, headers=CSV)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_too_large_a_list_is_refused(office: Office) -> None:
    answer = await office.as_("receptionist").post(
        "/patients/imports", content=b"name\n" + b"x" * 6_000_000, headers=CSV
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json"},
        {},
    ],
)
async def test_odd_bodies_are_no_failure_of_ours(office: Office, headers: dict[str, str]) -> None:
    answer = await office.as_("receptionist").post("/patients/imports", content=b"{}", headers=headers)
    assert answer.status_code in (400, 422), answer.text


async def test_what_is_given_out_can_be_taken_in_and_holds_no_formula(india: Office) -> None:
    await run(india, (await sent(india))["id"])
    answer = await india.as_("owner").get("/patients/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "name,birth_date,phone,reference,language,tags"
    assert sorted(lines[1:]) == ["'=Evil(),,'+34612345678,,,", "Meera Joshi,1980-05-17,'+919820012345,,,"]
    told = await sent(india, answer.content, dry_run=True)
    assert (told["total"], told["faulty"], len(told["known"])) == (2, 0, 2)
    assert await AuditEntry.of(india.tenant_id).rows({"action": "export_patients"})
    assert (await india.as_("receptionist").get("/patients/export")).status_code == 403


async def test_another_practice_sees_no_import(office: Office) -> None:
    kept = await sent(office, "name\nAnil Sharma\n")
    assert (
        await office.as_("owner", tenant_id="somebody-else").get(f"/patients/imports/{kept['id']}")
    ).status_code == 404
