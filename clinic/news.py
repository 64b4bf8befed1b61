"""What has just changed, for the screens of the staff: a short stream per tenant in Redis, ids only.

It is a courtesy: a screen that missed some news looks again. Losing it loses nothing that was accepted.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

KEPT = 10_000  # of each tenant; a screen that was away for longer reads everything anew
PATIENCE = 1.0  # seconds

_redis: "Redis | None" = None


@dataclass(frozen=True, slots=True)
class News:
    """``id`` is the stream's own; ``what`` is such as ``appointment.booked``; ``facts`` are ids."""

    id: str
    what: str
    facts: dict[str, str]


def connect(redis: "Redis | None") -> None:
    """Where this process tells its news; without it, nowhere."""
    global _redis
    _redis = redis


def key(tenant_id: str) -> str:
    """The stream of a tenant."""
    return f"news:{tenant_id}"


async def tell(tenant_id: str, what: str, id: str, **facts: str) -> None:
    """Put it on the tenant's stream. Never raises: the change itself is stored already."""
    if _redis is None:
        return
    told = {"what": what, "facts": json.dumps({"id": id, **facts})}
    try:
        async with asyncio.timeout(PATIENCE):
            await _redis.xadd(key(tenant_id), told, maxlen=KEPT, approximate=True)  # type: ignore[arg-type]
    except (RedisError, OSError, TimeoutError) as error:
        structlog.get_logger().warning("news not told", what=what, error=type(error).__name__)


def read(entry: Any) -> News:
    """One entry of a stream, as Redis answers it."""
    stream_id, fields = entry
    facts: dict[str, Any] = json.loads(fields[b"facts"])
    return News(stream_id.decode(), fields[b"what"].decode(), {name: str(value) for name, value in facts.items()})
