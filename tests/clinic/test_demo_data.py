"""The demo's practices: complete, the same at every start, with times to book on every day."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from practice import NOW

from clinic import demo
from clinic.channel import Channel
from clinic.desk import FrontDesk
from clinic.documents import DOCUMENTS
from clinic.purpose import PURPOSES
from clinic.record import TenantRecord, new_id
from clinic.template import Template, approved
from clinic.views import Sender, Wish

DOCTORS = ["Dr Anil Sharma", "Dr Priya Nair", "Dr Kavita Rao", "Dr Imran Siddiqui", "Dr Maria Lopes"]


async def counted(tenant: str) -> dict[str, int]:
    kinds = (document for document in DOCUMENTS if issubclass(document, TenantRecord))
    return {kind.get_collection_name(): await kind.of(tenant).count() for kind in kinds}


async def test_seeding_again_changes_nothing(database: object) -> None:
    await demo.seed("key", NOW)
    before = await counted("demo")
    await demo.seed("key", NOW + timedelta(days=3))
    assert await counted("demo") == before
    assert {name: before[name] for name in ("clinics", "doctors", "services", "templates", "channels")} == {
        "clinics": 2, "doctors": 5, "services": 3, "templates": 6 * len(PURPOSES), "channels": 2,
    }  # fmt: skip
    assert {name: number for name, number in (await counted("other")).items() if name in ("clinics", "doctors")} == {
        "clinics": 1, "doctors": 1,
    }  # fmt: skip


async def test_both_numbers_at_meta_are_known(database: object) -> None:
    await demo.seed("key", NOW)
    for number, tenant in (("100000000000001", "demo"), ("100000000000002", "other")):
        channel = await Channel.by_phone_number_id(number)
        assert channel is not None
        assert (channel.tenant_id, channel.token("key")) == (tenant, "demo-access-token")


async def test_the_demo_has_a_number_at_twilio_too(database: object) -> None:
    await demo.seed("key", NOW)
    channel = await Channel.by_phone_number_id("whatsapp:+15550000001")
    assert channel is not None
    assert (channel.tenant_id, channel.provider, channel.waba_id) == ("demo", "twilio", "ACdemo")
    assert (channel.token("key"), channel.shared("key")) == ("demo-twilio-token", "")


@pytest.mark.parametrize("tenant", ["demo", "other"])
async def test_every_day_has_times_for_every_service(database: object, tenant: str) -> None:
    await demo.seed("key", NOW)
    desk = FrontDesk(tenant, Sender("x"))
    for clinic in await desk.clinics():
        for service in await desk.services(clinic.id):
            days = await desk.days(Wish(clinic.id, service.id), NOW)
            assert len(days) >= 25


async def test_the_five_doctors_and_their_evenings(database: object) -> None:
    await demo.seed("key", NOW)
    desk = FrontDesk("demo", Sender("x"))
    bandra, andheri = await desk.clinics()
    names = {doctor.name for clinic in (bandra, andheri) for doctor in await desk.doctors(clinic.id, "demo-service-1")}
    assert names == set(DOCTORS)
    for clinic in (bandra, andheri):
        slots = await desk.slots(Wish(clinic.id, "demo-service-1"), NOW, (NOW + timedelta(days=1)).date())
        hours = {slot.start.astimezone(ZoneInfo(clinic.zone)).hour for slot in slots}
        assert hours >= {11, 12, 17, 18, 19, 20}


async def test_a_confirmation_in_every_language(database: object) -> None:
    await demo.seed("key", NOW)
    for language in demo.LANGUAGES:
        template = await approved("demo", "confirmation", [language])
        assert template is not None
        assert template.names(template.body) == ["patient", "doctor", "clinic", "date", "time", "reference"]
        assert template.numbered(template.body).count("{{") == 6
    assert await Template.of("other").count() == 2 * len(PURPOSES)


async def test_a_practice_for_loads(database: object) -> None:
    tenant = new_id()
    await demo.seed_many(tenant, 12, f"3{tenant}", "key", NOW)
    desk = FrontDesk(tenant, Sender("x"))
    first, second = await desk.clinics()
    assert [len(await desk.doctors(clinic.id, f"{tenant}-service-1")) for clinic in (first, second)] == [10, 2]
    assert len(await desk.days(Wish(second.id, f"{tenant}-service-2"), NOW)) == 31
