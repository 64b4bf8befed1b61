"""STOP and START: what is written down, what is taken back, what is owed again, and what waits for what."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from practice import NOW, Practice, open_practice

from clinic import consent, consent_stop, departure, notification
from clinic.callback import Callback
from clinic.chat import Chat, Consent
from clinic.consent_stop import StillLeaving
from clinic.delivery import StatusChange
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.notification import Notification
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.views import Sender, Wish

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


async def chat_of(desk: FrontDesk) -> Chat:
    (known,) = await Chat.of(desk.tenant_id).find({"user_id": desk.sender.user_id})
    return known


async def booked(practice: Practice, ahead: int = 3) -> tuple[FrontDesk, str]:
    """A visit some days ahead, promised as the desk promises; its id."""
    desk, patient = await practice.guest()
    wish = practice.wish()
    day = (NOW + ahead * DAY).date()
    (slot, *_) = await desk.slots(wish, NOW, day, 1)
    visit = await desk.book(new_id(), patient.id, wish, slot, "en", NOW)
    return desk, visit.id


async def ledger(desk: FrontDesk) -> dict[str, Notification]:
    rows = await Notification.of(desk.tenant_id).find({"chat_id": (await chat_of(desk)).id})
    return {each.kind: each for each in rows}


async def statuses(desk: FrontDesk) -> dict[str, tuple[str, str]]:
    return {kind: (each.status, each.error) for kind, each in (await ledger(desk)).items()}


async def test_stop_takes_back_what_was_promised_and_start_owes_it_again(database: object) -> None:
    practice = await open_practice()
    desk, visit = await booked(practice)
    before = await ledger(desk)
    assert set(before) == {"confirmation", "reminder:24h", "reminder:2h"}
    await desk.stop_messages(NOW + MINUTE)
    assert set((await statuses(desk)).values()) == {("withdrawn", "stopped")}
    assert (await desk.appointment(visit)).status == "booked", "a STOP cancels no visit"
    await desk.allow_messages(NOW + 2 * MINUTE)
    after = await ledger(desk)
    assert {kind: each.status for kind, each in after.items()} == dict.fromkeys(before, "due")
    for kind in ("reminder:24h", "reminder:2h"):
        assert (after[kind].due_at, after[kind].deadline_at) == (before[kind].due_at, before[kind].deadline_at)


async def test_what_is_past_is_not_owed_again(database: object) -> None:
    practice = await open_practice()
    desk, _ = await booked(practice)
    await desk.stop_messages(NOW + MINUTE)
    start = (await ledger(desk))["reminder:2h"].due_at - timedelta(hours=3)
    await desk.allow_messages(start)
    assert (await statuses(desk))["reminder:24h"] == ("withdrawn", "stopped"), "a day before is long past"
    assert (await statuses(desk))["reminder:2h"][0] == "due"


async def test_a_visit_booked_after_stop_is_promised_nothing_until_start(database: object) -> None:
    practice = await open_practice()
    desk, patient = await practice.guest()
    await desk.stop_messages(NOW)
    (slot, *_) = await desk.slots(practice.wish(), NOW, (NOW + 3 * DAY).date(), 1)
    await desk.book("b", patient.id, practice.wish(), slot, "en", NOW + MINUTE)
    assert await ledger(desk) == {}
    await desk.allow_messages(NOW + 2 * MINUTE)
    assert set(await ledger(desk)) == {"reminder:24h", "reminder:2h"}


async def test_the_history_keeps_all_of_it_with_wording_time_and_source(database: object) -> None:
    practice = await open_practice()
    desk, _ = await practice.guest()
    for _ in range(2):  # the same message twice
        await desk.stop_messages(NOW + MINUTE)
    await desk.allow_messages(NOW + 2 * MINUTE)
    told = [(each.given, each.stop, each.version, each.source, each.channel) for each in (await chat_of(desk)).consents]
    assert told == [
        (True, False, "1", "chat", "whatsapp"), (False, True, "1", "chat", "whatsapp"),
        (True, False, "1", "chat", "whatsapp"),
    ]  # fmt: skip
    assert (await chat_of(desk)).consents[1].at == NOW + MINUTE


async def test_who_was_never_met_can_stop(database: object) -> None:
    practice = await open_practice()
    desk = FrontDesk(practice.id, Sender(new_id()))
    await desk.stop_messages(NOW)
    known = await chat_of(desk)
    assert known.stopped
    assert (await FrontDesk(practice.id, desk.sender).chat()).stopped


async def policy(practice: Practice, **changes: Any) -> None:
    await Tenant.itself().change({"_id": practice.id}, {"$set": changes})
    DIRECTORIES.forget(practice.id)


@pytest.mark.parametrize("wanted", [True, False])
async def test_somebody_calls_instead_where_the_practice_wants_it(database: object, wanted: bool) -> None:
    practice = await open_practice()
    await policy(practice, calls_after_stop=wanted)
    desk, visit = await booked(practice)
    await desk.stop_messages(NOW + MINUTE)
    cards = await Callback.of(practice.id).find({"chat_id": (await chat_of(desk)).id})
    assert [(card.reason, card.appointment_id) for card in cards] == ([("stopped", visit)] if wanted else [])


# What is refused to a chat, by what was said there.
REFUSED: dict[str, tuple[dict[str, Any], dict[tuple[str, str], str]]] = {
    "agreed": ({"given": True}, {("reminder", "UTILITY"): "", ("satisfaction", "MARKETING"): ""}),
    "said no": ({"given": False}, {
        ("reminder", "UTILITY"): "no_consent", ("offer", "UTILITY"): "no_consent",
        ("one_time_code", "AUTHENTICATION"): "", ("call_missed", "UTILITY"): "",
        ("erasure_refused", "UTILITY"): "",
    }),
    "stopped": ({"given": False, "stop": True}, {
        ("reminder", "UTILITY"): "stopped", ("cancelled", "UTILITY"): "stopped",
        ("satisfaction", "MARKETING"): "stopped",
        ("confirmation", "UTILITY"): "stopped", ("offer", "UTILITY"): "", ("one_time_code", "AUTHENTICATION"): "",
        ("call_missed", "UTILITY"): "", ("erasure_refused", "UTILITY"): "",
    }),
}  # fmt: skip


@pytest.mark.usefixtures("database")  # no document is made before the collections are known
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    said, expected = REFUSED[case]
    known = Chat(tenant_id="t", user_id="u", consent=Consent(version="1", at=NOW, **said))
    assert {key: consent.refusal(known, *key) for key in expected} == expected


@pytest.mark.usefixtures("database")
def test_without_advertising_the_rest_goes_on() -> None:
    known = Chat(
        tenant_id="t", user_id="u", consent=Consent(version="1", given=True, at=NOW),
        marketing=Consent(version="1", given=False, at=NOW, about="marketing", stop=True),
    )  # fmt: skip
    assert consent.refusal(known, "reminder", "UTILITY") == ""
    assert consent.refusal(known, "reminder", "MARKETING") == "no_marketing"


async def claimed(desk: FrontDesk) -> Notification:
    promise = (await ledger(desk))["confirmation"]
    ((mine),) = await notification.claim([promise.id], "w", NOW + MINUTE)
    return mine


async def test_what_a_worker_only_holds_is_taken_from_its_hands(database: object) -> None:
    desk, _ = await booked(await open_practice())
    promise = await claimed(desk)
    await desk.stop_messages(NOW + MINUTE)
    assert not await departure.leave(promise, NOW + MINUTE), "it may not leave any more"
    assert (await statuses(desk))["confirmation"] == ("withdrawn", "stopped")


async def test_what_is_at_the_door_is_waited_for(database: object) -> None:
    desk, _ = await booked(await open_practice())
    promise = await claimed(desk)
    assert await departure.leave(promise, NOW + MINUTE)
    stopping = asyncio.create_task(desk.stop_messages(NOW + MINUTE))
    await asyncio.sleep(0.3)
    assert not stopping.done(), "the answer to STOP would come before the template"
    await notification.accepted(promise.id, promise.token, "wamid.1", NOW + MINUTE)
    await asyncio.wait_for(stopping, 3)
    assert (await statuses(desk))["confirmation"][0] == "accepted"


async def test_patience_ends_and_nothing_is_said_that_is_not_true(database: object) -> None:
    desk, _ = await booked(await open_practice())
    promise = await claimed(desk)
    await departure.leave(promise, NOW + MINUTE)
    known = await consent.record(await chat_of(desk), Consent(version="1", given=False, at=NOW, stop=True))
    with pytest.raises(StillLeaving):
        await consent_stop.stop(known, NOW + MINUTE, patience=0.1)
    long_after = NOW + MINUTE + consent_stop.LOST
    await consent_stop.stop(known, long_after, patience=0.1)  # who took it there has died


async def test_whatsapps_own_opt_out_by_the_practices_policy(database: object) -> None:
    practice = await open_practice()
    desk, _ = await booked(practice)
    assert await wished(desk, False, NOW + MINUTE)
    assert (await chat_of(desk)).stopped
    assert set((await statuses(desk)).values()) == {("withdrawn", "stopped")}
    assert (await chat_of(desk)).consents[-1].source == "whatsapp"
    assert await wished(desk, True, NOW + 2 * MINUTE)
    assert not (await chat_of(desk)).stopped
    await policy(practice, whatsapp_stop_ends="marketing")
    assert await wished(desk, False, NOW + 3 * MINUTE)
    known = await chat_of(desk)
    assert (known.stopped, bool(known.consented_to)) == (False, True)
    assert consent.refusal(known, "reminder", "MARKETING") == "no_marketing"


async def test_resuming_on_whatsapp_does_not_take_back_a_stop_written_to_us(database: object) -> None:
    desk, _ = await booked(await open_practice())
    await desk.stop_messages(NOW + MINUTE)
    assert not await wished(desk, True, NOW + 2 * MINUTE)
    assert (await chat_of(desk)).stopped


async def wished(desk: FrontDesk, given: bool, at: datetime) -> bool:
    told = await consent.of_whatsapp(desk.tenant_id, desk.sender, given, at)
    if told:
        await consent_stop.said(*told, at)
    return told is not None


async def test_after_stop_a_wish_on_the_waitlist_is_asked_for(database: object) -> None:
    practice = await open_practice()
    desk, patient = await practice.guest()
    await desk.stop_messages(NOW)
    known = await chat_of(desk)
    assert consent.refusal(known, "offer") == ""
    assert isinstance(practice.wish(), Wish)
    assert await desk.open_waits() == 0
    await desk.end_waits(NOW)
    assert patient.name == "Ann"


async def test_of_several_at_the_door_only_the_one_taken_back_stays(database: object) -> None:
    desks = [(await booked(await open_practice()))[0] for _ in range(3)]
    ids = [(await ledger(desk))["confirmation"].id for desk in desks]
    mine = await notification.claim(ids, "w", NOW + MINUTE)
    assert len(mine) == 3
    await desks[1].stop_messages(NOW + MINUTE)
    left = await asyncio.gather(*(departure.leave(each, NOW + MINUTE) for each in mine))
    assert {each.id for each, may in zip(mine, left, strict=True) if may} == {ids[0], ids[2]}


async def test_a_claim_that_ran_out_does_not_leave_with_the_next_one(database: object) -> None:
    desk, _ = await booked(await open_practice())
    late = await claimed(desk)
    after = NOW + 2 * notification.LEASE
    (again,) = await notification.claim([late.id], "w2", after)
    left = await asyncio.gather(*(departure.leave(each, after) for each in (late, again)))
    assert list(left) == [False, True]


async def test_what_several_were_told_of_at_one_moment_is_written_for_each(database: object) -> None:
    desks = [(await booked(await open_practice()))[0] for _ in range(3)]
    ids = [(await ledger(desk))["confirmation"].id for desk in desks]
    mine = await notification.claim(ids, "w", NOW + MINUTE)
    faster = StatusChange(mine[1].tenant_id, "delivered", NOW + MINUTE, mine[1].outbox_id)
    await notification.apply_statuses([faster])
    taken = await asyncio.gather(
        *(notification.accepted(each.id, each.token, f"wamid.{each.id}", NOW + MINUTE) for each in mine)
    )
    kept = [await Notification.of(each.tenant_id).get(each.id) for each in mine]
    assert (all(taken), [each.wamid for each in kept]) == (True, [f"wamid.{each.id}" for each in mine])
    assert [each.status for each in kept] == ["accepted", "delivered", "accepted"]
    assert not any(each.wake_at for each in kept)


async def test_what_left_with_its_claim_is_waited_for_until_it_is_known_not_to_be_sent(database: object) -> None:
    desk, _ = await booked(await open_practice())
    promise = (await ledger(desk))["confirmation"]
    (mine,) = await notification.claim([promise.id], "w", NOW + MINUTE, leaving=True)
    stopping = asyncio.create_task(desk.stop_messages(NOW + MINUTE))
    await asyncio.sleep(0.3)
    assert await departure.leave(mine, NOW + MINUTE), "nobody takes back what is marked"
    assert consent.refusal(await chat_of(desk), "confirmation") == "stopped", "so the consent is what tells"
    assert not stopping.done()
    await notification.withdrawn(mine.id, mine.token, "stopped", NOW + MINUTE)
    await asyncio.wait_for(stopping, 3)


async def test_a_mark_that_is_old_is_made_anew(database: object) -> None:
    desk, _ = await booked(await open_practice())
    promise = (await ledger(desk))["confirmation"]
    (mine,) = await notification.claim([promise.id], "w", NOW + MINUTE, leaving=True)
    later = NOW + MINUTE + departure.GOOD
    await Notification.of(mine.tenant_id).change({"_id": mine.id}, {"$set": {"status": "withdrawn"}})
    assert departure.marked(mine, later - timedelta(seconds=1))
    assert not departure.marked(mine, later)
    assert not await departure.leave(mine, later)
