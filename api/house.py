"""What the API has in its hands: connections, secrets and the ways to jobs, put together by whoever serves it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Protocol

import structlog
from fastapi import Depends, Request
from redis.asyncio import Redis
from redis.exceptions import RedisError

from clinic import clock, job
from clinic.conversation import NoChannel, Word
from clinic.password import Passwords
from clinic.rates import Rates
from clinic.record import as_kept
from clinic.text_override import Catalogue
from clinic.vault import Vault

Ready = Callable[[], Awaitable[list[str]]]  # names what does not answer; empty when all is well


class Chats(Protocol):
    """The way into a patient's inbox: the id of the message that a word will become. Raises ``NoChannel``."""

    async def __call__(self, word: Word, /) -> str: ...


class Jobs(Protocol):
    """Work for others, by name (``clinic.job``) and ids. Returns when the queue has it."""

    async def ask(self, name: str, *ids: str) -> None: ...


async def nowhere(_: Word) -> str:
    """Where no bot is connected."""
    raise NoChannel


@dataclass(frozen=True)
class Rate:
    """So many requests a second, and so many at once after a pause."""

    per_second: float
    burst: int


@dataclass(frozen=True)
class House:
    """Everything that a request may need; ``rates`` are those of one user and of one address."""

    redis: "Redis"
    jobs: Jobs
    secret_key: str
    public_url: str
    ready: Ready
    clock: Callable[[], datetime] = clock.now
    rates: Mapping[str, Rate] = field(default_factory=lambda: {"user": Rate(50, 200), "address": Rate(100, 400)})
    origins: tuple[str, ...] = ()  # of other sites whose pages may call
    proxies: tuple[str, ...] = ()  # whose word counts for the address that a request comes from
    chats: Chats = nowhere
    passwords: Passwords = field(default_factory=Passwords)
    fallback_url: str = ""  # another way to the bot, for webhooks that fail at the public address
    console_url: str = ""  # where staff reach the console: links in mails begin with it
    texts: Catalogue = field(default_factory=dict)  # all that the chat can say
    vault: Vault | None = None  # where patients' files are kept
    message_rates: Rates = field(default_factory=Rates)  # what the provider charges for a message
    mails: bool = False  # whether mails leave; else an invitation's link is shown to whoever invites

    async def keep_soon(self, due: Iterable[str]) -> None:
        """Let these promises be kept now. Never raises: what the queue does not take, the next sweep finds."""
        try:
            for promise in due:
                await self.jobs.ask(job.SEND_PROMISE, promise)
        except (RedisError, OSError) as error:
            structlog.get_logger().warning("promises left to the sweep", error=type(error).__name__)


def house_of(request: Request) -> House:
    """The house of the app that serves this request."""
    house: House = request.app.state.house
    return house


async def _house(request: Request) -> House:
    return house_of(request)


async def _now(request: Request) -> datetime:
    """The time of this request, as exact as the store keeps it: what is answered now is answered later."""
    return as_kept(house_of(request).clock())


InHouse = Annotated[House, Depends(_house)]
Now = Annotated[datetime, Depends(_now)]
