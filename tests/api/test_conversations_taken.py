"""A person in the conversation: the bot is silent, words never cross, every message shows how far it came."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest_asyncio
from office import Office, open_office
from redis.asyncio import Redis
from telephone import QUICK, Telephone, open_telephone

from bot.channels.errors import Action, Rule, SendError
from bot.lanes import Lanes
from bot.pipeline import Coalesced, connect
from bot.staff import StaffDoor
from clinic.callback import Callback
from clinic.conversation import Conversation
from clinic.message import Message
from clinic.notification import Notification
from clinic.record import new_id
from clinic.template import Template
from clinic.tenant import Tenant
from tests.bot.world import status

DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def line(database: object, redis: "Redis", redis_url: str) -> AsyncIterator[Telephone]:
    """A practice with its staff's API and its patients' WhatsApp number."""
    client = connect(redis_url)
    door = StaffDoor(Lanes(Coalesced(client), QUICK.shards, QUICK.times))
    async with open_office(redis, chats=door) as office, open_telephone(office, redis_url) as opened:
        yield opened
    await door.lanes.redis.finish()
    await client.aclose()


def reception(office: Office) -> tuple[httpx.AsyncClient, str]:
    """A receptionist and their id."""
    user_id = new_id()
    return office.as_("receptionist", user_id=user_id), user_id


def now() -> str:
    return str(int(datetime.now(UTC).timestamp()))


async def good(answer: Any) -> Any:
    came = await answer
    assert came.status_code in (200, 201), came.text
    return came.json()


async def began(line: Telephone) -> str:
    """A patient has written, and was answered; the conversation's path."""
    await line.write("hi", timestamp=now())
    await line.sent(1)
    return f"/conversations/{(await line.conversation()).id}"


async def test_the_bot_is_silent_and_staff_answer(line: Telephone) -> None:
    ann, ann_id = reception(line.office)
    path = await began(line)
    taken = await good(ann.post(f"{path}/take"))
    assert (taken["held_by"], taken["window_open"], taken["unread"]) == (ann_id, True, False)
    await line.write("do I bring my reports?", timestamp=now())
    await line.until(lambda: Conversation.of(line.office.tenant_id).find({"unread": True}))
    assert len(line.provider.sent) == 1, "the greeting alone"
    said = await good(ann.post(f"{path}/messages", json={"text": "Yes, please."}))
    assert (said["status"], said["by"]) == ("queued", ann_id)
    hello, answer = await line.sent(2)
    assert (answer.reply.text, answer.id, hello.by) == ("Yes, please.", said["id"], "")
    assert not (await good(ann.get(path)))["unread"]


async def test_lists_are_filtered(line: Telephone) -> None:
    ann, ann_id = reception(line.office)
    path = await began(line)
    await line.write("hola, necesito una cita", user="2", timestamp=now())
    await line.sent(2)

    async def found(query: str) -> list[str]:
        return [item["id"] for item in (await good(ann.get(f"/conversations?{query}")))["items"]]

    async def both() -> bool:
        return len(await found("")) == 2

    await line.until(both)
    other, mine = await found("")
    assert path.endswith(mine)
    assert await found("held_by=anybody") == await found("unread=true") == await found("waiting=true") == []
    await good(ann.post(f"{path}/take"))
    assert await found("held_by=me") == await found(f"held_by={ann_id}") == [mine]
    await line.write("anybody there (1+1)?", timestamp=now())

    async def unread() -> bool:
        return await found("unread=true") == [mine]

    await line.until(unread)
    assert await found("waiting=true") == [mine]
    await line.quiet()

    async def written() -> bool:
        return await found("text=%281%2B1%29") == [mine]

    await line.until(written)
    assert await found("text=NECESITO") == [other]
    assert await found("text=.*") == []
    await good(ann.post(f"{path}/read"))
    assert await found("unread=true") == []


async def test_what_is_written_while_it_is_taken_meets_no_bot(line: Telephone) -> None:
    """The patient writes again and again; whoever is told that they have the conversation has it."""
    ann, ann_id = reception(line.office)
    path = await began(line)

    async def writes() -> None:
        for number in range(12):
            await line.write(f"word {number}", timestamp=now())
            await asyncio.sleep(0.01)

    writing = asyncio.create_task(writes())
    await asyncio.sleep(0.05)
    await good(ann.post(f"{path}/take"))
    await good(ann.post(f"{path}/messages", json={"text": "I am here."}))
    await good(ann.post(f"{path}/messages", json={"text": "How can I help?"}))
    await writing
    await line.quiet()

    async def all_written() -> list[Message]:
        rows = await Message.of(line.office.tenant_id).find(sort=[("at", 1)])
        return rows if sum(row.direction == "in" for row in rows) == 13 else []

    await line.until(all_written)
    texts = [(sent.by, sent.reply.text) for sent in line.provider.sent]
    assert texts[-2:] == [(ann_id, "I am here."), (ann_id, "How can I help?")], "nothing of the bot's came after"
    assert all(not by for by, _ in texts[:-2])
    session = await _session(line)
    assert session.held is not None
    assert session.held.by == ann_id


async def _session(line: Telephone) -> Any:
    from bot.ids import chat_key
    from flows.session import Session

    chat = chat_key(line.office.tenant_id, "IN.1")
    _, stored = await line.bot.lanes.remembered(line.bot.lanes.shard(chat), chat)
    return Session.from_json(stored)


async def test_of_two_who_take_it_one_has_it(line: Telephone) -> None:
    staff = [reception(line.office) for _ in range(4)]
    path = await began(line)
    answers = await asyncio.gather(*(client.post(f"{path}/take") for client, _ in staff))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"held_by_other"}
    loser = next(client for (client, _), answer in zip(staff, answers, strict=True) if answer.status_code == 409)
    refused = await loser.post(f"{path}/messages", json={"text": "me, too"})
    assert (refused.status_code, refused.json()["code"]) == (409, "held_by_other")


async def test_who_has_not_taken_it_does_not_write(line: Telephone) -> None:
    ann, _ = reception(line.office)
    path = await began(line)
    for what in ("messages", "hand-back"):
        refused = await ann.post(f"{path}/{what}", json={"text": "hello"})
        assert (refused.status_code, refused.json()["code"]) == (409, "not_held")


async def test_handed_back_the_bot_speaks_again(line: Telephone) -> None:
    ann, _ = reception(line.office)
    path = await began(line)
    await good(ann.post(f"{path}/take"))
    back = await good(ann.post(f"{path}/hand-back"))
    assert (back["held_by"], back["held_until"]) == ("", None)
    *_, menu = await line.sent(2)
    assert menu.reply.options
    await line.write("hello", timestamp=now())
    await line.sent(3)


async def test_the_patient_calls_the_bot_back(line: Telephone) -> None:
    ann, _ = reception(line.office)
    path = await began(line)
    await good(ann.post(f"{path}/take"))
    await good(ann.post(f"{path}/messages", json={"text": "Hello"}))
    *_, hello = await line.sent(2)
    (button,) = hello.reply.options
    tap = {"type": "button_reply", "button_reply": {"id": button.id, "title": button.title}}
    await line.write("", type="interactive", interactive=tap, timestamp=now())
    await line.sent(3)
    assert (await good(ann.get(path)))["held_by"] == ""


async def test_who_does_nothing_loses_it_and_the_patient_gets_a_call(line: Telephone) -> None:
    ann, _ = reception(line.office)
    path = await began(line)
    await Tenant.itself().change({"_id": line.office.tenant_id}, {"$set": {"person_idle_minutes": 1}})
    await good(ann.post(f"{path}/take"))
    await line.write("is anybody there?", timestamp=now())
    await line.until(lambda: Conversation.of(line.office.tenant_id).find({"unread": True}))
    assert await line.bot.returning.look(datetime.now(UTC)) == 0
    await _pass_time(line)
    assert await line.bot.returning.look(datetime.now(UTC)) == 1
    *_, sorry = await line.sent(2)
    assert sorry.reply.options
    (card,) = await line.until(lambda: Callback.of(line.office.tenant_id).find())
    assert card.reason == "unanswered"
    assert (await good(ann.get(path)))["held_by"] == ""
    assert await line.bot.returning.look(datetime.now(UTC)) == 0


async def _pass_time(line: Telephone) -> None:
    """The holder's time is over: in the session and in the store."""
    from dataclasses import replace

    from bot.ids import chat_key

    session = await _session(line)
    session.held = replace(session.held, until=session.held.until - 120)
    chat = chat_key(line.office.tenant_id, "IN.1")
    key = f"{{s{line.bot.lanes.shard(chat)}}}:chat:{chat}"
    await line.bot.lanes.redis.redis.hset(key, "session", session.to_json())
    past = datetime.fromtimestamp(session.held.until, UTC)
    await Conversation.of(line.office.tenant_id).change({"held_by": {"$gt": ""}}, {"$set": {"held_until": past}})


async def test_every_message_shows_how_far_it_came(line: Telephone) -> None:
    ann, _ = reception(line.office)
    path = await began(line)
    await good(ann.post(f"{path}/take"))
    line.provider.fails = [None, SendError(Rule(Action.PERMANENT), 131026)]
    read = await good(ann.post(f"{path}/messages", json={"text": "one"}))
    await line.sent(2)
    failed = await good(ann.post(f"{path}/messages", json={"text": "two"}))
    await line.post(statuses=[status(read["id"], name, "wamid.x") for name in ("sent", "delivered", "read")])

    async def ticks() -> dict[str, dict[str, Any]]:
        items = (await good(ann.get(f"{path}/messages")))["items"]
        shown = {item["id"]: item for item in items}
        return shown if [shown[each["id"]]["status"] for each in (read, failed)] == ["read", "failed"] else {}

    shown = await line.until(ticks)
    assert "call the patient" in shown[failed["id"]]["reason"]
    assert shown[read["id"]]["reason"] == ""
    assert [item["kind"] for item in shown.values() if item["direction"] == "note"] == ["staff:take"]
    (card,) = await line.until(lambda: Callback.of(line.office.tenant_id).find())
    assert card.reason == "undeliverable", "nobody is left without an answer"


async def test_outside_the_window_only_a_template_goes(line: Telephone) -> None:
    ann, _ = reception(line.office)
    path = await began(line)
    await good(ann.post(f"{path}/take"))
    ago = datetime.now(UTC) - DAY
    await Conversation.of(line.office.tenant_id).change({}, {"$set": {"heard_at": ago}})
    shown = await good(ann.get(path))
    assert not shown["window_open"]
    assert datetime.fromisoformat(shown["window_ends_at"]) < datetime.now(UTC)
    refused = await ann.post(f"{path}/messages", json={"text": "still there?"})
    assert (refused.status_code, refused.json()["code"]) == (409, "window_closed")
    assert "template" in refused.json()["detail"]
    await line.quiet()
    assert len(line.provider.sent) == 1


async def test_a_template_is_a_promise_in_the_ledger(line: Telephone) -> None:
    ann, _ = reception(line.office)
    path = await began(line)
    tenant_id, chat_id = line.office.tenant_id, path.rpartition("/")[2]
    wanted = {"purpose": "confirmation"}
    refused = await ann.post(f"{path}/templates", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_visit")
    desk, patient = await line.office.practice.guest()
    wish = line.office.practice.wish()
    slot = (await desk.slots(wish, datetime.now(UTC), limit=1))[0]
    visit = await desk.book("r", patient.id, wish, slot, "en", datetime.now(UTC))
    from clinic.appointment import Appointment

    await Appointment.of(tenant_id).change({"_id": visit.id}, {"$set": {"chat_id": chat_id}})
    refused = await ann.post(f"{path}/templates", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (409, "template_not_approved")
    template = Template(
        tenant_id=tenant_id, name="appointment_confirmed", language="en", body="{{doctor}} {{date}} {{time}}",
        purpose="confirmation", status="APPROVED",
    )  # fmt: skip
    await Template.of(tenant_id).insert(template)
    key = {"Idempotency-Key": new_id()}
    sent = await good(ann.post(f"{path}/templates", json=wanted, headers=key))
    assert (await good(ann.post(f"{path}/templates", json=wanted, headers=key))) == sent
    promise = await Notification.of(tenant_id).get(sent["notification_id"])
    assert (promise.purpose, promise.status, promise.chat_id) == ("confirmation", "due", chat_id)
    by_id = await good(ann.post(f"{path}/templates", json={"template_id": template.id}))
    assert by_id["notification_id"] != sent["notification_id"]
    assert (await ann.post(f"{path}/templates", json={"template_id": new_id()})).status_code == 404
    assert (await ann.post(f"{path}/templates", json={})).status_code == 422


async def test_where_no_bot_is_it_says_so(office: Office) -> None:
    ann, _ = reception(office)
    chat = Conversation(tenant_id=office.tenant_id, person={"user_id": "x"}, last_at=datetime.now(UTC))
    await Conversation.of(office.tenant_id).insert(chat)
    refused = await ann.post(f"/conversations/{chat.id}/take")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_channel")


async def test_another_clinics_conversation_does_not_exist(line: Telephone) -> None:
    await began(line)
    chat = await line.conversation()
    await Conversation.of(line.office.tenant_id).change({"_id": chat.id}, {"$set": {"clinic_id": "elsewhere"}})
    ann = line.office.as_("receptionist", clinic_id=line.office.practice.clinic.id)
    assert (await good(ann.get("/conversations")))["items"] == []
    for method, what in (("GET", ""), ("GET", "/messages"), ("POST", "/take"), ("POST", "/hand-back")):
        assert (await ann.request(method, f"/conversations/{chat.id}{what}")).status_code == 404
