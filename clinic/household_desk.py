"""What the front desk does about who somebody is: one-time codes, the people behind a chat, a number that changed."""

from abc import abstractmethod
from dataclasses import replace
from datetime import datetime

from clinic import household, identity, moved_number, notification, one_time_code, registry
from clinic.acquaintance import Acquaintance
from clinic.channel import account_of
from clinic.chat import Chat, number_of
from clinic.directory import Directory
from clinic.errors import NotFound
from clinic.notification import Notification
from clinic.one_time_code import PURPOSE, CodeNeeded, NoWayToSend, OneTimeCode, TooManyCodes
from clinic.registry import BadPhone
from clinic.sms_sender import sender_of
from clinic.throttle import Throttle, TooManyTries
from clinic.views import CodeView, PatientView, Sender

ALLOWED = frozenset({"fine", "no_number"})  # nobody is kept from anything because no number is known


class HouseholdDesk:
    """A part of ``clinic.desk.FrontDesk``. ``secret_key`` makes the codes, ``throttle`` slows down who asks for too
    many."""

    tenant_id: str
    sender: Sender
    known: Acquaintance | None
    secret_key: str = ""
    throttle: Throttle | None = None
    asks_codes = True  # staff at the desk have seen who it is

    @abstractmethod
    async def _met(self) -> Acquaintance: ...

    @abstractmethod
    async def _kept(self) -> Acquaintance: ...

    @abstractmethod
    async def _directory(self) -> Directory: ...

    @abstractmethod
    def _hand_over(self, due: list[str], urgent: bool = False) -> None: ...

    async def identity(self, about: str, now: datetime) -> CodeView:
        tenant = (await self._directory()).tenant
        sharing = about.startswith(identity.SHARE)
        if not sharing and (tenant.one_time_codes == "none" or not self.asks_codes):
            return CodeView()
        return await identity.look(tenant.one_time_codes, about, (await self._met()).chat, now)

    async def _checked(self, step: str, now: datetime) -> None:
        """Raises ``CodeNeeded``."""
        if (await self.identity(step, now)).state not in ALLOWED:
            raise CodeNeeded

    async def send_code(
        self, request_id: str, about: str, language: str, now: datetime, number: str = ""
    ) -> CodeView:  # fmt: skip
        chat = (await self._kept()).chat
        to = await self._recipient(about, number, now)
        code = await one_time_code.asked_before(self.tenant_id, request_id)
        if code is None:
            channel = await self._channel(language)
            await self._slowed(chat, to, now)
            code = await one_time_code.ask(
                self.tenant_id, chat.id, to, identity.purpose_of(about), language, request_id, self.secret_key, now
            )
        else:
            channel = await self._channel(language)
        self._hand_over([await notification.promise(_promise(code, channel))], urgent=True)
        return identity.view(code, now)

    async def _recipient(self, about: str, typed: str, now: datetime) -> str:
        """Who shares a patient names the other's number once. Raises ``BadPhone``."""
        chat = (await self._kept()).chat
        own = identity.number_of(chat)
        if not about.startswith(identity.SHARE):
            return own or await self._number(typed)
        if typed and (number := await self._number(typed)) != own:
            return number
        earlier = await one_time_code.latest(self.tenant_id, chat.id, about, now)
        if typed or earlier is None:
            raise BadPhone
        return earlier.number

    async def _number(self, typed: str) -> str:
        [number] = registry.numbers([typed], registry.region(await self._directory()))
        return number

    async def _channel(self, language: str) -> str:
        """By which way a code leaves. Raises ``NoWayToSend``."""
        tenant, chat = (await self._directory()).tenant, (await self._met()).chat
        texts = "sms" in tenant.notify_by and await sender_of(self.tenant_id) is not None
        ways = [way for way in tenant.notify_by if way == "whatsapp" or texts]
        account = await account_of(self.tenant_id, chat.channel_id)
        for way in ways:
            languages = [language, chat.language, *tenant.languages]
            if way == "sms" or await identity.template_of(self.tenant_id, languages, account):
                return way
        raise NoWayToSend

    async def _slowed(self, chat: Chat, number: str, now: datetime) -> None:
        """Raises ``TooManyCodes``."""
        if self.throttle is None:
            return
        try:
            await self.throttle.attempt(
                now, code_chat=f"{self.tenant_id} {chat.id}", code_number=f"{self.tenant_id} {number}"
            )
        except TooManyTries:
            raise TooManyCodes from None

    async def try_code(self, request_id: str, about: str, digits: str, now: datetime) -> CodeView:
        known = await self._kept()
        code = await one_time_code.latest(self.tenant_id, known.chat.id, identity.purpose_of(about), now)
        if code is None:
            return CodeView("none", left=0)
        code = await one_time_code.guess(code, digits, request_id, self.secret_key, now)
        if code.right_at and code.purpose == identity.IDENTITY:
            await self._proven(known, now)
        return identity.view(code, now)

    async def _proven(self, known: Acquaintance, now: datetime) -> None:
        number = identity.number_of(known.chat)
        await identity.proven(known.chat, now)
        self.known = known.now(proven_at=now, proven_number=number)
        if self.throttle:
            await self.throttle.forget(code_chat=f"{self.tenant_id} {known.chat.id}")

    async def share_number(self, request_id: str, number: str, now: datetime) -> bool:
        known = await self._kept()
        digits = number_of(Sender("", "".join(filter(str.isdecimal, number))))
        if not digits or number_of(Sender(known.chat.user_id, known.chat.wa_id)):
            return bool(digits)
        after = Sender("", digits)
        before = Sender(known.chat.user_id)
        followed = await moved_number.follow(self.tenant_id, before, after, request_id, now)
        self.known = None
        return followed

    async def rename(self, patient_id: str, name: str, now: datetime) -> PatientView:
        known, person = await self._one(patient_id)
        await household.rename(self.tenant_id, patient_id, name, now)
        renamed = replace(person, name=name)
        people = tuple(renamed if each.id == patient_id else each for each in known.household)
        self.known = replace(known, household=people)
        return renamed

    async def remove(self, patient_id: str, now: datetime) -> None:
        known = await self._met()
        await household.unlink(self.tenant_id, patient_id, known.chat.id, now)
        left = tuple(each for each in known.household if each.id != patient_id)
        last = known.last_visit
        self.known = replace(known, household=left, last_visit=None if last and last.patient_id == patient_id else last)

    async def visits_of(self, patient_id: str, now: datetime) -> int:
        await self._one(patient_id)
        return len(await household.visits_ahead(self.tenant_id, patient_id, now))

    async def share(self, patient_id: str, now: datetime) -> str:
        known, _ = await self._one(patient_id)
        about = f"{identity.SHARE}{patient_id}"
        code = await one_time_code.latest(self.tenant_id, known.chat.id, about, now)
        if code is None or not identity.agreed(code, now):
            raise CodeNeeded
        other = await household.chat_at(self.tenant_id, code.number)
        if other.id != known.chat.id:
            await household.link(self.tenant_id, patient_id, other.id, False, now)
        return identity.view(code, now).number

    async def moved(self, request_id: str, user_id: str, wa_id: str, now: datetime) -> None:
        await moved_number.follow(self.tenant_id, self.sender, Sender(user_id, wa_id), request_id, now)
        self.known = None

    async def _one(self, patient_id: str) -> tuple[Acquaintance, PatientView]:
        """One of the household. Raises ``NotFound``."""
        known = await self._met()
        for member in known.household:
            if member.id == patient_id:
                return known, member
        raise NotFound


def _promise(code: OneTimeCode, channel: str) -> Notification:
    """Of a code; nothing to deliver by a deadline, nothing about a visit."""
    kind = PURPOSE if channel == "whatsapp" else f"{PURPOSE}@{channel}"
    return Notification(
        tenant_id=code.tenant_id, appointment_id=code.id, kind=kind, start_version=0, channel=channel,
        chat_id=code.chat_id, language=code.language, due_at=code.created_at, wake_at=code.created_at,
    )  # fmt: skip
