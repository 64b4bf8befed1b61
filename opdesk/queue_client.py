"""RQ's Redis, and what to say of a store that does not answer; without the weight of a database, for those who need
none."""

from urllib.parse import urlsplit

from redis import Redis

from opdesk.errors import Trouble

PATIENCE = 5.0  # seconds until a store that does not answer counts as away


def queue_client(url: str) -> Redis:
    """RQ itself lengthens the timeout where it waits for work. Raises ``Trouble`` for a URL that is none."""
    try:
        return Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, health_check_interval=30)
    except ValueError as error:
        raise Trouble(f"OPDESK_QUEUE_URL is not an address of a Redis ({error}): correct it.") from None


def shown(url: str) -> str:
    """``url`` without user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def silent(name: str, url: str) -> str:
    """What to say of a store that does not answer."""
    product = "MongoDB" if name == "mongo" else "Redis"
    return f"{product} does not answer at {shown(url)}: start it, or correct OPDESK_{name.upper()}_URL."
