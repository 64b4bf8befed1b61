"""What was promised is sent once: approved template, the patient's language, whatever fails on the way."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from graph_server import HANG_UP, GraphServer, refusal
from promises import START, Practice, template

from bot.channels.errors import Action, Rule, SendError
from clinic import notification
from clinic.appointment import Appointment
from clinic.delivery import StatusChange
from clinic.notification import Notification
from clinic.template import Template
from workers.context import Context
from workers.notifications import deliver, wait
from workers.sweep import sweep_once


async def test_a_promise_is_sent_as_a_template_and_written_down(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise()
    await deliver([promise.id], context)
    assert graph.sent == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "+919876543210",
            "type": "template",
            "biz_opaque_callback_data": f"n.{promise.id}.1",
            "template": {
                "name": "appointment_confirmed",
                "language": {"code": "en"},
                "components": [
                    {
                        "type": "BODY",
                        "parameters": [
                            {"type": "text", "text": "Meera Iyer"},
                            {"type": "text", "text": "Dr Rao"},
                            {"type": "text", "text": "Monday, 7 January 2030"},
                            {"type": "text", "text": "9:00 am"},
                        ],
                    }
                ],
            },
        }
    ]
    stored = await clinic.stored(promise)
    assert (stored.status, stored.wamid, stored.attempt, stored.wake_at) == ("accepted", "wamid.1", 1, None)


async def test_it_speaks_the_patients_language_in_the_providers_code(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    await deliver([(await clinic.promise("pt")).id], context)
    told = graph.sent[0]["template"]
    assert told["language"]["code"] == "pt_BR"
    assert told["components"][0]["parameters"][2]["text"] == "segunda-feira, 7 de janeiro de 2030"


async def test_a_language_without_a_template_falls_back_to_the_practices_first(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    await deliver([(await clinic.promise("hi")).id], context)
    assert graph.sent[0]["template"]["language"]["code"] == "en"


async def test_without_a_number_it_goes_to_the_business_scoped_id(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise(wa_id="")
    await deliver([promise.id], context)
    assert "to" not in graph.sent[0] or not str(graph.sent[0]["to"]).startswith("+")


async def test_many_promises_are_kept_by_one_job(clinic: Practice, graph: GraphServer, context: Context) -> None:
    promises = [await clinic.promise() for _ in range(20)]
    await deliver([promise.id for promise in promises], context)
    assert len({sent["biz_opaque_callback_data"] for sent in graph.sent}) == 20
    assert {(await clinic.stored(promise)).status for promise in promises} == {"accepted"}


async def test_two_workers_with_the_same_ids_send_each_once(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    ids = [(await clinic.promise()).id for _ in range(10)]
    await asyncio.gather(*(deliver(ids, context) for _ in range(4)))
    assert len(graph.sent) == 10


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"consent": False}, "no_consent"),
        ({"start": datetime(2020, 1, 1, tzinfo=UTC)}, "over"),
    ],
)
async def test_what_is_not_wanted_any_more_is_withdrawn(
    clinic: Practice, graph: GraphServer, context: Context, change: dict[str, object], reason: str
) -> None:
    promise = await clinic.promise(**change)  # type: ignore[arg-type]
    await deliver([promise.id], context)
    stored = await clinic.stored(promise)
    assert (stored.status, stored.error, graph.sent) == ("withdrawn", reason, [])


@pytest.mark.parametrize(
    ("update", "reason"), [({"status": "cancelled"}, "cancelled"), ({"start_version": 1}, "moved")]
)
async def test_a_visit_that_changed_needs_another_promise(
    clinic: Practice, graph: GraphServer, context: Context, update: dict[str, object], reason: str
) -> None:
    promise = await clinic.promise()
    await Appointment.of(clinic.id).change({"_id": promise.appointment_id}, {"$set": update})
    await deliver([promise.id], context)
    stored = await clinic.stored(promise)
    assert (stored.status, stored.error, graph.sent) == ("withdrawn", reason, [])


async def test_a_retryable_refusal_is_due_again_and_kept_by_the_next_attempt(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise()
    graph.answers.append(refusal(131016, 500))
    await deliver([promise.id], context)
    stored = await clinic.stored(promise)
    assert (stored.status, stored.error) == ("due", "retry 131016")
    assert stored.wake_at is not None
    assert timedelta(0) < stored.wake_at - datetime.now(UTC) < timedelta(seconds=5)
    await _due_now(clinic, promise)
    await deliver([promise.id], context)
    assert (await clinic.stored(promise)).status == "accepted"
    assert [sent["biz_opaque_callback_data"] for sent in graph.sent] == [f"n.{promise.id}.1", f"n.{promise.id}.2"]


async def test_a_permanent_refusal_becomes_a_callback_once(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise()
    graph.answers.append(refusal(131026))
    await deliver([promise.id], context)
    stored = await clinic.stored(promise)
    assert (stored.status, stored.error, stored.wake_at) == ("failed", "permanent 131026", None)
    await sweep_once(context, datetime.now(UTC))
    [card] = await clinic.cards()
    assert (card.reason, card.detail, card.clinic_id) == ("undeliverable", "permanent 131026", f"{clinic.id}-c")
    assert (card.chat_id, card.appointment_id) == (promise.chat_id, promise.appointment_id)
    assert card.due_at > card.created_at


async def test_a_retry_that_would_come_after_the_visit_becomes_a_callback(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise(start=datetime.now(UTC) + timedelta(seconds=30))
    graph.answers.append(refusal(131031, 403))  # halts for a minute at least
    await deliver([promise.id], context)
    assert (await clinic.stored(promise)).status == "failed"
    assert len(await clinic.cards()) == 1


async def test_nobody_knows_waits_for_word_before_a_second_try(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise()
    graph.answers.append(HANG_UP)
    await deliver([promise.id], context)
    stored = await clinic.stored(promise)
    assert stored.status == "due"
    assert stored.wake_at is not None
    assert stored.wake_at - datetime.now(UTC) > timedelta(seconds=30)
    told = StatusChange(clinic.id, "sent", datetime.now(UTC), outbox_id=promise.outbox_id[:-1] + "1", wamid="wamid.x")
    await notification.apply_statuses([told])
    await _due_now(clinic, promise, only_if_due=True)
    await sweep_once(context, datetime.now(UTC) + timedelta(hours=1))
    await deliver([promise.id], context)
    assert len(graph.sent) == 1
    assert (await clinic.stored(promise)).status == "sent"


async def test_a_worker_lost_before_the_send_is_followed_by_another(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise()
    past = datetime.now(UTC) - timedelta(minutes=3)
    await Notification.of(clinic.id).change({"_id": promise.id}, {"$set": {"wake_at": past}})
    assert await notification.claim([promise.id], "killed", past)
    assert promise.id in await notification.overdue(datetime.now(UTC))
    await asyncio.gather(deliver([promise.id], context), deliver([promise.id], context))
    assert [sent["biz_opaque_callback_data"] for sent in graph.sent] == [f"n.{promise.id}.2"]


async def test_a_worker_lost_after_the_send_is_completed_by_the_status(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise()
    assert await notification.claim([promise.id], "killed", datetime.now(UTC))
    told = StatusChange(clinic.id, "delivered", datetime.now(UTC), outbox_id=f"n.{promise.id}.1", wamid="wamid.x")
    await notification.apply_statuses([told])
    later = datetime.now(UTC) + timedelta(hours=1)
    assert promise.id not in await notification.overdue(later)
    assert await notification.claim([promise.id], "next", later) == []


async def test_a_failure_told_by_a_status_gets_its_card_from_the_sweep(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    promise = await clinic.promise()
    await deliver([promise.id], context)
    told = StatusChange(clinic.id, "failed", datetime.now(UTC), outbox_id=f"n.{promise.id}.1", error="131026")
    await notification.apply_statuses([told])
    for _ in range(2):
        await sweep_once(context, datetime.now(UTC))
    [card] = await clinic.cards()
    assert card.detail == "131026"


async def test_a_template_in_review_is_waited_for(clinic: Practice, graph: GraphServer, context: Context) -> None:
    promise = await clinic.promise()
    await Template.of(clinic.id).change_all({}, {"$set": {"status": "PENDING"}})
    await deliver([promise.id], context)
    assert ((await clinic.stored(promise)).status, graph.sent) == ("due", [])
    await Template.of(clinic.id).change_all({}, {"$set": {"status": "APPROVED"}})
    await _due_now(clinic, promise)
    await deliver([promise.id], context)
    assert (await clinic.stored(promise)).status == "accepted"


async def test_a_fault_of_ours_harms_no_other_promise(clinic: Practice, graph: GraphServer, context: Context) -> None:
    broken, whole = await clinic.promise(), await clinic.promise()
    odd = template(clinic.id, "fr").model_copy(update={"parameters": ["shoe_size"]})
    await Template.of(clinic.id).insert_new(odd)
    await Notification.of(clinic.id).change({"_id": broken.id}, {"$set": {"language": "fr"}})
    await deliver([broken.id, whole.id], context)
    assert (await clinic.stored(whole)).status == "accepted"
    assert (await clinic.stored(broken)).status == "sending"  # until its lease runs out


@pytest.mark.parametrize(
    ("rule", "attempt", "seconds"),
    [
        (Rule(Action.RETRY, 1.0), 1, 1),
        (Rule(Action.RETRY, 1.0), 4, 8),
        (Rule(Action.RETRY, 1.0), 30, 3600),
        (Rule(Action.RETRY, 24 * 3600.0), 1, 24 * 3600),
        (Rule(Action.PAIR), 2, 16),
        (Rule(Action.SLOW, 2.0), 1, 2),
        (Rule(Action.AMBIGUOUS), 1, 60),
    ],
)
def test_attempts_come_later_and_later(rule: Rule, attempt: int, seconds: float) -> None:
    assert wait(rule, attempt, spread=0.0) == seconds
    assert seconds <= wait(rule, attempt, spread=1.0) <= seconds * 1.25


async def _due_now(clinic: Practice, promise: Notification, *, only_if_due: bool = False) -> None:
    query: dict[str, object] = {"_id": promise.id} | ({"wake_at": {"$exists": True}} if only_if_due else {})
    now = datetime.now(UTC) - timedelta(seconds=1)
    await Notification.of(clinic.id).change(query, {"$set": {"wake_at": now}})


def test_the_visit_is_in_the_future_of_these_tests() -> None:
    assert datetime.now(UTC) < START
    assert not SendError(Rule(Action.PERMANENT)).retryable
