"""Which provider speaks for a number of ours: by the word that the number's record has for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bot.channels.cloud import Cloud
from bot.channels.directory import Number
from bot.channels.errors import Action, Rule, SendError
from bot.channels.http import Http
from bot.channels.late_twilio import HOST
from clinic import channel as numbers
from clinic.channel import Channel, kept_channel
from workers.provider import Provider

if TYPE_CHECKING:
    from workers.graph import Graph
    from workers.twilio import Twilio


@dataclass(frozen=True)
class Providers:
    """Finds and keeps the provider of each number; a changed token makes a new one. ``graph`` and ``twilio`` are the
    addresses of theirs, ``address`` is ours, where Twilio tells what became of a message."""

    graph: str
    secret_key: str = field(repr=False)
    twilio: str = HOST
    address: str = ""
    _made: "dict[tuple[str, ...], Graph | Twilio]" = field(default_factory=dict, repr=False)

    async def __call__(self, tenant_id: str, channel_id: str) -> Provider:
        """Of this number, or of the practice's first where it has gone. Raises ``SendError``, ``SealBroken``."""
        found = await kept_channel(tenant_id, channel_id)
        if found is None:
            raise SendError(Rule(Action.HALT, 60.0), detail="the practice has no number")
        key = (found.id, found.provider, found.waba_id, found.phone_number_id, found.access_token)
        if key not in self._made:
            self._made[key] = MAKERS[found.provider](self, found)
        return self._made[key]

    @cached_property
    def cloud(self) -> Cloud:
        """The connections to Meta, which all numbers share."""
        return Cloud(Http(self.graph))

    async def close(self) -> None:
        """Close their connections."""
        for each in self._made.values():
            await each.close()
        self._made.clear()
        await self.cloud.http.close()


def _graph(providers: Providers, channel: Channel) -> "Graph":
    from workers.graph import Graph  # late, as Twilio's: pywa is large, and loaded while the worker is ready already

    return Graph(providers.cloud, _number(providers, channel))


def _twilio(providers: Providers, channel: Channel) -> "Twilio":
    from bot.channels.twilio import Twilio as Speaker  # see bot.channels.late_twilio
    from workers.twilio import Twilio

    return Twilio(Speaker(providers.twilio, providers.address), _number(providers, channel))


def _number(providers: Providers, channel: Channel) -> Number:
    return Number(
        channel.tenant_id, channel.id, channel.phone_number_id, channel.token(providers.secret_key),
        provider=channel.provider, account=channel.waba_id,
    )  # fmt: skip


MAKERS: "dict[numbers.Provider, Callable[[Providers, Channel], Graph | Twilio]]" = {"cloud": _graph, "twilio": _twilio}
