"""Cards for patients who are to be called: one per conversation, one caller at a time, and what came of it."""

import asyncio
from datetime import timedelta

import pytest
from practice import NOW, Practice

from clinic import callback
from clinic.callback import Callback, CallbackDone, ClaimedByOther, NotClaimed, Resuming
from clinic.callback_figures import figures
from clinic.desk import FrontDesk
from clinic.errors import NotFound
from clinic.record import new_id
from clinic.views import Sender

MINUTE = timedelta(minutes=1)


async def a_card(tenant_id: str, request_id: str = "", **more: object) -> Callback:
    facts = {"reason": "no_slots", "step": "time", "chat_id": new_id(), "created_at": NOW, "due_at": NOW + 30 * MINUTE}
    card = Callback(tenant_id=tenant_id, request_id=request_id or new_id(), **(facts | more))  # type: ignore[arg-type]
    await callback.open_card(card)
    (stored,) = await Callback.of(tenant_id).find({"request_ids": card.request_id})
    return stored


async def test_a_second_failure_joins_the_open_card(practice: Practice) -> None:
    desk = FrontDesk(practice.id, Sender(new_id()))
    later = NOW + 10 * MINUTE
    await desk.call_back("m1", "misunderstood", "service", {"clinic": practice.clinic.id}, "en", NOW)
    for _ in range(2):
        await desk.call_back("m2", "no_slots", "time", {"clinic": practice.clinic.id, "doctor": "d"}, "hi", later)
    (card,) = await Callback.of(practice.id).find()
    assert [each.reason for each in card.reasons] == ["misunderstood", "no_slots"]
    assert (card.reason, card.step, card.language, card.choices["doctor"]) == ("no_slots", "time", "hi", "d")
    assert card.created_at == NOW, "the patient has waited since the first"


async def test_after_it_is_resolved_the_next_failure_opens_another_card(practice: Practice) -> None:
    card = await a_card(practice.id, "first", chat_id="chat")
    await callback.claim(practice.id, card.id, "ann", NOW)
    await callback.resolve(practice.id, card.id, "ann", "helped", NOW)
    assert not await callback.open_card(card), "the failure that it was about is known"
    other = await a_card(practice.id, "second", chat_id="chat")
    assert other.id != card.id
    assert [each.status for each in await Callback.of(practice.id).find(sort=[("_id", 1)])] == ["done", "open"]


async def test_twenty_failures_at_once_are_one_card_with_all_of_them(practice: Practice) -> None:
    def failed(number: int) -> Callback:
        facts = {"reason": "failed", "chat_id": "chat", "created_at": NOW, "due_at": NOW}
        return Callback(tenant_id=practice.id, request_id=f"m{number % 10}", **facts)  # type: ignore[arg-type]

    told = await asyncio.gather(*(callback.open_card(failed(number)) for number in range(20)))
    (card,) = await Callback.of(practice.id).find()
    assert sum(told) == 10
    assert sorted(card.request_ids) == sorted(f"m{number}" for number in range(10))
    assert len(card.reasons) == 10


async def test_of_twenty_receptionists_one_calls(practice: Practice) -> None:
    card = await a_card(practice.id)
    tries = (callback.claim(practice.id, card.id, f"staff-{number}", NOW) for number in range(20))
    results = await asyncio.gather(*tries, return_exceptions=True)
    (won,) = [result for result in results if isinstance(result, Callback)]
    assert sum(isinstance(result, ClaimedByOther) for result in results) == 19
    assert (await Callback.of(practice.id).get(card.id)).claimed_by == won.claimed_by


async def test_a_claim_is_renewed_and_runs_out(practice: Practice) -> None:
    card = await a_card(practice.id)
    await callback.claim(practice.id, card.id, "ann", NOW)
    await callback.claim(practice.id, card.id, "ann", NOW + 10 * MINUTE)
    with pytest.raises(ClaimedByOther):
        await callback.claim(practice.id, card.id, "bea", NOW + 24 * MINUTE)
    after = NOW + 25 * MINUTE
    with pytest.raises(NotClaimed):
        await callback.attempted(practice.id, card.id, "ann", "reached", after)
    assert (await callback.claim(practice.id, card.id, "bea", after)).claimed_by == "bea"


async def test_work_renews_the_claim(practice: Practice) -> None:
    card = await a_card(practice.id)
    await callback.claim(practice.id, card.id, "ann", NOW)
    worked = await callback.attempted(practice.id, card.id, "ann", "reached", NOW + 14 * MINUTE)
    assert worked.held_by("ann", NOW + 28 * MINUTE)


async def test_who_gives_it_back_lets_others_call(practice: Practice) -> None:
    card = await a_card(practice.id)
    await callback.claim(practice.id, card.id, "ann", NOW)
    await callback.release(practice.id, card.id, "ann", NOW)
    assert (await callback.claim(practice.id, card.id, "bea", NOW)).claimed_by == "bea"
    with pytest.raises(NotClaimed):
        await callback.release(practice.id, card.id, "ann", NOW)


async def test_nobody_answered(practice: Practice) -> None:
    card, again = await a_card(practice.id), NOW + timedelta(hours=5)
    await callback.claim(practice.id, card.id, "ann", NOW)
    after = await callback.attempted(practice.id, card.id, "ann", "no_answer", NOW, again)
    assert (after.status, after.due_at, after.held_by("ann", NOW)) == ("open", again, False)
    await callback.claim(practice.id, card.id, "bea", NOW)
    after = await callback.attempted(practice.id, card.id, "bea", "reached", NOW + MINUTE)
    assert [(each.by, each.outcome) for each in after.attempts] == [("ann", "no_answer"), ("bea", "reached")]
    assert after.first_called_at == NOW


@pytest.mark.parametrize("outcome", ["wrong_number", "refused"])
async def test_where_nobody_is_left_to_call_the_card_is_done(practice: Practice, outcome: str) -> None:
    card = await a_card(practice.id)
    await callback.claim(practice.id, card.id, "ann", NOW)
    after = await callback.attempted(practice.id, card.id, "ann", outcome, NOW)  # type: ignore[arg-type]
    assert (after.status, after.resolution, after.resolved_by) == ("done", outcome, "ann")
    with pytest.raises(CallbackDone):
        await callback.claim(practice.id, card.id, "bea", NOW)


async def test_notes_keep_their_author_and_time(practice: Practice) -> None:
    card = await a_card(practice.id)
    await callback.note(practice.id, card.id, "ann", "one", NOW)
    after = await callback.note(practice.id, card.id, "bea", "two", NOW + MINUTE)
    assert [(each.by, each.text, each.at) for each in after.notes] == [
        ("ann", "one", NOW),
        ("bea", "two", NOW + MINUTE),
    ]


async def test_who_resolved_it_may_correct_how(practice: Practice) -> None:
    card = await a_card(practice.id)
    with pytest.raises(NotClaimed):
        await callback.resolve(practice.id, card.id, "ann", "helped", NOW)
    await callback.claim(practice.id, card.id, "ann", NOW)
    await callback.resolve(practice.id, card.id, "ann", "helped", NOW)
    assert (await callback.resolve(practice.id, card.id, "ann", "refused", NOW)).resolution == "refused"
    with pytest.raises(CallbackDone):
        await callback.resolve(practice.id, card.id, "bea", "helped", NOW)


async def test_another_practice_has_no_such_card(practice: Practice) -> None:
    card = await a_card(practice.id)
    for attempt in (callback.claim, callback.release):
        with pytest.raises(NotFound):
            await attempt(new_id(), card.id, "ann", NOW)


async def test_the_figures_of_a_period(practice: Practice) -> None:
    one, two, three = [await a_card(practice.id) for _ in range(3)]
    await a_card(practice.id, created_at=NOW + timedelta(days=2), due_at=NOW + timedelta(days=2))
    for card, minutes in ((one, 4), (two, 10)):
        await callback.claim(practice.id, card.id, "ann", NOW)
        await callback.called(practice.id, card.id, "ann", NOW + minutes * MINUTE)
    await callback.recovered(practice.id, one.id, "ann", "visit", Resuming(session="{}"), NOW + 5 * MINUTE)
    await callback.resolve(practice.id, two.id, "ann", "helped", NOW + 11 * MINUTE)
    told = await figures(practice.id, NOW, NOW + timedelta(days=1), NOW + 31 * MINUTE, {})
    assert (told.opened, told.open, told.overdue, told.resolved, told.recovered) == (3, 1, 1, 2, 1)
    assert told.minutes_to_first_call == 7
    assert (told.by_reason, told.by_resolution) == ({"no_slots": 3}, {"booked": 1, "helped": 1})
    assert (await callback.open_card(three)) is False
    nothing = await figures(practice.id, NOW - timedelta(days=1), NOW, NOW, {})
    assert (nothing.opened, nothing.minutes_to_first_call) == (0, None)


@pytest.mark.parametrize(("number", "shown"), [("919876543221", "••••••••••21"), ("1", "1"), ("", "")])
def test_a_number_is_masked(number: str, shown: str) -> None:
    assert callback.masked(number) == shown
