"""Consents through the API: how they stand, all that was said, and what staff write down."""

from datetime import UTC, datetime, timedelta
from typing import Any

from office import Office

from clinic import consent_stop, notification
from clinic.audit import AuditEntry
from clinic.chat import Chat, Consent
from clinic.notification import Notification
from clinic.patient import Contact, Patient
from clinic.record import new_id

NOW = datetime.now(UTC)


async def known(office: Office, *, given: bool = True, stop: bool = False) -> tuple[Chat, Patient]:
    said = Consent(version="1", given=given, at=NOW - timedelta(days=9), stop=stop)
    chat = Chat(tenant_id=office.tenant_id, user_id=new_id(), wa_id="919876543210", consent=said, consents=[said])
    await Chat.of(office.tenant_id).insert(chat)
    patient = Patient(
        tenant_id=office.tenant_id, name="Ann", request_id=new_id(), created_at=NOW,
        contacts=[Contact(chat_id=chat.id)],
    )  # fmt: skip
    await Patient.of(office.tenant_id).insert(patient)
    return chat, patient


async def promised(chat: Chat) -> Notification:
    made = Notification(
        tenant_id=chat.tenant_id, appointment_id=new_id(), kind="reminder:24h", start_version=0, chat_id=chat.id,
        language="en", due_at=NOW + timedelta(days=1), wake_at=NOW + timedelta(days=1),
    )  # fmt: skip
    await notification.promise(made)
    return made


async def good(answer: Any, status: int = 200) -> Any:
    came = await answer
    assert came.status_code == status, came.text
    return came.json()


async def test_what_is_told_at_the_desk_counts_at_once_and_stays_in_the_history(office: Office) -> None:
    chat, _ = await known(office)
    promise, desk = await promised(chat), office.as_("receptionist", user_id="rita")
    shown = await good(desk.post(f"/consents/{chat.id}", json={"agrees": False, "channel": "telephone"}), 201)
    assert (shown["given"], shown["stopped"], shown["marketing"]) == (False, True, False)
    assert "9876" not in shown["number"]
    assert [(each["given"], each["source"], each["channel"], each["by"]) for each in shown["history"]] == [
        (True, "chat", "whatsapp", ""), (False, "staff", "telephone", "rita"),
    ]  # fmt: skip
    stored = await Notification.of(office.tenant_id).get(promise.id)
    assert (stored.status, stored.error) == ("withdrawn", "stopped")
    again = await good(desk.post(f"/consents/{chat.id}", json={"agrees": True}), 201)
    assert (again["given"], again["stopped"], len(again["history"])) == (True, False, 3)
    rows = await AuditEntry.of(office.tenant_id).rows({"entity_id": chat.id}, sort=[("seq", 1)])
    assert [row["action"] for row in rows] == ["record_consent", "record_consent"]
    assert '"stopped":[false,true]' in rows[0]["difference"]


async def test_found_by_patient_and_by_how_it_stands(office: Office) -> None:
    (agreed, ann), (ended, _), (refused, _) = (
        await known(office), await known(office, given=False, stop=True), await known(office, given=False),
    )  # fmt: skip
    desk = office.as_("receptionist")
    for state, chat in (("given", agreed), ("stopped", ended), ("refused", refused)):
        found = await good(desk.get("/consents", params={"state": state}))
        assert [each["id"] for each in found["items"]] == [chat.id]
    of_ann = await good(desk.get("/consents", params={"patient_id": ann.id}))
    assert [each["id"] for each in of_ann["items"]] == [agreed.id]
    assert (await good(desk.get(f"/consents/{ended.id}")))["stopped"]


async def test_a_message_under_way_is_told_of(office: Office) -> None:
    chat, _ = await known(office)
    promise = await promised(chat)
    now = datetime.now(UTC)
    leaving = {"status": "sending", "leaving_at": now, "wake_at": now + notification.LEASE}
    await Notification.of(office.tenant_id).change({"_id": promise.id}, {"$set": leaving})
    answer = await office.as_("receptionist").post(f"/consents/{chat.id}", json={"agrees": False})
    assert (answer.status_code, answer.json()["code"]) == (503, "still_sending")
    assert int(answer.headers["retry-after"]) > 0
    assert (await Chat.of(office.tenant_id).get(chat.id)).stopped, "it is written down"
    assert consent_stop.PATIENCE < 10


async def test_who_may(office: Office) -> None:
    chat, patient = await known(office)
    assert (await office.as_("billing").post(f"/consents/{chat.id}", json={"agrees": False})).status_code == 403
    stranger = chat.model_copy(update={"id": new_id(), "tenant_id": new_id(), "user_id": new_id()})
    await Chat.of(stranger.tenant_id).insert(stranger)
    assert (await office.as_("owner").get(f"/consents/{stranger.id}")).status_code == 404
    assert (await office.as_("owner").post("/erasures", json={"patient_id": new_id()})).status_code == 404
    assert patient.name == "Ann"
