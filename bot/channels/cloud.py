"""Messages through Meta's Cloud API: the JSON of replies, and the POST that carries any message.

Not through pywa: its sends cost 1.2 to 2.4 ms of processor time each (``http.py`` has the figures). A test proves that
the JSON is the one that pywa sends; media and management go through pywa (``graph.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import orjson
import structlog

from bot import metrics
from bot.channels.directory import Number
from bot.channels.errors import SendError, no_answer, not_reached, send_error
from bot.channels.http import Http, NoAnswer, NotReached
from bot.envelope import Outgoing
from clinic.views import Sender
from flows.reply import Form, Option, Reply

VERSION = "v26.0"  # the one that pywa 4.5 speaks
FLOW_MESSAGE = "3"
FORM_REFUSED = frozenset({100, 131008, 131009, 132068, 132069})  # blocked, throttled, or not there any more
REST = 600.0  # seconds

log = structlog.get_logger()


def wire(reply: Reply, to: Sender, outbox_id: str) -> dict[str, Any]:
    """The body of a send. ``outbox_id`` comes back in every status of this message."""
    return message(to, outbox_id, *_content(reply))


def form_wire(form: Form, flow_id: str, token: str, to: Sender, outbox_id: str) -> dict[str, Any]:
    """The same with the form's button. ``token`` comes back in every request of the form."""
    parameters = {
        "mode": "published", "flow_message_version": FLOW_MESSAGE, "flow_token": token, "flow_id": flow_id,
        "flow_cta": form.button, "flow_action": "data_exchange",
    }  # fmt: skip
    action = {"name": "flow", "parameters": parameters}
    return message(to, outbox_id, "interactive", _interactive("flow", action, form.text))


def message(to: Sender, outbox_id: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """What is the same in every message, around the content of its kind."""
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": kind,
        **recipient(to),
        "biz_opaque_callback_data": outbox_id,
        kind: content,
    }


def recipient(to: Sender) -> dict[str, str]:
    """By phone number where we know it, else by the business-scoped user id. Without ``+`` Meta would read the
    number as one of the business's own country."""
    return {"to": f"+{to.wa_id.lstrip('+')}"} if to.wa_id else {"recipient": to.user_id}


def _content(reply: Reply) -> tuple[str, dict[str, Any]]:
    if reply.ask_location:
        return "interactive", _interactive("location_request_message", {"name": "send_location"}, reply.text)
    if reply.ask_contact:
        return "interactive", _interactive("request_contact_info", {"name": "request_contact_info"}, reply.text)
    if reply.as_buttons:
        return "interactive", _interactive(
            "button", {"buttons": [_button(option) for option in reply.options]}, reply.text
        )
    if reply.options:
        section = {"title": reply.menu, "rows": [_row(option) for option in reply.options]}
        return "interactive", _interactive("list", {"button": reply.menu, "sections": [section]}, reply.text)
    return "text", {"body": reply.text, "preview_url": False}


def _interactive(kind: str, action: dict[str, Any], text: str) -> dict[str, Any]:
    return {"type": kind, "action": action, "body": {"text": text}}


def _button(option: Option) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": option.id, "title": option.title}}


def _row(option: Option) -> dict[str, str]:
    row = {"id": option.id, "title": option.title}
    return row | {"description": option.description} if option.description else row


@dataclass(frozen=True, slots=True)
class Cloud:
    """The Cloud API; ``http``'s base is ``https://graph.facebook.com``, or whatever stands in for it. ``token_of``
    makes what a form's requests prove themselves with; without it no form is sent."""

    http: Http
    token_of: Callable[[Outgoing], str] | None = None
    clock: Callable[[], float] = monotonic
    _resting: dict[str, float] = field(default_factory=dict)  # forms that were refused -> until when lists go instead

    async def send(self, number: Number, reply: Outgoing) -> str:
        """Send a reply; its wamid. Raises ``SendError``."""
        if (form := self._form(number, reply)) is not None:
            try:
                return await self.hand_over(number, form)
            except SendError as error:
                if error.code not in FORM_REFUSED:
                    raise
                self._rest(number, error)
        return await self.hand_over(number, wire(reply.reply, reply.sender, reply.id))

    def _form(self, number: Number, reply: Outgoing) -> dict[str, Any] | None:
        """The bubble as a form's button, where it has a form and the number may send it."""
        form = reply.reply.form
        if form is None or not number.form or self.token_of is None:
            return None
        if self._resting.get(number.form, 0.0) > self.clock():
            return None
        return form_wire(form, number.form, self.token_of(reply), reply.sender, reply.id)

    def _rest(self, number: Number, error: SendError) -> None:
        self._resting[number.form] = self.clock() + REST
        metrics.FORMS_AS_LISTS.inc()
        log.warning("form refused: lists for a while", channel=number.channel_id, code=error.code)

    async def hand_over(self, number: Number, body: dict[str, Any]) -> str:
        """Send a message as it is; its wamid, empty where the answer names none. Raises ``SendError``."""
        answer = await self._post(number, body)
        match answer:
            case {"messages": [{"id": str(wamid)}, *_]}:
                return wamid
        return ""  # accepted, said in a way that we do not know

    async def sent_before(self, _number: Number, _reply: Outgoing, /) -> str:
        """Nobody can ask Meta what it has taken: its statuses tell, for days."""
        return ""

    async def typing(self, number: Number, message_id: str) -> None:
        """Mark a message as read and show that we write. Raises ``SendError``."""
        seen = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        await self._post(number, seen | {"typing_indicator": {"type": "text"}})

    def pieces(self, _: Number, reply: Reply, /) -> list[Reply]:
        """One bubble: a reply is never longer than Meta takes."""
        return [reply]

    async def _post(self, number: Number, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {number.token}", "Content-Type": "application/json"}
        try:
            answer = await self.http.post(f"/{VERSION}/{number.phone_number_id}/messages", headers, orjson.dumps(body))
        except NotReached as error:
            raise not_reached() from error
        except NoAnswer as error:
            raise no_answer() from error
        return _read(answer.status, answer.body)


def _read(status: int, said: bytes) -> Any:
    try:
        answer = orjson.loads(said)
    except orjson.JSONDecodeError:
        answer = None
    if not 200 <= status < 300:
        raise send_error(status, answer)
    return answer
