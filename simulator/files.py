"""Files as the Graph API keeps them: known by an id for some days, fetched from an address that is good for minutes."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from secrets import token_bytes

from simulator.world import MediaFile, World

ADDRESS_GOOD = 300  # seconds
FROM_PEOPLE, UPLOADED = 7 * 24 * 3600, 30 * 24 * 3600  # seconds for which an id is known
PATH = "/whatsapp_business/attachments/"
_KEY = token_bytes(16)


def find(world: World, id: str) -> MediaFile | None:
    """The file, while its id is known."""
    file = world.media.get(id)
    if file is None:
        return None
    kept = UPLOADED if file.uploaded else FROM_PEOPLE
    return file if world.clock.now() < file.at + kept else None


def address(root: str, file: MediaFile, now: float) -> str:
    """Where its bytes are for the next five minutes; ``root`` is where this simulator is reached."""
    ends = int(now) + ADDRESS_GOOD
    return f"{root}{PATH}?mid={file.id}&ext={ends}&hash={_mark(file.id, ends)}"


def at_address(world: World, query: Mapping[str, str]) -> MediaFile | None:
    """The file of an address; None where that is too old, or none that was given."""
    named, ends = query.get("mid", ""), query.get("ext", "")
    if not (ends.isascii() and ends.isdecimal() and len(ends) < 16):
        return None
    if not hmac.compare_digest(query.get("hash", "").encode(), _mark(named, int(ends)).encode()):
        return None
    return find(world, named) if world.clock.now() < int(ends) else None


def _mark(id: str, ends: int) -> str:
    return hmac.new(_KEY, f"{id} {ends}".encode(), hashlib.sha256).hexdigest()[:32]


def digest(file: MediaFile) -> str:
    """SHA-256 as webhooks write it; a media node has it in hexadecimal."""
    return base64.b64encode(hashlib.sha256(file.content).digest()).decode()
