"""Callbacks through the API: lists, claims, numbers, outcomes, and what the patient is told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from office import Office, open_office
from redis.asyncio import Redis
from telephone import QUICK, Telephone, open_telephone

from bot.lanes import Lanes
from bot.pipeline import Coalesced, connect
from bot.staff import StaffDoor
from clinic import audit, consent
from clinic.callback import Callback
from clinic.chat import Chat, Consent
from clinic.conversation import Conversation, Person
from clinic.desk import FrontDesk
from clinic.job import SEND_PROMISE
from clinic.notification import Notification
from clinic.record import new_id
from clinic.views import Sender

NUMBER = "919876543221"


@pytest_asyncio.fixture
async def line(database: object, redis: "Redis", redis_url: str) -> AsyncIterator[Telephone]:
    """A practice with its staff's API and its patients' WhatsApp number."""
    client = connect(redis_url)
    door = StaffDoor(Lanes(Coalesced(client), QUICK.shards, QUICK.times))
    async with open_office(redis, chats=door) as office, open_telephone(office, redis_url) as opened:
        yield opened
    await door.lanes.redis.finish()
    await client.aclose()


async def a_card(
    office: Office, clinic_id: str | None = None, reason: str = "no_slots", language: str = "en"
) -> Callback:
    desk = FrontDesk(office.tenant_id, Sender(new_id(), NUMBER))
    choices = {"clinic": office.practice.clinic.id if clinic_id is None else clinic_id}
    request_id = new_id()
    await desk.call_back(request_id, reason, "time", choices, language, datetime.now(UTC))
    (card,) = await Callback.of(office.tenant_id).find({"request_id": request_id})
    return card


async def good(answer: Any) -> Any:
    came = await answer
    assert came.status_code in (200, 201), came.text
    return came.json()


async def test_lists_are_filtered_and_due_first(office: Office) -> None:
    ann = office.as_("receptionist")
    one = await a_card(office)
    two = await a_card(office, reason="failed", language="hi")
    await Callback.of(office.tenant_id).change({"_id": two.id}, {"$set": {"due_at": datetime.now(UTC) - timedelta(1)}})

    async def found(query: str = "") -> list[str]:
        return [item["id"] for item in (await good(ann.get(f"/callbacks?{query}")))["items"]]

    assert await found() == [two.id, one.id]
    assert await found("reason=failed") == await found("language=hi") == [two.id]
    assert await found(f"clinic_id={office.practice.clinic.id}") == [two.id, one.id]
    assert (
        await found("due_before=2000-01-01T00:00:00Z") == await found("status=done") == await found("claimed=me") == []
    )
    await good(ann.post(f"/callbacks/{one.id}/claim"))
    assert await found("claimed=me") == await found("claimed=anybody") == [one.id]
    assert await found("claimed=nobody") == [two.id]
    first = await good(ann.get("/callbacks?limit=1"))
    rest = await good(ann.get(f"/callbacks?limit=1&cursor={first['next']}"))
    assert [first["items"][0]["id"], rest["items"][0]["id"], rest["next"]] == [two.id, one.id, None]
    assert (first["items"][0]["overdue"], rest["items"][0]["overdue"]) == (True, False)


async def test_of_twenty_at_once_one_gets_the_card(office: Office) -> None:
    card = await a_card(office)
    clients = [office.as_("receptionist") for _ in range(20)]
    answers = await asyncio.gather(*(client.post(f"/callbacks/{card.id}/claim") for client in clients))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"claimed_by_other"}


async def test_the_number_is_shown_only_to_who_calls_and_the_audit_knows(office: Office) -> None:
    card, user_id = await a_card(office), new_id()
    ann = office.as_("receptionist", user_id=user_id)
    assert (await good(ann.get(f"/callbacks/{card.id}")))["number"] == "••••••••••21"
    refused = await ann.post(f"/callbacks/{card.id}/reveal")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_claimed")
    await good(ann.post(f"/callbacks/{card.id}/claim"))
    assert await good(ann.post(f"/callbacks/{card.id}/reveal")) == {"number": f"+{NUMBER}"}
    entries = await audit.AuditEntry.of(office.tenant_id).find({"action": "reveal_callback_number"})
    assert [(entry.actor, entry.entity_id) for entry in entries] == [(user_id, card.id)]
    assert (await office.as_("doctor").post(f"/callbacks/{card.id}/reveal")).status_code == 403
    await Chat.of(office.tenant_id).change({"_id": card.chat_id}, {"$set": {"wa_id": ""}})
    refused = await ann.post(f"/callbacks/{card.id}/reveal")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_number")


async def test_notes_and_resolution(office: Office) -> None:
    card, ann = await a_card(office), office.as_("receptionist")
    noted = await good(ann.post(f"/callbacks/{card.id}/notes", json={"text": "Call after two."}))
    assert [each["text"] for each in noted["notes"]] == ["Call after two."]
    await good(ann.post(f"/callbacks/{card.id}/claim"))
    done = await good(ann.post(f"/callbacks/{card.id}/resolve", json={"resolution": "helped", "note": "Knows now."}))
    assert (done["status"], done["resolution"], len(done["notes"])) == ("done", "helped", 2)
    refused = await ann.post(f"/callbacks/{card.id}/claim")
    assert (refused.status_code, refused.json()["code"]) == (409, "callback_done")
    assert (await good(ann.get(f"/callbacks/{card.id}/transcript")))["items"] == []


async def test_a_released_card_is_free(office: Office) -> None:
    card, ann, bea = await a_card(office), office.as_("receptionist"), office.as_("receptionist")
    await good(ann.post(f"/callbacks/{card.id}/claim"))
    assert (await good(ann.post(f"/callbacks/{card.id}/release")))["claimed_by"] == ""
    await good(bea.post(f"/callbacks/{card.id}/claim"))


async def test_another_clinics_card_does_not_exist(office: Office) -> None:
    theirs, ours, nobodys = await a_card(office, "elsewhere"), await a_card(office), await a_card(office, "")
    ann = office.as_("receptionist", clinic_id=office.practice.clinic.id)
    listed = {item["id"] for item in (await good(ann.get("/callbacks")))["items"]}
    assert listed == {ours.id, nobodys.id}
    for what in ("claim", "release", "reveal"):
        assert (await ann.post(f"/callbacks/{theirs.id}/{what}")).status_code == 404
    assert (await ann.get(f"/callbacks/{theirs.id}")).status_code == 404


async def test_a_patient_who_did_not_answer_is_told_in_the_chat(line: Telephone) -> None:
    office, ann = line.office, line.office.as_("receptionist")
    now = str(int(datetime.now(UTC).timestamp()))
    await line.write("I want to talk to a person", timestamp=now)
    (card,) = await line.until(lambda: Callback.of(office.tenant_id).find())
    await line.sent(1)
    await line.conversation()
    await good(ann.post(f"/callbacks/{card.id}/claim"))
    again = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    outcome = {"outcome": "no_answer", "next_try_at": again.isoformat(), "note": "It rang."}
    after = await good(ann.post(f"/callbacks/{card.id}/outcomes", json=outcome))
    assert (after["status"], after["claimed_by"], after["attempts"][0]["outcome"]) == ("open", "", "no_answer")
    assert datetime.fromisoformat(after["due_at"]) == again
    *_, told = await line.sent(2)
    assert "could not reach you" in told.reply.text
    assert "Tomorrow" in told.reply.text
    await line.quiet()
    transcript = await good(ann.get(f"/callbacks/{card.id}/transcript"))
    assert transcript["items"][0]["text"] == "I want to talk to a person"


async def wrote(office: Office, card: Callback, ago: timedelta) -> None:
    """When the patient of the card last wrote."""
    at = datetime.now(UTC) - ago
    known = await Chat.of(office.tenant_id).get(card.chat_id)
    person = Person(user_id=known.user_id, wa_id=known.wa_id)
    made = Conversation(id=card.chat_id, tenant_id=office.tenant_id, person=person, last_at=at, heard_at=at)
    await Conversation.of(office.tenant_id).insert(made)


async def test_a_patient_who_wrote_long_ago_is_told_by_a_template_once(office: Office) -> None:
    card, ann = await a_card(office), office.as_("receptionist")
    await wrote(office, card, timedelta(days=2))
    for number in (1, 2):
        await good(ann.post(f"/callbacks/{card.id}/claim"))
        outcome = {"outcome": "no_answer"}
        key = {"Idempotency-Key": f"call-{number}"}
        for _ in range(2):  # the same request twice is one call
            await good(ann.post(f"/callbacks/{card.id}/outcomes", json=outcome, headers=key))
        owed = await Notification.of(office.tenant_id).find({"appointment_id": card.id}, [("start_version", 1)])
        assert [(each.kind, each.start_version, each.status) for each in owed] == [
            ("call_missed", n + 1, "due") for n in range(number)
        ]
        assert (SEND_PROMISE, owed[-1].id) in office.jobs.asked
        assert (owed[-1].chat_id, owed[-1].clinic_id) == (card.chat_id, card.clinic_id)


async def test_who_wrote_today_gets_no_template(office: Office) -> None:
    card, ann = await a_card(office), office.as_("receptionist")
    await wrote(office, card, timedelta(hours=2))
    await good(ann.post(f"/callbacks/{card.id}/claim"))
    await good(ann.post(f"/callbacks/{card.id}/outcomes", json={"outcome": "no_answer"}))
    assert await Notification.of(office.tenant_id).find({"appointment_id": card.id}) == []


@pytest.mark.parametrize(("reason", "owed"), [("no_slots", 1), ("stopped", 0), ("leave_silent", 0)])
async def test_after_a_stop_only_the_patients_own_wish_is_answered(office: Office, reason: str, owed: int) -> None:
    card, ann = await a_card(office, reason=reason), office.as_("receptionist")
    await wrote(office, card, timedelta(days=2))
    said = Consent(version="1", given=False, at=datetime.now(UTC), stop=True)
    await consent.record(await Chat.of(office.tenant_id).get(card.chat_id), said)
    await good(ann.post(f"/callbacks/{card.id}/claim"))
    await good(ann.post(f"/callbacks/{card.id}/outcomes", json={"outcome": "no_answer"}))
    assert len(await Notification.of(office.tenant_id).find({"appointment_id": card.id})) == owed


async def test_the_next_try_goes_with_no_answer_only(office: Office) -> None:
    card, ann = await a_card(office), office.as_("receptionist")
    await good(ann.post(f"/callbacks/{card.id}/claim"))
    wrong = {"outcome": "reached", "next_try_at": "2030-01-01T00:00:00Z"}
    assert (await ann.post(f"/callbacks/{card.id}/outcomes", json=wrong)).status_code == 422
    done = await good(ann.post(f"/callbacks/{card.id}/outcomes", json={"outcome": "wrong_number"}))
    assert (done["status"], done["resolution"]) == ("done", "wrong_number")
