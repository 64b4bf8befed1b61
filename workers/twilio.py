"""Twilio's WhatsApp as the workers' provider, through the twilio package: what the bot's replies go through, with
templates, their reviews, and patients' files."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag

import orjson
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList
from twilio.rest.content.v1.content_and_approvals import ContentAndApprovalsInstance

from bot.channels.directory import Number
from bot.channels.errors import Action, Rule, SendError
from bot.channels.twilio import Twilio as Speaker
from bot.channels.twilio import ask, recipient
from clinic.number_news import Condition
from clinic.standing import Told, rank
from clinic.template import Template
from clinic.webhook_address import at_twilio
from workers import twilio_file
from workers.provider import File, Letter
from workers.twilio_sender import SANDBOX, Account, TwilioSender, sender
from workers.twilio_template import Content, content_of, filling

STATUSES = {
    "received": "PENDING", "pending": "PENDING", "approved": "APPROVED", "rejected": "REJECTED", "paused": "PAUSED",
    "disabled": "DISABLED",
}  # fmt: skip
LONGEST = 36_000  # seconds for which Twilio tries to deliver at most
UNKNOWN = Rule(Action.HALT_TEMPLATE, 30.0)  # until the next look at the account has told us the template's id
PAGE = 500

Key = tuple[str, str]  # name and language of a template


@dataclass(frozen=True)
class Twilio:
    """Speaks for one WhatsApp number of an account."""

    speaker: Speaker
    number: Number
    _left: dict[Key, tuple[str, dict[str, Any]]] = field(default_factory=dict, repr=False)  # made, never handed in

    async def send_template(self, letter: Letter) -> str:
        """Send it by the content that its account knows it by; the sid of its message."""
        if not letter.template_id:
            raise SendError(UNKNOWN, detail="no content for the template yet")
        kept = {"validity_period": min(letter.ttl_seconds, LONGEST)} if letter.ttl_seconds else {}
        sent = await ask(
            self.speaker.client(self.number).messages.create_async(
                to=recipient(letter.to), from_=self.number.phone_number_id, content_sid=letter.template_id,
                content_variables=orjson.dumps(filling(letter)).decode(),
                status_callback=self.speaker.callback(letter.outbox_id), **kept,
            )
        )  # fmt: skip
        return str(sent.sid or "")

    async def templates(self) -> Mapping[Key, Told]:
        """What became of each that was handed in, by name and language; of several of one name the best."""
        rows = await ask(asyncio.to_thread(_listed, self.speaker.slow(self.number)))
        self._left.clear()
        found: dict[Key, Told] = {}
        for row in rows:
            key, told = _read(row)
            if not told.status:
                self._left[key] = (told.id, row.types or {})
            elif key not in found or rank(told.status) < rank(found[key].status):
                found[key] = told
        return found

    async def shown_number(self) -> str:
        """Its number: the account has it, and it speaks."""
        address = self.number.phone_number_id
        if address not in SANDBOX:
            told = await self._sender()
            if told is None or not told.speaks:
                raise SendError(Rule(Action.PERMANENT), 63007, told.why if told else "no sender of the account's")
        return address.removeprefix("whatsapp:")

    async def elsewhere(self) -> str:
        """The address entered at the sender, where it is another than ours."""
        told = None if self.number.phone_number_id in SANDBOX else await self._sender()
        ours = at_twilio(self.speaker.address).messages
        if told is None or not self.speaker.address or urldefrag(told.messages).url == urldefrag(ours).url:
            return ""
        return told.messages or "nowhere"

    async def _sender(self) -> TwilioSender | None:
        account = Account(self.number.account, self.number.token, self.speaker.url)
        return await sender(account, self.number.phone_number_id)

    async def condition(self) -> Condition:
        """Twilio tells neither quality nor limits; what it refuses is learned from the refusal."""
        return Condition()

    async def create_template(self, template: Template) -> Told:
        """Make its content, unless somebody who died has, and hand that in for review."""
        content = content_of(template)
        sid, types = self._left.get((template.name, template.language), ("", {}))
        client = self.speaker.slow(self.number)
        if not sid or bare(types) != bare(content.types):
            sid = await ask(asyncio.to_thread(_made, client, template, content))
        return await ask(asyncio.to_thread(_handed_in, client, sid, template))

    async def unpause(self, _: Template, /) -> bool:
        """Twilio has no way to end a pause: it ends by itself."""
        return False

    async def file(self, media_id: str, most: int) -> File:
        """What a patient sent; its id names the message, too. Raises ``TooLarge``."""
        return await twilio_file.download(self.speaker.url, self.number.account, self.number.token, media_id, most)

    async def close(self) -> None:
        """Hang up."""
        await self.speaker.close()


def _listed(client: Client) -> list[ContentAndApprovalsInstance]:
    return list(client.content.v1.content_and_approvals.stream(page_size=PAGE))


def _read(row: ContentAndApprovalsInstance) -> tuple[Key, Told]:
    told = row.approval_requests or {}
    status = STATUSES.get(str(told.get("status")).lower(), "")
    name = str(told.get("name") or row.friendly_name)
    reason = str(told.get("rejection_reason") or "")[:500]
    return (name, str(row.language)), Told(
        status, category=str(told.get("category") or ""), id=str(row.sid), reason=reason
    )


def _made(client: Client, template: Template, content: Content) -> str:
    wanted = {
        "friendly_name": template.name, "language": template.language, "variables": content.samples,
        "types": content.types,
    }  # fmt: skip
    return str(client.content.v1.contents.create(ContentList.ContentCreateRequest(wanted)).sid)


def _handed_in(client: Client, sid: str, template: Template) -> Told:
    asked = {"name": template.name, "category": template.category, "send_ttl_seconds": template.ttl_seconds}
    request = ApprovalCreateList.ContentApprovalRequest(asked)
    said = client.content.v1.contents(sid).approval_create.create(request)
    return Told(STATUSES.get(str(said.status).lower(), "PENDING"), id=sid, reason=str(said.rejection_reason or ""))


def bare(value: Any) -> Any:
    """Without what was not given: Twilio tells of it as null."""
    if isinstance(value, dict):
        return {name: bare(each) for name, each in value.items() if each is not None}
    return [bare(each) for each in value] if isinstance(value, list) else value
