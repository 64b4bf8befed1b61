"""Which provider speaks for a number of ours: by the word that the number's record has for it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.channels.directory import Number
from bot.channels.errors import Action, Rule, SendError
from bot.channels.graph import client
from bot.channels.twilio import HOST
from bot.channels.twilio import Twilio as Speaker
from clinic import channel as numbers
from clinic.channel import Channel
from workers.graph import Graph
from workers.provider import Provider
from workers.twilio import Twilio

Made = Graph | Twilio


@dataclass(frozen=True)
class Providers:
    """Finds and keeps the provider of each number; a changed token makes a new one. ``graph`` and ``twilio`` are the
    addresses of theirs, ``address`` is ours, where Twilio tells what became of a message."""

    graph: str
    secret_key: str = field(repr=False)
    twilio: str = HOST
    address: str = ""
    _made: dict[tuple[str, ...], Made] = field(default_factory=dict, repr=False)

    async def __call__(self, tenant_id: str, channel_id: str) -> Provider:
        """Of this number, or of the practice's first where it has gone. Raises ``SendError``, ``SealBroken``."""
        found = await Channel.of_chat(tenant_id, channel_id)
        if found is None:
            raise SendError(Rule(Action.HALT, 60.0), detail="the practice has no number")
        key = (found.id, found.provider, found.waba_id, found.phone_number_id, found.access_token)
        if key not in self._made:
            self._made[key] = MAKERS[found.provider](self, found)
        return self._made[key]

    async def close(self) -> None:
        """Close their connections."""
        for each in self._made.values():
            await each.close()
        self._made.clear()


def _graph(providers: Providers, channel: Channel) -> Graph:
    token = channel.token(providers.secret_key)
    return Graph(client(providers.graph, token, phone_number_id=channel.phone_number_id, waba_id=channel.waba_id))


def _twilio(providers: Providers, channel: Channel) -> Twilio:
    number = Number(
        channel.tenant_id, channel.id, channel.phone_number_id, channel.token(providers.secret_key),
        provider=channel.provider, account=channel.waba_id,
    )  # fmt: skip
    return Twilio(Speaker(providers.twilio, providers.address), number)


MAKERS: dict[numbers.Provider, Callable[[Providers, Channel], Made]] = {"cloud": _graph, "twilio": _twilio}
