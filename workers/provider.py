"""What the workers need of a provider, whichever it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from clinic.number_news import Condition
from clinic.standing import Told
from clinic.template import Template
from clinic.views import Sender


@dataclass(frozen=True)
class Letter:
    """One template message, ready to be sent from a number of that ``account``."""

    to: Sender
    template: str
    language: str  # the provider's code for it
    parameters: Sequence[str]  # for {{1}}, {{2}}, ...
    outbox_id: str  # comes back with every status
    buttons: Sequence[
        str
    ] = ()  # what a tap on each button carries, in their order; empty for one that is no quick reply
    header: str = ""  # for the header's one variable
    links: Mapping[int, str] = field(default_factory=dict)  # the end of a button's web address, by its place
    category: str = ""  # of the template, as the provider counts it
    code: str = field(default="", repr=False)  # a one-time code: then there is nothing else to fill in
    account: str = ""
    template_id: str = ""  # the account's own for the template
    ttl_seconds: int | None = None  # for how long it may be tried to deliver it


@dataclass(frozen=True, slots=True)
class File:
    """What the provider gave for a media id, and the digest that it told of it."""

    content: bytes
    digest: str = ""


class TooLarge(Exception):
    """The file has more bytes than are taken."""


class Provider(Protocol):
    """Speaks for one of our numbers. All that asks it raises ``bot.channels.errors.SendError``."""

    async def send_template(self, letter: Letter) -> str:
        """Send it; the provider's id for it."""

    async def templates(self) -> Mapping[tuple[str, str], Told]:
        """What the provider says of each of the account's templates, by name and language."""

    async def shown_number(self) -> str:
        """The number as patients see it: an answer means that it is there and its token good."""

    async def condition(self) -> Condition:
        """How the provider judges the number, and how many patients it may write to first in a day; empty where the
        provider has no such words."""

    async def elsewhere(self) -> str:
        """Where the provider takes what patients write, if that is not here; empty: here, or nobody can tell."""

    async def create_template(self, template: Template) -> Told:
        """Submit a template; what it begins with."""

    async def unpause(self, template: Template) -> bool:
        """Let a template be sent again that was paused while it was sent for the first times; whether it is. Never
        where the provider has no such thing."""

    async def file(self, media_id: str, most: int) -> File:
        """What a patient sent, of at most so many bytes. Raises ``TooLarge``."""
