"""What Meta is asked about the booking form, through pywa: one client for each number."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pywa_async.client import WhatsApp

from bot.channels.booking_form import CATEGORY, flow_json
from bot.channels.errors import Action, Rule, SendError, no_answer
from bot.channels.graph import call
from clinic.booking_form import STATUSES, Status

T = TypeVar("T")
FIELDS = ("id", "name", "status")
MOST_PAGES = 50


async def _ask(asked: Awaitable[T]) -> T:
    """Await pywa. What it cannot read may have been a yes: the next look tells."""
    try:
        return await call(asked)
    except (LookupError, TypeError, ValueError) as error:
        raise no_answer() from error


@dataclass(frozen=True, slots=True)
class FlowApi:
    """All of it raises ``SendError``."""

    client: WhatsApp

    async def tell_key(self, public_key: str) -> None:
        """With which phones lock what they send to this number's forms."""
        await _ask(self.client.set_business_public_key(public_key))

    async def named(self, name: str) -> tuple[str, str]:
        """Id and status of the account's form of this name; both empty where there is none."""
        after: str | None = ""
        for _ in range(MOST_PAGES):
            pagination = {"limit": "100"} | ({"after": after} if after else {})
            asked = self.client.api.get_flows(str(self.client.waba_id), fields=FIELDS, pagination=pagination)
            rows, after = _page(await _ask(asked))
            if found := next((row for row in rows if row.get("name") == name), None):
                return str(found.get("id", "")), str(found.get("status", ""))
            if after is None:
                break
        return "", ""

    async def create(self, name: str, endpoint: str) -> str:
        """A new form, a draft as yet; its id."""
        made = await _ask(self.client.create_flow(name, [CATEGORY], endpoint_uri=endpoint))
        return str(made.id)

    async def upload(self, flow_id: str) -> None:
        """Give a draft its screens. What Meta finds wrong with them is our mistake."""
        done = await _ask(self.client.update_flow_json(flow_id, orjson.loads(flow_json())))
        if done.validation_errors:
            raise SendError(Rule(Action.PERMANENT), detail=str(done.validation_errors[0].message))

    async def publish(self, flow_id: str) -> None:
        """From now on it can be sent; Meta asks our endpoint first."""
        await _ask(self.client.publish_flow(flow_id))

    async def status(self, flow_id: str) -> Status | None:
        """How it stands; None in a word that we do not know."""
        told: Any = await _ask(self.client.api.get_flow(flow_id, fields=FIELDS))
        return next((each for each in STATUSES if each == told.get("status")), None)

    async def deprecate(self, flow_id: str) -> None:
        """It is not sent any more."""
        await _ask(self.client.deprecate_flow(flow_id))


def _page(answer: Any) -> tuple[list[dict[str, Any]], str | None]:
    match answer:
        case {"data": [*rows], "paging": {"next": str(), "cursors": {"after": str(after)}}}:
            return [row for row in rows if isinstance(row, dict)], after
        case {"data": [*rows]}:
            return [row for row in rows if isinstance(row, dict)], None
    return [], None
