"""Our own numbers, remembered: every webhook names one, and the store must not be asked each time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

import structlog

FRESH = 60.0  # seconds until a number is looked up again, in the background
UNKNOWN = 5.0  # seconds for which a number stays unknown

log = structlog.get_logger()


Provider = Literal["cloud", "twilio"]


@dataclass(frozen=True, slots=True)
class Number:
    """One of our WhatsApp numbers, and how to speak through it. ``phone_number_id`` is what its webhooks call it:
    Meta's id of it, at Twilio its address, ``whatsapp:+15550000001``."""

    tenant_id: str
    channel_id: str
    phone_number_id: str
    token: str = field(repr=False)
    messages_per_second: float = 80.0
    provider: Provider = "cloud"
    account: str = ""  # Meta's WhatsApp business account, Twilio's account
    shared_key: str = field(default="", repr=False)  # that signs webhooks in place of the token
    form: str = ""  # Meta's id of the booking form, while it may be sent


Find = Callable[[str], Awaitable[Number | None]]


@dataclass(slots=True)
class _Known:
    number: Number | None
    until: float


@dataclass(slots=True)
class Directory:
    """``find`` asks the store and raises where it is away; what is known already is then used on."""

    find: Find
    clock: Callable[[], float] = monotonic
    _known: dict[str, _Known] = field(default_factory=dict)
    _asking: dict[str, asyncio.Task[Number | None]] = field(default_factory=dict)

    def known(self, phone_number_id: str) -> Number | None:
        """The number, if it is remembered: the quick way, without waiting. A stale one is renewed on the side."""
        found = self._known.get(phone_number_id)
        if found is None or found.number is None:
            return None
        if found.until < self.clock():
            self._ask(phone_number_id)
        return found.number

    async def get(self, phone_number_id: str) -> Number | None:
        """The number; None: it is none of ours. Raises whatever ``find`` raises where nothing is remembered."""
        if number := self.known(phone_number_id):
            return number
        found = self._known.get(phone_number_id)
        if found is not None and found.until >= self.clock():
            return None
        return await asyncio.shield(self._ask(phone_number_id))

    def _ask(self, phone_number_id: str) -> asyncio.Task[Number | None]:
        """One question at a time for each number, however many webhooks wait for its answer."""
        if phone_number_id not in self._asking:
            task = asyncio.get_running_loop().create_task(self._look_up(phone_number_id))
            self._asking[phone_number_id] = task
            task.add_done_callback(lambda task: self._asked(phone_number_id, task))
        return self._asking[phone_number_id]

    def _asked(self, phone_number_id: str, task: asyncio.Task[Number | None]) -> None:
        del self._asking[phone_number_id]
        if not task.cancelled() and (error := task.exception()):
            log.warning("number not looked up", error=type(error).__name__)
            if found := self._known.get(phone_number_id):
                found.until = self.clock() + UNKNOWN

    async def _look_up(self, phone_number_id: str) -> Number | None:
        number = await self.find(phone_number_id)
        self._forget_strangers()
        self._known[phone_number_id] = _Known(number, self.clock() + (FRESH if number else UNKNOWN))
        return number

    def _forget_strangers(self) -> None:
        """Who holds the app secret's signature may still name numbers without end."""
        if len(self._known) > 10_000:
            self._known = {key: known for key, known in self._known.items() if known.number}
