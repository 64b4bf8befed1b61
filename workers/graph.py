"""The Cloud API as the workers' provider: templates leave as replies do, all the rest goes through pywa."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import structlog
from pywa_async.client import WhatsApp

from bot.channels.cloud import Cloud
from bot.channels.directory import Number
from bot.channels.errors import SendError, no_answer
from bot.channels.graph import call, client, close
from clinic.number_news import Condition
from clinic.standing import Told
from clinic.template import Template
from workers.download import download
from workers.provider import File, Letter
from workers.submission import as_pywa
from workers.template_wire import wire

T = TypeVar("T")
log = structlog.get_logger()
CONDITION = ("quality_rating", "throughput", "whatsapp_business_manager_messaging_limit")
FIELDS = ("id", "name", "language", "status", "category", "quality_score")


@dataclass(frozen=True)
class Graph:
    """Speaks for a number and its account."""

    cloud: Cloud
    number: Number

    @cached_property
    def client(self) -> WhatsApp:
        """pywa's, made when it is first needed."""
        number = self.number
        return client(
            self.cloud.http.base, number.token, phone_number_id=number.phone_number_id, waba_id=number.account
        )

    async def send_template(self, letter: Letter) -> str:
        """Send it; its wamid. By number where we know it, else by the business-scoped user id. An answer that names
        none may well have been a yes: then a status will tell."""
        if wamid := await self.cloud.hand_over(self.number, wire(letter)):
            return wamid
        raise no_answer()

    async def templates(self) -> Mapping[tuple[str, str], Told]:
        """What is known of each of the account's templates, by name and language. Asked for raw: pywa's own reading of
        a whole template fails on fields that we do not need."""
        found: dict[tuple[str, str], Told] = {}
        after: str | None = ""
        while after is not None:
            rows, after = _page(await _ask(self._templates(after)))
            found |= rows
        return found

    def _templates(self, after: str) -> Awaitable[dict[str, Any]]:
        pagination = {"limit": "100"} | ({"after": after} if after else {})
        account = str(self.client.waba_id)
        return self.client.api.get_templates(account, fields=FIELDS, pagination=pagination)

    async def shown_number(self) -> str:
        """Its display phone number."""
        fields = ("display_phone_number", "verified_name")
        asked = self.client.api.get_business_phone_number(str(self.client.phone_id), fields=fields)
        return str((await _ask(asked)).get("display_phone_number", ""))

    async def condition(self) -> Condition:
        """By two questions: the limit is of the portfolio to which the account belongs."""
        asked = self.client.api.get_business_phone_number(str(self.client.phone_id), fields=CONDITION)
        return condition(await _ask(asked), await self._portfolio())

    async def _portfolio(self) -> str:
        """Its id; a token that may not ask for it is no trouble of the number's."""
        try:
            told = await _ask(self.client.api.get_waba_info(str(self.client.waba_id), fields=("owner_business_info",)))
        except SendError:
            return ""
        owner = told.get("owner_business_info")
        return str(owner.get("id", "")) if isinstance(owner, dict) else ""

    async def elsewhere(self) -> str:
        """An app's webhooks are Meta's to know: nobody can tell."""
        return ""

    async def create_template(self, template: Template) -> Told:
        """Submit it for review; what it begins with."""
        created = await _ask(self.client.create_template(as_pywa(template)))
        return Told(str(created.status.value), id=str(created.id))

    async def close(self) -> None:
        """Hang up what is its own."""
        if "client" in vars(self):
            await close(self.client)

    async def unpause(self, template: Template) -> bool:
        """By the provider's own id. Not before five minutes after the pause."""
        known = (await self.templates()).get((template.name, template.language))
        return bool(known and known.id and (await _ask(self.client.unpause_template(known.id))).success)

    async def file(self, media_id: str, most: int) -> File:
        """Ask for its address, which is good for five minutes, then for its bytes. Raises ``TooLarge``."""
        session = self.client.api._session
        return await download(session, media_id, str(self.client.phone_id or ""), most)


async def _ask(asked: Awaitable[T]) -> T:
    """Await pywa. An answer that it cannot read may well have been a yes: then a status will tell."""
    try:
        return await call(asked)
    except (LookupError, TypeError, ValueError) as error:
        log.warning("answer not understood", exc_info=error)
        raise no_answer() from error


def condition(told: dict[str, Any], portfolio: str) -> Condition:
    """What a number's node says of it."""
    throughput = told.get("throughput")
    level = throughput.get("level", "") if isinstance(throughput, dict) else ""
    limit = told.get("whatsapp_business_manager_messaging_limit")
    return Condition(str(told.get("quality_rating") or ""), str(level), str(limit or ""), portfolio)


def _page(answer: Any) -> tuple[dict[tuple[str, str], Told], str | None]:
    """The templates of one page, and where the next one begins."""
    match answer:
        case {"data": [*rows], "paging": {"next": str(), "cursors": {"after": str(after)}}}:
            return _known(rows), after
        case {"data": [*rows]}:
            return _known(rows), None
    return {}, None


def _known(rows: list[Any]) -> dict[tuple[str, str], Told]:
    told = [row for row in rows if isinstance(row, dict)]
    return {(str(row.get("name")), str(row.get("language"))): _one(row) for row in told}


def _one(row: dict[str, Any]) -> Told:
    match row.get("quality_score"):
        case {"score": str(score)}:
            quality = str(score)
        case _:
            quality = ""
    return Told(str(row.get("status")), quality, str(row.get("category", "")), str(row.get("id", "")))
