"""The smaller documents: channels, templates, cards, quarantine, events, visits as they are told."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from practice import NINE, NOW, Practice, open_practice
from pydantic import ValidationError
from pymongo.asynchronous.database import AsyncDatabase

from clinic import quarantine
from clinic.channel import Channel
from clinic.documents import DOCUMENTS, create_indexes
from clinic.errors import NotFound, SlotTaken
from clinic.exception import ScheduleException
from clinic.patient import Patient
from clinic.provider_event import ProviderEvent
from clinic.provider_event import record as record_events
from clinic.record import new_id
from clinic.schedule import Schedule
from clinic.seal import SealBroken
from clinic.template import Template, approved
from clinic.tenant import Tenant
from clinic.views import Slot
from clinic.visit import appointment_view, by_link_key
from opdesk.working import indexed


async def test_a_token_is_sealed(database: object) -> None:
    number = new_id()
    channel = Channel(
        tenant_id=new_id(), phone_number_id=number, waba_id=number, access_token=Channel.sealed("the token", "key")
    )
    assert "the token" not in repr(channel)
    assert "the token" not in channel.access_token
    assert channel.access_token not in repr(channel)
    assert channel.token("key") == "the token"
    with pytest.raises(SealBroken):
        channel.token("another key")
    await Channel.of(channel.tenant_id).insert(channel)
    for found in (await Channel.by_phone_number_id(number), await Channel.by_waba_id(number)):
        assert found is not None
        assert (found.tenant_id, found.token("key"), found.messages_per_second) == (channel.tenant_id, "the token", 80)
    assert number in {each.phone_number_id for each in await Channel.every()}
    assert await Channel.by_phone_number_id("nobody's") is None


async def test_a_template_in_the_first_language_that_has_one(database: object) -> None:
    tenant = new_id()
    for language, status in (("en", "APPROVED"), ("pt_BR", "APPROVED"), ("pt_PT", "APPROVED"), ("hi", "PAUSED")):
        await Template.of(tenant).insert(
            Template(tenant_id=tenant, purpose="x", name="x", language=language, body="b", status=status)
        )
    for asked, found in ((["en"], "en"), (["pt"], "pt_BR"), (["pt_PT"], "pt_PT"), (["hi", "en"], "en"), (["fr"], None)):
        template = await approved(tenant, "x", asked)
        assert (template and template.language) == found
    assert await approved(tenant, "y", ["en"]) is None


async def test_quarantine_is_kept_for_an_operator_and_forgotten(database: AsyncDatabase[dict[str, Any]]) -> None:
    await quarantine.keep("malformed", "{]", NOW + timedelta(days=9000), "123")
    latest, *_ = await quarantine.latest(1)
    assert (latest.reason, latest.body, latest.phone_number_id) == ("malformed", "{]", "123")
    indexes = await database["quarantine"].index_information()
    assert indexes["at_1"]["expireAfterSeconds"] == 14 * 24 * 3600


async def test_events_are_kept_once(database: object) -> None:
    tenant = new_id()
    event = ProviderEvent(tenant_id=tenant, field="account_update", value={"event": "X"}, at=NOW)
    for _ in range(2):
        await record_events([event])
    assert [each.value for each in await ProviderEvent.of(tenant).find()] == [{"event": "X"}]


async def test_tenants(database: object) -> None:
    tenant = Tenant(id=new_id(), name="One")
    assert await tenant.add()
    assert not await tenant.add()
    assert (await Tenant.load(tenant.id)).name == "One"
    assert tenant.id in {each.id for each in await Tenant.every()}
    with pytest.raises(NotFound):
        await Tenant.load("nobody")


async def test_indexes_may_be_created_again(database: AsyncDatabase[dict[str, Any]]) -> None:
    await create_indexes(database)
    names = set(await database.list_collection_names())
    assert names >= {document.get_collection_name() for document in DOCUMENTS}
    assert "booking_lock" in await database["appointments"].index_information()


async def test_an_upgrade_makes_what_is_missing_and_two_at_once_do_no_harm(
    database: AsyncDatabase[dict[str, Any]],
) -> None:
    older = database.client.get_database(f"older{new_id()}")
    await older.create_collection("appointments")
    await asyncio.gather(indexed(older), indexed(older))
    assert "booking_lock" in await older["appointments"].index_information()
    assert set(await older.list_collection_names()) >= {document.get_collection_name() for document in DOCUMENTS}


async def test_an_index_that_cannot_be_made_stops_nobody(database: AsyncDatabase[dict[str, Any]]) -> None:
    older = database.client.get_database(f"older{new_id()}")
    twice = {"tenant_id": "t", "reference": "K7P-4QX"}
    await older["appointments"].insert_many([{**twice, "_id": "1"}, {**twice, "_id": "2"}])
    await indexed(older)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": "FREQ=HOURLY"}, {"zone": "Mars/Olympus"}, {"zone": ""}, {"hours": []}, {"hours": [("25:00", "26:00")]},
        {"slot_minutes": 0}, {"capacity": 0}, {"kind": "party"},
    ],
)  # fmt: skip
async def test_a_schedule_is_checked_when_it_is_made(database: object, wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "tenant_id": "t", "doctor_id": "d", "clinic_id": "c", "rule": "FREQ=DAILY", "hours": [("09:00", "13:00")],
        "zone": "Asia/Kolkata", "valid_from": date(2027, 1, 1),
    }  # fmt: skip
    Schedule(**right)
    with pytest.raises(ValidationError):
        Schedule(**{**right, **wrong})


async def test_extra_hours_are_somebodys(database: object) -> None:
    facts = {"tenant_id": "t", "kind": "extra_hours", "start": NOW, "end": NINE}
    with pytest.raises(ValidationError, match="one doctor at one clinic"):
        ScheduleException(**facts, doctor_id="d")
    ScheduleException(**facts, doctor_id="d", clinic_id="c")


async def test_days_are_stored_and_read(practice: Practice) -> None:
    (schedule,) = await Schedule.of(practice.id).find()
    assert schedule.valid_from == date(2026, 1, 5)
    assert schedule.hours == [("09:00", "13:00")]


async def test_a_visit_as_it_is_told(practice: Practice) -> None:
    desk, _ = await practice.guest(public_url="https://desk.test")
    son = await desk.register(new_id(), "Bo", None, False, NOW)
    slot = Slot(NINE, NINE + timedelta(minutes=30), practice.doctors[0].id)
    booked = await desk.book("r", son.id, practice.wish(), slot, "en", NOW)
    assert await appointment_view(practice.id, booked.id, "https://desk.test") == booked
    key = booked.ics_url.removeprefix("https://desk.test/visits/").removesuffix(".ics")
    assert await by_link_key(key, "https://desk.test") == booked
    assert await by_link_key("guessed") is None
    with pytest.raises(NotFound):
        await appointment_view((await open_practice()).id, booked.id)
    await Patient.of(practice.id).change({"_id": son.id}, {"$set": {"name": "Bob"}})
    assert (await appointment_view(practice.id, booked.id)).patient.name == "Bob"


def test_a_refusal_is_a_sentence() -> None:
    assert str(SlotTaken()) == "Somebody else was faster."
    assert str(NotFound("no such doctor")) == "no such doctor"


async def test_gather_keeps_single_flight(database: object) -> None:
    practice = await open_practice()
    directories = await asyncio.gather(*(practice.directory() for _ in range(5)))
    assert len({id(each) for each in directories}) == 1
