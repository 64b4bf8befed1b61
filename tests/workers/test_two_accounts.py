"""A practice with a number at Meta and one at Twilio: templates are handed in at both, patients are told from the
number they wrote to, by what its account has approved, and what becomes of a message reaches the ledger from either."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from graph_server import GraphServer
from promises import SECRET_KEY, Practice, template
from twilio_house import ACCOUNT, ASHA, SENDER, TwilioHouse, number_at_twilio, until

from clinic import one_time_code
from clinic.callback import Callback
from clinic.channel import Channel
from clinic.chat import Chat
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.notification import Notification
from clinic.record import new_id
from clinic.template import Template, ours, starter
from clinic.tenant import Tenant
from clinic.views import Sender
from workers.context import Context
from workers.notifications import deliver
from workers.providers import Providers
from workers.sweep import sweep_once
from workers.templates import compare

BODY = ours("confirmation", "en").body


@pytest.fixture
def house(house: TwilioHouse, clinic: Practice) -> TwilioHouse:
    house.practice = clinic
    return house


@pytest_asyncio.fixture
async def both(house: TwilioHouse, clinic: Practice, graph: GraphServer, context: Context) -> AsyncIterator[Context]:
    await number_at_twilio(clinic)
    await Template.of(clinic.id).change_all({}, {"$set": {"body": BODY, "parameters": []}})  # that reviews let pass
    providers = Providers(graph.url, SECRET_KEY, house.url, house.address)
    yield replace(context, provider=providers, secret_key=SECRET_KEY)
    await providers.close()


async def standings(clinic: Practice, code: str = "en") -> dict[str, str]:
    found = await Template.of(clinic.id).find_one({"name": "appointment_confirmed", "language": code})
    assert found is not None
    return {account: each.status for account, each in found.accounts.items()}


async def reviewed(clinic: Practice, both: Context, status: str = "APPROVED") -> None:
    """Twilio has looked at all; at Meta they are in review still."""

    async def told() -> bool:
        await compare(both, clinic.id)
        return all(each.at(ACCOUNT).status == status for each in await Template.of(clinic.id).find())

    await until(told)


async def promised(clinic: Practice, at_twilio: bool = True, **more: Any) -> Notification:
    """A promise to somebody who writes to that number."""
    found = await Channel.of(clinic.id).find_one({"phone_number_id": SENDER})
    assert found is not None
    made = await clinic.promise(**more)
    told = {"channel_id": found.id, "wa_id": ASHA} if at_twilio else {"channel_id": clinic.channel_id}
    await Chat.of(clinic.id).change({"_id": made.chat_id}, {"$set": told})
    return made


async def due_now(clinic: Practice, promise: Notification) -> None:
    await Notification.of(clinic.id).change({"_id": promise.id}, {"$set": {"wake_at": datetime.now(UTC)}})


async def ended(clinic: Practice, promise: Notification, *statuses: str) -> Notification:
    async def told() -> Any:
        found = await clinic.stored(promise)
        return found if found.status in statuses else None

    return await until(told)  # type: ignore[no-any-return]


async def test_all_are_handed_in_at_both_and_their_words_do_not_flap(
    clinic: Practice, both: Context, graph: GraphServer
) -> None:
    await reviewed(clinic, both)
    assert await standings(clinic) == {clinic.account: "PENDING", ACCOUNT: "APPROVED"}
    assert {(made["name"], made["language"]) for made in graph.created} == set(graph.templates)
    before = [(each.id, each.version, each.status) for each in await Template.of(clinic.id).find()]
    await compare(both, clinic.id)
    assert [(each.id, each.version, each.status) for each in await Template.of(clinic.id).find()] == before
    assert {status for _, _, status in before} == {"APPROVED"}


async def test_what_one_refuses_the_other_is_asked_for_all_the_same(
    clinic: Practice, both: Context, house: TwilioHouse
) -> None:
    await Template.of(clinic.id).insert_new(template(clinic.id, "hi", "PENDING"))  # this Graph refuses Hindi
    await compare(both, clinic.id)
    await compare(both, clinic.id)
    assert (await standings(clinic, "hi"))[clinic.account] == "REJECTED"
    assert [each["language"] for each in await house.contents()].count("hi") == 1


async def test_who_writes_to_either_number_is_told_from_it(
    clinic: Practice, both: Context, graph: GraphServer, house: TwilioHouse
) -> None:
    await reviewed(clinic, both)
    graph.templates = dict.fromkeys(graph.templates, "APPROVED")
    await compare(both, clinic.id)
    here, there = await promised(clinic, at_twilio=True), await promised(clinic, at_twilio=False)
    await deliver([here.id, there.id], both)
    told = await ended(clinic, here, "read")
    assert (told.wamid[:2], told.delivered_at is not None) == ("SM", True)
    assert [each["kind"] for each in await house.bubbles()] == ["text"]
    assert "Meera Iyer" in (await house.bubbles())[0]["text"]
    assert [sent["template"]["name"] for sent in graph.sent] == ["appointment_confirmed"]
    assert (await clinic.stored(there)).status == "accepted"


async def test_what_the_numbers_account_has_not_approved_waits_there_alone(
    clinic: Practice, both: Context, graph: GraphServer, house: TwilioHouse
) -> None:
    graph.templates = {("appointment_confirmed", code): "APPROVED" for code in ("en", "pt_BR")}
    await compare(both, clinic.id)
    await Template.of(clinic.id).change_all({}, {"$set": {f"accounts.{ACCOUNT}.status": "PENDING"}})
    here, there = await promised(clinic, at_twilio=True), await promised(clinic, at_twilio=False)
    await deliver([here.id, there.id], both)
    assert (await clinic.stored(there)).status == "accepted"
    waiting = await clinic.stored(here)
    assert (waiting.status, waiting.error, await house.bubbles()) == ("due", "template_not_approved", [])
    await reviewed(clinic, both)
    await due_now(clinic, here)
    await deliver([here.id], both)
    await ended(clinic, here, "read")


async def test_a_template_paused_at_twilio_gives_way_to_an_approved_one_of_its_family(
    clinic: Practice, both: Context, house: TwilioHouse
) -> None:
    newer = template(clinic.id, "en").model_copy(
        update={
            "id": new_id(),
            "name": "appointment_confirmed_v2",
            "number": 2,
            "body": f"New: {BODY}",
            "parameters": [],
        }
    )
    await Template.of(clinic.id).insert(newer)
    await reviewed(clinic, both)
    stored = await Template.of(clinic.id).get(newer.id)
    assert stored.at(ACCOUNT).status == "APPROVED"
    await house.control(f"twilio/contents/{stored.at(ACCOUNT).id}", status="paused")
    promise = await promised(clinic)
    await deliver([promise.id], both)
    assert (await ended(clinic, promise, "failed")).error.startswith("63027")
    await sweep_once(both, datetime.now(UTC))
    assert (await clinic.stored(promise)).status == "due"
    assert (await Template.of(clinic.id).get(newer.id)).at(ACCOUNT).status == "PAUSED"
    await due_now(clinic, promise)
    await deliver([promise.id], both)
    await ended(clinic, promise, "read")
    assert "New:" not in (await house.bubbles())[-1]["text"]
    assert await clinic.cards() == []


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        (63016, "card"), (63024, "card"), (63003, "card"), (63032, "card"), (63028, "card"), (63033, "card"),
        (63018, "again"), (63017, "again"), (63012, "again"), (63049, "tomorrow"), (63013, "again"), (63020, "again"),
    ],
)  # fmt: skip
async def test_a_refusal_that_a_status_tells_ends_as_the_table_says(
    clinic: Practice, both: Context, house: TwilioHouse, code: int, ends: str
) -> None:
    await reviewed(clinic, both)
    await house.http.patch(f"{house.url}/control/faults", json={"fail_code": code, "fail_next": 1})
    promise = await promised(clinic)
    await deliver([promise.id], both)
    assert (await ended(clinic, promise, "failed")).error.startswith(str(code))
    now = datetime.now(UTC)
    for _ in range(2):
        await sweep_once(both, now)
    told = await clinic.stored(promise)
    if ends == "card":
        assert (told.status, told.handed_on) == ("failed", True)
        assert [card.detail.split()[0] for card in await clinic.cards()] == [str(code)]
        return
    assert (told.status, await clinic.cards()) == ("due", [])
    assert told.wake_at is not None
    assert ((told.wake_at - now).total_seconds() >= 24 * 3600) == (ends == "tomorrow")
    await due_now(clinic, promise)
    await deliver([promise.id], both)
    await ended(clinic, promise, "read")


async def test_what_is_refused_for_a_day_and_is_due_today_becomes_a_call(
    clinic: Practice, both: Context, house: TwilioHouse
) -> None:
    await reviewed(clinic, both)
    await house.http.patch(f"{house.url}/control/faults", json={"fail_code": 63049, "fail_next": 1})
    promise = await promised(clinic, start=datetime.now(UTC) + timedelta(hours=5))
    await deliver([promise.id], both)
    await ended(clinic, promise, "failed")
    await sweep_once(both, datetime.now(UTC))
    assert [card.reason for card in await clinic.cards()] == ["undeliverable"]


async def test_an_account_that_sends_no_more_today_is_asked_again_tomorrow(
    clinic: Practice, both: Context, house: TwilioHouse
) -> None:
    await reviewed(clinic, both)
    await house.http.patch(f"{house.url}/control/faults", json={"fail_code": 63038, "fail_next": 1})
    promise = await promised(clinic)
    await deliver([promise.id], both)
    told = await clinic.stored(promise)
    assert (told.status, told.error) == ("due", "retry 63038")
    assert told.wake_at is not None
    assert (told.wake_at - datetime.now(UTC)).total_seconds() > 23 * 3600


async def test_a_late_word_never_undoes_a_later_one(clinic: Practice, both: Context, house: TwilioHouse) -> None:
    await reviewed(clinic, both)
    promise = await promised(clinic)
    await deliver([promise.id], both)
    told = await ended(clinic, promise, "read")
    house_again = {"MessageSid": told.wamid, "MessageStatus": "sent", "From": SENDER, "To": f"whatsapp:+{ASHA}"}
    for status in ("sent", "delivered", "failed"):
        answer = await house.http.post(
            f"{house.address}/webhooks/twilio/status", params={"id": told.outbox_id},
            data=house_again | {"MessageStatus": status, "ErrorCode": "63024"},
        )  # fmt: skip
        assert answer.status_code == 200
    assert (await clinic.stored(promise)).status == "read"


async def test_a_one_time_code_leaves_through_twilio(clinic: Practice, both: Context, house: TwilioHouse) -> None:
    await Tenant.itself().change({"_id": clinic.id}, {"$set": {"one_time_codes": "risky_steps"}})
    DIRECTORIES.forget(clinic.id)
    await Template.of(clinic.id).insert_new(starter(clinic.id, "one_time_code", "en", status="PENDING"))
    channel = await Channel.of(clinic.id).find_one({"phone_number_id": SENDER})
    assert channel is not None

    async def known() -> bool:
        await compare(both, clinic.id)
        found = await Template.of(clinic.id).find_one({"name": "one_time_code", "language": "en"})
        return found is not None and found.at(ACCOUNT).status == "APPROVED"

    await until(known)
    desk = FrontDesk(clinic.id, Sender(ASHA, ASHA, channel_id=channel.id), secret_key=SECRET_KEY)
    await desk.send_code(new_id(), "cancel", "en", datetime.now(UTC))
    [code] = await one_time_code.OneTimeCode.of(clinic.id).find()
    [promise] = await Notification.of(clinic.id).find({"appointment_id": code.id})
    await deliver([promise.id], both)
    digits = one_time_code.digits_of(SECRET_KEY, code.id)
    assert (await house.bubbles())[-1]["links"][0]["code"] == digits
    assert await Callback.of(clinic.id).count() == 0
