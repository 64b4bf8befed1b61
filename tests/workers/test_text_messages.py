"""Text messages: the next way where WhatsApp does not reach a patient, or the first where the practice wants it so."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from graph_server import GraphServer, refusal
from promises import SECRET_KEY, Practice
from twilio_house import ACCOUNT, ASHA, SMS, TOKEN, TwilioHouse, until

from clinic import one_time_code
from clinic.channel import Channel
from clinic.chat import Chat
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.notification import Notification
from clinic.one_time_code import OneTimeCode
from clinic.purpose import LANGUAGES
from clinic.record import new_id
from clinic.segments import plainest
from clinic.sms_sender import SmsSender, sender_of
from clinic.template import Template, TemplateButton, starter
from clinic.tenant import Tenant
from clinic.views import Sender
from workers.context import Context
from workers.metrics import SEGMENTS
from workers.notifications import deliver
from workers.sms import SmsSenders
from workers.sweep import sweep_once
from workers.text_letter import ANSWER, said
from workers.unseen import look_for_unseen


@pytest.fixture
def house(house: TwilioHouse, clinic: Practice) -> TwilioHouse:
    house.practice = clinic
    return house


@pytest_asyncio.fixture
async def texting(house: TwilioHouse, clinic: Practice, context: Context) -> AsyncIterator[Context]:
    """The practice has a number for text messages, and names them after WhatsApp."""
    if before := await SmsSender.of_webhook(SMS):
        await SmsSender.of(before.tenant_id).delete({"_id": before.id})
    sender = SmsSender(
        id=clinic.id, tenant_id=clinic.id, number=SMS, account=ACCOUNT,
        access_token=Channel.sealed(TOKEN, SECRET_KEY),
    )  # fmt: skip
    await SmsSender.of(clinic.id).insert(sender)
    await ways(clinic, "whatsapp", "sms")
    texts = SmsSenders(SECRET_KEY, house.url, house.address)
    yield replace(context, sms=texts, secret_key=SECRET_KEY)
    await texts.close()


async def ways(clinic: Practice, *named: str) -> None:
    await Tenant.itself().change({"_id": clinic.id}, {"$set": {"notify_by": list(named)}})
    DIRECTORIES.forget(clinic.id)


async def promised(clinic: Practice, purpose: str = "confirmation", **more: Any) -> Notification:
    made = await clinic.promise(**more)
    await Chat.of(clinic.id).change({"_id": made.chat_id}, {"$set": {"wa_id": ASHA}})
    if purpose != "confirmation":
        await Notification.of(clinic.id).change({"_id": made.id}, {"$set": {"kind": purpose}})
    return made


async def by_text(clinic: Practice, promise: Notification) -> Notification:
    """The promise that took its place."""
    rows = await Notification.of(clinic.id).find({"appointment_id": promise.appointment_id})
    return next(each for each in rows if each.kind.endswith("@sms"))


async def ended(clinic: Practice, promise: Notification, *statuses: str) -> Notification:
    async def told() -> Any:
        found = await clinic.stored(promise)
        return found if found.status in statuses else None

    return await until(told)  # type: ignore[no-any-return]


async def texts(house: TwilioHouse) -> list[str]:
    return [each["text"] for each in await house.bubbles(SMS) if each["direction"] == "out"]


async def test_what_whatsapp_does_not_deliver_goes_as_a_text_message(
    clinic: Practice, texting: Context, graph: GraphServer, house: TwilioHouse
) -> None:
    promise = await promised(clinic)
    before = SEGMENTS._value.get()
    graph.answers.append(refusal(131026))
    await deliver([promise.id], texting)
    assert (await clinic.stored(promise)).handed_on
    instead = await by_text(clinic, promise)
    await deliver([instead.id], texting)
    told = await ended(clinic, instead, "delivered")
    assert (told.channel, told.wamid[:2], told.accepted_at is not None) == ("sms", "SM", True)
    [words] = await texts(house)
    assert "Meera Iyer" in words
    assert "Dr Rao" in words
    assert "{{" not in words
    assert SEGMENTS._value.get() > before
    assert await clinic.cards() == []


async def test_what_a_text_message_does_not_reach_either_becomes_a_call(
    clinic: Practice, texting: Context, graph: GraphServer, house: TwilioHouse
) -> None:
    promise = await promised(clinic)
    await Chat.of(clinic.id).change({"_id": promise.chat_id}, {"$set": {"wa_id": "919876599999"}})
    await house.http.patch(f"{house.url}/control/faults", json={"fail_code": 30006, "fail_next": 1})
    graph.answers.append(refusal(131026))
    await deliver([promise.id], texting)
    instead = await by_text(clinic, promise)
    await deliver([instead.id], texting)
    await ended(clinic, instead, "failed")
    for _ in range(2):
        await sweep_once(texting, datetime.now(UTC))
    assert [card.reason for card in await clinic.cards()] == ["undeliverable"]


async def test_without_a_number_of_ones_own_no_text_is_tried(
    clinic: Practice, context: Context, graph: GraphServer
) -> None:
    await ways(clinic, "whatsapp", "sms")
    promise = await promised(clinic)
    graph.answers.append(refusal(131026))
    await deliver([promise.id], context)
    assert [card.reason for card in await clinic.cards()] == ["undeliverable"]


async def test_text_messages_first_where_the_practice_says_so(
    clinic: Practice, texting: Context, graph: GraphServer, house: TwilioHouse
) -> None:
    await ways(clinic, "sms", "whatsapp")
    promise = await promised(clinic)
    await deliver([promise.id], texting)
    told = await ended(clinic, promise, "delivered")
    assert (told.channel, graph.sent, len(await texts(house))) == ("sms", [], 1)


async def test_a_text_message_that_was_delivered_is_as_good_as_read(
    clinic: Practice, texting: Context, house: TwilioHouse
) -> None:
    await ways(clinic, "sms", "whatsapp")
    promise = await promised(clinic)
    await Notification.of(clinic.id).change({"_id": promise.id}, {"$set": {"deadline_at": datetime.now(UTC)}})
    await deliver([promise.id], texting)
    await ended(clinic, promise, "delivered")
    assert await look_for_unseen(datetime.now(UTC)) == []
    assert await Notification.of(clinic.id).count({"appointment_id": promise.appointment_id}) == 1


async def test_and_then_whatsapp(clinic: Practice, texting: Context, graph: GraphServer, house: TwilioHouse) -> None:
    await ways(clinic, "sms", "whatsapp")
    await house.http.patch(f"{house.url}/control/faults", json={"fail_code": 21211, "fail_next": 1})
    promise = await promised(clinic)
    await deliver([promise.id], texting)
    assert (await clinic.stored(promise)).status == "failed"
    rows = await Notification.of(clinic.id).find({"appointment_id": promise.appointment_id})
    [instead] = [each for each in rows if each.id != promise.id]
    assert (instead.kind, instead.channel) == ("confirmation@whatsapp", "whatsapp")
    await deliver([instead.id], texting)
    assert len(graph.sent) == 1


async def test_who_has_no_number_that_we_know_is_told_on_whatsapp(
    clinic: Practice, texting: Context, graph: GraphServer
) -> None:
    await ways(clinic, "sms", "whatsapp")
    promise = await clinic.promise()
    await Chat.of(clinic.id).change({"_id": promise.chat_id}, {"$set": {"wa_id": ""}})
    await deliver([promise.id], texting)
    assert len(graph.sent) == 1


async def test_a_stop_to_text_messages_is_a_stop(
    clinic: Practice, texting: Context, graph: GraphServer, house: TwilioHouse
) -> None:
    promise = await promised(clinic)
    graph.answers.append(refusal(131026))
    await deliver([promise.id], texting)
    first = await by_text(clinic, promise)
    await deliver([first.id], texting)
    await ended(clinic, first, "delivered")
    await house.phone("text", SMS, text="STOP")
    later = Notification(
        tenant_id=clinic.id, appointment_id=promise.appointment_id, kind="reminder:2h@sms", start_version=0,
        channel="sms", chat_id=promise.chat_id, language="en", due_at=datetime.now(UTC), wake_at=datetime.now(UTC),
    )  # fmt: skip
    far = later.model_copy(update={"id": new_id(), "kind": "reminder:24h", "channel": "whatsapp"})
    far.wake_at = far.due_at = datetime.now(UTC) + timedelta(days=1)
    for each in (later, far):
        await Notification.of(clinic.id).insert(each)
    await deliver([later.id], texting)
    assert (await clinic.stored(later)).status == "failed"
    known = await Chat.of(clinic.id).get(promise.chat_id)
    assert known.consent is not None
    assert (known.stopped, known.consent.channel, known.consent.source) == (True, "sms", "provider")
    assert ((await clinic.stored(far)).status, (await clinic.stored(far)).error) == ("withdrawn", "stopped")
    entries = len(known.consents)
    await sweep_once(texting, datetime.now(UTC))
    assert len((await Chat.of(clinic.id).get(promise.chat_id)).consents) == entries


async def test_a_patient_who_stopped_gets_no_text_message(
    clinic: Practice, texting: Context, house: TwilioHouse
) -> None:
    await ways(clinic, "sms")
    promise = await promised(clinic, consent=False)
    await deliver([promise.id], texting)
    assert ((await clinic.stored(promise)).status, await texts(house)) == ("withdrawn", [])


async def test_a_code_goes_by_text_message(clinic: Practice, texting: Context, house: TwilioHouse) -> None:
    await Tenant.itself().change({"_id": clinic.id}, {"$set": {"one_time_codes": "risky_steps", "notify_by": ["sms"]}})
    DIRECTORIES.forget(clinic.id)
    desk = FrontDesk(clinic.id, Sender(ASHA, ASHA, channel_id=clinic.channel_id), secret_key=SECRET_KEY)
    await desk.send_code(new_id(), "cancel", "es", datetime.now(UTC))
    [code] = await OneTimeCode.of(clinic.id).find()
    [promise] = await Notification.of(clinic.id).find({"appointment_id": code.id})
    await deliver([promise.id], texting)
    digits = one_time_code.digits_of(SECRET_KEY, code.id)
    assert await texts(house) == [f"Tu codigo de verificacion es {digits}."]
    assert (await desk.try_code("m", "cancel", digits, datetime.now(UTC))).state == "right"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_words_of_ours_in_each_language_where_nothing_is_approved(
    clinic: Practice, texting: Context, house: TwilioHouse, language: str
) -> None:
    await Channel.of(clinic.id).change({}, {"$set": {"display_phone_number": "+1 202 555 0101"}})
    await ways(clinic, "sms")
    promise = await promised(clinic, "reminder:24h", language=language)
    await deliver([promise.id], texting)
    await ended(clinic, promise, "delivered")
    [words] = await texts(house)
    assert "Meera Iyer" in words
    assert words.splitlines()[-1] == plainest(ANSWER[language].format(link="https://wa.me/12025550101"))


async def test_the_practices_own_words_come_first(clinic: Practice, texting: Context, house: TwilioHouse) -> None:
    await ways(clinic, "sms")
    await Template.of(clinic.id).change_all({}, {"$set": {"body": "Own words for {{patient}}.", "parameters": []}})
    promise = await promised(clinic)
    await deliver([promise.id], texting)
    await ended(clinic, promise, "delivered")
    assert await texts(house) == ["Own words for Meera Iyer."]


@pytest.mark.usefixtures("database")
def test_all_that_a_template_says_is_said() -> None:
    template = starter(
        "t", "reminder", "en", header="Visit at {{clinic}}", footer="Asha", body="On {{date}}.",
        buttons=[TemplateButton(text="I will come", action="come"),
                 TemplateButton(kind="url", text="Map", value="https://asha.example/{{reference}}")],
    )  # fmt: skip
    values = {"clinic": "Bandra\nWest", "date": "Monday", "reference": "K7P"}
    assert said(template, values, "https://wa.me/1").splitlines() == [
        "Visit at Bandra West", "On Monday.", "Asha", "Map: https://asha.example/K7P",
        "To answer, write to us on WhatsApp: https://wa.me/1",
    ]  # fmt: skip


async def test_a_number_that_was_taken_away_sends_nothing(
    clinic: Practice, texting: Context, graph: GraphServer
) -> None:
    promise = await promised(clinic)
    graph.answers.append(refusal(131026))
    await deliver([promise.id], texting)
    await SmsSender.of(clinic.id).delete({"_id": clinic.id})
    assert await sender_of(clinic.id) is None
    instead = await by_text(clinic, promise)
    await deliver([instead.id], texting)
    told = await clinic.stored(instead)
    assert (told.status, told.error) == ("failed", "not_connected")
    assert [card.reason for card in await clinic.cards()] == ["undeliverable"]
