"""One-time codes leave before everything else, in WhatsApp's own form, never late, and by another way where there is
one."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graph_server import GraphServer, refusal
from promises import SECRET_KEY, Practice

from clinic import one_time_code
from clinic.callback import Callback
from clinic.chat import Chat
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.notification import Notification, failed
from clinic.one_time_code import LIFETIME, OneTimeCode
from clinic.record import new_id
from clinic.sms_sender import SmsSender
from clinic.template import Template, starter
from clinic.tenant import Tenant
from clinic.views import Sender
from workers import codes
from workers.context import Context
from workers.enqueue import Promises
from workers.notifications import deliver
from workers.queues import queue
from workers.sms import Text
from workers.sweep import sweep_once

NUMBER = "919876543210"


class Phone:
    """A provider of text messages."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def __call__(self, tenant_id: str) -> "Phone":
        return self

    async def send_text(self, text: Text) -> str:
        self.sent.append((text.number, text.words))
        return f"sms.{len(self.sent)}"

    async def has_number(self) -> bool:
        return True


@pytest.fixture
def safe(context: Context) -> Context:
    """The worker knows the installation's key."""
    return replace(context, secret_key=SECRET_KEY)


async def asked(clinic: Practice, *, sms: bool = False, number: str = NUMBER) -> tuple[FrontDesk, OneTimeCode, str]:
    """Somebody waits for a code."""
    ways = ["whatsapp", "sms"]
    if sms:
        sender = {"number": f"+1{new_id()}", "account": "AC1", "access_token": "sealed"}
        await SmsSender.of(clinic.id).insert(SmsSender(id=clinic.id, tenant_id=clinic.id, **sender))
    await Tenant.itself().change({"_id": clinic.id}, {"$set": {"one_time_codes": "risky_steps", "notify_by": ways}})
    DIRECTORIES.forget(clinic.id)
    await Template.of(clinic.id).insert_new(starter(clinic.id, "one_time_code", "en"))
    desk = FrontDesk(clinic.id, Sender(number, number, channel_id=clinic.channel_id), secret_key=SECRET_KEY)
    await desk.send_code(new_id(), "cancel", "en", datetime.now(UTC))
    code = max(await OneTimeCode.of(clinic.id).find(), key=lambda each: each.id)
    [promise] = await Notification.of(clinic.id).find({"appointment_id": code.id})
    return desk, code, promise.id


async def stored(clinic: Practice, id: str) -> Notification:
    return await Notification.of(clinic.id).get(id)


async def test_it_leaves_as_whatsapps_own_template(clinic: Practice, graph: GraphServer, safe: Context) -> None:
    desk, code, promise = await asked(clinic)
    digits = one_time_code.digits_of(SECRET_KEY, code.id)
    await deliver([promise], safe)
    [sent] = graph.sent
    assert sent["to"] == f"+{NUMBER}"
    assert sent["template"] == {
        "name": "one_time_code",
        "language": {"code": "en"},
        "components": [
            {"type": "BODY", "parameters": [{"type": "text", "text": digits}]},
            {"type": "button", "sub_type": "URL", "index": 0, "parameters": [{"type": "text", "text": digits}]},
        ],
    }
    assert (await stored(clinic, promise)).status == "accepted"
    assert (await desk.try_code("m", "cancel", digits, datetime.now(UTC))).state == "right"


async def test_it_stands_in_no_row_and_no_job(
    clinic: Practice, graph: GraphServer, safe: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    _, code, promise = await asked(clinic)
    digits = one_time_code.digits_of(SECRET_KEY, code.id)
    promises = Promises(safe.queue)
    promises.at_once(promise)
    await promises.close()
    [job] = queue(safe.queue).jobs
    await deliver([promise], safe)
    rows: list[Any] = [
        *await OneTimeCode.of(clinic.id).rows(), *await Notification.of(clinic.id).rows(),
        *await Chat.of(clinic.id).rows(), job.to_dict(),
    ]  # fmt: skip
    assert graph.sent, "it was sent"
    assert digits not in json.dumps(rows, default=str)
    told = capsys.readouterr()
    assert digits not in told.out + told.err


async def test_a_code_goes_before_what_waits_already(clinic: Practice, graph: GraphServer, safe: Context) -> None:
    waiting = [(await clinic.promise()).id for _ in range(12)]
    _, _, promise = await asked(clinic)
    await deliver([*waiting, promise], safe)
    assert "one_time_code" in [sent["template"]["name"] for sent in graph.sent[:8]], "in the first that leave together"
    promises = Promises(safe.queue)
    promises(waiting[0])
    await promises.close()
    promises.at_once(promise)
    await promises.close()
    assert [job.args for job in queue(safe.queue).jobs] == [[[promise]], [[waiting[0]]]]


async def test_a_code_that_is_late_is_not_sent(clinic: Practice, graph: GraphServer, safe: Context) -> None:
    _, code, promise = await asked(clinic)
    then = code.created_at - LIFETIME
    await OneTimeCode.of(clinic.id).change(
        {"_id": code.id}, {"$set": {"created_at": then, "expires_at": code.created_at}}
    )
    await deliver([promise], safe)
    told = await stored(clinic, promise)
    assert (graph.sent, told.status, told.error) == ([], "withdrawn", "code_over")


async def test_a_code_that_was_typed_meanwhile_is_not_sent_again(
    clinic: Practice, graph: GraphServer, safe: Context
) -> None:
    desk, code, promise = await asked(clinic)
    await desk.try_code("m", "cancel", one_time_code.digits_of(SECRET_KEY, code.id), datetime.now(UTC))
    await deliver([promise], safe)
    assert not graph.sent


async def test_a_lost_attempt_sends_the_same_code(clinic: Practice, graph: GraphServer, safe: Context) -> None:
    _, code, promise = await asked(clinic)
    graph.answers.append(refusal(131000, 500))
    await deliver([promise], safe)
    told = await stored(clinic, promise)
    assert told.status == "due"
    assert told.wake_at
    assert told.wake_at < code.expires_at
    await Notification.of(clinic.id).change({"_id": promise}, {"$set": {"wake_at": datetime.now(UTC)}})
    await deliver([promise], safe)
    first, second = (sent["template"]["components"] for sent in graph.sent)
    assert first == second


async def test_who_cannot_be_reached_is_told_so_and_staff_have_a_card(
    clinic: Practice, graph: GraphServer, safe: Context
) -> None:
    desk, _, promise = await asked(clinic)
    graph.answers.append(refusal(131026))
    await deliver([promise], safe)
    assert (await stored(clinic, promise)).status == "failed"
    assert (await desk.identity("cancel", datetime.now(UTC))).state == "undeliverable"
    [card] = await Callback.of(clinic.id).find()
    assert (card.reason, card.appointment_id) == (codes.UNDELIVERABLE, "")


async def test_a_failure_that_a_status_tells_is_found_by_the_sweep(
    clinic: Practice, graph: GraphServer, safe: Context
) -> None:
    desk, _, promise = await asked(clinic)
    await deliver([promise], safe)
    sent = await stored(clinic, promise)
    now = datetime.now(UTC)
    lost = {"status": "failed", "status_at": now, "error": "131026"}
    await Notification.of(clinic.id).change({"_id": sent.id}, {"$set": lost})
    for _ in range(2):
        await sweep_once(safe, now)
    assert (await desk.identity("cancel", now)).state == "undeliverable"
    assert await Callback.of(clinic.id).count() == 1


async def test_the_next_way_where_one_is_connected(clinic: Practice, graph: GraphServer, safe: Context) -> None:
    _, code, promise = await asked(clinic, sms=True)
    graph.answers.append(refusal(131026))
    phone = Phone()
    await deliver([promise], replace(safe, sms=phone))
    digits = one_time_code.digits_of(SECRET_KEY, code.id)
    assert phone.sent == [(f"+{NUMBER}", f"{digits} is your verification code.")]
    kinds = {row.kind: row.status for row in await Notification.of(clinic.id).find({"appointment_id": code.id})}
    assert kinds == {"one_time_code": "failed", "one_time_code@sms": "accepted"}
    assert await Callback.of(clinic.id).count() == 0


async def test_nothing_is_tried_that_is_not_connected(clinic: Practice, graph: GraphServer, safe: Context) -> None:
    _, _, promise = await asked(clinic)
    graph.answers.append(refusal(131026))
    await deliver([promise], safe)
    assert [card.reason for card in await Callback.of(clinic.id).find()] == [codes.UNDELIVERABLE]


async def test_a_code_that_nobody_can_use_any_more_troubles_nobody(clinic: Practice, safe: Context) -> None:
    _, code, promise = await asked(clinic)
    late = code.expires_at + timedelta(seconds=1)
    assert await codes.hand_on(await stored(clinic, promise), late) == []
    assert await Callback.of(clinic.id).count() == 0
    assert not await failed(promise, "not mine", "x", late)
