"""The list of conversations: there at the first message, right at last, and not written with every message."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.overview import Overview
from clinic.conversation import Conversation, Written
from clinic.record import new_id
from clinic.views import Sender

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PERSON = Sender("IN.1", "911", "Asha", "channel")


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def said(tenant: str, second: int, *, chat: str = "c", heard: bool = True, **more: Any) -> Written:
    return Written(tenant, f"{tenant}{chat}", PERSON, NOW + timedelta(seconds=second), heard, **more)


async def one(tenant: str) -> Conversation:
    (found,) = await Conversation.of(tenant).find()
    return found


async def test_the_first_message_shows_at_once_and_the_others_after_a_while(database: object, clock: Clock) -> None:
    tenant, overview = new_id(), Overview(clock)
    await overview.add([(said(tenant, 0), False), (said(tenant, 1, heard=False), False)])
    shown = await one(tenant)
    assert (shown.heard_at, shown.last_at) == (NOW, NOW + timedelta(seconds=1))
    assert shown.sender == PERSON
    await overview.add([(said(tenant, 5, language="hi", clinic_id="x"), False)])
    await overview.catch_up()
    assert (await one(tenant)).heard_at == NOW, "it was written a moment ago"
    clock.now = 30.0
    await overview.catch_up()
    shown = await one(tenant)
    assert (shown.heard_at, shown.language, shown.clinic_id) == (NOW + timedelta(seconds=5), "hi", "x")


async def test_what_a_person_holds_never_waits(database: object, clock: Clock) -> None:
    tenant, overview = new_id(), Overview(clock)
    await overview.add([(said(tenant, 0), False)])
    await overview.add([(said(tenant, 5), True)])
    assert (await one(tenant)).heard_at == NOW + timedelta(seconds=5)


async def test_what_is_known_already_is_brought_up_to_date(database: object, clock: Clock) -> None:
    tenant = new_id()
    await Overview(clock).add([(said(tenant, 10), False)])
    other = Overview(clock)
    await other.add([(said(tenant, 5), False), (said(tenant, 20, heard=False), False)])
    shown = await one(tenant)
    assert (shown.heard_at, shown.last_at) == (NOW + timedelta(seconds=10), NOW + timedelta(seconds=20))
    await other.add([(said(tenant, 30), False)])
    await other.catch_up(everything=True)
    assert (await one(tenant)).heard_at == NOW + timedelta(seconds=30)


async def test_tenants_stay_apart(database: object, clock: Clock) -> None:
    ours, theirs = new_id(), new_id()
    await Overview(clock).add([(said(ours, 0), False), (said(theirs, 1), False)])
    assert (await one(ours)).heard_at == NOW
    assert (await one(theirs)).heard_at == NOW + timedelta(seconds=1)
