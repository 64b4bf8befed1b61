"""Whom the desk met is remembered from turn to turn, and never longer than it is true."""

from datetime import UTC, datetime
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from clinic import demo
from clinic.chat import Chat
from clinic.desk import FrontDesk
from clinic.record import new_id
from clinic.views import Sender
from flows.inbound import Inbound, Kind
from flows.session import Session
from opdesk.front import FRESH, Booking

Database = AsyncDatabase[dict[str, Any]]


class Chatting:
    """One patient, and the process that talks to them."""

    def __init__(self, tenant: str) -> None:
        self.tenant, self.sender, self.session, self.seconds = tenant, Sender(new_id()), Session(), 0.0
        self.booking = Booking(lambda: self.seconds)

    async def say(self, words: str, booking: Booking | None = None) -> FrontDesk:
        """One turn, committed; the desk as it was left."""
        desk = FrontDesk(self.tenant, self.sender)
        now = datetime.now(UTC)
        inbound = Inbound(new_id(), now, Kind.TEXT, words)
        self.session, _ = await (booking or self.booking).turn(self.session, inbound, desk, now)
        await desk.chat()
        return desk


async def chatting() -> Chatting:
    """At the step after consent, so that there is a chat in the store."""
    tenant = new_id()
    await demo.seed_many(tenant, 1, tenant[:15], "secret", datetime.now(UTC))
    talk = Chatting(tenant)
    for words in ("hola", "1"):
        await talk.say(words)
    return talk


async def elsewhere(talk: Chatting) -> None:
    """Somebody changes the chat in the store."""
    await Chat.of(talk.tenant).change({"user_id": talk.sender.user_id}, {"$set": {"profile_name": "Changed"}})


def seen(desk: FrontDesk) -> str:
    """What the desk took the chat for."""
    assert desk.known
    return desk.known.chat.profile_name


async def test_the_next_turn_reads_nothing(database: Database) -> None:
    talk = await chatting()
    await elsewhere(talk)
    assert seen(await talk.say("help")) == ""


async def test_what_staff_change_shows_after_a_while(database: Database) -> None:
    talk = await chatting()
    await elsewhere(talk)
    talk.seconds = FRESH
    assert seen(await talk.say("help")) == "Changed"


async def test_after_another_processs_turn_the_store_is_asked(database: Database) -> None:
    talk = await chatting()
    await talk.say("help", Booking())
    await elsewhere(talk)
    assert seen(await talk.say("help")) == "Changed"


async def test_a_turn_that_was_not_committed_is_not_remembered(database: Database) -> None:
    talk = await chatting()
    before = talk.session.copy()
    await talk.say("help")
    talk.session = before
    await elsewhere(talk)
    assert seen(await talk.say("help")) == "Changed"
