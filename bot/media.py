"""The file that came with a message, as the webhook tells of it. What is in it nobody looks at here."""

import re
from datetime import datetime
from typing import Any, get_args

import orjson

from clinic.media import Kind, Media, id_of

KINDS: dict[str, Kind] = {**{kind: kind for kind in get_args(Kind)}, "voice": "audio", "gif": "video"}
NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")  # of a file, as the provider names it: it becomes part of an address
LONGEST = 240  # characters


def media_id(tenant_id: str, message_id: str, raw: str) -> str:
    """The id of the file of a message; empty where it has none."""
    return id_of(tenant_id, message_id) if _part(raw) else ""


def media_of(tenant_id: str, chat_id: str, channel_id: str, message_id: str, at: datetime, raw: str) -> Media | None:
    """What is to be fetched; None where a message has no file. ``raw`` is the provider's own JSON of the message."""
    if (found := _part(raw)) is None:
        return None
    kind, part = found
    return Media(
        id=id_of(tenant_id, message_id), tenant_id=tenant_id, chat_id=chat_id, message_id=message_id,
        channel_id=channel_id, provider_id=part["id"], kind=kind, voice=part.get("voice") is True,
        filename=_text(part, "filename"), declared_type=_text(part, "mime_type"), digest=_text(part, "sha256"),
        sent_at=at, wake_at=at,
    )  # fmt: skip


def _part(raw: str) -> tuple[Kind, dict[str, Any]] | None:
    match orjson.loads(raw) if raw else None:
        case {"type": str(name), **message} if name in KINDS:
            part = message.get(name)
            if isinstance(part, dict) and NAME.fullmatch(_text(part, "id")):
                return KINDS[name], part
    return None


def _text(part: dict[str, Any], name: str) -> str:
    value = part.get(name)
    return value[:LONGEST] if isinstance(value, str) else ""
