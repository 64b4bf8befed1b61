"""The form's endpoint: proven, opened, answered from the same desk as the chat. Refusals are WhatsApp's codes.

https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import structlog

from bot import metrics
from bot.envelope import who_is
from bot.form import token
from bot.form.cipher import Opened, Unreadable, opened, sealed
from bot.lanes import Lanes
from bot.receive import Application, Gone, Message, Receive, Refused, Send, body_of, prove, say
from clinic import clock
from clinic.fresh import Fresh
from clinic.views import Sender
from flows.desk import Desk
from flows.form.answer import Asked, Filled, Over, Screen, answer
from flows.session import Session
from flows.texts import DEFAULT
from flows.texts import say as say_text

PATH = "/webhooks/cloud/form/"  # and the ids of practice and form
LARGEST = 64 * 1024  # bytes: a form of ours sends a few hundred
PATIENCE = 8.0  # seconds: WhatsApp gives up after ten
KEYS_GOOD = 30.0  # seconds
VERSION = "4.0"  # of the data API
NAME = re.compile(r"[\w-]{1,60}")

FindKeys = Callable[[str, str], Awaitable[tuple[str, ...]]]  # by the ids of practice and form; none: there is no form
Answer = tuple[int, bytes]

log = structlog.get_logger()


@dataclass(slots=True)
class FormDoor:
    """In front of ``app``. ``secret`` signs what Meta sends, ``secret_key`` the forms' tokens."""

    app: Application
    secret: bytes = field(repr=False)
    secret_key: str = field(repr=False)
    find: FindKeys
    lanes: Lanes
    desk: Callable[[str, Sender], Desk]
    _keys: Fresh[tuple[str, str], tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._keys = Fresh(lambda form: self.find(*form), KEYS_GOOD)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            await self.app(scope, receive, send)
        elif said := await self._judged(self._respond(scope, receive)):
            await say(send, *said)

    async def _judged(self, work: Awaitable[Answer]) -> Answer | None:
        """The answer whatever happens, counted; None: nobody waits for one."""
        started = perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                said = await work
        except Refused as refused:
            metrics.FORMS.labels(refused.reason).inc()
            return refused.status, b""
        except Gone:
            return None
        except Exception as error:  # a store is away: the phone says so, and the chat goes on
            metrics.FORMS.labels("failed").inc()
            log.warning("form not answered", exc_info=error)
            return 503, b""
        metrics.FORM_SECONDS.observe(perf_counter() - started)
        return said

    async def _respond(self, scope: Message, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            raise Refused(405, "method")
        body = await body_of(receive, LARGEST)
        headers = dict(scope["headers"])
        try:
            prove(self.secret, body, headers.get(b"x-hub-signature-256", b""))
        except Refused:
            raise Refused(432, "signature") from None
        tenant_id, _, form_id = scope["path"].removeprefix(PATH).partition("/")
        asked = await self._opened(body, (tenant_id, form_id))
        status, outcome, said = await self._answered(tenant_id, asked.said)
        metrics.FORMS.labels(outcome).inc()
        return status, sealed(said, asked)

    async def _opened(self, body: bytes, form: tuple[str, str]) -> Opened:
        """Keys may have been changed a moment ago. Raises ``Refused``: then the phone fetches our public key anew."""
        keys = await self._keys.get(form)
        for again in (True, False):
            if not keys:
                raise Refused(404, "unknown")
            try:
                return await opened(body, keys)
            except Unreadable:
                before = keys
                self._keys.forget(form)
                keys = await self._keys.get(form) if again else keys
                if keys == before:
                    break
        raise Refused(421, "unreadable")

    async def _answered(self, tenant_id: str, said: Any) -> tuple[int, str, dict[str, Any]]:
        """Status, the counter's label, and the answer."""
        match said:
            case {"action": "ping"}:
                return 200, "ping", {"data": {"status": "active"}}
            case {"data": {"error": error}}:
                log.warning("form showed an error", error=error if NAME.fullmatch(str(error)) else "?")
                return 200, "notice", {"data": {"acknowledged": True}}
            case {"flow_token": str(shown)} if found := token.read(self.secret_key, shown, clock.now().timestamp()):
                return _worded(await self._asked(tenant_id, *found, said), shown, said.get("version"))
        return _worded(Over(say_text(DEFAULT, "form_over")), "", VERSION)

    async def _asked(self, tenant_id: str, chat: str, form: str, said: Mapping[str, Any]) -> Screen | Filled | Over:
        """By the chat's session as it is now, and its desk."""
        who, session = await self.lanes.remembered(self.lanes.shard(chat), chat)
        person = who_is(who)
        if person is None or person[0] != tenant_id:
            return Over(say_text(DEFAULT, "form_over"))
        data = said.get("data")
        asked = Asked(
            form, str(said.get("action")), str(said.get("screen") or ""), data if isinstance(data, dict) else {}
        )
        return await answer(Session.from_json(session), asked, self.desk(*person), clock.now())


def _worded(found: Screen | Filled | Over, shown: str, version: Any) -> tuple[int, str, dict[str, Any]]:
    """In WhatsApp's words; ``shown`` is the form's token."""
    spoken = {"version": version if isinstance(version, str) else VERSION}
    match found:
        case Screen(name, data):
            return 200, "screen", {**spoken, "screen": name, "data": data}
        case Filled(choice, summary):
            ended = {"params": {"flow_token": shown, "choice": choice, "text": summary}}
            return 200, "filled", {**spoken, "screen": "SUCCESS", "data": {"extension_message_response": ended}}
        case Over(text):
            return 427, "over", {"error_msg": text}
