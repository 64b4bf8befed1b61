"""The queue's messages as they leave: the number, the room, the minutes; only as long as they are true."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from graph_server import GraphServer, refusal
from promises import Practice, practice
from visits import Household, household

from clinic import attendance, queue, queue_promises
from clinic.appointment import Appointment
from clinic.booking import Asker
from clinic.directory import DIRECTORIES, directory_of
from clinic.doctor import Doctor
from clinic.notification import Notification
from clinic.queue import Step
from clinic.queue_entry import QueueEntry
from clinic.record import new_id
from clinic.template import Template, starter
from workers.context import Context
from workers.notifications import deliver
from workers.queue_calls import queues_once
from workers.sweep import sweep_once

MINUTE = timedelta(minutes=1)
PURPOSES = ("leave_home", "you_are_next", "come_in", "late")


@pytest_asyncio.fixture
async def home(clinic: Practice) -> Household:
    made = await household(clinic)
    for purpose in PURPOSES:
        await Template.of(clinic.id).insert_new(starter(clinic.id, purpose, "en"))
    await Doctor.of(clinic.id).change({"_id": f"{clinic.id}-d"}, {"$set": {"room": "Room 3"}})
    DIRECTORIES.forget(clinic.id)
    return made


def noon() -> datetime:
    """Of today: far from both midnights, whenever the tests run."""
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def asker() -> Asker:
    return Asker(new_id(), "staff:1", "console", staff=True)


async def here(home: Household, visit: Appointment) -> QueueEntry:
    at = visit.start - 5 * MINUTE
    return (await attendance.check_in(await directory_of(home.id), visit, asker(), at))[1]


async def called(home: Household, visit: Appointment) -> QueueEntry:
    return await queue.move(await here(home, visit), Step("call", asker(), visit.start))


async def due(home: Household, purpose: str) -> list[str]:
    """Whatever the day, it is due by now."""
    past = datetime.now(UTC) - MINUTE
    found = [each for each in await home.ledger() if each.purpose == purpose]
    ids = [each.id for each in found]
    await Notification.of(home.id).change_all(
        {"_id": {"$in": ids}, "status": "due"}, {"$set": {"wake_at": past, "due_at": past}}
    )
    return ids


def words(graph: GraphServer) -> tuple[str, list[str]]:
    template = graph.sent[-1]["template"]
    return template["name"], [each["text"] for each in template["components"][0]["parameters"]]


async def test_please_come_in(home: Household, graph: GraphServer, context: Context) -> None:
    await called(home, await home.visit(noon(), promise=False))
    await deliver(await due(home, "come_in"), context)
    assert words(graph) == ("please_come_in", ["Meera Iyer", "1", "Dr Rao", "Room 3"])


async def test_it_names_the_doctor_behind_the_door(home: Household, graph: GraphServer, context: Context) -> None:
    other = Doctor(tenant_id=home.id, name="Dr Nair", service_ids=[f"{home.id}-s"])
    await Doctor.of(home.id).insert(other)
    entry = await here(home, await home.visit(noon(), promise=False))
    await QueueEntry.of(home.id).change({"_id": entry.id}, {"$set": {"doctor_id": other.id, "token": 4}})
    DIRECTORIES.forget(home.id)
    await queue.move(await QueueEntry.of(home.id).get(entry.id), Step("call", asker(), noon()))
    await deliver(await due(home, "come_in"), context)
    assert words(graph) == ("please_come_in", ["Meera Iyer", "4", "Dr Nair", "Bandra"])


async def test_leave_home_now(home: Household, graph: GraphServer, context: Context) -> None:
    visit = await home.visit(noon(), promise=False)
    at = visit.start - 20 * MINUTE
    await queue_promises.advance_all(home.id, at)
    await deliver(await due(home, "leave_home"), context)
    assert words(graph) == ("time_to_leave", ["Meera Iyer", "Dr Rao", "20 minutes", "Bandra"])
    await queues_once(context, at)
    await sweep_once(context, datetime.now(UTC))
    assert len(graph.sent) == len(await home.ledger()) == 1


async def test_the_doctor_is_late_with_three_ways_to_answer(
    home: Household, graph: GraphServer, context: Context
) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    visit = await home.visit(start, promise=False)
    await Notification.of(home.id).insert(
        Notification(
            tenant_id=home.id, appointment_id=visit.id, kind="late:1", start_version=0, chat_id=home.chat.id,
            language="en", due_at=start, wake_at=start, minutes=45,
        )
    )  # fmt: skip
    await deliver(await due(home, "late"), context)
    name, told = words(graph)
    assert (name, told[2]) == ("doctor_late", "45 minutes")
    taps = [each["parameters"][0]["payload"] for each in graph.sent[0]["template"]["components"][1:]]
    assert taps == [f"visit.{action}.{visit.id}.0" for action in ("keep", "later", "otherday")]


@pytest.mark.parametrize("moved", ["return", "skip", "start", "cancelled"])
async def test_it_does_not_leave_once_the_queue_has_moved_on(
    home: Household, graph: GraphServer, context: Context, moved: str
) -> None:
    entry = await called(home, await home.visit(noon(), promise=False))
    if moved == "cancelled":
        await Appointment.of(home.id).change({"_id": entry.appointment_id}, {"$set": {"status": "noshow"}})
    else:
        await queue.move(entry, Step(moved, asker(), noon()))  # type: ignore[arg-type]
    await deliver(await due(home, "come_in"), context)
    [promise] = [each for each in await home.ledger() if each.purpose == "come_in"]
    reason = "cancelled" if moved == "cancelled" else queue_promises.MOVED_ON
    assert (promise.status, promise.error, graph.sent) == ("withdrawn", reason, [])


async def test_what_could_not_leave_in_time_does_not_leave(
    home: Household, graph: GraphServer, context: Context
) -> None:
    """Nobody is called in an hour late, and nothing is tried for ever."""
    await queue_promises.advance_all(home.id, (await home.visit(noon(), promise=False)).start - 20 * MINUTE)
    [id_] = await due(home, "leave_home")
    late = datetime.now(UTC) - 20 * MINUTE
    await Notification.of(home.id).change({"_id": id_}, {"$set": {"due_at": late}})
    await deliver([id_], context)
    stored = await Notification.of(home.id).get(id_)
    assert (stored.status, stored.error, graph.sent) == ("withdrawn", "over", [])


async def test_nobody_is_asked_to_call_for_it(home: Household, graph: GraphServer, context: Context) -> None:
    """When a person has found the time, the patient has been seen, or was skipped."""
    await called(home, await home.visit(noon(), promise=False))
    graph.answers.append(refusal(131026))
    [id_] = await due(home, "come_in")
    await deliver([id_], context)
    await sweep_once(context, datetime.now(UTC))
    stored = await Notification.of(home.id).get(id_)
    assert (stored.status, stored.handed_on, await home.practice.cards()) == ("failed", True, [])


async def test_a_cut_line_is_tried_again_also_after_the_planned_start(
    home: Household, graph: GraphServer, context: Context
) -> None:
    visit = await home.visit(datetime.now(UTC) - 5 * MINUTE, promise=False)
    entry = (await attendance.check_in(await directory_of(home.id), visit, asker(), visit.start))[1]
    await queue.move(entry, Step("call", asker(), datetime.now(UTC) - MINUTE))
    graph.answers.append(refusal(131000))
    [id_] = [each.id for each in await home.ledger() if each.purpose == "come_in"]
    await deliver([id_], context)
    assert (await Notification.of(home.id).get(id_)).status == "due"


async def test_one_practices_trouble_is_its_own(home: Household, context: Context) -> None:
    other = await household(await practice())
    for each in (home, other):
        await each.visit(noon(), promise=False)
    await Appointment.of(home.id).change({}, {"$set": {"end": "broken"}})
    await queues_once(context, noon() - 20 * MINUTE)
    assert [len(await each.ledger()) for each in (home, other)] == [0, 1]
