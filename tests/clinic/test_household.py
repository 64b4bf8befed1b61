"""The people behind a chat: renamed, removed, shared; what stays with staff; who may be the same person."""

import asyncio
from datetime import timedelta

import pytest
from coded import SECRET, at_desk, code_for, number, strict
from practice import NOW, Practice

from clinic import audit, household, identity
from clinic.appointment import Appointment
from clinic.audit import AuditEntry
from clinic.callback import Callback
from clinic.desk import FrontDesk
from clinic.errors import NotFound
from clinic.notification import Notification
from clinic.one_time_code import CodeNeeded
from clinic.patient import Patient
from clinic.possible_duplicate import PossibleDuplicate
from clinic.record import new_id
from clinic.registry import BadPhone
from clinic.views import Sender, WaitTerms
from clinic.waitlist import Wait


async def anew(desk: FrontDesk) -> FrontDesk:
    """In the next turn."""
    return FrontDesk(desk.tenant_id, desk.sender, secret_key=SECRET)


async def names(desk: FrontDesk) -> list[str]:
    return [each.name for each in (await (await anew(desk)).chat()).patients]


async def test_another_name_is_also_on_the_visits(practice: Practice) -> None:
    desk, ann = await practice.guest()
    slot = (await desk.slots(practice.wish(), NOW))[0]
    visit = await desk.book("b", ann.id, practice.wish(), slot, "en", NOW)
    for _ in range(2):
        await desk.rename(ann.id, "Anna Rao", NOW)
    assert await names(desk) == ["Anna Rao"]
    assert (await desk.appointment(visit.id)).patient.name == "Anna Rao"
    assert (await Appointment.of(practice.id).get(visit.id)).patient_name == "Anna Rao"
    entries = await AuditEntry.of(practice.id).find({"entity_id": ann.id})
    assert [(each.actor, each.action) for each in entries] == [("patient", "rename_person")]
    assert (await audit.verify(practice.id)).broken_at is None


async def test_nobody_renames_or_removes_a_stranger(practice: Practice) -> None:
    desk, _ = await practice.guest()
    _, stranger = await practice.guest("Bob")
    with pytest.raises(NotFound):
        await desk.rename(stranger.id, "Mallory", NOW)
    with pytest.raises(NotFound):
        await desk.share(stranger.id, NOW)
    await desk.remove(stranger.id, NOW)
    kept = await Patient.of(practice.id).get(stranger.id)
    assert (kept.name, len(kept.contacts)) == ("Bob", 1)


async def test_who_is_removed_stays_with_staff(practice: Practice) -> None:
    desk, ann = await practice.guest()
    son = await desk.register(new_id(), "Arjun Rao", None, False, NOW)
    slot = (await desk.slots(practice.wish(), NOW))[0]
    visit = await desk.book("b", son.id, practice.wish(), slot, "en", NOW)
    assert await desk.visits_of(son.id, NOW) == 1
    for _ in range(2):
        await desk.remove(son.id, NOW)
    after = await anew(desk)
    chat = await after.chat()
    assert ([each.id for each in chat.patients], chat.last_visit) == ([ann.id], None)
    assert await after.appointments(NOW) == []
    with pytest.raises(NotFound):
        await after.appointment(visit.id)
    kept, booked = await Patient.of(practice.id).get(son.id), await Appointment.of(practice.id).get(visit.id)
    assert (kept.name, kept.status, kept.contacts) == ("Arjun Rao", "active", [])
    assert (booked.status, booked.patient_id) == ("booked", son.id)
    promises = await Notification.of(practice.id).find({"appointment_id": visit.id})
    assert promises
    assert {(each.status, each.error) for each in promises} == {("withdrawn", "person_removed")}
    [card] = await Callback.of(practice.id).find()
    assert (card.reason, card.appointment_id) == ("person_removed", visit.id)


async def test_who_waited_waits_no_more_in_a_chat_that_does_not_show_them(practice: Practice) -> None:
    desk, ann = await practice.guest()
    day = NOW.date() + timedelta(days=3)
    await desk.wait("w", ann.id, practice.wish(), WaitTerms(day, day), "en", NOW)
    await desk.remove(ann.id, NOW)
    assert [each.status for each in await Wait.of(practice.id).find({"patient_id": ann.id})] == ["withdrawn"]


async def test_one_patient_behind_two_chats_once_the_other_agrees(database: object) -> None:
    practice = await strict("none")
    mother, father = await at_desk(practice), number()
    son = await mother.register(new_id(), "Arjun Rao", None, False, NOW)
    about = f"{identity.SHARE}{son.id}"
    assert (await mother.identity(about, NOW)).state == "none", "always, whatever the policy"
    with pytest.raises(CodeNeeded):
        await mother.share(son.id, NOW)
    with pytest.raises(BadPhone):
        await mother.send_code("m0", about, "en", NOW, f"+{mother.sender.wa_id}")
    sent = await mother.send_code("m1", about, "en", NOW, f"+{father}")
    assert sent.number == f"***{father[-4:]}"
    assert (await mother.try_code("m2", about, "000000", NOW)).state in ("live", "right")
    assert await names(FrontDesk(practice.id, Sender(father, father))) == []
    assert (await mother.try_code("m3", about, await code_for(mother), NOW)).state == "right"
    for _ in range(2):
        assert await (await anew(mother)).share(son.id, NOW) == f"***{father[-4:]}"
    assert await names(FrontDesk(practice.id, Sender(father, father))) == ["Arjun Rao"]
    assert await names(FrontDesk(practice.id, Sender("IN.4711", father))) == ["Arjun Rao"], "also with a user id"
    assert len((await Patient.of(practice.id).get(son.id)).contacts) == 2
    late = NOW + identity.GOOD_FOR + timedelta(seconds=1)
    with pytest.raises(CodeNeeded):
        await mother.share(son.id, late)


async def test_the_other_chat_goes_on_when_one_takes_the_patient_off(database: object) -> None:
    practice = await strict("none")
    mother, father = await at_desk(practice), await at_desk(practice)
    son = await mother.register(new_id(), "Arjun Rao", None, False, NOW)
    chat = (await father._met()).chat
    await household.link(practice.id, son.id, chat.id, False, NOW)
    await mother.remove(son.id, NOW)
    assert "Arjun Rao" not in await names(mother)
    assert "Arjun Rao" in await names(father)
    assert await Callback.of(practice.id).count() == 0, "nothing is booked"


async def test_links_made_at_once_are_all_kept(practice: Practice) -> None:
    _, ann = await practice.guest()
    chats = [new_id() for _ in range(4)]
    await asyncio.gather(*(household.link(practice.id, ann.id, each, False, NOW) for each in chats))
    kept = {each.chat_id for each in (await Patient.of(practice.id).get(ann.id)).contacts}
    assert set(chats) <= kept


async def test_a_patient_has_no_end_of_chats(practice: Practice) -> None:
    _, ann = await practice.guest()
    for _ in range(household.MOST_CHATS - 1):
        await household.link(practice.id, ann.id, new_id(), False, NOW)
    with pytest.raises(household.TooManyChats):
        await household.link(practice.id, ann.id, new_id(), False, NOW)


async def test_who_may_be_the_same_is_flagged_and_not_merged(practice: Practice) -> None:
    phone = number()
    desk = FrontDesk(practice.id, Sender(phone, phone))
    one = await desk.register(new_id(), "Meera Joshi", None, True, NOW)
    child = await desk.register(new_id(), "Arjun Patil", None, False, NOW)
    assert await PossibleDuplicate.of(practice.id).find() == [], "a family shares its number"
    other = FrontDesk(practice.id, Sender(new_id(), phone))
    again = await other.register("again", "Mira Joshi", None, True, NOW)
    await other.register("again", "Mira Joshi", None, True, NOW)
    [pair] = await PossibleDuplicate.of(practice.id).find()
    assert (pair.patient_id, pair.other_id, pair.status) == (again.id, one.id, "open")
    assert "similar_name" in pair.reasons
    assert {each.status for each in await Patient.of(practice.id).find()} == {"active"}
    assert child.id not in (pair.patient_id, pair.other_id)
