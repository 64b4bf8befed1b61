"""The waitlist through the API: who waits, what was offered, and off the list."""

from datetime import UTC, datetime, timedelta
from typing import Any

from office import Office

from clinic import waitlist_round
from clinic.chat import Chat, Consent
from clinic.directory import DIRECTORIES
from clinic.place import Clinic
from clinic.record import new_id
from clinic.waitlist import Wait, end_of


async def waits(office: Office, **more: Any) -> Wait:
    """Somebody who waits for any time of the next week."""
    now, zone = datetime.now(UTC), office.practice.clinic.zone
    chat = Chat(tenant_id=office.tenant_id, user_id=new_id(), consent=Consent(version="1", given=True, at=now))
    await Chat.of(office.tenant_id).insert(chat)
    last = (now + timedelta(days=7)).date()
    wait = Wait(
        tenant_id=office.tenant_id, request_id=new_id(), patient_id=new_id(), patient_name="Meera Joshi",
        chat_id=chat.id, clinic_id=office.practice.clinic.id, service_id=office.practice.services[0].id,
        first_day=now.date(), last_day=last, created_at=now, ends_at=end_of(last, zone), **more,
    )  # fmt: skip
    await Wait.of(office.tenant_id).insert(wait)
    return wait


async def test_who_waits_longest_stands_first_and_what_was_offered_is_told(office: Office) -> None:
    awake = {"quiet_from": "00:00", "quiet_until": "00:00"}
    await Clinic.of(office.tenant_id).change({"_id": office.practice.clinic.id}, {"$set": awake})
    DIRECTORIES.forget(office.tenant_id)
    first, second = await waits(office), await waits(office)
    desk = office.as_("receptionist")
    listed = (await desk.get("/waitlist")).json()["items"]
    assert [each["id"] for each in listed] == [first.id, second.id]
    await waitlist_round.advance(office.tenant_id, datetime.now(UTC))
    shown = (await desk.get(f"/waitlist/{first.id}")).json()
    assert [offer["status"] for offer in shown["offers"]] == ["open"]
    gone = await desk.post(f"/waitlist/{first.id}/withdraw")
    assert gone.status_code == 200, gone.text
    assert (gone.json()["status"], gone.json()["offers"][0]["status"]) == ("withdrawn", "withdrawn")
    again = await desk.post(f"/waitlist/{first.id}/withdraw")
    assert again.json()["status"] == "withdrawn"
    assert [each["id"] for each in (await desk.get("/waitlist")).json()["items"]] == [second.id]
    found = await desk.get("/waitlist", params={"status": "withdrawn", "patient_id": first.patient_id})
    assert [each["id"] for each in found.json()["items"]] == [first.id]


async def test_staff_offer_one_a_time_before_their_turn(office: Office) -> None:
    awake = {"quiet_from": "00:00", "quiet_until": "00:00"}
    await Clinic.of(office.tenant_id).change({"_id": office.practice.clinic.id}, {"$set": awake})
    DIRECTORIES.forget(office.tenant_id)
    first, second = await waits(office), await waits(office)
    desk = office.as_("receptionist")
    offered = await desk.post(f"/waitlist/{second.id}/offer-now")
    assert offered.status_code == 200, offered.text
    (offer,) = offered.json()["offers"]
    assert offer["status"] == "open"
    assert (await desk.get(f"/waitlist/{first.id}")).json()["offers"] == []
    again = await desk.post(f"/waitlist/{second.id}/offer-now")
    assert (again.status_code, again.json()["code"]) == (409, "being_offered")
    await desk.post(f"/waitlist/{second.id}/withdraw")
    gone = await desk.post(f"/waitlist/{second.id}/offer-now")
    assert (gone.status_code, gone.json()["code"]) == (409, "not_waiting")
    elsewhere = await waits(office, doctor_id="nobody")
    none = await desk.post(f"/waitlist/{elsewhere.id}/offer-now")
    assert (none.status_code, none.json()["code"]) == (409, "nothing_to_offer")


async def test_anothers_waitlist_is_not_found(office: Office) -> None:
    wait = await waits(office)
    stranger = wait.model_copy(update={"id": new_id(), "tenant_id": new_id()})
    await Wait.of(stranger.tenant_id).insert(stranger)
    assert (await office.as_("receptionist").get(f"/waitlist/{stranger.id}")).status_code == 404
    elsewhere = office.as_("receptionist", clinic_id="another")
    assert (await elsewhere.get(f"/waitlist/{wait.id}")).status_code in (403, 404)
    assert (await elsewhere.get("/waitlist")).json().get("items", []) == []
