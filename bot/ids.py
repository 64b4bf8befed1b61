"""The names that the bot makes up: which shard a chat lives in, and an id for every reply before it is sent."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from zlib import crc32

LETTERS = str.maketrans("0123456789", "ghijklmnop")  # no digits: logs mask whatever might be a phone number


@lru_cache(4096)
def short(text: str, size: int = 8) -> str:
    """A short, stable stand-in for ``text`` that tells nothing about it; each is wanted again within moments."""
    return blake2b(text.encode(), digest_size=size).hexdigest().translate(LETTERS)


def chat_key(tenant_id: str, user_id: str) -> str:
    """The chat of one user with one tenant, as Redis and the logs know it: no user id can be read from it."""
    return short(f"{tenant_id}|{user_id}", 10)


def shard_of(chat: str, shards: int) -> int:
    """The shard of a chat. All that one script touches lives in one shard, and so in one slot of a Redis Cluster."""
    return crc32(chat.encode()) % shards


def outbox_id(shard: int, chat: str, inbound_id: str, n: int) -> str:
    """The id of the ``n``-th reply to one message: the same however often the turn runs; WhatsApp brings it back."""
    return f"o.{shard}.{chat}.{short(inbound_id)}.{n}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply's record is found."""

    shard: int
    chat: str


def place_of(outbox_id: str) -> Place | None:
    """The place that an outbox id names; None: it is not one of a chat's replies (a notification's, a stranger's)."""
    match outbox_id.split("."):
        case ["o", shard, chat, _, _] if shard.isascii() and shard.isdecimal() and len(shard) <= 4 and chat:
            return Place(int(shard), chat)
    return None
