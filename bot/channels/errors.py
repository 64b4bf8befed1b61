"""What a provider's refusal means for us: whether, when and for whom to try again. A table, and its reader.

The codes are those of https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
and of https://www.twilio.com/docs/api/errors; no number is in both lists.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What to do about a failed send."""

    RETRY = "retry"  # again, later and later
    PAIR = "pair"  # again after 4^n seconds: this one recipient gets too much
    SLOW = "slow"  # again in seconds, and everything from this number slower
    AMBIGUOUS = "ambiguous"  # it may have been sent: wait for word of it, then again
    TEMPLATE = "template"  # the customer service window is closed: only a template goes
    PERMANENT = "permanent"  # never, for this message and this recipient
    HALT = "halt"  # nothing leaves through this number until an operator has helped
    HALT_TEMPLATE = "halt_template"  # this template is paused, the number speaks on


@dataclass(frozen=True, slots=True)
class Rule:
    """``delay``: seconds before the first new attempt, doubled each time; ``tries``: after so many it is permanent."""

    action: Action
    delay: float = 1.0
    tries: int | None = None


R, F, H = Action.RETRY, Rule(Action.PERMANENT), Rule(Action.HALT, 60.0)

RULES: dict[int, Rule] = {
    0: H, 3: H, 10: H, 33: H, 190: H, 368: H, **dict.fromkeys(range(200, 300), H),
    1: Rule(R, tries=2), 2: Rule(R), 4: Rule(R, 60.0), 80007: Rule(R, 60.0),
    100: F, 131005: H, 131008: F, 131009: F, 131021: F, 131051: F, 131055: F, 135000: F,
    130429: Rule(Action.SLOW, 2.0), 130472: F, 130497: F,
    131000: Rule(R, tries=3), 131016: Rule(R), 131026: F, 131030: F, 131031: H, 131037: H, 131042: H, 131045: H,
    131047: Rule(Action.TEMPLATE), 131048: Rule(Action.HALT, 3600.0), 131049: Rule(R, 24 * 3600.0), 131050: F,
    131052: F, 131053: F, 131056: Rule(Action.PAIR), 131057: Rule(R, 60.0), 131062: F,
    131063: Rule(Action.HALT_TEMPLATE, 3600.0), 131064: Rule(Action.HALT_TEMPLATE, 3600.0),
    132000: F, 132001: F, 132005: F, 132007: F, 132008: F, 132012: F, 132016: F, 132068: F, 132069: F,
    132015: Rule(Action.HALT_TEMPLATE, 3 * 3600.0),
    133000: H, 133004: Rule(R), 133005: H, 133006: H, 133008: H, 133009: H, 133010: H, 133015: H, 133016: H,
    134011: F, 137000: F,
    20001: F, 20003: H, 20005: H, 20403: H, 20404: F, 20429: Rule(Action.SLOW, 5.0), 20500: Rule(R), 20503: Rule(R),
    21211: F, 21212: H, 21408: F, 21606: H, 21608: F, 21610: F, 21614: F, 21617: F, 21619: F, 21654: F, 21655: F,
    21656: F, 21658: F, 21660: H, 21703: H,
    30001: Rule(Action.SLOW, 5.0), 30002: H, 30003: F, 30004: F, 30005: F, 30006: F, 30007: F,
    30008: Rule(R, 60.0, tries=1), 30034: H,
    63003: F, 63005: F, 63007: H, 63008: Rule(R), 63012: Rule(R), 63013: H, 63014: F, 63016: Rule(Action.TEMPLATE),
    63017: Rule(Action.SLOW, 2.0), 63018: Rule(Action.SLOW, 2.0), 63019: F, 63020: H, 63021: F, 63022: H, 63024: F,
    63025: F, 63027: F, 63028: F, 63029: F, 63030: F, 63032: F, 63033: F,
    63038: Rule(R, 24 * 3600.0), 63049: Rule(R, 24 * 3600.0),
    2388019: F, 2388040: F, 2388047: F, 2388072: F, 2388073: F, 2388293: F, 2388299: F,
}  # fmt: skip

UNLISTED = Rule(R, tries=2)
BY_HTTP: dict[int, Rule] = {401: H, 403: H, 413: F, 429: Rule(Action.SLOW, 5.0), 504: Rule(Action.AMBIGUOUS)}


class SendError(Exception):
    """A message was not sent, or nobody knows. ``code`` is the provider's; 0 where it gave none."""

    def __init__(self, rule: Rule, code: int = 0, detail: str = "") -> None:
        super().__init__(f"{rule.action}, code {code}")  # the detail may quote the message
        self.rule, self.code, self.detail = rule, code, detail

    @property
    def action(self) -> Action:
        """What to do about it."""
        return self.rule.action

    @property
    def retryable(self) -> bool:
        """Whether the same message may go through later."""
        return self.action not in (Action.PERMANENT, Action.TEMPLATE)


def send_error(status: int, body: Any) -> SendError:
    """The meaning of an answer that was not a success: its HTTP status and its JSON (None: it was none)."""
    match body:
        case {"error": {"code": int(code), **error}}:
            return SendError(_rule(status, code, bool(error.get("is_transient"))), code, _detail(error))
        case _ if status >= 500 and status not in BY_HTTP:
            return SendError(Rule(R))
    return SendError(BY_HTTP.get(status, UNLISTED))


def _rule(status: int, code: int, is_transient: bool) -> Rule:
    if code in RULES:
        return RULES[code]
    return Rule(R) if is_transient or status >= 500 else UNLISTED


def _detail(error: dict[Any, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else data
    return str(details or error.get("message") or "")


def not_reached() -> SendError:
    """There was no connection: nothing was sent."""
    return SendError(Rule(R))


def no_answer() -> SendError:
    """The connection broke, or the answer did not come in time: it may have been sent."""
    return SendError(Rule(Action.AMBIGUOUS))
