"""Owners hear by mail of a number that is silent, rated low or restricted: once, and at most once a day."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from promises import Practice
from test_mail import serving, worker

from clinic import number_state
from clinic.errors import NotFound
from clinic.mail import Mail
from clinic.membership import invite
from clinic.number_state import state_of
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.user import Held, User
from workers import number_mail
from workers.mail import deliver_mail, sweep_due
from workers.numbers import watch

NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def owner_of(clinic: Practice, language: str = "en") -> User:
    if await Tenant.itself().find_one({"_id": clinic.id}) is None:
        await Tenant(id=clinic.id, name="Asha Clinics").add()
    user = await invite(clinic.id, f"{new_id()}@practice.test", "Asha", [Held(role="owner")], NOW, language=language)
    await User.of(clinic.id).change({"_id": user.id}, {"$set": {"status": "active"}})
    return await User.of(clinic.id).get(user.id)


async def told(clinic: Practice, now: datetime) -> None:
    await number_mail.tell(await state_of(clinic.id, clinic.channel_id), now)


async def kinds(clinic: Practice) -> list[str]:
    return sorted(each.kind for each in await Mail.of(clinic.id).find())


async def set_to(clinic: Practice, **facts: Any) -> None:
    await number_state.take_over(clinic.id, clinic.channel_id, facts)


async def test_a_silent_number_is_mailed_once_by_several_workers(clinic: Practice) -> None:
    await owner_of(clinic)
    await told(clinic, NOW)
    assert await kinds(clinic) == []
    await number_state.silenced(clinic.id, clinic.channel_id, 131042, NOW)
    await asyncio.gather(*(told(clinic, NOW) for _ in range(3)))
    for days in range(4):
        await told(clinic, NOW + days * DAY)
    assert await kinds(clinic) == ["number_silent"]


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"quality": "RED"}, ["number_quality"]),
        ({"quality": "YELLOW"}, []),
        ({"restriction": "BAN"}, ["number_restricted"]),
        ({"restriction": "BAN", "restricted_until": NOW + HOUR}, ["number_restricted"]),
        ({"restriction": "BAN", "restricted_until": NOW - HOUR}, []),
        ({"notice": "Verify."}, []),
    ],
)
async def test_of_what_owners_are_mailed(clinic: Practice, facts: dict[str, Any], kind: list[str]) -> None:
    await owner_of(clinic)
    await set_to(clinic, **facts)
    await told(clinic, NOW)
    assert await kinds(clinic) == kind


async def test_what_comes_and_goes_is_mailed_at_most_once_a_day(clinic: Practice) -> None:
    await owner_of(clinic)
    for hours in (0, 5, 23):
        await set_to(clinic, quality="RED")
        await told(clinic, NOW + hours * HOUR)
        await set_to(clinic, quality="GREEN")
        await told(clinic, NOW + hours * HOUR)
    assert await kinds(clinic) == ["number_quality"]
    await told(clinic, NOW + DAY + HOUR)
    await set_to(clinic, quality="RED")
    await told(clinic, NOW + DAY + 2 * HOUR)
    assert await kinds(clinic) == ["number_quality"] * 2


@pytest.mark.parametrize("language", ["en", "hi", "es", "ar", "pt", "fr"])
async def test_the_mail_names_the_number_in_its_readers_language(
    clinic: Practice, queue_redis: Any, language: str
) -> None:
    owner = await owner_of(clinic, language)
    await number_state.silenced(clinic.id, clinic.channel_id, 131042, NOW)
    await told(clinic, NOW)
    async with serving() as server:
        await sweep_due(worker(server.port, queue_redis), NOW)
        [taken] = [each for each in server.taken if each.rcpt_tos == [owner.email]]
    [mail] = await Mail.of(clinic.id).find()
    assert (mail.status, mail.language, mail.about) == ("sent", language, clinic.channel_id)
    assert b"{" not in (taken.content or b"")


async def test_of_a_number_that_is_gone_nobody_is_told(clinic: Practice, queue_redis: Any) -> None:
    owner = await owner_of(clinic)
    await number_state.silenced(clinic.id, "gone", 131042, NOW)
    await number_mail.tell(await state_of(clinic.id, "gone"), NOW)
    [mail] = await Mail.of(clinic.id).find()
    async with serving() as server:
        await deliver_mail(mail.id, worker(server.port, queue_redis), NOW)
        assert not [each for each in server.taken if each.rcpt_tos == [owner.email]]
    ended = await Mail.of(clinic.id).get(mail.id)
    assert (ended.status, ended.error) == ("failed", NotFound.code)


async def test_the_watch_over_numbers_writes_them_where_mails_are_set_up(clinic: Practice, queue_redis: Any) -> None:
    await owner_of(clinic)
    await number_state.silenced(clinic.id, clinic.channel_id, 190, NOW)
    context = worker(1, queue_redis)  # its provider fails as no provider should
    await watch(replace(context, post=None))
    assert await kinds(clinic) == []
    await watch(context)
    assert await kinds(clinic) == ["number_silent"]
