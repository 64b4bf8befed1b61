"""Which content template at Twilio has a bubble's shape: found again, or made, once for each shape and account.

What takes too long is not waited for: that bubble's options go out numbered, and the next one finds the template.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

import requests
import structlog
from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList

from bot.channels.directory import Number
from bot.channels.twilio_content import PREFIX, Shape

WAIT = 3.0  # seconds for which a patient waits for buttons
REST = 60.0  # seconds without another try, after one that failed

log = structlog.get_logger()


@dataclass(slots=True)
class Shapes:
    """``client`` opens a client that waits: the package's async one sends the Content API's JSON as a form."""

    client: Callable[[Number], Client]
    wait: float = WAIT
    clock: Callable[[], float] = monotonic
    _known: dict[str, dict[str, str]] = field(default_factory=dict)  # account -> name of a shape -> sid
    _asking: dict[tuple[str, str], asyncio.Task[str]] = field(default_factory=dict)
    _one: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))  # of an account
    _rests: dict[str, float] = field(default_factory=dict)

    async def sid(self, number: Number, shape: Shape) -> str:
        """The template's sid; empty where it cannot be had now."""
        if known := self._known.get(number.account, {}).get(shape.name):
            return known
        if self._rests.get(number.account, 0.0) > self.clock():
            return ""
        done, _ = await asyncio.wait({self._ask(number, shape)}, timeout=self.wait)
        return next((task.result() for task in done), "")

    def forget(self, account: str) -> None:
        """Somebody has deleted templates there: look again."""
        self._known.pop(account, None)

    async def finish(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._asking.values())

    def _ask(self, number: Number, shape: Shape) -> asyncio.Task[str]:
        key = (number.account, shape.name)
        if key not in self._asking:
            task = self._asking[key] = asyncio.get_running_loop().create_task(self._learn(number, shape))
            task.add_done_callback(lambda _: self._asking.pop(key))
        return self._asking[key]

    async def _learn(self, number: Number, shape: Shape) -> str:
        async with self._one[number.account]:
            if self._rests.get(number.account, 0.0) > self.clock():
                return ""
            try:
                return await self._found(number, shape)
            except (TwilioException, requests.RequestException, OSError, ValueError) as error:
                self._rests[number.account] = self.clock() + REST
                log.warning("no content template for a bubble: its options are numbered", why=type(error).__name__)
                return ""

    async def _found(self, number: Number, shape: Shape) -> str:
        if number.account not in self._known:
            self._known[number.account] = await asyncio.to_thread(_listed, self.client(number))
        known = self._known[number.account]
        if shape.name not in known:
            known[shape.name] = await asyncio.to_thread(_made, self.client(number), shape)
        return known[shape.name]


def _listed(client: Client) -> dict[str, str]:
    """Our shapes that are at Twilio already, from another process or an earlier day."""
    found = client.content.v1.contents.stream(page_size=500)
    return {str(each.friendly_name): str(each.sid) for each in found if str(each.friendly_name).startswith(PREFIX)}


def _made(client: Client, shape: Shape) -> str:
    request = ContentList.ContentCreateRequest(
        {"friendly_name": shape.name, "language": "en", "variables": shape.samples(), "types": shape.types()}
    )
    return str(client.content.v1.contents.create(request).sid)
