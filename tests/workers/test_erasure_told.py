"""Who asked to be forgotten learns by a template what was decided, once, and before nobody knows any more whom to
tell."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from graph_server import GraphServer, refusal
from promises import Practice

from clinic import consent, erasure_request, erasure_told, notification
from clinic.chat import Chat, Consent
from clinic.delivery import StatusChange
from clinic.erasure import Erasure
from clinic.notification import Notification
from clinic.record import new_id
from clinic.template import Template, starter
from workers.context import Context
from workers.erasure import erase_once
from workers.notifications import deliver
from workers.sweep import sweep_once

REASON = "The law makes us keep your record for two more years."
AFTER = erasure_request.DELAY + timedelta(seconds=1)


async def decided(clinic: Practice, *, refused: bool = False, words: bool = True) -> tuple[Erasure, str]:
    """A decision about somebody who wrote STOP long ago, and the promise of telling it."""
    now = datetime.now(UTC)
    if words:
        for purpose in erasure_told.TOLD.values():
            await Template.of(clinic.id).insert_new(starter(clinic.id, purpose, "en"))
    chat = Chat(tenant_id=clinic.id, user_id=new_id(), wa_id="919876543210", channel_id=clinic.channel_id)
    await Chat.of(clinic.id).insert(chat)
    await consent.record(chat, Consent(version="1", given=False, stop=True, at=now - timedelta(days=3)))
    asked = Erasure(
        tenant_id=clinic.id, request_id=new_id(), chat_id=chat.id, thread=chat.id, language="en",
        requested_at=now - timedelta(days=2), due_at=now + timedelta(days=28), chat_cleared_at=now,
    )  # fmt: skip
    await Erasure.of(clinic.id).insert(asked)
    if refused:
        _, after = await erasure_request.refuse(asked, "owner", REASON, now)
    else:
        _, after = await erasure_request.approve(asked, "owner", now)
    return after, await erasure_told.promise(after, now)


async def how(asked: Erasure) -> tuple[str, str]:
    """How it stands, and how the patient was told."""
    present = await Erasure.of(asked.tenant_id).get(asked.id)
    return present.status, present.told


async def due_again(clinic: Practice, owed: str) -> None:
    past = datetime.now(UTC) - timedelta(seconds=10)
    await Notification.of(clinic.id).change({"_id": owed}, {"$set": {"wake_at": past}})


def sent(graph: GraphServer) -> list[tuple[str, list[str]]]:
    told = [each["template"] for each in graph.sent]
    return [(each["name"], [value["text"] for value in each["components"][0]["parameters"]]) for each in told]


async def test_a_refusal_is_told_with_its_reason_also_after_a_stop(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    asked, owed = await decided(clinic, refused=True)
    await deliver([owed], context)
    assert sent(graph) == [("erasure_refused", ["Asha Clinics", REASON.rstrip(".")])]
    assert await how(asked) == ("refused", "template")


async def test_an_approval_is_told_before_anything_is_erased(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    asked, owed = await decided(clinic)
    await erase_once(datetime.now(UTC) + AFTER)
    assert await how(asked) == ("approved", "template"), "the last word first"
    assert await notification.claim([owed], "killed", datetime.now(UTC))
    await erase_once(datetime.now(UTC) + AFTER)
    assert await how(asked) == ("approved", "template"), "somebody may be sending it"
    await due_again(clinic, owed)  # the lease of who was killed has run out
    graph.answers.append(refusal(131000, 500))
    await deliver([owed], context)
    await due_again(clinic, owed)
    await asyncio.gather(deliver([owed], context), deliver([owed], context))
    assert [each["biz_opaque_callback_data"] for each in graph.sent] == [f"n.{owed}.2", f"n.{owed}.3"]
    assert sent(graph)[-1] == ("erasure_approved", ["Asha Clinics"])
    await erase_once(datetime.now(UTC) + AFTER)
    assert await how(asked) == ("done", "template")
    assert await Chat.of(clinic.id).find({"_id": asked.chat_id}) == []
    assert await Notification.of(clinic.id).find({"_id": owed}) == []


async def test_the_erasure_does_not_wait_for_ever(clinic: Practice, graph: GraphServer, context: Context) -> None:
    asked, owed = await decided(clinic)
    await Template.of(clinic.id).change_all({}, {"$set": {"status": "PAUSED"}})
    await deliver([owed], context)
    late = datetime.now(UTC) + AFTER + erasure_told.PATIENCE
    await erase_once(late - timedelta(minutes=1))
    assert await how(asked) == ("approved", "template")
    await erase_once(late)
    assert await how(asked) == ("done", "nobody")
    await deliver([owed], context)
    assert graph.sent == []


@pytest.mark.parametrize("refused", [True, False])
async def test_without_words_for_it_nobody_is_told_and_nothing_waits(clinic: Practice, refused: bool) -> None:
    asked, owed = await decided(clinic, refused=refused, words=False)
    assert owed == ""
    await erase_once(datetime.now(UTC) + AFTER)
    assert await how(asked) == ("refused" if refused else "done", "nobody")


async def test_one_that_does_not_arrive_is_said_to_be_untold(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    asked, owed = await decided(clinic, refused=True)
    await deliver([owed], context)
    lost = StatusChange(clinic.id, "failed", datetime.now(UTC), outbox_id=f"n.{owed}.1", error="131026")
    await notification.apply_statuses([lost])
    await sweep_once(context, datetime.now(UTC))
    assert (await how(asked), await clinic.cards()) == (("refused", "nobody"), [])


async def test_one_that_the_provider_refuses_for_good_holds_nothing_up(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    asked, owed = await decided(clinic)
    graph.answers.append(refusal(131026, 400))
    await deliver([owed], context)
    await erase_once(datetime.now(UTC) + AFTER)
    assert await how(asked) == ("done", "nobody")


async def test_the_same_decision_is_told_once(clinic: Practice) -> None:
    asked, owed = await decided(clinic, refused=True)
    assert await erasure_told.promise(asked, datetime.now(UTC)) == owed
