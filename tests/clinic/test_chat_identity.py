"""Who is who: numbers, business-scoped ids, and people known by both."""

import asyncio

from clinic.chat import Chat, find, ids, unknown
from clinic.record import new_id, watch
from clinic.views import Sender

NUMBER, BSUID = "919800000001", "IN.13491208655302741918"


async def find_or_make(tenant: str, sender: Sender) -> Chat:
    while (found := await find(tenant, sender)) is None:
        await Chat.of(tenant).insert_new(unknown(tenant, sender))
    return found


async def made(tenant: str, sender: Sender) -> Chat:
    """By another process: this one has not met them."""
    chat = unknown(tenant, sender)
    await Chat.of(tenant).insert(chat)
    return chat


async def test_ids_of_many_known_and_unknown(database: object) -> None:
    tenant = new_id()
    one, old, new = Sender(BSUID), Sender(NUMBER), Sender("IN.7", "919800000007")
    known = {each.user_id: (await made(tenant, each)).id for each in (one, old)}
    now_both = Sender("IN.8", NUMBER)
    assert await ids(tenant, [one, now_both, new]) == {
        BSUID: known[BSUID], "IN.8": known[NUMBER], "IN.7": unknown(tenant, new).id,
    }  # fmt: skip
    assert (await made(tenant, new)).id == unknown(tenant, new).id
    assert await ids(tenant, [one]) == {BSUID: known[BSUID]}
    both = await made(tenant, Sender("IN.9", "919800000009"))
    assert await ids(tenant, [Sender("919800000009"), Sender("IN.10", "919800000009")]) == {
        "919800000009": both.id, "IN.10": unknown(tenant, Sender("IN.10")).id,
    }  # fmt: skip


async def test_whom_this_process_has_met_last_decides(database: object) -> None:
    tenant, by_number, by_both = new_id(), Sender(NUMBER), Sender(BSUID, NUMBER)
    assert await find(tenant, by_number) is None
    asked: list[str] = []
    watch(lambda record, _query: asked.append(record.__name__))
    assert await ids(tenant, [by_number]) == {NUMBER: unknown(tenant, by_number).id}
    assert asked == []
    chat = unknown(tenant, by_number).model_copy(update={"id": new_id()})
    await Chat.of(tenant).insert(chat)
    assert await find_or_make(tenant, by_both) == chat.model_copy(update={"user_id": BSUID})
    assert await find(tenant, by_number) is not None
    assert await ids(tenant, [by_number, by_both]) == {NUMBER: chat.id, BSUID: chat.id}


async def test_nobody_yet(database: object) -> None:
    assert await find(new_id(), Sender(NUMBER)) is None
    assert await find(new_id(), Sender(BSUID)) is None


async def test_made_once_however_many_ask(database: object) -> None:
    tenant = new_id()
    made = await asyncio.gather(*(find_or_make(tenant, Sender(NUMBER)) for _ in range(6)))
    assert len({chat.id for chat in made}) == 1


async def test_the_same_person_at_two_practices_is_two_chats(database: object) -> None:
    one, other = [await find_or_make(new_id(), Sender(NUMBER)) for _ in range(2)]
    assert one.id != other.id


async def test_known_by_number_then_by_both(database: object) -> None:
    tenant = new_id()
    known = await find_or_make(tenant, Sender(NUMBER, NUMBER))
    both = await find_or_make(tenant, Sender(BSUID, NUMBER))
    assert (both.id, both.user_id, both.wa_id) == (known.id, BSUID, NUMBER)
    hidden = await find_or_make(tenant, Sender(BSUID))
    assert (hidden.id, hidden.wa_id) == (known.id, NUMBER)
    by_number = await find_or_make(tenant, Sender(NUMBER))
    assert by_number.id == known.id


async def test_a_hidden_number_that_is_shown_later(database: object) -> None:
    tenant = new_id()
    known = await find_or_make(tenant, Sender(BSUID))
    assert known.wa_id == ""
    shown = await find_or_make(tenant, Sender(BSUID, NUMBER))
    assert (shown.id, shown.wa_id) == (known.id, NUMBER)
    assert (await Chat.of(tenant).get(known.id)).wa_id == NUMBER


async def test_a_number_that_changed_hands_is_not_joined(database: object) -> None:
    tenant = new_id()
    first = await find_or_make(tenant, Sender(BSUID, NUMBER))
    second = await find_or_make(tenant, Sender("IN.999", NUMBER))
    assert first.id != second.id
    assert await find(tenant, Sender(NUMBER)) is None, "two people had it: nobody is guessed"


async def test_both_ids_at_once_are_adopted_by_one(database: object) -> None:
    tenant = new_id()
    known = await find_or_make(tenant, Sender(NUMBER, NUMBER))
    made = await asyncio.gather(*(find_or_make(tenant, Sender(BSUID, NUMBER)) for _ in range(5)))
    assert {chat.id for chat in made} == {known.id}


async def test_the_channel_last_written_to(database: object) -> None:
    tenant = new_id()
    known = await find_or_make(tenant, Sender(NUMBER, channel_id="a", profile_name="Ann"))
    assert (known.channel_id, known.profile_name) == ("a", "Ann")
    assert (await find_or_make(tenant, Sender(NUMBER, channel_id="b"))).channel_id == "b"
    assert (await Chat.of(tenant).get(known.id)).channel_id == "b"
