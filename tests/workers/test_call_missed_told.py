"""Who could not be reached by a call is told so by a template: once, whatever fails on the way, and only as long as the
card waits for the next try."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graph_server import GraphServer, refusal
from promises import Practice

from clinic import call_missed, callback, consent, notification
from clinic.callback import Callback
from clinic.chat import Chat, Consent
from clinic.delivery import StatusChange
from clinic.facts import day_and_clock
from clinic.notification import Notification
from clinic.record import new_id
from clinic.template import Template, starter
from workers.context import Context
from workers.notifications import deliver
from workers.sweep import sweep_once

ANN = "ann"
AGAIN = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


async def approve(clinic: Practice, *purposes: str, language: str = "en") -> None:
    for purpose in purposes:
        await Template.of(clinic.id).insert_new(starter(clinic.id, purpose, language))


async def a_card(clinic: Practice, reason: str = "asked") -> Callback:
    """Somebody asked to be called, and agreed to nothing else."""
    now = datetime.now(UTC) - timedelta(days=2)
    chat = Chat(tenant_id=clinic.id, user_id=new_id(), wa_id="919876543210", channel_id=clinic.channel_id)
    await Chat.of(clinic.id).insert(chat)
    card = Callback(
        tenant_id=clinic.id, request_id=new_id(), reason=reason, chat_id=chat.id, clinic_id=f"{clinic.id}-c",
        language="en", created_at=now, due_at=now,
    )  # fmt: skip
    assert await callback.open_card(card)
    return card


async def called(clinic: Practice, card: Callback, again: datetime | None = None, language: str = "en") -> str:
    """Somebody called and nobody answered; the promise of telling it."""
    now = datetime.now(UTC)
    await callback.claim(clinic.id, card.id, ANN, now)
    after = await callback.attempted(clinic.id, card.id, ANN, "no_answer", now, again)
    return await call_missed.promise(after, language, now)


async def stored(clinic: Practice, id: str) -> Notification:
    return await Notification.of(clinic.id).get(id)


def words(graph: GraphServer) -> list[tuple[str, str, list[str]]]:
    """The templates that left, each with its language and the values that it was given."""
    return [_words(sent["template"]) for sent in graph.sent]


def _words(sent: Any) -> tuple[str, str, list[str]]:
    values = [each["text"] for part in sent["components"] for each in part["parameters"]]
    return sent["name"], sent["language"]["code"], values


async def test_it_says_when_somebody_tries_again(clinic: Practice, graph: GraphServer, context: Context) -> None:
    await approve(clinic, "call_missed", "call_missed_until")
    owed = await called(clinic, await a_card(clinic), AGAIN)
    await deliver([owed], context)
    when = " ".join(day_and_clock(AGAIN, "Asia/Kolkata", "en").split())
    assert words(graph) == [("call_missed_next_try", "en", ["Asha Clinics", when])]
    assert (await stored(clinic, owed)).status == "accepted"


@pytest.mark.parametrize("again", [None, AGAIN])
async def test_without_a_time_or_words_for_it_the_rest_is_said(
    clinic: Practice, graph: GraphServer, context: Context, again: datetime | None
) -> None:
    await approve(clinic, "call_missed")
    await approve(clinic, "call_missed", language="pt")
    await deliver([await called(clinic, await a_card(clinic), again, "pt")], context)
    assert words(graph) == [("call_missed", "pt_BR", ["Asha Clinics"])]


async def test_a_worker_that_is_killed_and_a_provider_that_fails_cost_no_message_and_no_second_one(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    await approve(clinic, "call_missed")
    owed = await called(clinic, await a_card(clinic))
    assert await notification.claim([owed], "killed", datetime.now(UTC))
    await due_again(clinic, owed)  # its lease has run out
    assert owed in await notification.overdue(datetime.now(UTC))
    graph.answers.append(refusal(131000, 500))
    await asyncio.gather(deliver([owed], context), deliver([owed], context))
    assert ((await stored(clinic, owed)).status, len(graph.sent)) == ("due", 1)
    await due_again(clinic, owed)
    await asyncio.gather(deliver([owed], context), deliver([owed], context))
    await sweep_once(context, datetime.now(UTC) + timedelta(hours=1))
    await deliver([owed], context)
    assert [sent["biz_opaque_callback_data"] for sent in graph.sent] == [f"n.{owed}.2", f"n.{owed}.3"]


async def due_again(clinic: Practice, id: str) -> None:
    past = datetime.now(UTC) - timedelta(seconds=10)
    await Notification.of(clinic.id).change({"_id": id}, {"$set": {"wake_at": past}})


async def test_the_same_call_is_told_once(clinic: Practice) -> None:
    card = await a_card(clinic)
    first = await called(clinic, card)
    after = await Callback.of(clinic.id).get(card.id)
    assert await call_missed.promise(after, "en", datetime.now(UTC)) == first
    assert await called(clinic, card) != first, "another call is another message"


async def test_it_waits_for_its_template_and_is_withdrawn_where_the_card_was_resolved_meanwhile(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    card = await a_card(clinic)
    owed = await called(clinic, card)
    await deliver([owed], context)
    assert (await stored(clinic, owed)).error == "template_not_approved"
    await callback.claim(clinic.id, card.id, ANN, datetime.now(UTC))
    await callback.resolve(clinic.id, card.id, ANN, "helped", datetime.now(UTC))
    await approve(clinic, "call_missed")
    await due_again(clinic, owed)
    await deliver([owed], context)
    told = await stored(clinic, owed)
    assert (told.status, told.error, graph.sent) == ("withdrawn", "resolved", [])


async def test_only_the_last_call_is_told_of(clinic: Practice, graph: GraphServer, context: Context) -> None:
    await approve(clinic, "call_missed")
    card = await a_card(clinic)
    ids = [await called(clinic, card), await called(clinic, card)]
    await deliver(ids, context)
    assert [((each := await stored(clinic, owed)).status, each.error) for owed in ids] == [
        ("withdrawn", "called_since"), ("accepted", ""),
    ]  # fmt: skip


async def test_after_the_next_try_it_would_come_too_late(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    await approve(clinic, "call_missed", "call_missed_until")
    card = await a_card(clinic)
    owed = await called(clinic, card, AGAIN)
    attempt = card.attempts or (await Callback.of(clinic.id).get(card.id)).attempts
    past = [{**attempt[0].model_dump(), "next_try_at": datetime.now(UTC) - timedelta(minutes=1)}]
    await Callback.of(clinic.id).change({"_id": card.id}, {"$set": {"attempts": past}})
    await deliver([owed], context)
    told = await stored(clinic, owed)
    assert (told.status, told.error, graph.sent) == ("withdrawn", "call_over", [])


@pytest.mark.parametrize(("reason", "status"), [("asked", "accepted"), ("unread", "withdrawn")])
async def test_a_stop_that_comes_between_leaves_only_the_answer_to_an_own_wish(
    clinic: Practice, graph: GraphServer, context: Context, reason: str, status: str
) -> None:
    await approve(clinic, "call_missed")
    card = await a_card(clinic, reason)
    chat, now = await Chat.of(clinic.id).get(card.chat_id), datetime.now(UTC)
    agreed = await consent.record(chat, Consent(version="1", given=True, at=now))
    owed = await called(clinic, card)
    await consent.record(agreed, Consent(version="1", given=False, stop=True, at=now + timedelta(seconds=1)))
    await deliver([owed], context)
    assert (await stored(clinic, owed)).status == status


async def test_one_that_fails_for_good_opens_no_second_card(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    await approve(clinic, "call_missed")
    card = await a_card(clinic)
    owed = await called(clinic, card)
    await deliver([owed], context)
    lost = StatusChange(clinic.id, "failed", datetime.now(UTC), outbox_id=f"n.{owed}.1", error="131026")
    await notification.apply_statuses([lost])
    await sweep_once(context, datetime.now(UTC))
    [only] = await clinic.cards()
    assert (only.id, len(only.reasons), only.status) == (card.id, 1, "open")
    assert (await stored(clinic, owed)).handed_on


async def test_whoever_is_forgotten_is_told_nothing(clinic: Practice, graph: GraphServer, context: Context) -> None:
    await approve(clinic, "call_missed")
    card = await a_card(clinic)
    owed = await called(clinic, card)
    await Chat.of(clinic.id).delete({"_id": card.chat_id})
    await deliver([owed], context)
    assert ((await stored(clinic, owed)).error, graph.sent) == ("gone", [])
