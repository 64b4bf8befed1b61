"""The bot with everything it is given: our numbers, the front desk, the conversation, the way to the provider."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.app import create_app
from bot.bot import AtTwilio, assemble
from bot.channels.by_provider import ByProvider
from bot.channels.cloud import Cloud
from bot.channels.directory import Find, Number
from bot.channels.http import Http
from bot.channels.late_twilio import LateLog, LateTwilio
from bot.lanes import Lanes
from bot.receive import Webhook
from bot.twilio.poll import Poll
from bot.twilio.receive import TwilioWebhook
from clinic.acquaintance import Acquaintance
from clinic.channel import Channel
from clinic.clock import elapsing
from clinic.desk import FrontDesk
from clinic.hold import Holds
from clinic.seal import SealBroken
from clinic.sms_sender import SmsSender
from clinic.throttle import Throttle
from clinic.views import AppointmentView, Sender
from clinic.visit import by_link_key
from flows.conversations import CONVERSATIONS
from flows.desk import Desk
from flows.inbound import Inbound
from flows.reply import Reply
from flows.session import Session
from flows.turn import give_up, turn
from opdesk.forms import form_at, form_door, tokens
from opdesk.runtime import Runtime
from workers.enqueue import Fetches, Promises
from workers.sms import number_of

MET = 20_000  # people that a process remembers
ACCOUNT = "AC"  # so begin the names of Twilio's accounts
FRESH = 60.0  # seconds after which they are looked up again: what staff change shows after this


Person = tuple[str, str]  # tenant and user id
Mark = tuple[float, int]  # what tells one state of a session from all others
Memory = tuple[Mark | None, float, Acquaintance | None]  # as of this state, since when


@dataclass
class Booking:
    """The conversations that patients have with the bot.

    Whom a desk met stays in this process until the next turn, which then reads nothing. It is used only if the session
    is the very one that this process left: another process's turn, or one that was never committed, shows there.
    """

    clock: Callable[[], float] = elapsing
    _met: OrderedDict[Person, Memory] = field(default_factory=OrderedDict)

    async def turn(
        self, session: Session, inbound: Inbound, desk: FrontDesk, now: datetime
    ) -> tuple[Session, list[Reply]]:
        """See ``flows.turn``."""
        person = (desk.tenant_id, desk.sender.user_id)
        mark, since, known = self._met.pop(person, (None, 0.0, None))
        if mark == _mark(session) and 0 <= self.clock() - since < FRESH:
            desk.known = known
        else:
            since = self.clock()
        after, replies = await turn(CONVERSATIONS, session, inbound, desk, now)
        if desk.known:
            self._met[person] = (_mark(after), since, desk.known)
            if len(self._met) > MET:
                self._met.popitem(last=False)
        return after, replies

    async def give_up(
        self, session: Session, inbound: Inbound, desk: Desk, now: datetime
    ) -> tuple[Session, list[Reply]]:
        """See ``flows.turn``."""
        return await give_up(session, inbound, desk, now)


def _mark(session: Session) -> Mark:
    return session.at, session.asked


def numbers(secret_key: str) -> Find:
    """Looks our numbers up, their tokens opened, those of text messages, too; by an account of Twilio's any one of its
    numbers."""

    async def find(phone_number_id: str) -> Number | None:
        channel = await Channel.by_phone_number_id(phone_number_id)
        if channel is None and phone_number_id.startswith(ACCOUNT):
            channel = await Channel.by_waba_id(phone_number_id)
        if channel is None:
            texts = await SmsSender.of_webhook(phone_number_id)
            return number_of(texts, secret_key) if texts else None
        token, named = channel.token(secret_key), channel.phone_number_id
        return Number(
            channel.tenant_id, channel.id, named, token, channel.messages_per_second, channel.provider,
            channel.waba_id, channel.shared(secret_key), await form_at(channel),
        )  # fmt: skip

    return find


def twilio_numbers(secret_key: str) -> Callable[[], Awaitable[list[Number]]]:
    """All of ours at Twilio."""
    find = numbers(secret_key)

    async def every() -> list[Number]:
        ours = [each.phone_number_id for each in await Channel.every() if each.provider == "twilio"]
        return [number for each in ours if (number := await opened(each))]

    async def opened(name: str) -> Number | None:
        try:
            return await find(name)
        except SealBroken:  # one whose token must be entered anew holds up none of the others
            return None

    return every


def desks(
    runtime: Runtime, on_promise: Callable[[str], None], on_urgent: Callable[[str], None] | None = None
) -> Callable[[str, Sender], FrontDesk]:
    """Opens the front desk for one person of one tenant."""
    settings, holds, throttle = runtime.settings, Holds(runtime.redis), Throttle(runtime.redis)
    address, secret_key = settings.address, settings.secret_key.get_secret_value()

    def desk(tenant_id: str, sender: Sender) -> FrontDesk:
        return FrontDesk(
            tenant_id, sender, holds=holds, on_promise=on_promise, public_url=address, on_urgent=on_urgent,
            secret_key=secret_key, throttle=throttle,
        )  # fmt: skip

    return desk


@asynccontextmanager
async def bot_app(runtime: Runtime) -> AsyncIterator[Webhook]:
    """The bot's ASGI application; what it promised is handed over before it ends."""
    settings = runtime.settings
    promises = Promises(runtime.queue)
    find = numbers(settings.secret_key.get_secret_value())

    async def visit(link_key: str) -> AppointmentView | None:
        return await by_link_key(link_key, settings.address)

    http = Http(settings.graph_url.rstrip("/"))
    twilio = LateTwilio(settings.twilio_url, settings.address)

    def poll(lanes: Lanes, webhook: TwilioWebhook) -> Poll:
        every = twilio_numbers(settings.secret_key.get_secret_value())
        return Poll(
            lanes, every, LateLog(twilio), webhook.take, lambda: webhook.spool.waiting, settings.twilio_poll_seconds
        )

    desk = desks(runtime, promises, promises.at_once)
    cloud = Cloud(http, tokens(settings.secret_key.get_secret_value()))
    bot = assemble(
        runtime.redis,
        find,
        desk,
        Booking(),
        ByProvider({"cloud": cloud, "twilio": twilio}),
        on_file=Fetches(runtime.queue),
    )
    try:
        yield create_app(
            bot,
            secret=settings.whatsapp_app_secret.get_secret_value(),
            verify_token=settings.whatsapp_verify_token.get_secret_value(),
            visit=visit,
            missing=runtime.missing,
            at_twilio=AtTwilio(settings.address, settings.data_dir / "spool", settings.fallback, poll),
            forms=form_door(settings, bot.lanes, desk),
        )
    finally:
        await promises.close()
        await http.close()
        await twilio.close()
