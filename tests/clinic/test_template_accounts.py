"""A practice may have several accounts: each says by itself how it stands with a template, and none undoes another."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic import astir, drafting, template_news
from clinic.channel import Channel, account_of
from clinic.coverage import MISSING, coverage
from clinic.drafting import EndsByItself, NotPaused
from clinic.purpose import PURPOSES
from clinic.record import new_id
from clinic.standing import Standing, Told, summed
from clinic.template import APPROVED, PENDING, Template, approved, starter
from clinic.template_alarm import alarm

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
META, TWILIO = "200000000000001", "AC0123456789abcdef0123456789abcdef"


async def stored(tenant: str, purpose: str = "reminder", language: str = "en", **more: Any) -> Template:
    template = starter(tenant, purpose, language, **({"status": PENDING} | more))
    await Template.of(tenant).insert(template)
    return template


async def told(template: Template, account: str, status: str, at: datetime = NOW, **more: Any) -> Template:
    door = Template.of(template.tenant_id)
    await template_news.learned(await door.get(template.id), account, Told(status, **more), at)
    return await door.get(template.id)


async def heard(template: Template, account: str, event: str, at: datetime, **more: Any) -> Template:
    about = {"message_template_name": template.name, "message_template_language": template.language, "event": event}
    await template_news.heard(template.tenant_id, account, "message_template_status_update", about | more, at)
    return await Template.of(template.tenant_id).get(template.id)


async def test_each_account_keeps_its_own_word(database: object) -> None:
    template = await stored(new_id())
    await told(template, META, "APPROVED", quality="GREEN", id="17")
    after = await told(template, TWILIO, "REJECTED", reason="No.", id="HX1")
    assert (after.status, after.at(META).status, after.at(TWILIO).status) == ("APPROVED", "APPROVED", "REJECTED")
    assert (after.at(META).id, after.at(TWILIO).id, after.at(TWILIO).reason) == ("17", "HX1", "No.")
    for _ in range(2):  # what they say again and again does not flap
        again = await told(after, META, "APPROVED", quality="GREEN", id="17")
        again = await told(again, TWILIO, "REJECTED", reason="No.", id="HX1")
    assert again.version == after.version


async def test_a_word_of_one_account_does_not_undo_that_of_another_at_the_same_moment(database: object) -> None:
    template = await stored(new_id())
    await asyncio.gather(*(told(template, f"A{n}", "APPROVED", id=f"{n}") for n in range(4)))
    after = await Template.of(template.tenant_id).get(template.id)
    assert {name: each.id for name, each in after.accounts.items()} == {f"A{n}": f"{n}" for n in range(4)}


async def test_what_was_stored_before_there_were_several_counts_for_the_one_that_there_was(database: object) -> None:
    template = await stored(new_id(), status=APPROVED, quality="GREEN", status_at=NOW)
    assert template.accounts == {}
    assert template.at(META).status == APPROVED
    assert await approved(template.tenant_id, "reminder", ["en"], META)
    after = await heard(template, META, "PAUSED", LATER, other_info={"title": "FIRST_PAUSE"})
    assert (after.status, after.at(META).quality, after.at(META).pauses) == ("PAUSED", "GREEN", 1)
    assert after.at(TWILIO).status == ""


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        (["REJECTED", "APPROVED"], "APPROVED"),
        (["PAUSED", "PENDING"], "PAUSED"),
        (["DISABLED", "PENDING", "REJECTED"], "PENDING"),
        (["LIMIT_EXCEEDED", "DISABLED"], "DISABLED"),
        (["LIMIT_EXCEEDED"], "LIMIT_EXCEEDED"),
    ],
)
def test_the_one_word_is_that_of_the_account_where_it_stands_best(statuses: list[str], word: str) -> None:
    assert summed(Standing(status=status) for status in statuses).status == word


def test_the_quality_is_the_worst() -> None:
    best = Standing(status="APPROVED", quality="GREEN")
    whole = summed([best, Standing(status="PAUSED", quality="RED", billed_as="MARKETING")])
    assert (whole.status, whole.quality, whole.billed_as) == ("APPROVED", "RED", "MARKETING")


async def test_the_words_are_those_that_the_account_of_the_number_has_approved(database: object) -> None:
    tenant = new_id()
    first = await stored(tenant)
    await told(first, META, "APPROVED")
    await told(first, TWILIO, "APPROVED", id="HX1")
    second = first.model_copy(update={"id": new_id(), "name": "appointment_reminder_v2", "number": 2})
    await Template.of(tenant).insert(second)
    await told(second, META, "APPROVED")
    await told(second, TWILIO, "PENDING", id="HX2")
    for account, number in ((META, 2), (TWILIO, 1), ("", 2)):
        found = await approved(tenant, "reminder", ["en"], account)
        assert found is not None
        assert found.number == number
    await heard(first, TWILIO, "PAUSED", LATER)
    assert await approved(tenant, "reminder", ["en"], TWILIO) is None
    assert await approved(tenant, "reminder", ["en"], META) is not None


async def test_a_review_that_is_under_way_anywhere_is_watched(database: object) -> None:
    template = await stored(new_id())
    await told(template, META, "APPROVED")
    await told(template, TWILIO, "PENDING", id="HX1")
    assert template.tenant_id in await astir.reviews()
    await told(template, TWILIO, "APPROVED")
    assert template.tenant_id not in await astir.reviews()


async def test_an_account_that_has_gone_says_nothing_any_more(database: object) -> None:
    template = await stored(new_id())
    await told(template, META, "APPROVED")
    after = await told(template, TWILIO, "REJECTED", id="HX1")
    await template_news.kept(after, {TWILIO})
    left = await Template.of(template.tenant_id).get(template.id)
    assert (left.status, set(left.accounts)) == ("REJECTED", {TWILIO})
    await template_news.kept(left, {"new"})
    assert (await Template.of(template.tenant_id).get(template.id)).accounts, "it has been somewhere"


async def test_coverage_tells_of_each_account(database: object) -> None:
    tenant = new_id()
    english, hindi = await stored(tenant), await stored(tenant, language="hi")
    await told(english, META, "APPROVED")
    await told(hindi, META, "APPROVED")
    await told(english, TWILIO, "APPROVED", id="HX1")
    await told(hindi, TWILIO, "REJECTED", id="HX2")
    cells = coverage(await Template.of(tenant).find(), ["en", "hi"], [META, TWILIO])
    by = {(each.purpose, each.language): each for each in cells}
    at_twilio = {at.account: (at.status, at.falls_back_to) for at in by["reminder", "hi"].accounts}
    assert by["reminder", "hi"].status == "APPROVED"
    assert at_twilio == {META: ("APPROVED", ""), TWILIO: ("REJECTED", "en")}
    assert {at.status for at in by["no_show", "en"].accounts} == {MISSING}
    assert len(cells) == 2 * len(PURPOSES)


async def test_the_alarm_names_the_account_where_they_differ(database: object) -> None:
    template = await stored(new_id())
    await told(template, META, "APPROVED")
    after = await told(template, TWILIO, "REJECTED", reason="Too bold.", id="HX1")
    assert alarm(after).startswith(f"Account {TWILIO}: WhatsApp has refused it (Too bold.)")
    assert META not in alarm(after)


async def test_a_pause_at_twilio_ends_by_itself(database: object) -> None:
    tenant = new_id()
    template = await stored(tenant)
    for name, provider in ((META, "cloud"), (TWILIO, "twilio")):
        number = f"{name}-{tenant}"
        channel = {"tenant_id": tenant, "phone_number_id": number, "waba_id": name, "access_token": "x"}
        await Channel.of(tenant).insert(Channel(provider=provider, **channel))  # type: ignore[arg-type]
        await told(template, name, "APPROVED", id="HX1")
    with pytest.raises(NotPaused):
        await drafting.paused(tenant, template.id)
    await heard(template, TWILIO, "PAUSED", LATER)
    with pytest.raises(EndsByItself):
        await drafting.paused(tenant, template.id)
    await heard(template, META, "PAUSED", LATER)
    assert (await drafting.paused(tenant, template.id)).id == template.id


async def test_a_chat_belongs_to_the_account_of_its_number(database: object) -> None:
    tenant = new_id()
    assert await account_of(tenant, "anything") == ""
    for n in (1, 2):
        number = {"phone_number_id": f"{n}-{tenant}", "waba_id": f"account-{n}", "access_token": "x"}
        await Channel.of(tenant).insert(Channel(id=f"{tenant}-{n}", tenant_id=tenant, **number))
    found = [await account_of(tenant, f"{tenant}-{n}") for n in (1, 2, 3)]
    assert found == ["account-1", "account-2", "account-1"]
