"""What reaches the database: each message once, each status by its rank, everything with the tenant whose it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest

from bot.archive import ClinicArchive, Undelivered
from bot.channels.directory import Directory, Number
from bot.ids import chat_key, outbox_id
from bot.payload import AccountEvent, parse
from bot.record import Record, Told
from bot.streams import Entry
from clinic import message, quarantine
from clinic.booking_form import form_of, kept, learned
from clinic.callback import Callback
from clinic.channel import Channel
from clinic.chat import unknown
from clinic.desk import FrontDesk
from clinic.message import Message
from clinic.notification import Notification
from clinic.provider_event import ProviderEvent
from clinic.template import Template, starter
from clinic.tenant import Tenant
from clinic.views import Sender
from flows.session import Session

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PERSON = Sender("IN.1", "911", "Asha", "channel")


@pytest.fixture
def tenant(database: Any) -> str:
    return f"tenant-{uuid4().hex}"


@pytest.fixture
def archive(tenant: str) -> ClinicArchive:
    async def find(phone_number_id: str) -> Number | None:
        return Number(tenant, "channel", phone_number_id, "t") if phone_number_id == "ours" else None

    return ClinicArchive(Directory(find), lambda tenant_id, sender: FrontDesk(tenant_id, sender))


def reply_id(tenant: str, n: int = 0) -> str:
    return outbox_id(0, chat_key(tenant, "IN.1"), "wamid.in", n)


def said(tenant: str, id: str, direction: str = "in", **fields: Any) -> Record:
    return replace(Record(id, tenant, PERSON, direction, "text", f"text of {id}", NOW), **fields)


def told(id: str, status: str, **fields: Any) -> Told:
    return replace(Told(id, status, NOW, "wamid.out", number="ours"), **fields)


async def stored(tenant: str, id: str) -> Message:
    return await Message.of(tenant).get(id)


async def test_both_sides_of_a_chat_are_written_once(archive: ClinicArchive, tenant: str) -> None:
    reply, wamid = reply_id(tenant), f"wamid.{tenant}"
    tales = [told(reply, "delivered"), told(reply, "accepted"), told(reply, "sent", pricing={"type": "regular"})]
    tapped = said(tenant, wamid, options=[["3.yes", "Yes"]], raw='{"a":1}')
    answer = said(tenant, reply, "out", at=NOW + timedelta(seconds=1))
    batch = [(tapped, []), (answer, tales)]
    await archive.transcript(batch)
    await archive.transcript(batch)
    chat = unknown(tenant, PERSON)
    transcript = await message.transcript(tenant, chat.id)
    assert [each.id for each in transcript] == [wamid, reply]
    assert (transcript[0].options, transcript[0].raw) == ([("3.yes", "Yes")], {"a": 1})
    assert (transcript[1].status, transcript[1].wamid) == ("delivered", "wamid.out")


@pytest.mark.parametrize(
    ("tales", "ends"),
    [
        (["sent", "delivered", "read"], "read"),
        (["read", "delivered", "sent"], "read"),
        (["delivered", "failed"], "delivered"),
        (["sent", "failed"], "failed"),
        (["failed", "sent"], "failed"),
        (["played"], "read"),
        (["pondered"], "queued"),
        ([], "queued"),
    ],
)
async def test_what_counts_is_the_furthest_whatever_the_order(
    archive: ClinicArchive, tenant: str, tales: list[str], ends: str
) -> None:
    reply = reply_id(tenant)
    await archive.transcript([(said(tenant, reply, "out"), [told(reply, status) for status in tales])])
    assert (await stored(tenant, reply)).status == ends
    late = reply_id(tenant, 1)
    await archive.transcript([(said(tenant, late, "out"), [])])
    for status in tales:
        await archive.statuses([told(late, status)])
    assert (await stored(tenant, late)).status == ends


async def test_a_status_of_a_promise_goes_to_the_ledger(archive: ClinicArchive, tenant: str) -> None:
    promise = Notification(
        tenant_id=tenant, appointment_id="a", kind="confirmation", start_version=1, chat_id="c", language="en",
        due_at=NOW, status="accepted", attempt=1,
    )  # fmt: skip
    await Notification.of(tenant).insert(promise)
    await archive.statuses([told(promise.outbox_id, "read"), told(promise.outbox_id, "sent")])
    assert (await Notification.of(tenant).get(promise.id)).status == "read"
    assert await Message.of(tenant).find() == []


async def test_statuses_of_strangers_make_no_messages(archive: ClinicArchive, tenant: str) -> None:
    await archive.statuses(
        [told("", "sent"), told("somebody else's", "sent"), told("o.1.x.y.0", "sent", number="theirs")]
    )
    assert await Message.of(tenant).find() == []


async def test_what_nobody_could_read_waits_for_an_operator(archive: ClinicArchive, tenant: str) -> None:
    raw = f"{tenant} \xff".encode("latin-1")
    await archive.quarantine([Entry("1767225600000-0", {"about": b"not json", "account": b"", "raw": raw})])
    kept = [each for each in await quarantine.latest() if each.body.startswith(tenant)]
    assert [(each.reason, each.at) for each in kept] == [("not json", datetime(2026, 1, 1, tzinfo=UTC))]


async def test_an_account_event_goes_to_the_tenant_whose_account_it_is(archive: ClinicArchive, tenant: str) -> None:
    account = uuid4().hex
    channel = Channel(tenant_id=tenant, phone_number_id=account, waba_id=account, access_token="sealed")
    await Channel.of(tenant).insert(channel)
    raw = orjson.dumps({"field": "account_update", "value": {"event": "X"}})
    fields = {"about": b"account_update", "account": account.encode(), "raw": raw}
    await archive.events([Entry("1767225600000-0", fields)])
    await archive.events([Entry("1767225600000-0", fields), Entry("1767225600000-1", fields | {"account": b"whose?"})])
    (event,) = await ProviderEvent.of(tenant).find()
    assert (event.field, event.value, event.waba_id) == ("account_update", {"event": "X"}, account)


async def test_news_about_a_template_changes_the_template(archive: ClinicArchive, tenant: str) -> None:
    account = uuid4().hex
    await Channel.of(tenant).insert(
        Channel(tenant_id=tenant, phone_number_id=account, waba_id=account, access_token="sealed")
    )
    await Template.of(tenant).insert(starter(tenant, "reminder", "hi"))

    async def told(number: int, about: str, **value: object) -> Template:
        named = {"message_template_name": "appointment_reminder", "message_template_language": "hi", **value}
        raw = orjson.dumps({"field": about, "value": named})
        fields = {"about": about.encode(), "account": account.encode(), "raw": raw}
        await archive.events([Entry(f"1767225600000-{number}", fields)])
        (template,) = await Template.of(tenant).find()
        return template

    assert (await told(0, "message_template_quality_update", new_quality_score="YELLOW")).quality == "YELLOW"
    paused = await told(1, "message_template_status_update", event="PAUSED", other_info={"title": "FIRST_PAUSE"})
    assert (paused.status, paused.paused_until) == ("PAUSED", datetime(2026, 1, 1, 3, tzinfo=UTC))
    assert (await told(2, "template_category_update", new_category="MARKETING")).billed_as == "MARKETING"
    assert await ProviderEvent.of(tenant).count() == 3


async def test_news_about_the_booking_form_reaches_it(archive: ClinicArchive, tenant: str) -> None:
    """As Meta posts it, from the webhook on."""
    account = uuid4().hex
    await Channel.of(tenant).insert(
        Channel(tenant_id=tenant, phone_number_id=account, waba_id=account, access_token="sealed")
    )
    now = datetime(2025, 12, 31, tzinfo=UTC)
    await learned(await kept(tenant, account, "secret", now), now, flow_id="300", status="PUBLISHED")
    value = {
        "event": "FLOW_STATUS_CHANGE", "message": "Flow 300 is throttled", "flow_id": "300", "old_status": "PUBLISHED",
        "new_status": "THROTTLED",
    }  # fmt: skip
    change = {"id": account, "time": 1767225600, "changes": [{"value": value, "field": "flows"}]}
    [event] = parse(orjson.dumps({"object": "whatsapp_business_account", "entry": [change]}), now)
    assert isinstance(event, AccountEvent)
    fields = {"about": event.field.encode(), "account": event.account_id.encode(), "raw": event.raw}
    await archive.events([Entry("1767225600000-0", fields)])
    form = await form_of(tenant, account)
    assert form is not None
    assert form.status == "THROTTLED"
    assert not form.can_be_sent
    [kept_event] = await ProviderEvent.of(tenant).find()
    assert kept_event.value == value


async def test_a_reply_that_nobody_got_becomes_one_callback(archive: ClinicArchive, tenant: str) -> None:
    practice = Tenant(id=tenant, name="Asha", languages=["en"], consent_version="1")
    await Tenant.everywhere("a test's own").insert(practice)
    lost = Undelivered(
        reply_id(tenant), tenant, PERSON, Session(step="day", choices={"service": "s"}, language="hi"), "131026"
    )
    await archive.undelivered(lost)
    await archive.undelivered(lost)
    (card,) = await Callback.of(tenant).find()
    assert (card.reason, card.step, card.choices, card.language) == ("undeliverable", "day", {"service": "s"}, "hi")


@pytest.mark.parametrize(("says_so", "cards"), [("ours", 1), ("theirs", 0), ("nobody's", 0)])
async def test_only_the_practices_own_number_tells_of_its_replies(tenant: str, says_so: str, cards: int) -> None:
    """Twilio's statuses are signed with the token of whichever practice has the number: it may name any reply."""
    owners = {"ours": tenant, "theirs": f"{tenant}-other"}

    async def find(named: str) -> Number | None:
        return Number(owners[named], "channel", named, "t") if named in owners else None

    practice = Tenant(id=tenant, name="Asha", languages=["en"], consent_version="1")
    await Tenant.everywhere("a test's own").insert(practice)
    archive = ClinicArchive(Directory(find), lambda tenant_id, sender: FrontDesk(tenant_id, sender))
    await archive.undelivered(Undelivered(reply_id(tenant), tenant, PERSON, Session(), "63024", says_so))
    assert len(await Callback.of(tenant).find()) == cards
