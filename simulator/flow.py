"""A Flow: a form of several screens that a business has uploaded, and the state that it is in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulator import flow_walk
from simulator.errors import Json

CATEGORIES = (
    "SIGN_UP",
    "SIGN_IN",
    "APPOINTMENT_BOOKING",
    "LEAD_GENERATION",
    "SHOPPING",
    "CONTACT_US",
    "CUSTOMER_SUPPORT",
    "SURVEY",
    "OTHER",
)
STATUSES = ("DRAFT", "PUBLISHED", "DEPRECATED", "THROTTLED", "BLOCKED")
LIVE = frozenset({"PUBLISHED", "THROTTLED", "BLOCKED"})
OPENED = frozenset({"PUBLISHED", "THROTTLED"})  # by people; a draft only by who was sent it as one
HOUR, THROTTLED_MESSAGES = 3600, 10


@dataclass
class Flow:
    """``text`` is the Flow JSON as it was uploaded, ``document`` what was read of it. Times are Unix seconds."""

    id: str
    waba_id: str
    name: str
    categories: list[str]
    created: float
    updated: float = 0.0
    status: str = "DRAFT"
    endpoint_uri: str = ""
    text: str = ""
    document: Json = field(default_factory=dict)
    errors: list[Json] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)  # the last messages with it

    @property
    def has_endpoint(self) -> bool:
        """Whether its screens ask a server of the business."""
        return "data_api_version" in self.document

    @property
    def data_api_version(self) -> str:
        """The version that its requests name."""
        return str(self.document.get("data_api_version", ""))

    def screen(self, name: str) -> flow_walk.Screen | None:
        """The screen of that name."""
        return next((screen for screen in flow_walk.screens(self.document) if screen.id == name), None)

    def entries(self) -> set[str]:
        """The screens that a person may begin at."""
        return flow_walk.entries(self.document)

    def leads(self, source: str, target: str) -> bool:
        """Whether the endpoint may lead from one screen to the other: to itself, forward, or back on a forward way."""
        ways = flow_walk.following(self.document)
        return source == target or target in ways.get(source, ()) or source in ways.get(target, ())

    def may_be_sent(self, now: float) -> bool:
        """Whether the hour has room for another message; throttled ones have little."""
        self.sent = [at for at in self.sent if 0 <= now - at < HOUR][-THROTTLED_MESSAGES:]
        return self.status != "THROTTLED" or len(self.sent) < THROTTLED_MESSAGES

    def shown(self, health: Json, root: str) -> Json:
        """All fields that the Graph API can be asked for."""
        preview = f"{root}/control/flows/{self.id}"
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "categories": self.categories,
            "validation_errors": self.errors,
            "json_version": str(self.document.get("version", "")) or None,
            "data_api_version": self.data_api_version or None,
            "endpoint_uri": self.endpoint_uri or None,
            "preview": {"preview_url": preview, "expires_at": stamp(self.updated + 30 * 24 * HOUR)},
            "whatsapp_business_account": {"id": self.waba_id, "name": "", "currency": "USD", "timezone_id": "1"},
            "application": {"id": "300000000000001", "name": "OPDesk", "link": ""},
            "updated_at": stamp(self.updated),
            "health_status": health,
        }


BY_DEFAULT = ("id", "name", "status", "categories", "validation_errors")


def stamp(at: float) -> str:
    """A time as the Graph API writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def fitting(schema: Any, value: Any) -> bool:
    """Whether a value is of the type that a screen declares, and what is in it, too."""
    if not isinstance(schema, dict):
        return True
    match schema.get("type"):
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "array":
            return isinstance(value, list) and all(fitting(schema.get("items"), each) for each in value)
        case "object":
            properties = schema.get("properties")
            known = properties if isinstance(properties, dict) else {}
            return isinstance(value, dict) and all(fitting(known.get(name), each) for name, each in value.items())
    return True
