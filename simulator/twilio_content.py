"""Twilio's content templates: what is kept of one, its variables, and filling it for one message."""

import json
import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import Json
from simulator.limits import units
from simulator.template import VARIABLE, variables
from simulator.twilio_errors import FailsLater, TwilioRefusal
from simulator.twilio_webhooks import iso

MANY_SPACES = re.compile(r"[\n\r\t]| {5,}")
APPROVED = "approved"
LONGEST = 1600  # of a variable's value
MOST = 100  # variables of one template


@dataclass
class Content:
    """One content template. ``types`` holds only what was given; ``approval`` is what became of it at WhatsApp."""

    sid: str
    account_sid: str
    language: str
    types: Json
    friendly_name: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    created: float = 0.0
    approval: Json | None = None

    @property
    def approved(self) -> bool:
        """Whether it may open a conversation on WhatsApp."""
        return bool(self.approval and self.approval["status"] == APPROVED)

    def shown(self, root: str) -> Json:
        """The resource, as the Content API tells it; ``root`` is where this simulator is reached."""
        url = f"{root}/v1/Content/{self.sid}"
        links = {"approval_create": f"{url}/ApprovalRequests/whatsapp", "approval_fetch": f"{url}/ApprovalRequests"}
        return {
            "account_sid": self.account_sid,
            "date_created": iso(self.created),
            "date_updated": iso(self.created),
            "friendly_name": self.friendly_name,
            "language": self.language,
            "links": links,
            "sid": self.sid,
            "types": self.types,
            "url": url,
            "variables": self.variables,
        }

    def asked(self) -> Json:
        """The state of its approval, as the API tells it."""
        head = {"type": "whatsapp", "name": "", "category": "", "content_type": "", "rejection_reason": ""}
        return head | {"status": "unsubmitted", "allow_category_change": True} | (self.approval or {})


def texts(value: Any) -> list[str]:
    """All texts inside a type, in order."""
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inside for text in texts(each)]


def placeholders(value: Any) -> list[str]:
    """The variables of a type, each once, in order."""
    return list(dict.fromkeys(name for text in texts(value) for name in variables(text)))


def check_placeholders(types: Json) -> None:
    """Refuse variables that are written wrong, and too many of them."""
    if any(text.count("{{") != len(VARIABLE.findall(text)) or "" in variables(text) for text in texts(types)):
        raise TwilioRefusal(20001, "types: a variable is malformed")
    if len(placeholders(types)) > MOST:
        raise TwilioRefusal(20001, f"types: {MOST} variables at most")


def read_variables(written: str | None) -> dict[str, str]:
    """``ContentVariables``: a JSON object of texts, none of them empty."""
    try:
        given = json.loads(written) if written else {}
    except ValueError:
        raise TwilioRefusal(21656) from None
    if not isinstance(given, dict):
        raise TwilioRefusal(21656)
    for value in given.values():
        if not isinstance(value, str) or not value.strip():
            raise TwilioRefusal(21656)
        if units(value) > LONGEST:
            raise TwilioRefusal(21658)
    return given


def check_values(part: Json, given: dict[str, str]) -> None:
    """A value in a body runs on in its line: no newline, no tab, no more than four spaces."""
    if any(MANY_SPACES.search(given.get(name, "")) for name in variables(str(part.get("body") or ""))):
        raise TwilioRefusal(21656)


def fill(content: Content, part: Json, given: dict[str, str]) -> Json:
    """The type with its variables in place: as given, else as the template has them by default."""
    values = content.variables | given
    missing = [name for name in placeholders(part) if not values.get(name)]
    if missing:
        raise FailsLater(63028, f"no value for {{{{{missing[0]}}}}}")
    filled: Json = _filled(deepcopy(part), values)
    return filled


def _filled(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: values[found.group(1)], value)
    if isinstance(value, dict):
        return {name: _filled(each, values) for name, each in value.items()}
    return [_filled(each, values) for each in value] if isinstance(value, list) else value
