"""What the provider says of a number reaches the patient's record by a webhook; and what a code is is kept nowhere."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest_asyncio
from office import SECRET, open_office
from redis.asyncio import Redis
from telephone import Telephone, open_telephone

from clinic import one_time_code
from clinic.callback import Callback
from clinic.chat import Chat
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.message import Message
from clinic.one_time_code import OneTimeCode
from clinic.patient import Patient
from clinic.record import new_id
from clinic.template import Template, starter
from clinic.tenant import Tenant
from clinic.views import Sender
from tests.bot.world import button, message

OLD, NEW = "919820012345", "919820099999"


@pytest_asyncio.fixture
async def line(database: object, redis: "Redis", redis_url: str) -> AsyncIterator[Telephone]:
    """A practice and its patients' WhatsApp number."""
    async with open_office(redis) as office, open_telephone(office, redis_url) as opened:
        yield opened


async def known(line: Telephone, sender: Sender, name: str = "Meera Joshi") -> FrontDesk:
    desk = FrontDesk(line.office.tenant_id, sender, secret_key=SECRET)
    await desk.register(new_id(), name, None, True, datetime.now(UTC))
    return desk


def system(kind: str, sender: Sender, **more: str) -> dict[str, Any]:
    """As Meta tells it."""
    facts = {"type": "system", "system": {"type": kind, "body": "changed", **more}}
    told = message("", **facts) | {"from": sender.wa_id, "from_user_id": sender.user_id}
    del told["text"]
    return told


async def test_a_number_that_changed_is_followed(line: Telephone) -> None:
    desk = await known(line, Sender("IN.7", OLD))
    told = system("user_changed_number", Sender("IN.7", OLD), wa_id=NEW)
    for _ in range(2):
        await line.post(messages=[told])
    await line.quiet()
    chat = await Chat.of(line.office.tenant_id).get((await desk._met()).chat.id)
    [patient] = await Patient.of(line.office.tenant_id).find()
    assert (chat.user_id, chat.wa_id, patient.phones) == ("IN.7", NEW, [f"+{NEW}"])
    assert line.provider.sent == [], "it is not answered"


async def test_a_user_id_that_changed_is_followed(line: Telephone) -> None:
    desk = await known(line, Sender("IN.7", OLD))
    await line.post(messages=[system("user_changed_user_id", Sender("IN.7", OLD), user_id="IN.8")])
    await line.quiet()
    chat = await Chat.of(line.office.tenant_id).get((await desk._met()).chat.id)
    assert (chat.user_id, chat.wa_id) == ("IN.8", OLD)
    await line.write("hi", user="8", **{"from": OLD})
    [reply] = await line.sent(1)
    assert "Meera" in reply.reply.text, "still known"


async def test_a_number_that_is_somebody_elses_becomes_a_card(line: Telephone) -> None:
    await known(line, Sender("IN.7", OLD))
    await known(line, Sender("IN.9", NEW), "Bob Sen")
    await line.post(messages=[system("user_changed_number", Sender("IN.7", OLD), wa_id=NEW)])
    await line.quiet()
    assert [card.reason for card in await Callback.of(line.office.tenant_id).find()] == ["number_conflict"]
    numbers = {chat.user_id: chat.wa_id for chat in await Chat.of(line.office.tenant_id).find()}
    assert numbers == {"IN.7": OLD, "IN.9": NEW}


async def test_who_shows_no_number_is_asked_for_it_and_types_the_code(line: Telephone) -> None:
    practice = line.office.practice
    await Tenant.itself().change({"_id": practice.id}, {"$set": {"one_time_codes": "risky_steps"}})
    DIRECTORIES.forget(practice.id)
    await Template.of(practice.id).insert_new(starter(practice.id, "one_time_code", "en"))
    desk = await known(line, Sender("IN.7"))
    now = datetime.now(UTC)
    patient = (await desk.chat()).patients[0]
    visit = await desk.book("b", patient.id, practice.wish(), (await desk.slots(practice.wish(), now))[-1], "en", now)

    async def say(count: int, **fields: Any) -> str:
        told = (button if "tap" in fields else message)(fields.pop("tap", fields.pop("text", "")), user="7")
        told |= fields
        del told["from"]
        await line.post(messages=[told])
        sent = await line.sent(count)
        return next((each.id for each in sent[-1].reply.options), "")

    await say(1, text="cancel my appointment")
    why = await say(2, tap=line.provider.sent[-1].reply.options[0].id)
    await say(3, tap=why)
    assert line.provider.sent[-1].reply.ask_contact
    card = {
        "type": "contacts",
        "contacts": [{"origin": "contact_request", "phones": [{"phone": f"+{OLD}", "wa_id": OLD}]}],
    }
    await say(4, **card)
    assert "***2345" in line.provider.sent[-1].reply.text
    [code] = await OneTimeCode.of(practice.id).find()
    digits = one_time_code.digits_of(SECRET, code.id)
    await say(5, text=f"{digits[:3]} {digits[3:]}")
    assert (await desk.appointment(visit.id)).status == "cancelled"
    assert (await Chat.of(practice.id).get(code.chat_id)).wa_id == OLD
    told = await line.until(lambda: _written(line, code.chat_id))
    assert all(digits not in each.text.replace(" ", "") for each in told), "nor in the transcript"


async def _written(line: Telephone, chat_id: str) -> list[Message]:
    found = await Message.of(line.office.tenant_id).find({"chat_id": chat_id})
    return found if any("•" in each.text for each in found) else []
