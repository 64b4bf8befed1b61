"""A receptionist goes on with the patient's own half-done booking, through the same table and the same checks."""

from dataclasses import dataclass
from datetime import datetime

from api.house import House
from api.staff import Staff
from clinic import callback
from clinic.booking import Asker
from clinic.callback import Callback, Resuming
from clinic.chat import Chat
from clinic.desk import FrontDesk
from clinic.errors import ClinicError
from clinic.hold import Holds
from clinic.views import AppointmentView, Sender, Slot, Wish
from flows.conversations import CONVERSATIONS
from flows.inbound import Inbound, Kind
from flows.reply import Reply
from flows.resumption import begin, going_on
from flows.session import Session
from flows.turn import turn


class NotResumed(ClinicError):
    """Nobody has gone on with this booking yet: resume it first."""

    code = "not_resumed"


class StaffDesk(FrontDesk):
    """The patient's own desk, with a receptionist at it. The patient's language stays what it is, and no card is
    opened: somebody is calling already."""

    by = ""
    language = ""
    asks_codes = False
    booked: AppointmentView | None = None

    def _asker(self, request_id: str) -> Asker:
        return Asker(request_id, self.by, "api", staff=True)

    async def set_language(self, language: str) -> None:
        """The receptionist reads the questions in a language of their own."""

    async def call_back(
        self, request_id: str, reason: str, step: str, choices: dict[str, str], language: str, now: datetime
    ) -> None:
        """They are at it."""

    async def book(
        self, request_id: str, patient_id: str, wish: Wish, slot: Slot, language: str, now: datetime
    ) -> AppointmentView:
        self.booked = await super().book(request_id, patient_id, wish, slot, self.language or language, now)
        return self.booked


@dataclass(frozen=True, slots=True)
class Turned:
    """What came of a turn: the question to ask the patient next, or the visit that was booked."""

    card: Callback
    reply: Reply
    booked: AppointmentView | None
    step: str


async def resume(staff: Staff, house: House, card: Callback, language: str, now: datetime) -> Turned:
    """Begin where the patient stopped. Raises ``NotClaimed``, ``CallbackDone``, ``AnsweredAlready``."""
    card = callback.claimed(card, staff.user_id, now)
    desk = await _desk(staff, house, card)
    spoken = language or (await desk.tenant()).languages[0]
    session = await begin(card.choices, spoken, desk, now)
    number = card.resuming.turn + 1 if card.resuming else 1
    return await _turn(staff, desk, card, session, going_on(_id(card, number), session, now), now)


async def answer(staff: Staff, house: House, card: Callback, choice: str, text: str, now: datetime) -> Turned:
    """The patient's answer to the present question. Raises ``NotResumed`` and what ``resume`` raises."""
    card = callback.claimed(card, staff.user_id, now)
    if card.resuming is None:
        raise NotResumed
    desk = await _desk(staff, house, card)
    kind = Kind.CHOICE if choice else Kind.TEXT
    said = Inbound(_id(card, card.resuming.turn + 1), now, kind, text, choice)
    return await _turn(staff, desk, card, Session.from_json(card.resuming.session.encode()), said, now)


def _id(card: Callback, number: int) -> str:
    return f"callback.{card.id}.{number}"


async def _desk(staff: Staff, house: House, card: Callback) -> StaffDesk:
    chat = await Chat.of(card.tenant_id).get(card.chat_id)
    sender = Sender(chat.user_id, chat.wa_id, chat.profile_name, chat.channel_id)
    desk = StaffDesk(card.tenant_id, sender, holds=Holds(house.redis), public_url=house.public_url)
    desk.by, desk.language = staff.actor, card.language or chat.language
    return desk


async def _turn(
    staff: Staff, desk: StaffDesk, card: Callback, session: Session, inbound: Inbound, now: datetime
) -> Turned:
    after, replies = await turn(CONVERSATIONS, session, inbound, desk, now)
    reply = replies[0] if replies else Reply("")
    number = int(inbound.id.rpartition(".")[2])
    kept = Resuming(
        session=after.to_json().decode(), turn=number, text=reply.text, language=after.language,
        options=[(option.id, option.title) for option in reply.options], done=desk.booked is not None,
    )  # fmt: skip
    if desk.booked:
        card = await callback.recovered(card.tenant_id, card.id, staff.user_id, desk.booked.id, kept, now)
    else:
        card = await callback.resumed(card.tenant_id, card.id, staff.user_id, kept, now)
    return Turned(card, reply, desk.booked, after.step)
