"""The messages after the visit as they leave: with their buttons, once, and only as long as the mark stands."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from graph_server import GraphServer, refusal
from promises import Practice
from visits import Household, household

from clinic import attendance
from clinic.appointment import Appointment
from clinic.booking import Asker
from clinic.notification import Notification
from clinic.record import new_id
from clinic.template import Template, starter
from workers.after_visit import rounds_once
from workers.context import Context
from workers.notifications import deliver
from workers.sweep import sweep_once

HOUR = timedelta(hours=1)
PHONE_IS_GONE = 131026


@pytest_asyncio.fixture
async def home(clinic: Practice) -> Household:
    made = await household(clinic)
    for purpose in ("satisfaction", "no_show"):
        await Template.of(clinic.id).insert_new(starter(clinic.id, purpose, "en"))
    return made


def asker() -> Asker:
    return Asker(new_id(), "staff:1", "console", staff=True)


async def over(home: Household, *moves: attendance.Move) -> Appointment:
    """A visit of two hours ago, marked since."""
    now = datetime.now(UTC)
    visit = await home.visit(now - 2 * HOUR, promise=False)
    for move in moves:
        visit = await attendance.mark(visit, move, asker(), now - HOUR)
    return visit


async def due(home: Household) -> list[str]:
    """Whatever the hour of the day, it is due by now."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    await Notification.of(home.id).change_all({"status": "due"}, {"$set": {"wake_at": past, "due_at": past}})
    return [each.id for each in await home.ledger()]


@pytest.mark.parametrize(
    ("moves", "name", "taps"),
    [
        (("check_in", "fulfil"), "visit_satisfaction", ["mark.5.{}", "mark.3.{}", "mark.1.{}"]),
        (("no_show",), "visit_missed", ["visit.again.{}.0"]),
    ],
)
async def test_it_leaves_once_with_its_buttons(
    home: Household,
    graph: GraphServer,
    context: Context,
    moves: tuple[attendance.Move, ...],
    name: str,
    taps: list[str],
) -> None:
    visit = await over(home, *moves)
    await deliver(await due(home), context)
    await rounds_once(context, datetime.now(UTC))
    await sweep_once(context, datetime.now(UTC))
    [sent] = [each["template"] for each in graph.sent]
    assert sent["name"] == name
    shown = [each["parameters"][0]["payload"] for each in sent["components"] if each["type"] == "button"]
    assert shown == [tap.format(visit.id) for tap in taps]


async def test_what_staff_took_back_is_not_told(home: Household, graph: GraphServer, context: Context) -> None:
    visit = await over(home, "no_show")
    await attendance.undo(visit, asker(), datetime.now(UTC))
    await deliver(await due(home), context)
    assert graph.sent == []
    assert [(each.status, each.error) for each in await home.ledger()] == [("withdrawn", "taken_back")]


async def test_yesterdays_question_is_not_asked(home: Household, graph: GraphServer, context: Context) -> None:
    await over(home, "no_show")
    ids = await due(home)
    long_ago = datetime.now(UTC) - 13 * HOUR
    await Notification.of(home.id).change({"_id": ids[0]}, {"$set": {"due_at": long_ago}})
    await deliver(ids, context)
    assert graph.sent == []


async def test_nobody_is_asked_to_call_because_of_it(home: Household, graph: GraphServer, context: Context) -> None:
    await over(home, "no_show")
    graph.answers.append(refusal(PHONE_IS_GONE))
    await deliver(await due(home), context)
    assert await home.statuses("no_show") == ["failed"]
    assert await home.practice.cards() == []
