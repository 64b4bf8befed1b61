"""How Meta says no: every code with its HTTP status and message, and the one exception that carries them.

From "Error codes" of the Cloud API's documentation; where an answer of the real service is known to differ from that
page (a message id in front, a subcode), the real answer wins.
"""

import secrets
from typing import Any

Json = dict[str, Any]

# code -> (HTTP status, title)
ERRORS: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Invalid OAuth access token - Cannot parse access token"),
    200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country."),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Business Account locked"),
    131037: (400, "Display name approval required before messages can be sent"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement."),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131055: (400, "Method not allowed"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131062: (400, "Business-scoped User ID (BSUID) recipients are not supported for this message."),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Translated text too long"),
    132007: (400, "Template format character policy violated"),
    132008: (400, "Parameter value is not valid"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    132018: (400, "There's an issue with the parameters in your template"),
    132068: (400, "Flow is in blocked state"),
    132069: (400, "Flow is in throttled state"),
    133004: (503, "Server is temporarily unavailable"),
    133010: (400, "Phone number not registered"),
    133016: (400, "Account register deregister rate limit exceeded"),
    134011: (400, "WhatsApp Payments terms of service not accepted"),
    135000: (400, "Generic user error"),
    139000: (400, "Blocked by Integrity"),
    139001: (400, "Flow failed to update"),
    139002: (400, "Flow failed to publish"),
    139003: (400, "Flow failed to deprecate"),
    139004: (400, "Flow failed to delete"),
    137000: (400, "Recipient identity key hash mismatch"),
}

TRANSIENT = frozenset({1, 2, 4, 131000, 131016, 131057, 133004})
BARE = frozenset({0, 190})  # said without the number in front

HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


class Refusal(Exception):
    """A request that Meta would refuse; ``details`` is the sentence that says which part of it."""

    def __init__(
        self,
        code: int,
        details: str | None = None,
        *,
        message: str | None = None,
        subcode: int | None = None,
        user: tuple[str, str] | None = None,
        kind: str = "OAuthException",
    ) -> None:
        self.code, self.details, self.subcode, self.user, self.kind = code, details, subcode, user, kind
        self.status, self.title = ERRORS.get(code, (400, "Unknown error"))
        self.message = message or (self.title if code in BARE else f"(#{code}) {self.title}")
        super().__init__(f"{self.message}: {details}" if details else self.message)

    def body(self) -> Json:
        """The JSON that the caller reads."""
        error: Json = {"message": self.message, "type": self.kind, "code": self.code}
        if self.details is not None:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.user is not None:
            error["error_user_title"], error["error_user_msg"] = self.user
        if self.user is not None or self.code in TRANSIENT:
            error["is_transient"] = self.code in TRANSIENT
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return {"error": error}

    def in_status(self) -> Json:
        """The same, as it stands in a ``failed`` status."""
        details = self.details or self.title
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": details},
            "href": HREF,
        }


def missing(parameter: str) -> Refusal:
    """A top-level parameter was left out."""
    return Refusal(100, message=f"(#100) The parameter {parameter} is required.")


def wrong_type(parameter: str, expected: str) -> Refusal:
    """A parameter is of another JSON type."""
    return Refusal(100, message=f"(#100) Param {parameter} must be {expected}.")


def unknown_object(id: str, method: str = "post") -> Refusal:
    """No such node, or one that this token may not see: Meta does not say which."""
    return Refusal(
        100,
        message=(
            f"Unsupported {method.lower()} request. Object with ID '{id}' does not exist, cannot be loaded due to "
            "missing permissions, or does not support this operation. Please read the Graph API documentation at "
            "https://developers.facebook.com/docs/graph-api"
        ),
        subcode=33,
        kind="GraphMethodException",
    )
