"""The booking form is made known to Meta once, goes on after a crash, and follows what Meta says of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from flow_server import FlowServer, flow_server
from promises import SECRET_KEY, Practice
from promises import practice as practice_of_another

from bot.channels.booking_form import flow_json
from clinic.booking_form import ALERTS, BookingForm, anew, heard, rotate, told_key
from clinic.channel import Channel
from clinic.record import new_id
from clinic.tenant import Tenant
from opdesk.forms import form_at
from simulator.flow_rules import check
from workers import metrics
from workers.booking_forms import publish_once, refresh, rotate_once
from workers.context import Context
from workers.providers import Providers

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
ADDRESS = "https://desk.example"


@pytest_asyncio.fixture
async def meta() -> AsyncIterator[FlowServer]:
    async with flow_server() as server:
        yield server


@pytest_asyncio.fixture
async def context(meta: FlowServer, queue_redis: Any) -> AsyncIterator[Context]:
    providers = Providers(meta.url, SECRET_KEY)
    yield Context("worker-of-the-tests", queue_redis, providers, secret_key=SECRET_KEY, address=ADDRESS)
    await providers.close()


@pytest_asyncio.fixture
async def practice(clinic: Practice) -> AsyncIterator[Practice]:
    """One that likes forms."""
    await _likes(clinic, True)
    yield clinic
    await _likes(clinic, False)


async def _likes(clinic: Practice, likes: bool) -> None:
    if not await Tenant.itself().change({"_id": clinic.id}, {"$set": {"booking_form": likes}}):
        await Tenant(id=clinic.id, name="Practice", booking_form=likes).add()


async def form_of(clinic: Practice) -> BookingForm:
    [form] = await BookingForm.of(clinic.id).find()
    return form


async def channel_of(clinic: Practice) -> Channel:
    return await Channel.of(clinic.id).get(clinic.channel_id)


async def test_it_is_made_and_published_once(practice: Practice, meta: FlowServer, context: Context) -> None:
    for _ in range(3):
        await publish_once(context, practice.id, NOW)
    [flow] = meta.flows.values()
    form = await form_of(practice)
    assert flow["status"] == form.status == "PUBLISHED"
    assert flow["endpoint"] == f"{ADDRESS}/webhooks/cloud/form/{practice.id}/{form.id}"
    assert meta.asked.count("create") == meta.asked.count("publish") == meta.asked.count("key") == 1
    channel = await channel_of(practice)
    assert meta.keys == {channel.phone_number_id: form.public_key(SECRET_KEY)}
    assert await form_at(channel) == form.flow_id
    assert form.trouble == ""


def test_what_is_uploaded_is_a_form_by_the_simulators_rules_too() -> None:
    document, errors = check(flow_json())
    assert errors == []
    assert document["version"] == "7.3"
    assert document["data_api_version"] == "4.0"


async def test_a_practice_that_does_not_like_forms_has_none(
    clinic: Practice, meta: FlowServer, context: Context
) -> None:
    await _likes(clinic, False)
    await publish_once(context, clinic.id, NOW)
    await publish_once(context, "nobody", NOW)
    assert not meta.asked
    assert await form_at(await channel_of(clinic)) == ""


@pytest.mark.parametrize("step", ["key", "list", "create", "assets", "publish"])
@pytest.mark.parametrize("code", [2, 100])
async def test_after_any_step_that_failed_the_next_run_completes_it(
    practice: Practice, meta: FlowServer, context: Context, step: str, code: int
) -> None:
    meta.refuses[step] = code
    await publish_once(context, practice.id, NOW)
    form = await form_of(practice)
    assert form.trouble
    assert not form.can_be_sent
    await refresh(context, NOW)
    form = await form_of(practice)
    assert form.can_be_sent
    assert form.trouble == ""
    assert len(meta.flows) == 1


async def test_another_address_is_another_form_and_the_old_one_retires(
    practice: Practice, meta: FlowServer, context: Context
) -> None:
    await publish_once(context, practice.id, NOW)
    before = await form_of(practice)
    moved = Context(context.name, context.queue, context.provider, secret_key=SECRET_KEY, address="https://new.example")
    await publish_once(moved, practice.id, NOW)
    after = await form_of(practice)
    assert after.flow_id != before.flow_id
    assert meta.flows[before.flow_id]["status"] == "DEPRECATED"
    assert meta.flows[after.flow_id]["endpoint"].startswith("https://new.example/")


async def test_while_the_new_one_is_not_there_yet_the_old_one_is_sent(
    practice: Practice, meta: FlowServer, context: Context
) -> None:
    await publish_once(context, practice.id, NOW)
    before = await form_of(practice)
    moved = Context(context.name, context.queue, context.provider, secret_key=SECRET_KEY, address="https://new.example")
    meta.refuses["publish"] = 100
    await publish_once(moved, practice.id, NOW)
    after = await form_of(practice)
    assert (after.flow_id, after.can_be_sent) == (before.flow_id, True)
    assert "https://new.example" in after.trouble


async def test_what_meta_says_is_taken_over(practice: Practice, meta: FlowServer, context: Context) -> None:
    await publish_once(context, practice.id, NOW)
    form = await form_of(practice)
    for status in ("THROTTLED", "BLOCKED", "PUBLISHED", "DEPRECATED"):
        meta.flows[form.flow_id]["status"] = status
        await refresh(context, NOW)
        assert (await form_of(practice)).status == status
        assert bool(await form_at(await channel_of(practice))) == (status == "PUBLISHED")


async def test_in_place_of_one_that_was_given_up_another_is_made_on_demand(
    practice: Practice, meta: FlowServer, context: Context
) -> None:
    await publish_once(context, practice.id, NOW)
    first = await form_of(practice)
    assert not await anew(first), "only where it was given up"
    meta.flows[first.flow_id]["status"] = "DEPRECATED"
    await refresh(context, NOW)
    given_up = await form_of(practice)
    assert "deprecated" in given_up.trouble
    assert await anew(given_up)
    assert not await anew(given_up), "once"
    await publish_once(context, practice.id, NOW)
    second = await form_of(practice)
    assert second.can_be_sent
    assert second.flow_id != first.flow_id
    assert second.trouble == ""


async def test_a_new_key_is_told_to_every_number_and_the_old_one_read_for_a_day(
    practice: Practice, meta: FlowServer, context: Context
) -> None:
    await publish_once(context, practice.id, NOW)
    before = await form_of(practice)
    await rotate_once(context, practice.id, before.id, NOW)
    after = await form_of(practice)
    assert list(meta.keys.values()) == [after.public_key(SECRET_KEY)] != [before.public_key(SECRET_KEY)]
    assert before.keys(SECRET_KEY, NOW)[0] in after.keys(SECRET_KEY, NOW)
    assert len(after.keys(SECRET_KEY, NOW + timedelta(days=2))) == 1
    await rotate_once(context, practice.id, new_id(), NOW)


async def test_a_key_that_was_told_while_another_one_was_made_does_not_count(
    practice: Practice, meta: FlowServer, context: Context
) -> None:
    await publish_once(context, practice.id, NOW)
    before = await form_of(practice)
    assert await rotate(before, SECRET_KEY, NOW)
    assert (await told_key(before, "another number")).known_to == []
    assert not await rotate(before, SECRET_KEY, NOW), "of two at once one changes it"


async def test_a_second_number_of_the_account_is_told_the_same_key(
    practice: Practice, meta: FlowServer, context: Context
) -> None:
    await publish_once(context, practice.id, NOW)
    second = (await channel_of(practice)).model_copy(update={"id": new_id(), "phone_number_id": f"9{new_id()}"})
    await Channel.of(practice.id).insert(second)
    assert await form_at(second) == ""
    await publish_once(context, practice.id, NOW)
    assert len(set(meta.keys.values())) == 1
    assert await form_at(second)
    await Channel.of(practice.id).delete({"_id": second.id})


async def test_webhooks_about_the_form(practice: Practice, meta: FlowServer, context: Context) -> None:
    await publish_once(context, practice.id, NOW)
    form = await form_of(practice)

    async def told(at: datetime, field: str = "flows", **value: Any) -> bool:
        return await heard(practice.id, form.waba_id, field, {"flow_id": form.flow_id, **value}, at)

    later = NOW + timedelta(minutes=1)
    change = {"event": "FLOW_STATUS_CHANGE", "old_status": "PUBLISHED", "new_status": "THROTTLED", "message": "slow"}
    assert await told(later, **change)
    assert (await form_of(practice)).status == "THROTTLED"
    assert not await told(NOW, **change | {"new_status": "PUBLISHED"}), "older than what is known"
    assert not await told(later, "messages", **change)
    assert not await told(later, **change | {"flow_id": "somebody else's"})
    assert not await told(later, **change | {"new_status": "INVENTED"})
    for event in ALERTS:
        assert await told(later, event=event, alert_state="ACTIVATED", threshold=50, message="...")
    assert (await form_of(practice)).health == dict.fromkeys(ALERTS, "ACTIVATED")
    assert await told(later, event="ENDPOINT_LATENCY", alert_state="DEACTIVATED")
    assert (await form_of(practice)).health["ENDPOINT_LATENCY"] == "DEACTIVATED"
    for odd in ({}, {"event": 7}, {"event": "ENDPOINT_LATENCY"}, {"event": "x" * 99, "alert_state": "ACTIVATED"}):
        assert not await told(later, **odd)


async def test_one_practices_unexpected_trouble_leaves_the_others_their_forms(
    practice: Practice, meta: FlowServer, context: Context, database: Any
) -> None:
    """A round meets practices in the order of the store: wherever the broken one stands, ours is published."""
    [ours] = [each for each in await Tenant.every() if each.id == practice.id]
    assert (ours.booking_form, ours.complete) == (True, True)
    broken: set[str] = set()

    async def provider(tenant_id: str, channel_id: str) -> Any:
        if tenant_id != practice.id:
            broken.add(tenant_id)
            raise RuntimeError("a fault of our own")
        return await context.provider(tenant_id, channel_id)

    before = metrics.FORMS_LEFT._value.get()
    others = []
    for _ in range(6):
        other = await practice_of_another()
        await _likes(other, True)
        others.append(other)
    try:
        await refresh(replace(context, provider=provider), NOW)
    finally:
        for other in others:
            await _likes(other, False)
    assert {each.id for each in others} <= broken
    assert metrics.FORMS_LEFT._value.get() - before >= len(others)
    assert (await form_of(practice)).status == "PUBLISHED"
