"""What a number may not do just now waits: a day's limit, a payment problem, templates held back; the urgent first."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from graph_server import GraphServer, refusal
from promises import Practice
from redis.asyncio import Redis

from clinic import news, number_news, number_state
from clinic.channel import Channel
from clinic.conversation import Conversation, Person
from clinic.notification import Notification
from clinic.number_alarm import alarms
from clinic.number_state import NumberState, state_of
from clinic.reach import Reach
from clinic.template import Template
from opdesk.check_numbers import numbers
from workers.context import Context
from workers.notifications import deliver
from workers.numbers import watch
from workers.urgency import last_call, urgency

NOW = datetime.now(UTC)


@pytest_asyncio.fixture
async def counting(context: Context, redis: "Redis") -> AsyncIterator[Context]:
    """A worker that counts, and tells news."""
    news.connect(redis)
    yield replace(context, reach=Reach(redis))
    news.connect(None)


async def limited(clinic: Practice, limit: int, **more: Any) -> None:
    account = f"waba-{clinic.id}"
    await number_state.take_over(clinic.id, clinic.channel_id, {"daily_limit": limit, "account": account, **more})


async def told(clinic: Practice, redis: "Redis") -> list[str]:
    entries = await redis.xrange(news.key(clinic.id))
    return [each.what for entry in entries if (each := news.read(entry)).what.startswith("number.")]


async def soon(clinic: Practice, promise: Notification) -> None:
    """Due again now."""
    await Notification.of(clinic.id).change({"_id": promise.id}, {"$set": {"wake_at": NOW - timedelta(minutes=1)}})


async def test_beyond_the_limit_they_wait_and_leave_later(
    clinic: Practice, graph: GraphServer, counting: Context, redis: "Redis"
) -> None:
    await limited(clinic, 4)  # of which a visit's confirmation may use three
    promises = [await clinic.promise() for _ in range(6)]
    await deliver([each.id for each in promises], counting)
    assert len(graph.sent) == 3
    stored = [await clinic.stored(each) for each in promises]
    waiting = [each for each in stored if each.status == "due"]
    assert len(waiting) == 3
    assert all(each.wake_at and each.wake_at > datetime.now(UTC) + timedelta(minutes=2) for each in waiting)
    assert await clinic.cards() == []
    await redis.delete(f"reached:waba-{clinic.id}")  # a day passes
    for each in waiting:
        await soon(clinic, each)
    await deliver([each.id for each in waiting], counting)
    assert len(graph.sent) == 6


async def test_the_urgent_leave_first_and_have_the_last_of_it(
    clinic: Practice, graph: GraphServer, counting: Context
) -> None:
    await limited(clinic, 2)
    urgent, usual = await clinic.promise(wa_id="919000000001"), await clinic.promise(wa_id="919000000002")
    rest = await clinic.promise(wa_id="919000000003")
    await Notification.of(clinic.id).change({"_id": urgent.id}, {"$set": {"kind": "confirmation:2h"}})
    await deliver([usual.id, rest.id, urgent.id], counting)
    assert "+919000000001" in {each["to"] for each in graph.sent}
    assert len(graph.sent) <= 2
    assert (await clinic.stored(urgent)).status == "accepted"


async def test_who_has_written_and_who_was_counted_cost_nothing(
    clinic: Practice, graph: GraphServer, counting: Context, redis: "Redis"
) -> None:
    await limited(clinic, 4)
    first = await clinic.promise()
    await deliver([first.id], counting)
    reach = Reach(redis)
    assert await reach.count(f"waba-{clinic.id}") == 1
    for _ in range(3):
        assert (await reach.take(f"waba-{clinic.id}", first.chat_id, 1)).taken
    for _ in range(5):
        other = await clinic.promise()
        await Conversation.of(clinic.id).insert_new(
            Conversation(
                id=other.chat_id, tenant_id=clinic.id, person=Person(user_id="u"), last_at=NOW, heard_at=NOW
            )
        )  # fmt: skip
        await deliver([other.id], counting)
    assert len(graph.sent) == 6
    assert await reach.count(f"waba-{clinic.id}") == 1


async def test_being_near_is_told_once(clinic: Practice, counting: Context, redis: "Redis") -> None:
    await limited(clinic, 10)
    for n in range(9):
        await deliver([(await clinic.promise()).id], counting)
        assert ("number.limit_near" in await told(clinic, redis)) is (n >= 7)
    assert (await told(clinic, redis)).count("number.limit_near") == 1
    state = await state_of(clinic.id, clinic.channel_id)
    assert "9 of the 10" in alarms(state, 9, datetime.now(UTC))[0]
    assert "is reached" in alarms(state, 10, datetime.now(UTC))[0]


async def test_a_payment_problem_is_told_once_and_holds_all(
    clinic: Practice, graph: GraphServer, counting: Context, redis: "Redis"
) -> None:
    graph.answers.append(refusal(131042))
    promises = [await clinic.promise(wa_id=f"91900000000{n}") for n in range(4)]
    await deliver([promises[0].id], counting)
    await deliver([each.id for each in promises[1:]], counting)
    assert len(graph.sent) == 1, "the others are not tried"
    assert [(await clinic.stored(each)).status for each in promises] == ["due"] * 4
    assert await told(clinic, redis) == ["number.payment"]
    state = await state_of(clinic.id, clinic.channel_id)
    assert (state.silent_code, "payment" in alarms(state, 0, NOW)[0]) == (131042, True)
    found = [each for each in await numbers(redis) if clinic.phone_number_id in each.what]
    assert [each.warning for each in found] == [False], "opdesk check fails"
    await redis.hset(f"{{pace:{clinic.channel_id}}}:halt", "until", 1)  # a minute passes
    counting.pace._silent.clear()
    for each in promises:
        await soon(clinic, each)
        await deliver([each.id], counting)
    assert len(graph.sent) == 5
    assert (await told(clinic, redis))[-1] == "number.speaks"
    assert (await told(clinic, redis)).count("number.payment") == 1
    assert (await state_of(clinic.id, clinic.channel_id)).silent_code == 0


async def test_what_cannot_leave_in_time_becomes_a_call(
    clinic: Practice, graph: GraphServer, counting: Context
) -> None:
    await counting.pace.halt(clinic.channel_id, 3600.0, 3600.0)
    soon_over = await clinic.promise(start=datetime.now(UTC) + timedelta(hours=2, minutes=30))
    await deliver([soon_over.id], counting)
    assert graph.sent == []
    assert (await clinic.stored(soon_over)).status == "failed"
    assert [(card.appointment_id, card.reason) for card in await clinic.cards()] == [
        (soon_over.appointment_id, "undeliverable")
    ]


async def test_a_payment_problem_leaves_time_for_a_call(
    clinic: Practice, graph: GraphServer, counting: Context
) -> None:
    graph.answers.append(refusal(131042))
    visit = await clinic.promise(start=datetime.now(UTC) + timedelta(hours=2), due=-timedelta(minutes=20))
    await deliver([visit.id], counting)
    assert (await clinic.stored(visit)).status == "failed"
    assert len(await clinic.cards()) == 1


async def test_refused_for_spam_only_templates_wait(
    clinic: Practice, graph: GraphServer, counting: Context, redis: "Redis"
) -> None:
    graph.answers.append(refusal(131048))
    first, second = await clinic.promise(), await clinic.promise()
    await deliver([first.id], counting)
    await deliver([second.id], counting)
    assert len(graph.sent) == 1
    assert await told(clinic, redis) == ["number.letters_held"]
    assert await counting.pace.take(clinic.channel_id, 80.0, "a patient who writes") == 0.0
    past = {"letters_held_until": NOW - timedelta(minutes=1)}
    await number_state.take_over(clinic.id, clinic.channel_id, past)
    await soon(clinic, second)
    await deliver([second.id], counting)
    assert len(graph.sent) == 2
    assert (await state_of(clinic.id, clinic.channel_id)).letters_code == 0


async def test_words_that_stay_unapproved_become_a_call(
    clinic: Practice, graph: GraphServer, counting: Context
) -> None:
    await Template.of(clinic.id).change_all({"tenant_id": clinic.id}, {"$set": {"status": "PAUSED"}})
    await Template.of(clinic.id).change_all({"tenant_id": clinic.id}, {"$unset": {"accounts": 1}})
    early = await clinic.promise(start=datetime.now(UTC) + timedelta(hours=8))
    late = await clinic.promise(start=datetime.now(UTC) + timedelta(hours=1), due=-timedelta(minutes=20))
    await deliver([early.id, late.id], counting)
    assert graph.sent == []
    assert ((await clinic.stored(early)).status, (await clinic.stored(late)).status) == ("due", "failed")
    assert [card.appointment_id for card in await clinic.cards()] == [late.appointment_id]


async def test_the_tick_asks_how_numbers_stand(
    clinic: Practice, graph: GraphServer, counting: Context, redis: "Redis"
) -> None:
    graph.condition = {
        "quality_rating": "YELLOW", "throughput": {"level": "HIGH"},
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
    }  # fmt: skip
    graph.owner = "portfolio-1"
    await watch(counting)
    state = await state_of(clinic.id, clinic.channel_id)
    assert (state.quality, state.daily_limit, state.portfolio, state.throughput) == (
        "YELLOW",
        2000,
        "portfolio-1",
        "HIGH",
    )
    assert state.shares_limit_with == "portfolio-1"
    assert (await Channel.of(clinic.id).get(clinic.channel_id)).messages_per_second == 1000
    assert await told(clinic, redis) == ["number.quality_fell"]
    graph.owner, graph.condition = "", {"quality_rating": "RED"}
    await watch(counting)
    state = await state_of(clinic.id, clinic.channel_id)
    assert (state.quality, state.daily_limit, state.portfolio) == ("RED", 2000, "portfolio-1"), "silence says nothing"
    assert await told(clinic, redis) == ["number.quality_fell"] * 2


EVENTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("business_capability_update", {"max_daily_conversations_per_business": 2000}, {"daily_limit": 2000}),
    ("business_capability_update", {"max_daily_conversation_per_phone": -1}, {"daily_limit": -1}),
    ("business_capability_update", {"max_daily_conversations_per_business": "TIER_10K"}, {"daily_limit": 10_000}),
    ("business_capability_update", {"max_daily_conversations_per_business": {}}, {"daily_limit": None}),
    (
        "phone_number_quality_update",
        {"event": "THROUGHPUT_UPGRADE", "current_limit": "TIER_UNLIMITED",
         "max_daily_conversations_per_business": "TIER_100K"},
        {"daily_limit": 100_000, "throughput": "HIGH"},
    ),
    ("phone_number_quality_update", {"event": "DOWNGRADE", "current_limit": "TIER_250"}, {"daily_limit": 250}),
    ("phone_number_quality_update", {"event": "FLAGGED", "current_limit": "TIER_1K"}, {"quality": "RED"}),
    ("phone_number_quality_update", {"event": "FLAGGED", "display_phone_number": "999"}, {"quality": "RED"}),
    (
        "account_update",
        {"event": "ACCOUNT_RESTRICTION", "restriction_info": [
            {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": "1893456000"}]},
        {"restriction": "RESTRICTED_BIZ_INITIATED_MESSAGING", "restricted_until": datetime(2030, 1, 1, tzinfo=UTC)},
    ),
    (
        "account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
        {"restriction": "DISABLED_UPDATE: DISABLE"},
    ),
    ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}, {"restriction": ""}),
    ("account_update", {"event": "PARTNER_ADDED"}, {"restriction": "", "notice": ""}),
    (
        "account_alerts",
        {"alert_info": {"alert_severity": "WARNING", "alert_status": "ACTIVE", "alert_type": "LIMITS",
                        "alert_description": "Slow"}},
        {"notice": "LIMITS: Slow"},
    ),
    ("account_alerts", {"alert_info": {"alert_severity": "INFORMATIONAL", "alert_type": "OBA"}}, {"notice": ""}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "then"), EVENTS)
async def test_what_webhooks_tell(clinic: Practice, field: str, value: dict[str, Any], then: dict[str, Any]) -> None:
    await Channel.of(clinic.id).change(
        {"_id": clinic.channel_id}, {"$set": {"display_phone_number": "+1 555 000 0101"}}
    )
    named = value | {"display_phone_number": value.get("display_phone_number", "15550000101")}
    for _ in range(2):
        assert await number_news.heard(clinic.id, f"waba-{clinic.id}", field, named, NOW)
    state = await state_of(clinic.id, clinic.channel_id)
    assert {name: getattr(state, name) for name in then} == then
    assert not await number_news.heard(clinic.id, f"waba-{clinic.id}", "flows", value, NOW)


async def test_of_several_numbers_the_one_that_is_named(clinic: Practice) -> None:
    for n, shown in enumerate(("+1 555 000 0101", "+1 555 000 0102")):
        other = Channel(
            id=f"{clinic.id}-{n}", tenant_id=clinic.id, phone_number_id=f"{clinic.id}-{n}", waba_id="shared",
            access_token="sealed", display_phone_number=shown,
        )  # fmt: skip
        await Channel.of(clinic.id).insert_new(other)
    flagged = {"event": "FLAGGED", "display_phone_number": "15550000102"}
    await number_news.heard(clinic.id, "shared", "phone_number_quality_update", flagged, NOW)
    capability = {"max_daily_conversations_per_business": 250}
    await number_news.heard(clinic.id, "shared", "business_capability_update", capability, NOW)
    alert = {"alert_severity": "CRITICAL", "alert_type": "X"}
    about = {"entity_type": "PHONE_NUMBER", "entity_id": f"{clinic.id}-0", "alert_info": alert}
    await number_news.heard(clinic.id, "shared", "account_alerts", about, NOW)
    first, second = [await state_of(clinic.id, f"{clinic.id}-{n}") for n in range(2)]
    assert (first.quality, first.daily_limit, first.notice) == ("UNKNOWN", 250, "X")
    assert (second.quality, second.daily_limit, second.notice) == ("RED", 250, "")
    assert (await state_of(clinic.id, clinic.channel_id)).daily_limit is None


async def test_news_race_and_each_is_told_once(clinic: Practice, redis: "Redis") -> None:
    news.connect(redis)
    try:
        await asyncio.gather(
            *(number_state.silenced(clinic.id, clinic.channel_id, 131042, NOW) for _ in range(4)),
            *(number_state.take_over(clinic.id, clinic.channel_id, {"quality": "RED"}) for _ in range(3)),
        )
    finally:
        news.connect(None)
    assert sorted(await told(clinic, redis)) == ["number.payment", "number.quality_fell"]


ALARMS: list[tuple[dict[str, Any], int, str]] = [
    ({}, 0, ""),
    ({"daily_limit": -1}, 10**6, ""),
    ({"silent_code": 190}, 0, "token"),
    ({"silent_code": 999}, 0, "code 999"),
    ({"restriction": "BAN", "restricted_until": NOW + timedelta(days=1)}, 0, "restricted"),
    ({"restriction": "BAN", "restricted_until": NOW - timedelta(days=1)}, 0, ""),
    ({"quality": "RED"}, 0, "low"),
    ({"quality": "YELLOW"}, 0, "medium"),
    ({"quality": "GREEN"}, 0, ""),
    ({"letters_held_until": NOW + timedelta(hours=1), "letters_code": 131048}, 0, "131048"),
    ({"notice": "Verify."}, 0, "Verify."),
]


@pytest.mark.parametrize(("facts", "reached", "said"), ALARMS)
def test_what_an_owner_reads(facts: dict[str, Any], reached: int, said: str) -> None:
    found = alarms(NumberState(tenant_id="t", **facts), reached, NOW)
    assert (said in found[0]) if said else found == []


def promised(kind: str, due: datetime = NOW) -> Notification:
    return Notification(
        tenant_id="t", appointment_id="a", kind=kind, start_version=0, chat_id="c", language="en", due_at=due
    )


def test_who_goes_first() -> None:
    kinds = ["satisfaction", "reminder:24h", "reminder:2h", "confirmation", "one_time_code", "offer", "reminder:late"]
    ranks = {kind: urgency(promised(kind)) for kind in kinds}
    assert ranks["reminder:2h"] == ranks["offer"] == ranks["reminder:late"] == 1
    assert ranks["reminder:24h"] == ranks["confirmation"] == 2
    assert (ranks["satisfaction"], ranks["one_time_code"]) == (3, 0)


def test_the_last_call() -> None:
    assert last_call(promised("reminder:24h"), NOW + timedelta(hours=10)) == NOW + timedelta(hours=8)
    assert last_call(promised("confirmation"), NOW + timedelta(hours=1)) == NOW + timedelta(minutes=15)
    assert last_call(promised("confirmation"), NOW + timedelta(minutes=5)) == NOW + timedelta(minutes=5)
