"""Reminders leave once, together where a household has several visits, and by another way where nobody reads them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from graph_server import GraphServer, refusal
from promises import Practice
from visits import DAY, Household, household, tomorrow

from clinic import notification, visit_promises
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.delivery import StatusChange
from clinic.directory import DIRECTORIES, directory_of
from clinic.notification import Notification
from clinic.place import Clinic
from clinic.template import Template
from workers.context import Context
from workers.letter import purposes
from workers.notifications import deliver
from workers.recount import of_practice, recount_once
from workers.sweep import sweep_once
from workers.unseen import look_for_unseen
from workers.ways import next_channel

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def family(clinic: Practice) -> Household:
    return await household(clinic)


def body(sent: dict[str, Any]) -> list[str]:
    """What fills the body's variables."""
    parts = [part for part in sent["template"]["components"] if part["type"].upper() == "BODY"]
    return [each["text"] for part in parts for each in part["parameters"]]


def taps(sent: dict[str, Any]) -> list[str]:
    """What the buttons carry."""
    parts = sent["template"]["components"]
    return [part["parameters"][0]["payload"] for part in parts if part["type"].upper() == "BUTTON"]


async def test_a_reminder_carries_buttons_for_exactly_that_visit(
    family: Household, graph: GraphServer, context: Context
) -> None:
    visit = await family.visit(tomorrow())
    await deliver(await family.due(), context)
    (sent,) = graph.sent
    assert sent["template"]["name"] == "appointment_reminder"
    assert taps(sent) == [f"visit.{action}.{visit.id}.0" for action in ("come", "move", "cancel")]
    assert await family.statuses() == ["accepted"]


async def test_a_households_day_is_one_message(family: Household, graph: GraphServer, context: Context) -> None:
    for hour, name in ((10, "Meera Iyer"), (9, "Arjun Iyer"), (16, "Ravi Iyer")):
        await family.visit(tomorrow(hour), name)
    await family.visit(tomorrow(9) + DAY, "Meera Iyer")
    first = (await family.due())[0]
    await deliver([first], context)
    (sent,) = graph.sent
    assert sent["template"]["name"] == "household_reminder"
    told = next(text for text in body(sent) if "Meera" in text)
    assert [told.index(name) for name in ("Arjun", "Meera", "Ravi")] == sorted(
        told.index(name) for name in ("Arjun", "Meera", "Ravi")
    ), "in the order of the day"
    assert taps(sent) == [f"household.come.{first}", f"household.move.{first}"]
    assert await family.statuses() == ["accepted", "due", "included", "included"]


async def test_also_when_several_workers_send_them_at_the_same_moment(
    family: Household, graph: GraphServer, context: Context
) -> None:
    for hour in (9, 10, 11, 12):
        await family.visit(tomorrow(hour))
    ids = await family.due()
    await asyncio.gather(*(deliver([each], context) for each in ids))
    assert len(graph.sent) == 1
    assert await family.statuses() == ["accepted", "included", "included", "included"]


async def test_the_evenings_visit_keeps_its_own_short_reminder(
    family: Household, graph: GraphServer, context: Context
) -> None:
    now = datetime.now(UTC)
    for later in (timedelta(0), HOUR, 9 * HOUR):
        await family.visit(tomorrow(9) + later)
    for each in await family.ledger(kind="reminder:2h"):
        wake = now + (each.due_at - (tomorrow(9) - 2 * HOUR)) - timedelta(seconds=5)
        await Notification.of(family.id).change({"_id": each.id}, {"$set": {"wake_at": wake}})
    await deliver([each.id for each in await family.ledger(kind="reminder:2h")], context)
    assert await family.statuses("reminder:2h") == ["accepted", "due", "included"]


async def test_what_was_cancelled_is_not_told_along(family: Household, graph: GraphServer, context: Context) -> None:
    await family.visit(tomorrow(9))
    gone = await family.visit(tomorrow(10), "Arjun Iyer")
    await Appointment.of(family.id).change({"_id": gone.id}, {"$set": {"status": "cancelled"}})
    await deliver((await family.due())[:1], context)
    assert "Arjun" not in str(graph.sent)
    assert graph.sent[0]["template"]["name"] == "appointment_reminder"
    assert await family.statuses() == ["accepted", "withdrawn"]


async def test_others_are_told_when_the_one_that_took_them_along_is_not_wanted(
    family: Household, graph: GraphServer, context: Context
) -> None:
    first = await family.visit(tomorrow(9))
    await family.visit(tomorrow(10), "Arjun Iyer")
    ids = await family.due()
    await Appointment.of(family.id).change({"_id": first.id}, {"$set": {"status": "cancelled"}})
    await deliver(ids[:1], context)
    assert (graph.sent, await family.statuses()) == ([], ["due", "withdrawn"])
    await deliver(ids[1:], context)
    assert "Arjun" in str(graph.sent)


async def test_without_approved_words_for_several_each_goes_by_itself(
    family: Household, graph: GraphServer, context: Context
) -> None:
    await Template.of(family.id).delete({"purpose": {"$regex": "household"}})
    for hour in (9, 10):
        await family.visit(tomorrow(hour))
    ids = await family.due()
    await deliver(ids, context)
    await deliver(await family.due(), context)
    assert [sent["template"]["name"] for sent in graph.sent] == ["appointment_reminder"] * 2
    assert await family.statuses() == ["accepted", "accepted"]


async def test_a_refused_household_is_refused_one_by_one(
    family: Household, graph: GraphServer, context: Context
) -> None:
    for hour in (9, 10):
        await family.visit(tomorrow(hour))
    graph.answers.extend([refusal(131026), refusal(131026)])
    for each in await family.due():
        await deliver([each], context)
    assert await family.statuses() == ["failed", "failed"]
    (card,) = await family.practice.cards()
    assert len(card.request_ids) == 2


@pytest.mark.parametrize("kind", ["reminder:24h", "reminder:2h"])
async def test_moved_since(family: Household, graph: GraphServer, context: Context, kind: str) -> None:
    visit = await family.visit(tomorrow())
    later = {"start": tomorrow(15), "end": tomorrow(16), "start_version": 1, "version": 1}
    await Appointment.of(family.id).change({"_id": visit.id}, {"$set": later})
    moved = await Appointment.of(family.id).get(visit.id)
    await visit_promises.moved(await directory_of(family.id), moved, datetime.now(UTC), family.chat)
    assert sorted((each.start_version, each.status) for each in await family.ledger(kind=kind)) == [
        (0, "withdrawn"), (1, "due"),
    ]  # fmt: skip
    await deliver(await family.due(kind), context)
    assert [tap.rpartition(".")[2] for tap in taps(graph.sent[0])] == ["1", "1", "1"]


def test_a_message_lives_no_longer_than_it_is_of_use() -> None:
    assert purposes("reminder", timedelta(hours=24))[0] == "reminder"
    assert purposes("reminder", timedelta(hours=2))[0] == "reminder_soon"
    assert purposes("reminder_household", timedelta(hours=2))[0] == "reminder_household_soon"
    assert purposes("offer", timedelta(minutes=1)) == ["offer"]


@pytest.mark.parametrize(
    ("status", "reasons"), [("accepted", ["undeliverable"]), ("delivered", ["unread"]), ("read", [])]
)
async def test_by_its_deadline_it_is_read_or_somebody_calls(
    family: Household, graph: GraphServer, context: Context, status: str, reasons: list[str]
) -> None:
    visit = await family.visit(tomorrow())
    await deliver(await family.due(), context)
    (promise,) = await family.ledger(kind="reminder:24h")
    if status != "accepted":
        told = StatusChange(family.id, status, datetime.now(UTC), promise.outbox_id)
        await notification.apply_statuses([told])
    assert promise.deadline_at == promise.due_at + 6 * HOUR
    for _ in range(2):
        await look_for_unseen(promise.deadline_at)
    cards = await family.practice.cards()
    assert [card.reason for card in cards] == reasons
    assert all(card.due_at <= visit.start for card in cards)


async def test_who_answered_is_not_called(family: Household, graph: GraphServer, context: Context) -> None:
    visit = await family.visit(tomorrow())
    await deliver(await family.due(), context)
    await Appointment.of(family.id).change({"_id": visit.id}, {"$set": {"coming_at": datetime.now(UTC)}})
    await look_for_unseen(visit.start - 20 * HOUR)
    assert await family.practice.cards() == []


def test_the_next_way() -> None:
    whatsapp, both = {"whatsapp"}, {"whatsapp", "sms"}
    assert next_channel(["whatsapp"], "whatsapp", both) == ""
    assert next_channel(["sms", "whatsapp"], "sms", both) == "whatsapp"
    assert next_channel(["whatsapp", "sms"], "whatsapp", both) == "sms"
    assert next_channel(["whatsapp", "sms"], "whatsapp", whatsapp) == "", "no provider for it is connected"
    assert next_channel([], "whatsapp", both) == ""


async def test_a_recount_finds_what_was_never_promised(family: Household, graph: GraphServer, context: Context) -> None:
    visit = await family.visit(tomorrow(), promise=False)
    counted = await of_practice(family.id, [], visit.start - 23 * HOUR)
    assert await family.statuses("reminder:24h") == await family.statuses("reminder:2h") == ["due"]
    assert counted.repaired == 2
    kinds = {each.kind for each in await family.ledger()}
    before = len(await family.ledger())
    await recount_once(context, visit.start - 23 * HOUR)
    assert (len(await family.ledger()), kinds) == (before, {"reminder:24h", "reminder:2h"}), "once"


async def test_a_recount_says_what_is_late(family: Household, graph: GraphServer, context: Context) -> None:
    visit = await family.visit(tomorrow())
    early = await of_practice(family.id, [], visit.start - 25 * HOUR)
    late = await of_practice(family.id, [], visit.start - 23 * HOUR)
    assert [(each.owed, each.kept, each.late) for each in (early, late)] == [(0, 0, 0), (1, 0, 1)]
    await deliver(await family.due(), context)
    kept = await of_practice(family.id, [], visit.start - 23 * HOUR)
    assert (kept.owed, kept.kept, kept.late) == (1, 1, 0)


async def test_a_recount_follows_changed_rules(family: Household, graph: GraphServer, context: Context) -> None:
    visit = await family.visit(tomorrow())
    await Clinic.of(family.id).change({}, {"$set": {"reminder_hours": [20, 2], "quiet_until": "11:00"}})
    DIRECTORIES.forget(family.id)
    await recount_once(context, visit.start - 40 * HOUR)
    found = {each.kind: each for each in await family.ledger()}
    assert {kind: each.status for kind, each in found.items()} == {
        "reminder:24h": "withdrawn", "reminder:20h": "due", "reminder:2h": "due",
    }  # fmt: skip
    assert found["reminder:2h"].due_at == visit.start - HOUR, "not before eleven"


async def test_who_agrees_later_is_reminded(clinic: Practice, graph: GraphServer, context: Context) -> None:
    family = await household(clinic, consent=False)
    visit = await family.visit(tomorrow())
    assert await family.ledger() == []
    agreed = visit.start - 5 * HOUR
    said = {"version": "1", "given": True, "at": agreed}
    await Chat.of(family.id).change({"_id": family.chat.id}, {"$set": {"consent": said}})
    await recount_once(context, agreed + timedelta(minutes=1))
    assert [each.kind for each in await family.ledger()] == ["reminder:2h"]


async def test_a_failure_by_status_goes_to_a_person_once(
    family: Household, graph: GraphServer, context: Context
) -> None:
    await family.visit(tomorrow())
    await deliver(await family.due(), context)
    (promise,) = await family.ledger(kind="reminder:24h")
    now = datetime.now(UTC)
    await notification.apply_statuses([StatusChange(family.id, "failed", now, promise.outbox_id, error="131026")])
    for _ in range(2):
        await sweep_once(context, now)
    (card,) = await family.practice.cards()
    assert card.reason == "undeliverable"
    assert (await family.ledger(kind="reminder:24h"))[0].handed_on
