"""A whole person's way through the house, and out of it: what they asked for is done, and nothing of them is left."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import randbelow
from typing import Any

import httpx
import pytest
import pytest_asyncio
from office import SECRET, Office, open_office
from redis.asyncio import Redis
from telephone import QUICK, Telephone, open_telephone

from bot.forget import Forgetting
from bot.lanes import Lanes
from bot.pipeline import Coalesced, connect
from bot.staff import StaffDoor
from clinic import audit, erasure_work, quarantine
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.conversation import Conversation
from clinic.erasure import Erasure
from clinic.feedback import Feedback
from clinic.job import SEND_PROMISE
from clinic.media import Media
from clinic.name_word import NameWord
from clinic.notification import Notification
from clinic.patient import Patient
from clinic.queue_entry import QueueEntry
from clinic.record import new_id
from clinic.template import Template, starter
from clinic.vault import Vault
from workers.erasure import erase_once

LATER = timedelta(minutes=3)
FIRST, LAST, WORD = "Zerlinde", "Quabbleton", "pomegranate"


@pytest_asyncio.fixture
async def line(database: object, redis: "Redis", redis_url: str) -> AsyncIterator[Telephone]:
    client = connect(redis_url)
    door = StaffDoor(Lanes(Coalesced(client), QUICK.shards, QUICK.times))
    async with open_office(redis, chats=door) as office, open_telephone(office, redis_url) as opened:
        yield opened
    await door.lanes.redis.finish()
    await client.aclose()


def owner(office: Office) -> httpx.AsyncClient:
    return office.as_("owner", user_id=new_id())


async def good(answer: Any) -> Any:
    came = await answer
    assert came.status_code in (200, 201), came.text
    return came.json()


class Person:
    """Somebody with a name, a number and words that nobody else in these stores has."""

    def __init__(self, line: Telephone) -> None:
        self.line, self.user = line, str(10**9 + randbelow(9 * 10**9))
        self.count = 0

    @property
    def traces(self) -> list[str]:
        return [self.user, FIRST.lower(), LAST.lower(), WORD]

    async def says(self, text: str, **more: Any) -> str:
        """One message, and what came back."""
        self.count = len(self.line.provider.sent)
        stamp = str(int(datetime.now(UTC).timestamp()))
        await self.line.write(text, user=self.user, timestamp=stamp, **more)
        await self.line.sent(self.count + 1)
        return self.line.provider.sent[-1].reply.text

    async def chat(self) -> Chat:
        (known,) = await Chat.of(self.line.office.tenant_id).find({"user_id": f"IN.{self.user}"})
        return known


async def lived(line: Telephone, folder: Path) -> tuple[Person, Vault]:
    """All that a person leaves behind: words, a name, visits of every kind, notes, marks, files, a merged record."""
    office, person, now = line.office, Person(line), datetime.now(UTC)
    tenant_id, practice = office.tenant_id, office.practice
    await person.says(f"my {WORD} hurts")
    await person.says("stop")
    chat = await person.chat()
    contacts = [{"chat_id": chat.id, "is_self": True}]
    desk, staff = owner(office), office.as_("receptionist", user_id=new_id())
    made = await good(desk.post("/patients", json={"name": f"{FIRST} {LAST}", "phones": [f"+91{person.user}"]}))
    await Patient.of(tenant_id).change({"_id": made["id"]}, {"$set": {"contacts": contacts}})
    twin = await good(desk.post("/patients", json={"name": f"{FIRST} Q {LAST}"}))
    await good(desk.post(f"/patients/{twin['id']}/merge", json={"into": made["id"]}))
    await good(staff.post(f"/patients/{made['id']}/notes", json={"text": f"Brings {WORD}s."}))
    await good(desk.patch(f"/patients/{made['id']}", json={"tags": [WORD]}))
    facts = {
        "tenant_id": tenant_id, "clinic_id": practice.clinic.id, "doctor_id": practice.doctors[0].id,
        "service_id": practice.services[0].id, "patient_id": made["id"], "patient_name": f"{FIRST} {LAST}",
        "chat_id": chat.id,
    }  # fmt: skip
    for status, days in (("fulfilled", -30), ("cancelled", -20), ("booked", 2)):
        start = now + timedelta(days=days)
        visit = Appointment(
            request_id=f"wamid.{person.user}.{status}", status=status, start=start,
            end=start + timedelta(minutes=30), **facts,
        )  # fmt: skip
        await Appointment.of(tenant_id).insert(visit)
        promise = Notification(
            tenant_id=tenant_id, appointment_id=visit.id, kind="reminder:24h", start_version=0, chat_id=chat.id,
            language="en", due_at=start, wake_at=start,
        )  # fmt: skip
        await Notification.of(tenant_id).insert(promise)
        if status == "fulfilled":
            mark = Feedback(
                appointment_id=visit.id, mark=5, words=f"Nice {WORD}", at=now,
                **{name: facts[name] for name in ("tenant_id", "clinic_id", "doctor_id", "patient_id", "chat_id")},
            )  # fmt: skip
            await Feedback.of(tenant_id).insert(mark)
            of_the_queue = {name: value for name, value in facts.items() if name != "chat_id"}
            queued = QueueEntry(
                request_id=f"wamid.{person.user}", day=start.date(), token=1, tokens=[new_id()], place=1.0, minutes=30,
                arrived_at=start, appointment_id=visit.id, **of_the_queue,
            )  # fmt: skip
            await QueueEntry.of(tenant_id).insert(queued)
    vault = Vault(folder, SECRET)
    file = Media(
        id=new_id(), tenant_id=tenant_id, chat_id=chat.id, message_id="m", channel_id="c", provider_id="1",
        kind="image", filename=f"{WORD}.png", sent_at=now, status="kept", stored=True,
    )  # fmt: skip
    await Media.of(tenant_id).insert(file)
    await vault.put(tenant_id, file.id, WORD.encode())
    await quarantine.keep("not json", f'{{"from": "91{person.user}", "text": "{WORD}"}}', now)
    await person.says("human")
    return person, vault


async def stored(database: Any, redis: "Redis", traces: list[str]) -> list[str]:
    """Where any trace of the person stands, in any collection and under any key."""
    found = []
    for name in await database.list_collection_names():
        async for row in database[name].find({}):
            text = repr(row).lower()
            found += [f"{name}: {trace}" for trace in traces if trace in text]
    async for key in redis.scan_iter(count=1000):
        text = f"{key!r} {await _value(redis, key)!r}".lower()
        found += [f"redis {key!r}: {trace}" for trace in traces if trace in text]
    return found


async def _value(redis: "Redis", key: bytes) -> object:
    match (await redis.type(key)).decode():
        case "hash":
            return await redis.hgetall(key)
        case "list":
            return await redis.lrange(key, 0, -1)
        case "zset":
            return await redis.zrange(key, 0, -1)
        case "set":
            return await redis.smembers(key)
        case "stream":
            return await redis.xrange(key)
    return await redis.get(key)


async def asked(line: Telephone, person: Person) -> Erasure:
    """By chat, as a patient does."""
    assert "erase" in await person.says("forget me")
    assert "30" not in await person.says("yes")
    (open_one,) = await line.until(lambda: Erasure.of(line.office.tenant_id).find({"status": "open"}))
    found: Erasure = open_one
    return found


async def settled(line: Telephone, database: Any) -> None:
    """Until the transcript is written."""

    async def empty() -> bool:
        lanes = line.bot.lanes
        return not any([(await lanes.depth("in", shard)).records for shard in range(2)])

    await line.quiet()
    await line.until(empty)


async def test_nothing_is_left_of_a_person_who_is_forgotten(
    line: Telephone, database: Any, redis: "Redis", tmp_path: Path
) -> None:
    person, vault = await lived(line, tmp_path / "vault")
    wish, desk = await asked(line, person), owner(line.office)
    await settled(line, database)
    before = {each.partition(":")[0] for each in await stored(database, redis, person.traces)}
    assert before >= {
        "patients",
        "messages",
        "chats",
        "audit",
        "queue",
        "feedback",
        "media",
        "name_words",
        "quarantine",
    }
    shown = await good(desk.get(f"/erasures/{wish.id}"))
    assert [each["name"] for each in shown["people"]] == [f"{FIRST} {LAST}"]
    assert shown["visits_ahead"] == 1
    refused = await desk.post(f"/erasures/{wish.id}/approve", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "visits_ahead")
    count = len(line.provider.sent)
    done = await good(desk.post(f"/erasures/{wish.id}/approve", json={"cancel_visits": True}))
    assert (done["status"], done["told"]) == ("approved", "chat")
    await line.sent(count + 1)
    assert "erased within the hour" in line.provider.sent[-1].reply.text
    await settled(line, database)
    later = datetime.now(UTC) + LATER
    assert await erase_once(later, vault) == 0, "the conversation first"
    assert await Forgetting(line.bot.lanes).look(later) == 1
    assert await erase_once(later, vault) == 1
    assert await stored(database, redis, person.traces) == []
    assert not [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]
    ended = await Erasure.of(line.office.tenant_id).get(wish.id)
    assert (ended.status, ended.chat_id, ended.scope) == ("done", "", None)
    assert ended.counts["messages"] > 3
    assert await erase_once(later, vault) == 0, "once"


async def test_what_the_law_keeps_is_kept_without_a_name(
    line: Telephone, database: Any, redis: "Redis", tmp_path: Path
) -> None:
    person, vault = await lived(line, tmp_path / "vault")
    await forgotten(line, person, vault, database)
    (visit,) = await Appointment.of(line.office.tenant_id).find({})
    assert (visit.status, visit.patient_id, visit.patient_name, visit.chat_id) == ("fulfilled", "", "", "")
    assert visit.doctor_id == line.office.practice.doctors[0].id
    (mark,) = await Feedback.of(line.office.tenant_id).find({})
    assert (mark.mark, mark.words) == (5, "")
    verdict = await audit.verify(line.office.tenant_id)
    assert (verdict.broken_at, verdict.complete) == (None, True)
    items = (await good(owner(line.office).get("/audit", params={"limit": 200})))["items"]
    emptied = [each for each in items if each["erasure"]]
    assert emptied
    assert all(each["difference"] == {} for each in emptied)
    now = datetime.now(UTC)
    assert await erasure_work.drop_old_visits(line.office.tenant_id, 1, now) == 0
    assert await erasure_work.drop_old_visits(line.office.tenant_id, 1, now + timedelta(days=400)) == 1


async def forgotten(line: Telephone, person: Person, vault: Vault, database: Any) -> Erasure:
    wish = await asked(line, person)
    await good(owner(line.office).post(f"/erasures/{wish.id}/approve", json={"cancel_visits": True}))
    await settled(line, database)
    later = datetime.now(UTC) + LATER
    await Forgetting(line.bot.lanes).look(later)
    assert await erase_once(later, vault) == 1
    return wish


async def test_whoever_dies_on_the_way_another_goes_on(
    line: Telephone, database: Any, redis: "Redis", tmp_path: Path
) -> None:
    """Killed after each of the steps in turn, and begun again each time."""
    person, vault = await lived(line, tmp_path / "vault")
    wish = await asked(line, person)
    await good(owner(line.office).post(f"/erasures/{wish.id}/approve", json={"cancel_visits": True}))
    await settled(line, database)
    later = datetime.now(UTC) + LATER
    await Forgetting(line.bot.lanes).look(later)
    door = Erasure.of(line.office.tenant_id)
    steps = (erasure_work.removing_files(vault), *erasure_work.STEPS)
    for done in range(1, len(steps) + 1):
        await erasure_work.work(await door.get(wish.id), later, vault, steps[:done])
    assert await erase_once(later, vault) == 1
    assert await stored(database, redis, person.traces) == []
    assert (await audit.verify(line.office.tenant_id)).broken_at is None


async def test_two_workers_at_once_do_no_harm(line: Telephone, database: Any, redis: "Redis", tmp_path: Path) -> None:
    person, vault = await lived(line, tmp_path / "vault")
    wish = await asked(line, person)
    await good(owner(line.office).post(f"/erasures/{wish.id}/approve", json={"cancel_visits": True}))
    await settled(line, database)
    later = datetime.now(UTC) + LATER
    await Forgetting(line.bot.lanes).look(later)
    await asyncio.gather(*(erase_once(later, vault) for _ in range(3)))
    assert await stored(database, redis, person.traces) == []
    assert (await audit.verify(line.office.tenant_id)).broken_at is None


async def test_nobody_else_loses_anything(line: Telephone, database: Any, redis: "Redis", tmp_path: Path) -> None:
    office = line.office
    other = await good(owner(office).post("/patients", json={"name": f"{FIRST} Smith", "phones": ["+919820011111"]}))
    elder = await good(owner(office).post("/patients", json={"name": "Elder Brown"}))
    person, vault = await lived(line, tmp_path / "vault")
    chat, theirs = await person.chat(), new_id()
    both = [{"chat_id": chat.id, "is_self": False}, {"chat_id": theirs, "is_self": True}]
    await Patient.of(office.tenant_id).change({"_id": elder["id"]}, {"$set": {"contacts": both}})
    await forgotten(line, person, vault, database)
    kept = {each.id: each for each in await Patient.of(office.tenant_id).find({})}
    assert set(kept) == {other["id"], elder["id"]}
    assert [contact.chat_id for contact in kept[elder["id"]].contacts] == [theirs]
    words = {row["letters"] for row in await NameWord.of(office.tenant_id).rows({})}
    assert words >= {"zerlinde", "smith", "brown"}
    assert "quabbleton" not in words


async def test_a_refusal_is_told_with_its_reason(
    line: Telephone, database: Any, redis: "Redis", tmp_path: Path
) -> None:
    person, _ = await lived(line, tmp_path / "vault")
    wish, desk = await asked(line, person), owner(line.office)
    await settled(line, database)
    count = len(line.provider.sent)
    done = await good(desk.post(f"/erasures/{wish.id}/refuse", json={"reason": "Your invoice is open."}))
    assert (done["status"], done["told"]) == ("refused", "chat")
    await line.sent(count + 1)
    assert "Your invoice is open." in line.provider.sent[-1].reply.text
    again = await desk.post(f"/erasures/{wish.id}/approve", json={"cancel_visits": True})
    assert (again.status_code, again.json()["code"]) == (409, "erasure_decided")
    assert (await person.chat()).user_id == f"IN.{person.user}"


@pytest.mark.parametrize(("words", "told"), [(True, "template"), (False, "nobody")])
async def test_who_wrote_long_ago_is_told_by_a_template_where_there_is_one(
    line: Telephone, tmp_path: Path, words: bool, told: str
) -> None:
    person, _ = await lived(line, tmp_path / "vault")
    wish, office = await asked(line, person), line.office
    await line.quiet()
    long_ago = {"$set": {"heard_at": datetime.now(UTC) - timedelta(days=2)}}
    await Conversation.of(office.tenant_id).change({"_id": wish.chat_id}, long_ago)
    await Template.of(office.tenant_id).delete({"purpose": "erasure_refused"})
    if words:
        await Template.of(office.tenant_id).insert(starter(office.tenant_id, "erasure_refused", "en"))
    reason = {"reason": "Your invoice is open."}
    done = await good(owner(office).post(f"/erasures/{wish.id}/refuse", json=reason))
    assert (done["status"], done["told"]) == ("refused", told)
    owed = await Notification.of(office.tenant_id).find({"appointment_id": wish.id})
    assert [(each.kind, each.status) for each in owed] == [("erasure_refused", "due")] * words
    assert [(SEND_PROMISE, each.id) in office.jobs.asked for each in owed] == [True] * words


async def test_the_deadline_the_list_and_who_may_decide(line: Telephone, tmp_path: Path) -> None:
    person, _ = await lived(line, tmp_path / "vault")
    wish, desk = await asked(line, person), owner(line.office)
    assert wish.due_at - wish.requested_at == timedelta(days=30)
    assert "already" in [await person.says("forget me"), await person.says("yes")][1]
    (listed,) = (await good(desk.get("/erasures", params={"status": "open"})))["items"]
    assert (listed["id"], listed["overdue"]) == (wish.id, False)
    reception = line.office.as_("receptionist")
    assert (await reception.post(f"/erasures/{wish.id}/approve", json={})).status_code == 403
    assert (await reception.get("/erasures")).status_code == 200
    made = await good(reception.post("/patients", json={"name": "By Letter"}))
    by_letter = await good(reception.post("/erasures", json={"patient_id": made["id"]}))
    assert (by_letter["source"], by_letter["status"]) == ("staff", "open")
    again = await good(reception.post("/erasures", json={"patient_id": made["id"]}))
    assert again["id"] == by_letter["id"]
    await good(desk.post(f"/erasures/{by_letter['id']}/approve", json={}))
    assert await erase_once(datetime.now(UTC) + LATER) == 1, "without a chat nothing waits for the bot"
    assert await Patient.of(line.office.tenant_id).find({"_id": made["id"]}) == []
