"""How Twilio says no: at once, as the answer to a call, or later, in a status callback.

From Twilio's "Error and Warning Dictionary". What concerns the request itself is refused with HTTP 4xx; what
WhatsApp or a carrier finds wrong comes after a 201, as ``undelivered`` or ``failed`` with an ``ErrorCode``.
"""

from simulator.errors import Json

MORE = "https://www.twilio.com/docs/errors/"

# code -> (HTTP status, message); {} is what was given
AT_ONCE: dict[int, tuple[int, str]] = {
    20001: (400, "{}"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource {} was not found"),
    20415: (415, "Unsupported media type: {}"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "Invalid 'To' Phone Number: {}"),
    21212: (400, "Invalid From Number (caller ID): {}"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {}"),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (
        400,
        "The From phone number {} is not a valid, SMS-capable inbound phone number or short code for your account.",
    ),
    21608: (
        400,
        "The number {} is unverified. Trial accounts cannot send messages to unverified numbers; verify it at "
        "twilio.com/user/account/phone-numbers/verified, or purchase a Twilio number.",
    ),
    21609: (400, "The StatusCallback URL {} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21619: (400, "A text message body or media urls must be specified."),
    21620: (400, "Invalid media URL(s): {}"),
    21623: (400, "Number of media files exceeds allowed limit of 10"),
    21654: (400, "ContentSid Required"),
    21655: (400, "The ContentSid is Invalid"),
    21656: (400, "The Content Variables parameter is invalid."),
    21658: (400, "A parameter exceeded the 1600 character limit"),
    21701: (404, "The Messaging Service {} does not exist."),
    21703: (400, "The Messaging Service {} has no sender for this message."),
    21910: (400, "Invalid From and To pair. From and To should be of the same channel"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63038: (429, "Account exceeded the daily messages limit"),
}

# code -> (the status that it ends in, message)
LATER: dict[int, tuple[str, str]] = {
    30003: ("undelivered", "Unreachable destination handset"),
    30005: ("undelivered", "Unknown destination handset"),
    30006: ("undelivered", "Landline or unreachable carrier"),
    30007: ("undelivered", "Message filtered"),
    30008: ("undelivered", "Unknown error"),
    63003: ("undelivered", "Channel could not find To address"),
    63005: ("failed", "Channel did not accept given content. Please see Channel specific error message"),
    63012: ("undelivered", "Channel provider returned an internal service error"),
    63013: ("undelivered", "This message send failed because it violates Channel provider's policy"),
    63014: ("undelivered", "Message failed to be delivered because it was blocked by a user action"),
    63016: (
        "undelivered",
        "Failed to send freeform message because you are outside the allowed window. If you are using WhatsApp, "
        "please use a Message Template.",
    ),
    63017: ("undelivered", "This account is rate limited by the Channel"),
    63018: ("undelivered", "Rate limit exceeded for Channel"),
    63019: ("undelivered", "Media failed to download"),
    63020: ("undelivered", "Business has not accepted the invite, or is not eligible for WhatsApp"),
    63021: ("failed", "Channel invalid content error"),
    63022: ("undelivered", "Invalid vname certificate"),
    63024: ("undelivered", "Invalid message recipient"),
    63025: ("undelivered", "Media already exists"),
    63027: ("failed", "Template does not exist for a language and locale"),
    63028: ("failed", "Number of parameters provided does not match the expected number of parameters"),
    63029: ("failed", "The receiver failed to download the template"),
    63030: ("failed", "Unsupported parameter for type of channels message"),
    63032: ("undelivered", "User's number is part of an experiment"),
    63033: ("undelivered", "Recipient blocked from receiving messages"),
    63049: ("undelivered", "Meta chose not to deliver this WhatsApp marketing message"),
}

# Meta's code -> Twilio's, after Twilio's table "WhatsApp error code mapping"
FROM_META: dict[int, int] = {
    368: 63013,
    80007: 63018,
    130429: 63018,
    130472: 63032,
    131000: 63012,
    131009: 63021,
    131016: 63012,
    131021: 63024,
    131026: 63024,
    131031: 63013,
    131042: 63020,
    131045: 63022,
    131047: 63016,
    131048: 63018,
    131049: 63049,
    131050: 63014,
    131051: 63005,
    131052: 63019,
    131053: 63019,
    131056: 63018,
    132000: 63028,
    132001: 63027,
    132005: 63021,
    132012: 63030,
    132015: 63027,
    132016: 63027,
    133010: 63020,
}
UNKNOWN = 63012


class TwilioRefusal(Exception):
    """A call that Twilio answers with an error."""

    def __init__(self, code: int, given: str = "") -> None:
        self.code = code
        self.status, message = AT_ONCE.get(code) or (400, LATER.get(code, ("", "Unknown error"))[1])
        self.message = message.replace("{}", given)
        super().__init__(self.message)

    def body(self) -> Json:
        """The JSON that the caller reads."""
        return {"code": self.code, "message": self.message, "more_info": f"{MORE}{self.code}", "status": self.status}


class FailsLater(Exception):
    """A message that is taken, and comes to nothing."""

    def __init__(self, code: int, details: str = "") -> None:
        self.code, self.details = code, details
        super().__init__(f"{code} {details}".strip())


def failure(code: int, details: str = "") -> Json:
    """The error as a bubble keeps it."""
    message = LATER.get(code, ("", "Unknown error"))[1]
    return {"code": code, "title": message, "message": message, "error_data": {"details": details or message}}


def final_status(code: int) -> str:
    """``undelivered`` where the channel did not deliver it, ``failed`` where it could not even be sent."""
    return LATER.get(code, ("failed", ""))[0]


def translated(code: int) -> int:
    """A code of Meta's as Twilio reports it; its own stay as they are."""
    return code if code in AT_ONCE or code in LATER else FROM_META.get(code, UNKNOWN)
