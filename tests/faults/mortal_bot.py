"""A bot that kills itself, as with kill -9, just before or after one of its hops: ``mortal_bot before:commit:7`` dies
before its seventh commit, ``before:commit:7:STOP`` only falls asleep there. It is put together from the real parts;
only its end is added."""

import os
import signal
import sys
from asyncio import Future
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import uvloop

from bot.app import create_app
from bot.bot import AtTwilio, BotSettings, assemble
from bot.channels.by_provider import ByProvider
from bot.channels.channel import Channel
from bot.channels.cloud import Cloud
from bot.channels.directory import Number
from bot.channels.http import Http
from bot.channels.twilio import Twilio
from bot.channels.twilio_log import TwilioLog
from bot.envelope import Outgoing
from bot.lanes import Lanes, Times
from bot.loop import Patience
from bot.pipeline import Argument, Coalesced, Script
from bot.twilio.poll import Poll
from bot.twilio.receive import TwilioWebhook
from clinic.desk import FrontDesk
from flows.inbound import Inbound
from flows.reply import Reply
from flows.session import Session
from opdesk import logs
from opdesk.front import Booking, desks, numbers, twilio_numbers
from opdesk.runtime import runtime
from opdesk.serving import listen, serve
from opdesk.settings import Settings


@dataclass
class Fate:
    """When to die."""

    when: str = ""
    hop: str = ""
    nth: int = 0
    end: signal.Signals = signal.SIGKILL
    seen: Counter[str] = field(default_factory=Counter)

    def at(self, when: str, hop: str) -> None:
        """We are there."""
        self.seen[when, hop] += 1
        if (when, hop) == (self.when, self.hop) and self.seen[when, hop] == self.nth:
            os.kill(os.getpid(), self.end)


class MortalRedis(Coalesced):
    """Dies around a script: accept, take, commit, done."""

    __slots__ = ("fate",)
    fate: Fate

    def run(self, script: Script, tag: str, *args: Argument) -> "Future[Any]":
        name = script.name if (script.name, args[0]) != ("take", "out") else "take to send"
        self.fate.at("before", name)
        return self._watched(name, super().run(script, tag, *args))

    def join(
        self, script: Script, tag: str, first: list[Argument], items: list[Argument], width: int
    ) -> "Future[list[int]]":
        self.fate.at("before", script.name)
        return self._watched(script.name, super().join(script, tag, first, items, width))

    def _watched(self, name: str, answer: "Future[Any]") -> "Future[Any]":
        answer.add_done_callback(lambda done: self._after(name, done))
        return answer

    def _after(self, name: str, done: "Future[Any]") -> None:
        if name != "take" or done.result():  # an empty take is no hop
            self.fate.at("after", name)


@dataclass
class MortalBooking(Booking):
    """Dies around a turn: after it, the desk has done its work and nothing is committed."""

    fate: Fate = field(default_factory=Fate)

    async def turn(
        self, session: Session, inbound: Inbound, desk: FrontDesk, now: datetime
    ) -> tuple[Session, list[Reply]]:
        answered = await super().turn(session, inbound, desk, now)
        if answered[0].step == "booked":
            self.fate.at("after", "booking")
        self.fate.at("after", "turn")
        return answered


@dataclass(frozen=True)
class MortalChannel:
    """Dies around a post: after it, the provider has the reply and we do not know."""

    inner: Channel
    fate: Fate

    async def send(self, number: Number, reply: Outgoing) -> str:
        """See ``Channel``."""
        self.fate.at("before", "send")
        wamid = await self.inner.send(number, reply)
        self.fate.at("after", "send")
        return wamid

    async def sent_before(self, number: Number, reply: Outgoing, /) -> str:
        """See ``Channel``."""
        return await self.inner.sent_before(number, reply)

    async def typing(self, number: Number, wamid: str) -> None:
        """See ``Channel``."""
        await self.inner.typing(number, wamid)

    def pieces(self, number: Number, reply: Reply, /) -> list[Reply]:
        """See ``Channel``."""
        return self.inner.pieces(number, reply)


async def run(settings: Settings, fate: Fate) -> None:
    """Serve until the end. Leases are long: a successor takes over since we show no life any more."""
    door = listen(settings.host, settings.bot_port, "OPDESK_BOT_PORT")
    times = Times(lease=600.0, settle=0.5, beat=0.4, lost=1.5)
    # Who is to fall asleep beside another bot gets no webhooks, and must be quick to find any work.
    patience = Patience(poll=0.005) if fate.end is signal.SIGSTOP else Patience()
    tuned = BotSettings(times=times, patience=patience)
    async with runtime(settings) as opened:
        twilio = Twilio(settings.twilio_url, settings.address)
        channel = MortalChannel(ByProvider({"cloud": Cloud(Http(settings.graph_url)), "twilio": twilio}), fate)
        find = numbers(settings.secret_key.get_secret_value())
        desk = desks(opened, lambda _: None)
        bot = assemble(opened.redis, find, desk, MortalBooking(fate=fate), channel, tuned)
        bot.sender.word_of_it = 1.0
        mortal = MortalRedis(opened.redis)
        mortal.fate = fate
        object.__setattr__(bot.lanes, "redis", mortal)

        async def visit(_: str) -> None:
            return None

        secret, token = (
            settings.whatsapp_app_secret.get_secret_value(),
            settings.whatsapp_verify_token.get_secret_value(),
        )

        def poll(lanes: Lanes, webhook: TwilioWebhook) -> Poll:
            every = twilio_numbers(settings.secret_key.get_secret_value())
            take, busy = webhook.take, lambda: webhook.spool.waiting
            return Poll(lanes, every, TwilioLog(twilio), take, busy, settings.twilio_poll_seconds, given_up=1.0)

        at_twilio = AtTwilio(settings.address, settings.data_dir / "spool", settings.fallback, poll)
        app = create_app(
            bot, secret=secret, verify_token=token, visit=visit, missing=opened.missing, at_twilio=at_twilio
        )
        await serve(app, door)


def fate_of(words: str) -> Fate:
    """``before:commit:7``, or with how it ends, where that is no death: ``before:commit:7:STOP``."""
    when, hop, nth, *end = words.split(":")
    return Fate(when, hop, int(nth), signal.Signals[f"SIG{(end or ['KILL'])[0]}"])


if __name__ == "__main__":
    logs.configure("bot")
    uvloop.run(run(Settings.load(), fate_of(sys.argv[1]) if len(sys.argv) > 1 else Fate()))
