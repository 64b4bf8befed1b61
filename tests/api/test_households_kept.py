"""Households through the API: one more, another chat, one less; who may be one person; the practice's policy."""

from typing import Any

from office import Office
from practice import open_practice
from test_patients_kept import NOW, chat, entries, registered

from clinic.chat import Chat
from clinic.desk import FrontDesk
from clinic.patient import Patient
from clinic.possible_duplicate import PossibleDuplicate
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.views import Sender


async def people(office: Office, user_id: str) -> list[str]:
    """As the chat sees them."""
    return [each.name for each in (await FrontDesk(office.tenant_id, Sender(user_id)).chat()).patients]


async def test_a_child_is_added_to_the_household(office: Office) -> None:
    meera = await registered(office)
    thread = await chat(office, meera["id"])
    client, asked = office.as_("receptionist"), {"Idempotency-Key": new_id()}
    body = {"name": "Arjun  Joshi", "birth_date": "2018-05-17"}
    answers = [await client.post(f"/patients/{meera['id']}/household", json=body, headers=asked) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    child: dict[str, Any] = answers[0].json()
    assert (child["name"], child["phones"], answers[1].json()["id"]) == ("Arjun Joshi", meera["phones"], child["id"])
    assert await people(office, thread.user_id) == ["Meera Joshi", "Arjun Joshi"]
    others = (await client.get(f"/patients/{meera['id']}/household")).json()["items"]
    assert [each["id"] for each in others] == [child["id"]]


async def test_a_patient_is_put_behind_another_chat_and_taken_off(office: Office) -> None:
    meera = await registered(office)
    first, client = await chat(office, meera["id"]), office.as_("receptionist")
    path = f"/patients/{meera['id']}/chats"
    linked = await client.post(path, json={"number": "+91 98200 55555", "is_self": False})
    assert (linked.status_code, linked.json()["number"]) == (201, "***5555")
    other = linked.json()["id"]
    assert [each["id"] for each in (await client.get(path)).json()["items"]] == sorted([first.id, other])
    assert await people(office, "919820055555") == ["Meera Joshi"]
    edited = await client.patch(f"{path}/{other}", json={"is_self": True})
    assert edited.json()["is_self"]
    gone = await client.delete(f"{path}/{other}")
    assert [each["id"] for each in gone.json()["items"]] == [first.id]
    assert await people(office, "919820055555") == []
    assert (await Patient.of(office.tenant_id).get(meera["id"])).status == "active"
    done = [entry["action"] for entry in await entries(office, meera["id"])]
    assert {"link_patient_chat", "edit_patient_chat", "unlink_patient_chat"} <= set(done)


async def test_a_chat_is_named_by_its_number_or_its_id(office: Office) -> None:
    meera, client = await registered(office), office.as_("receptionist")
    thread, path = await chat(office), f"/patients/{meera['id']}/chats"
    assert (await client.post(path, json={"chat_id": thread.id, "is_self": True})).json()["is_self"]
    refused = [{}, {"chat_id": thread.id, "number": "+919820012345"}, {"number": "not a number"}]
    assert [(await client.post(path, json=each)).status_code for each in refused] == [422, 422, 422]
    assert (await client.post(path, json={"chat_id": new_id()})).status_code == 404
    assert (await client.patch(f"{path}/{new_id()}", json={"is_self": True})).status_code == 404


async def test_another_practices_chat_is_not_there(office: Office) -> None:
    meera, other = await registered(office), await open_practice()
    stranger = Chat(tenant_id=other.id, user_id=new_id())
    await Chat.of(other.id).insert(stranger)
    answer = await office.as_("receptionist").post(f"/patients/{meera['id']}/chats", json={"chat_id": stranger.id})
    assert answer.status_code == 404


async def pair(office: Office) -> tuple[dict[str, Any], str]:
    """Somebody whom reception knows writes from the same number, under nearly the same name."""
    meera = await registered(office)
    desk = FrontDesk(office.tenant_id, Sender("919820012345", "919820012345"))
    came = await desk.register(new_id(), "Mira Joshi", None, True, NOW)
    return meera, came.id


async def test_who_may_be_one_person_is_shown_until_somebody_decides(office: Office) -> None:
    meera, came = await pair(office)
    client = office.as_("receptionist")
    [shown] = (await client.get("/possible-duplicates")).json()["items"]
    assert (shown["patient"]["id"], shown["other"]["id"], shown["status"]) == (came, meera["id"], "open")
    assert {"same_phone", "similar_name"} <= set(shown["reasons"])
    answer = await client.post(f"/possible-duplicates/{shown['id']}/dismiss")
    assert answer.json()["status"] == "different"
    assert (await client.get("/possible-duplicates")).json()["items"] == []
    assert len((await client.get("/possible-duplicates", params={"status": "different"})).json()["items"]) == 1
    assert {each.status for each in await Patient.of(office.tenant_id).find()} == {"active"}


async def test_a_merge_settles_it(office: Office) -> None:
    meera, came = await pair(office)
    answer = await office.as_("manager").post(f"/patients/{came}/merge", json={"into": meera["id"]})
    assert answer.status_code == 200
    assert [each.status for each in await PossibleDuplicate.of(office.tenant_id).find()] == ["merged"]


async def test_the_practice_says_when_a_code_is_asked_for(office: Office) -> None:
    owner = office.as_("owner")
    assert (await owner.get("/tenant")).json()["one_time_codes"] == "none"
    assert (await owner.patch("/tenant", json={"one_time_codes": "risky_steps"})).json()[
        "one_time_codes"
    ] == "risky_steps"
    assert (await owner.patch("/tenant", json={"one_time_codes": "always"})).status_code == 422
    assert (await Tenant.load(office.tenant_id)).one_time_codes == "risky_steps"
