"""A form of Twilio's becomes a message or a status. Pure; what is unknown or broken is a case, never an error.

The parameters are those of https://www.twilio.com/docs/messaging/guides/webhook-request and
https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks; others come without notice.
"""

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson
from multidict import MultiDict

from bot.payload import Received, StatusUpdate, Unreadable
from clinic.numbers import WHATSAPP
from clinic.views import Sender
from flows.inbound import Inbound, Kind

Form = MultiDict[str]  # what is sent twice is signed twice

# Twilio's words for what became of a message, in ours. Until it is sent nothing has become of it.
STATUSES = {"sent": "sent", "delivered": "delivered", "read": "read"} | dict.fromkeys(
    ("undelivered", "failed", "canceled"), "failed"
)
KINDS = {"image": "image", "video": "video", "audio": "audio"}  # of a file, by the beginning of its type
# What a plain message brings; where there is more, the whole form is kept with the transcript.
PLAIN = frozenset({
    "MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "MessagingServiceSid", "From", "To", "Body", "NumMedia",
    "NumSegments", "ProfileName", "WaId", "ExternalUserId", "SmsStatus", "ApiVersion", "MessageType", "ButtonText",
    "ButtonPayload", "ListId", "ListTitle", "ListDescription", "OriginalRepliedMessageSid", "ChannelMetadata",
    "OriginalRepliedMessageSender",
})  # fmt: skip
MEDIA = re.compile(r"/Messages/(\w{1,64})/Media/(\w{1,60})$")


def read_form(body: bytes) -> Form:
    """The parameters, blank ones too: the signature counts them. Half characters are replaced."""
    return MultiDict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace"))


def message_of(form: Form, now: datetime) -> Received | Unreadable:
    """What a patient wrote. Twilio tells no time: it is now."""
    sid, number, sender = form.get("MessageSid", ""), form.get("To", ""), _sender(form)
    if not sid or not number or sender is None:
        return Unreadable("a form without id or sender", orjson.dumps(dict(form)))
    replies_to = form.get("OriginalRepliedMessageSid", "")
    inbound = Inbound(sid, now, replies_to=replies_to, profile_name=sender.profile_name, **_content(form))
    return Received(number, sender, inbound, _raw(form, inbound.kind))


def status_of(form: Form, outbox_id: str, now: datetime) -> StatusUpdate | None:
    """What became of a message of ours; ``outbox_id`` came back in the address. None: nothing has, so far."""
    told = (form.get(name, "").lower() for name in ("MessageStatus", "SmsStatus", "EventType"))
    status, sid = STATUSES.get(next(filter(None, told), "")), form.get("MessageSid", "")
    if not status or not sid:
        return None
    code = form.get("ErrorCode", "")
    failed = {"code": int(code) if _is_code(code) else 0, "title": "", "details": form.get("ErrorMessage", "")}
    return StatusUpdate(
        form.get("From", ""), sid, status, now, outbox_id, recipient_id=form.get("To", "").removeprefix(WHATSAPP),
        error=failed if status == "failed" else None,
    )  # fmt: skip


def _is_code(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _sender(form: Form) -> Sender | None:
    """The phone number may be missing (usernames), the user id too, not both."""
    address = form.get("From", "").removeprefix(WHATSAPP)
    number = form.get("WaId", "") or address.removeprefix("+")
    wa_id = number if number.isascii() and number.isdecimal() else ""
    user_id = form.get("ExternalUserId", "").removeprefix(WHATSAPP) or wa_id or address
    return Sender(user_id, wa_id, form.get("ProfileName", ""), form.get("To", "")) if user_id else None


def _content(form: Form) -> dict[str, Any]:
    """The fields of ``Inbound`` that the message's own part fills."""
    text = form.get("Body", "")
    if choice := form.get("ButtonPayload") or form.get("ListId"):
        title = form.get("ButtonText") or form.get("ListTitle") or text
        return {"kind": Kind.CHOICE, "choice": choice, "text": title}
    if place := _place(form):
        return {"kind": Kind.LOCATION, "latitude": place[0], "longitude": place[1]}
    if form.get("NumMedia", "0") not in ("", "0"):
        return {"kind": Kind.MEDIA, "text": text}
    if text or form.get("MessageType", "text") == "text":
        return {"kind": Kind.TEXT, "text": text}
    return {"kind": Kind.OTHER}


def _place(form: Form) -> tuple[float, float] | None:
    """A place on this earth, or None."""
    try:
        north, east = float(form["Latitude"]), float(form["Longitude"])
    except (KeyError, ValueError):
        return None
    return (north, east) if abs(north) <= 90 and abs(east) <= 180 else None


def _raw(form: Form, kind: Kind) -> bytes:
    """The whole form where it says more than we read; a file as the Cloud API tells of it."""
    if kind is Kind.MEDIA:
        return orjson.dumps(_file(form) | {"form": dict(form)})
    return b"" if form.keys() <= PLAIN else orjson.dumps({"form": dict(form)})


def _file(form: Form) -> dict[str, Any]:
    """The first file; Twilio brings one a message on WhatsApp. Its id names the message, too: the address has both."""
    found = MEDIA.search(form.get("MediaUrl0", ""))
    if found is None:
        return {}
    type_ = form.get("MediaContentType0", "")
    kind = KINDS.get(type_.partition("/")[0], "document")
    return {"type": kind, kind: {"id": f"{found[1]}-{found[2]}", "mime_type": type_}}
