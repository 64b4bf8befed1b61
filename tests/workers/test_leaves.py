"""The rounds of leaves in the workers: what patients are sent, with its buttons, and what becomes of what fails."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio
from graph_server import GraphServer
from promises import Practice
from visits import DAY, Household, household, tomorrow

from clinic import absence, leave
from clinic.alternative import kept_for
from clinic.appointment import Appointment
from clinic.callback import Callback
from clinic.directory import DIRECTORIES, fresh_directory
from clinic.notification import Notification
from clinic.schedule import Schedule
from clinic.template import Template, starter
from clinic.wall_clock import EPOCH
from workers.context import Context
from workers.escalate import hand_on
from workers.leaves import round_of, rounds_once
from workers.notifications import deliver

PURPOSES = ("leave_offer", "leave_offer_two", "leave_offer_one", "leave_over")


@pytest_asyncio.fixture
async def family(clinic: Practice) -> Household:
    """In a practice whose doctor sees patients all day, with our words for a leave."""
    found = await household(clinic)
    for purpose in PURPOSES:
        await Template.of(clinic.id).insert_new(starter(clinic.id, purpose, "en"))
    hours = Schedule(
        tenant_id=clinic.id, doctor_id=f"{clinic.id}-d", clinic_id=f"{clinic.id}-c", rule="FREQ=DAILY",
        hours=[("08:00", "20:00")], zone="UTC", slot_minutes=30, valid_from=EPOCH.date(),
    )  # fmt: skip
    await Schedule.of(clinic.id).insert(hours)
    DIRECTORIES.forget(clinic.id)
    return found


async def away(family: Household, visit: Appointment) -> str:
    """The doctor, on the day of the visit; the leave's id."""
    now = datetime.now(UTC)
    directory = await fresh_directory(family.id)
    start = visit.start.replace(hour=0)
    facts: dict[str, Any] = {"kind": "leave", "doctor_id": visit.doctor_id, "start": start, "end": start + DAY}
    wanted = absence.made(directory, facts, now)
    await absence.add(directory, wanted, now)
    await leave.begin(await fresh_directory(family.id), wanted, "staff:1", now)
    return wanted.id


async def offers(family: Household, purpose: str = "leave_offer") -> list[Notification]:
    return [each for each in await family.ledger() if each.purpose == purpose]


def parts(sent: dict[str, Any], kind: str) -> Sequence[dict[str, Any]]:
    return [each for each in sent["template"]["components"] if each["type"].upper() == kind]


def told(sent: dict[str, Any]) -> list[str]:
    return [each["text"] for part in parts(sent, "BODY") for each in part["parameters"]]


def taps(sent: dict[str, Any]) -> list[str]:
    return [part["parameters"][0]["payload"] for part in parts(sent, "BUTTON")]


async def test_three_times_each_with_its_button(family: Household, graph: GraphServer, context: Context) -> None:
    visit = await family.visit(tomorrow() + 4 * DAY, promise=False)
    await away(family, visit)
    await rounds_once(context, datetime.now(UTC))
    await deliver([each.id for each in await offers(family)], context)
    (sent,) = graph.sent
    assert sent["template"]["name"] == "doctor_away"
    assert taps(sent) == [f"visit.{number}.{visit.id}.0" for number in ("first", "second", "third")]
    kept = await kept_for(family.id, [visit.id])
    assert all(any(f"{each.start.day} {each.start:%B}" in text for text in told(sent)) for each in kept)


async def test_fewer_times_leave_room_for_a_call(family: Household, graph: GraphServer, context: Context) -> None:
    visit = await family.visit(tomorrow() + 4 * DAY, promise=False)
    await away(family, visit)
    await round_of(family.id, context, datetime.now(UTC))
    kept = await kept_for(family.id, [visit.id])
    await Appointment.of(family.id).delete({"_id": {"$in": [each.id for each in kept[1:]]}})
    await deliver([each.id for each in await offers(family)], context)
    (sent,) = graph.sent
    assert sent["template"]["name"] == "doctor_away_one"
    assert taps(sent) == [f"visit.first.{visit.id}.0", f"visit.call.{visit.id}.0"]


async def test_what_is_kept_no_more_is_not_offered(family: Household, graph: GraphServer, context: Context) -> None:
    visit = await family.visit(tomorrow() + 4 * DAY, promise=False)
    await away(family, visit)
    await round_of(family.id, context, datetime.now(UTC))
    await Appointment.of(family.id).delete({"replaces": visit.id})
    await deliver([each.id for each in await offers(family)], context)
    assert graph.sent == []
    assert [each.status for each in await offers(family)] == ["withdrawn"]


async def test_nobody_is_reminded_of_a_visit_whose_doctor_is_away(
    family: Household, graph: GraphServer, context: Context
) -> None:
    visit = await family.visit(tomorrow())
    await away(family, visit)
    await deliver(await family.due(), context)
    assert graph.sent == []
    assert [each.error for each in await family.ledger(kind="reminder:24h")] == ["doctor_away"]


async def test_who_cannot_be_reached_is_called_at_once_and_once(family: Household, context: Context) -> None:
    visit = await family.visit(tomorrow() + 4 * DAY, promise=False)
    await away(family, visit)
    now = datetime.now(UTC)
    await round_of(family.id, context, now)
    (offer,) = await offers(family)
    for _ in range(2):
        await hand_on(offer, "131026", now)
    await round_of(family.id, context, now + timedelta(days=2))
    (card,) = await Callback.of(family.id).find()
    assert (card.reason, card.appointment_id, len(card.reasons)) == ("undeliverable", visit.id, 1)
    assert await kept_for(family.id, [visit.id]) == []
