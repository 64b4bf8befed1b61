"""Templates through the API: written, checked, submitted, tried out, and shown to their own practice only."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from office import Office, open_office
from redis.asyncio import Redis

from clinic import audit, template_news
from clinic.appointment import Appointment
from clinic.channel import Channel
from clinic.job import SEND_TRIAL, SUBMIT_TEMPLATES, UNPAUSE_TEMPLATE
from clinic.patient import Patient
from clinic.record import new_id
from clinic.standing import Told
from clinic.template import Template, starter
from clinic.template_alarm import ALARMS
from clinic.trial import MOST_PHONES, Trial
from flows.catalogue import texts

BODY = "Hello {{patient}}, we see you on {{date}} at {{time}}. Until then."
NEW = {"purpose": "reminder", "language": "en"}


@pytest_asyncio.fixture
async def desk(database: object, redis: "Redis") -> AsyncIterator[Office]:
    """An office whose API knows the chat's texts."""
    async with open_office(redis, texts=texts()) as opened:
        yield opened


async def good(answer: Any, status: int = 200) -> Any:
    came = await answer
    assert came.status_code == status, came.text
    return came.json()


async def bad(answer: Any, status: int, code: str) -> Any:
    came = await answer
    assert (came.status_code, came.json()["code"]) == (status, code), came.text
    return came.json()


async def test_from_draft_to_approval(desk: Office) -> None:
    owner = desk.as_("owner", user_id="u-owner")
    draft = await good(owner.post("/templates", json=NEW), 201)
    assert (draft["status"], draft["number"], draft["author"], draft["findings"]) == ("DRAFT", 1, "u-owner", [])
    assert [button["action"] for button in draft["buttons"]] == ["come", "move", "cancel"]
    path = f"/templates/{draft['id']}"
    edited = await good(owner.patch(path, json={"body": BODY, "footer": "Asha"}))
    assert (edited["body"], edited["number"]) == (BODY, 2)
    submitted = await good(owner.post(f"{path}/submit"))
    assert submitted["status"] == "PENDING"
    assert desk.jobs.asked == [(SUBMIT_TEMPLATES, desk.tenant_id)]
    await bad(owner.patch(path, json={"footer": "No"}), 409, "handed_in")
    await bad(owner.post(f"{path}/unpause"), 409, "not_paused")
    about = {"message_template_name": draft["name"], "message_template_language": "en", "event": "PAUSED"}
    await template_news.heard(
        desk.tenant_id, "200000000000001", "message_template_status_update", about, datetime.now(UTC)
    )
    paused = await good(owner.get(path))
    assert paused["status"] == "PAUSED"
    assert (await owner.post(f"{path}/unpause")).status_code == 202
    assert desk.jobs.asked[-1] == (UNPAUSE_TEMPLATE, desk.tenant_id, draft["id"])
    assert paused["alarm"].startswith("WhatsApp has paused it")
    entries = await audit.AuditEntry.of(desk.tenant_id).find({"kind": "templates"})
    assert {each.action for each in entries} >= {"create_template", "edit_template", "submit_template"}


async def test_an_edit_names_the_version_that_was_seen(desk: Office) -> None:
    owner = desk.as_("owner")
    draft = await good(owner.post("/templates", json=NEW), 201)
    first = {"If-Match": f'"{draft["version"]}"'}
    await good(owner.patch(f"/templates/{draft['id']}", json={"footer": "One"}, headers=first))
    stale = await bad(owner.patch(f"/templates/{draft['id']}", json={"footer": "Two"}, headers=first), 412, "stale")
    assert stale["current"]["footer"] == "One"


async def test_words_that_would_be_refused_say_so_field_by_field(desk: Office) -> None:
    owner = desk.as_("owner")
    draft = await good(owner.post("/templates", json={**NEW, "body": "{{shoe_size}}"}), 201)
    assert {each["code"] for each in draft["findings"]} >= {"variable_first", "placeholder_unknown"}
    problem = await bad(owner.post(f"/templates/{draft['id']}/submit"), 409, "not_submittable")
    assert {each["field"] for each in problem["errors"]} == {"body"}
    assert desk.jobs.asked == []
    checked = await good(owner.post("/templates/check", json={**NEW, "body": BODY, "footer": "20% off"}))
    assert checked["submittable"]
    assert ("category_risk", "footer") in {(each["code"], each["place"]) for each in checked["findings"]}


async def test_versions_and_back(desk: Office) -> None:
    ann, ben = (desk.as_("owner", user_id=name) for name in ("ann", "ben"))
    draft = await good(ann.post("/templates", json={**NEW, "body": BODY}), 201)
    path = f"/templates/{draft['id']}"
    await good(ben.patch(path, json={"body": BODY + " Bye."}))
    found = (await good(ann.get(f"{path}/versions")))["items"]
    assert [(each["number"], each["author"]) for each in found] == [(2, "ben"), (1, "ann")]
    assert found[0]["difference"] == ["body", f"- {BODY}", f"+ {BODY} Bye."]
    back = await good(ann.post(f"{path}/back", json={"number": 1}))
    assert (back["body"], back["number"]) == (BODY, 3)
    await good(ann.post(f"{path}/submit"))
    revision = await good(ann.post(f"{path}/revise"), 201)
    assert (revision["status"], revision["name"], revision["family"]) == (
        "DRAFT", f"{draft['name']}_v2", draft["family"],
    )  # fmt: skip
    await bad(ann.delete(path), 409, "in_use")
    await good(ann.delete(f"/templates/{revision['id']}"))


async def test_a_preview_tells_samples_or_a_visit_that_one_may_see(desk: Office, tomorrow_at: Any) -> None:
    owner = desk.as_("owner")
    draft = await good(owner.post("/templates", json={**NEW, "body": BODY}), 201)
    path = f"/templates/{draft['id']}/preview"
    assert (await good(owner.get(path)))["body"].startswith("Hello Meera Iyer, we see you on Monday")
    patient = Patient(tenant_id=desk.tenant_id, name="Zoya Khan", request_id=new_id(), created_at=datetime.now(UTC))
    await Patient.of(desk.tenant_id).insert(patient)
    start = tomorrow_at(9, 0)
    visit = Appointment(
        tenant_id=desk.tenant_id, request_id=new_id(), clinic_id=desk.practice.clinic.id,
        doctor_id=desk.practice.doctors[0].id, service_id=desk.practice.services[0].id, patient_id=patient.id,
        start=start, end=start + timedelta(minutes=30),
    )  # fmt: skip
    await Appointment.of(desk.tenant_id).insert(visit)
    real = await good(owner.get(path, params={"appointment_id": visit.id}))
    assert real["body"].startswith("Hello Zoya Khan, we see you on ")
    assert "9:00" in real["body"]
    elsewhere = desk.as_("receptionist", clinic_id="another")
    await bad(elsewhere.get(path, params={"appointment_id": visit.id}), 404, "not_found")
    seen = await audit.AuditEntry.of(desk.tenant_id).find({"action": "preview_template"})
    assert [each.entity_id for each in seen] == [visit.id]


async def test_tries_go_to_listed_telephones_only(desk: Office) -> None:
    owner = desk.as_("owner")
    template = starter(desk.tenant_id, "reminder", "en")
    await Template.of(desk.tenant_id).insert(template)
    phone = await good(owner.post("/trial-phones", json={"number": "+919876543210", "label": "Desk"}), 201)
    await bad(owner.post("/trial-phones", json={"number": "+919876543210"}), 409, "trial_phone_known")
    asked = await good(owner.post(f"/templates/{template.id}/trials", json={"phone_id": phone["id"]}), 201)
    assert desk.jobs.asked == [(SEND_TRIAL, desk.tenant_id, asked["id"])]
    assert [each["id"] for each in (await good(owner.get(f"/templates/{template.id}/trials")))["items"]] == [
        asked["id"]
    ]
    await bad(owner.post(f"/templates/{template.id}/trials", json={"phone_id": new_id()}), 404, "not_found")
    draft = await good(owner.post("/templates", json=NEW), 201)
    await bad(owner.post(f"/templates/{draft['id']}/trials", json={"phone_id": phone["id"]}), 409, "not_approved")
    for _ in range(19):
        await Trial.of(desk.tenant_id).insert(
            Trial(tenant_id=desk.tenant_id, template_id=template.id, phone_id=phone["id"], at=datetime.now(UTC))
        )
    await bad(owner.post(f"/templates/{template.id}/trials", json={"phone_id": phone["id"]}), 409, "too_many_trials")
    for number in range(MOST_PHONES - 1):
        await good(owner.post("/trial-phones", json={"number": f"+91987654321{number}9"}), 201)
    await bad(owner.post("/trial-phones", json={"number": "+919000000000"}), 409, "too_many_trial_phones")
    assert (await good(owner.delete(f"/trial-phones/{phone['id']}")))["number"] == "+919876543210"
    assert len((await good(owner.get("/trial-phones")))["items"]) == MOST_PHONES - 1


async def test_the_matrix_names_each_purpose_in_each_language(desk: Office) -> None:
    owner = desk.as_("owner")
    await Template.of(desk.tenant_id).insert(starter(desk.tenant_id, "reminder", "en"))
    matrix = await good(owner.get("/templates/coverage"))
    assert matrix["languages"] == ["en"]
    told = {each["purpose"]: each["status"] for each in matrix["cells"]}
    assert (told["reminder"], told["offer"]) == ("APPROVED", "MISSING")
    made = (await good(owner.post("/templates/missing"), 201))["items"]
    assert {each["purpose"] for each in made} == set(told) - {"reminder"}
    assert {each["status"] for each in made} == {"DRAFT"}
    assert (await good(owner.post("/templates/missing"), 201))["items"] == []
    purposes = (await good(owner.get("/templates/purposes", params={"language": "hi"})))["items"]
    assert {each["name"] for each in purposes} == set(told)
    assert "मीरा" in next(each for each in purposes if each["name"] == "reminder")["ours"]["body"]


async def test_another_practice_sees_nothing_of_it(desk: Office) -> None:
    owner, stranger = desk.as_("owner"), desk.as_("owner", tenant_id=new_id())
    draft = await good(owner.post("/templates", json=NEW), 201)
    path = f"/templates/{draft['id']}"
    asked = [
        stranger.get(path), stranger.patch(path, json={"footer": "x"}), stranger.delete(path),
        stranger.get(f"{path}/versions"), stranger.post(f"{path}/revise"), stranger.get(f"{path}/preview"),
        stranger.post(f"{path}/back", json={"number": 1}), stranger.post(f"{path}/submit"),
        stranger.get(f"{path}/trials"), stranger.post(f"{path}/trials", json={"phone_id": "x"}),
    ]  # fmt: skip
    for each in asked:
        await bad(each, 404, "not_found")
    assert (await good(stranger.get("/templates")))["items"] == []


async def test_reception_reads_and_an_owner_submits(desk: Office) -> None:
    owner, reception = desk.as_("owner"), desk.as_("receptionist")
    draft = await good(owner.post("/templates", json=NEW), 201)
    assert (await good(reception.get("/templates")))["items"][0]["id"] == draft["id"]
    for each in (reception.post("/templates", json=NEW), reception.post(f"/templates/{draft['id']}/submit")):
        await bad(each, 403, "not_allowed")


async def test_lists_are_filtered(desk: Office) -> None:
    owner = desk.as_("owner")
    await good(owner.post("/templates", json=NEW), 201)
    await good(owner.post("/templates", json={"purpose": "offer", "language": "pt_BR"}), 201)
    for query, names in (
        ({"purpose": "offer"}, ["slot_offer"]), ({"language": "en"}, ["appointment_reminder"]),
        ({"status": "APPROVED"}, []), ({"status": "DRAFT", "language": "pt_BR"}, ["slot_offer"]),
    ):  # fmt: skip
        found = (await good(owner.get("/templates", params=query)))["items"]
        assert [each["name"] for each in found] == names
    await bad(owner.post("/templates", json={"purpose": "party", "language": "en"}), 404, "not_found")


@pytest.mark.parametrize("status", sorted(ALARMS))
async def test_every_alarm_says_what_to_do(desk: Office, status: str) -> None:
    template = starter(desk.tenant_id, "offer", "en", status=status)
    await Template.of(desk.tenant_id).insert(template)
    assert (await good(desk.as_("owner").get(f"/templates/{template.id}")))["alarm"]


async def test_texts_are_listed_and_said_the_practices_way(desk: Office) -> None:
    owner = desk.as_("owner")
    every: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = await good(owner.get("/texts", params={"language": "hi", "limit": 100, "cursor": cursor}))
        every, cursor = every + page["items"], page["next"]
    assert [each["key"] for each in every] == list(texts()["hi"])
    assert all(each["own"] is None for each in every)
    forms = ["{practice} में आपका स्वागत है।"]
    put = await good(owner.put("/texts/hello/hi", json={"forms": forms}))
    assert (put["own"], put["version"]) == (forms, 1)
    changed = (await good(owner.get("/texts", params={"language": "hi", "own": True})))["items"]
    assert [(each["id"], each["own"]) for each in changed] == [("hello.hi", forms)]
    view = (await desk.practice.directory()).view()
    assert view.texts == {"hi": {"hello": tuple(forms)}}
    again = await good(owner.put("/texts/hello/hi", json={"forms": ["{practice}: नमस्ते।"]}, headers={"If-Match": '"1"'}))
    assert again["version"] == 2
    gone = await good(owner.delete("/texts/hello/hi"))
    assert (gone["own"], gone["version"]) == (None, 0)
    await bad(owner.delete("/texts/hello/hi"), 404, "not_found")


async def test_a_dropped_placeholder_is_refused_and_previewed(desk: Office) -> None:
    owner = desk.as_("owner")
    problem = await bad(owner.put("/texts/hello/en", json={"forms": ["Hello!"]}), 409, "not_sayable")
    assert [each["field"] for each in problem["errors"]] == ["forms.0"]
    await bad(owner.put("/texts/consent_yes/en", json={"forms": ["Yes, of course you may"]}), 409, "not_sayable")
    for path in ("/texts/nothing/en", "/texts/hello/xx"):
        await bad(owner.put(path, json={"forms": ["x"]}), 404, "not_found")
    preview = await good(owner.post("/texts/hello/en/preview", json={"forms": ["Welcome to {practice}!"]}))
    assert preview == {"shown": ["Welcome to Asha Clinics!"], "findings": []}
    wrong = await good(owner.post("/texts/hello/en/preview", json={"forms": ["Welcome to {practice"]}))
    assert (wrong["shown"], [each["code"] for each in wrong["findings"]]) == ([], ["placeholder_malformed"])
    assert (await good(owner.get("/texts/hello/en")))["own"] is None
    stranger = desk.as_("owner", tenant_id=new_id())
    await good(owner.put("/texts/hello/en", json={"forms": ["Welcome to {practice}!"]}))
    assert (await good(stranger.get("/texts/hello/en")))["own"] is None
    await bad(desk.as_("receptionist").put("/texts/hello/en", json={"forms": ["x"]}), 403, "not_allowed")


async def test_each_accounts_word_is_shown(desk: Office) -> None:
    owner = desk.as_("owner")
    template = await Template.of(desk.tenant_id).get((await good(owner.post("/templates", json=NEW), 201))["id"])
    await Template.of(desk.tenant_id).change({"_id": template.id}, {"$set": {"status": "PENDING"}})
    accounts = {"twilio": f"AC{new_id()}", "cloud": f"2{new_id()}"}
    for provider, account in accounts.items():
        number = Channel(
            tenant_id=desk.tenant_id, provider=provider, phone_number_id=new_id(), waba_id=account, access_token="x",
            display_phone_number=f"+1 {provider}",
        )  # type: ignore[arg-type]  # fmt: skip
        await Channel.of(desk.tenant_id).insert(number)
    now = datetime.now(UTC)
    pending = await Template.of(desk.tenant_id).get(template.id)
    await template_news.learned(pending, accounts["cloud"], Told("APPROVED", id="17", quality="GREEN"), now)
    pending = await Template.of(desk.tenant_id).get(template.id)
    await template_news.learned(pending, accounts["twilio"], Told("REJECTED", id="HX1", reason="Too bold."), now)
    shown = await good(owner.get(f"/templates/{template.id}"))
    by = {each["account"]: (each["status"], each["id"], each["reason"]) for each in shown["accounts"]}
    assert by == {accounts["cloud"]: ("APPROVED", "17", ""), accounts["twilio"]: ("REJECTED", "HX1", "Too bold.")}
    assert (shown["status"], accounts["twilio"] in shown["alarm"]) == ("APPROVED", True)
    covered = await good(owner.get("/templates/coverage"))
    named = {each["account"]: (each["provider"], each["numbers"]) for each in covered["accounts"]}
    assert named[accounts["twilio"]] == ("twilio", ["+1 twilio"])
    wanted = (shown["purpose"], shown["language"])
    [cell] = [each for each in covered["cells"] if (each["purpose"], each["language"]) == wanted]
    told = {each["account"]: each["status"] for each in cell["accounts"]}
    assert (cell["status"], told[accounts["cloud"]], told[accounts["twilio"]]) == ("APPROVED", "APPROVED", "REJECTED")
