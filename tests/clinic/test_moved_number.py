"""A number or user id that changes, and the provider says so: the chat follows, and nobody is ever merged by it."""

from coded import number
from practice import NOW, Practice

from clinic import moved_number
from clinic.audit import AuditEntry
from clinic.callback import Callback
from clinic.chat import Chat, find
from clinic.desk import FrontDesk
from clinic.patient import Patient
from clinic.record import new_id
from clinic.registry import register
from clinic.views import Sender


async def known(practice: Practice, sender: Sender, name: str = "Ann Rao") -> Chat:
    """A chat with somebody behind it."""
    desk = FrontDesk(practice.id, sender)
    await desk.register(new_id(), name, None, True, NOW)
    return (await desk._met()).chat


async def phones(practice: Practice, chat: Chat) -> list[list[str]]:
    return [each.phones for each in await Patient.of(practice.id).find({"contacts.chat_id": chat.id})]


async def follow(practice: Practice, before: Sender, after: Sender) -> bool:
    """Twice: the webhook may come again."""
    moved = [await moved_number.follow(practice.id, before, after, "m1", NOW) for _ in range(2)]
    return moved[0]


async def test_a_new_number_of_one_who_is_known_by_it(practice: Practice) -> None:
    old, new = number(), number()
    chat = await known(practice, Sender(old, old))
    assert await follow(practice, Sender(old, old), Sender("", new))
    after = await Chat.of(practice.id).get(chat.id)
    assert (after.user_id, after.wa_id) == (new, new)
    assert await phones(practice, chat) == [[f"+{new}"]]
    assert (await find(practice.id, Sender(new, new)) or chat).id == chat.id
    assert await find(practice.id, Sender(old, old)) is None, "whoever gets the old number is somebody else"
    assert await Callback.of(practice.id).count() == 0
    [entry] = await AuditEntry.of(practice.id).find({"action": "follow_number"})
    assert (entry.actor, entry.entity_id, new in entry.difference) == ("provider", chat.id, False)


async def test_a_new_number_keeps_the_user_id(practice: Practice) -> None:
    old, new = number(), number()
    chat = await known(practice, Sender("IN.1", old))
    assert await follow(practice, Sender("IN.1", old), Sender("", new))
    after = await Chat.of(practice.id).get(chat.id)
    assert (after.user_id, after.wa_id) == ("IN.1", new)


async def test_a_new_user_id(practice: Practice) -> None:
    old = number()
    chat = await known(practice, Sender("IN.2", old))
    assert await follow(practice, Sender("IN.2", old), Sender("IN.3", ""))
    after = await Chat.of(practice.id).get(chat.id)
    assert (after.user_id, after.wa_id) == ("IN.3", old)
    assert await phones(practice, chat) == [[f"+{old}"]]


async def test_both_at_once(practice: Practice) -> None:
    old, new = number(), number()
    chat = await known(practice, Sender("IN.4", old))
    assert await follow(practice, Sender("IN.5", old), Sender("IN.5", new)), "also where the webhook names the new id"
    after = await Chat.of(practice.id).get(chat.id)
    assert (after.user_id, after.wa_id) == ("IN.5", new)


async def test_what_was_shown_by_a_code_is_shown_no_more(practice: Practice) -> None:
    old, new = number(), number()
    chat = await known(practice, Sender(old, old))
    told = {"proven_at": NOW, "proven_number": f"+{old}"}
    await Chat.of(practice.id).change({"_id": chat.id}, {"$set": told})
    await follow(practice, Sender(old, old), Sender("", new))
    after = await Chat.of(practice.id).get(chat.id)
    assert (after.proven_at, after.proven_number) == (None, "")


async def test_a_number_that_is_another_chats_goes_to_staff(practice: Practice) -> None:
    old, new = number(), number()
    chat, other = await known(practice, Sender(old, old)), await known(practice, Sender(new, new), "Bob Sen")
    assert not await follow(practice, Sender(old, old), Sender("", new))
    assert (await Chat.of(practice.id).get(chat.id)).user_id == old
    assert (await phones(practice, chat), await phones(practice, other)) == ([[f"+{old}"]], [[f"+{new}"]])
    [card] = await Callback.of(practice.id).find()
    assert (card.reason, card.chat_id) == ("number_conflict", chat.id)
    people = await Patient.of(practice.id).find()
    assert sorted((each.name, each.status, len(each.contacts)) for each in people) == [
        ("Ann Rao", "active", 1), ("Bob Sen", "active", 1),
    ]  # fmt: skip


async def test_a_number_that_another_patient_has_goes_to_staff_too(practice: Practice) -> None:
    old, new = number(), number()
    chat = await known(practice, Sender(old, old))
    at_desk = Patient(
        tenant_id=practice.id, name="Bob Sen", phones=[f"+{new}"], request_id=new_id(), created_at=NOW
    )  # fmt: skip
    await register(at_desk)
    assert await follow(practice, Sender(old, old), Sender("", new))
    assert (await Chat.of(practice.id).get(chat.id)).wa_id == new, "the person is reached where they are"
    assert [card.reason for card in await Callback.of(practice.id).find()] == ["number_conflict"]
    bob = await Patient.of(practice.id).get(at_desk.id)
    assert (bob.status, bob.contacts) == ("active", [])


async def test_of_a_stranger_nothing_follows(practice: Practice) -> None:
    assert not await follow(practice, Sender(number()), Sender("", number()))
    assert await Chat.of(practice.id).count() == 0
